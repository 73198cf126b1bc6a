"""Speaking among ourselves about a complaint (handbook 6/1.1.36; domain R6.22).

A comment turns no state and starts no clock, so two people may write at once and nobody's form goes stale by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import colleagues
from complaints.models import Comment, Complaint
from complaints.models.comment import LONGEST
from complaints.models.complaint import ABOUT
from crm_site import audit
from crm_site.actions import notices
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

WRITERS = (Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR, Role.LIAISON, Role.TFMEMBER)
TITLE = gettext_noop("%(who)s mentions you")


def require(by: User, complaint: Complaint) -> None:
    """Raises NotAllowed for somebody who only reads, or cannot open this complaint at all."""
    if not by.has_role(*WRITERS) or not Complaint.objects.visible_to(by).filter(pk=complaint.pk).exists():
        raise NotAllowed("comment.role", _("You can read this complaint, not write about it."))


@transaction.atomic
def write(*, by: User, complaint: Complaint, text: str, mentioned: Iterable[User] = ()) -> Comment:
    """Keep a comment and tell whom it calls: those ticked, and those named as "@name" in the text.

    Raises NotAllowed as ``require``; RuleBroken for an empty or overlong text, and for somebody who cannot open the
    complaint.
    """
    require(by, complaint)
    said = text.strip()
    if not said:
        raise RuleBroken("comment.text", _("Write a comment."), field="text")
    if len(said) > LONGEST:
        raise RuleBroken("comment.long", _("Shorten the comment to %(n)d characters.") % {"n": LONGEST}, field="text")
    may_open = colleagues.of(complaint)
    called = {person.pk: person for person in (*mentioned, *colleagues.called_by_name(said, may_open))}
    if set(called) - set(may_open.values_list("pk", flat=True)):
        raise RuleBroken("comment.mention", _("Somebody you mention cannot open this complaint."), field="mentioned")
    made = Comment.objects.create(complaint=complaint, by=by, at=timezone.now(), text=said)
    made.mentioned.set(called.values())
    _tell(made, [person for pk, person in called.items() if pk != by.pk])
    audit.record(by=by, action="complaint.comment", obj=complaint, after={"comment": made.pk, "told": sorted(called)})
    return made


def _tell(made: Comment, people: list[User]) -> None:
    notices.tell(
        to=people,
        kind="mention",
        title=TITLE,
        values={"who": made.by.display_name},
        about_kind=ABOUT,
        about_no=made.complaint.number,
        dedupe=f"mention:{made.pk}",
    )
