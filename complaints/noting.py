"""Comments and files as entries of the timeline (ux 6(4))."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.models import Attachment, Comment, Complaint
from crm_site.wording import moment_words

Item = dict[str, Any]


def items(complaint: Complaint) -> list[Item]:
    """Every comment and every file; both are internal."""
    comments = complaint.comments.select_related("by").prefetch_related("mentioned")
    files = complaint.attachments.select_related("by")
    return [_comment(comment) for comment in comments] + [_file(file, complaint) for file in files]


def _comment(comment: Comment) -> Item:
    called = _(", ").join(person.display_name for person in comment.mentioned.all())
    return {
        "at": comment.at,
        "id": f"comment-{comment.pk}",
        "icon": "chat-square-text",
        "kind": "",
        "title": _("Comment for colleagues"),
        "meta": f"{moment_words(comment.at, 'short')} · {comment.by.display_name}",
        "body": "\n".join(filter(None, (comment.text, _("Called: %(names)s") % {"names": called} if called else ""))),
        "customer": False,
    }


def _file(file: Attachment, complaint: Complaint) -> Item:
    url = reverse("complaints:attachment", args=[complaint.number, file.uuid])
    return {
        "at": file.at,
        "icon": "paperclip",
        "kind": "",
        "title": _("File attached"),
        "meta": f"{moment_words(file.at, 'short')} · {file.by.display_name}",
        "body": file.note,
        "attachments": [{"url": url, "name": f"{file.name} ({filesizeformat(file.size)})"}],
        "customer": False,
    }
