"""Files kept with a complaint, and opened again (handbook 6/1.1.28(2); reliability T6; docs/decisions/0035)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.actions import comments
from complaints.models import Attachment, AttachmentContent, Complaint
from complaints.models.attachment import NOTE_LENGTH
from crm_site import audit, uploads
from crm_site.errors import RuleBroken
from crm_site.models import AccessRecord

if TYPE_CHECKING:
    from crm_site.models import User

MOST = 30  # files with one complaint


def attach(*, by: User, complaint: Complaint, name: str, content: bytes, note: str = "") -> Attachment:
    """Keep one file, sealed. Raises RuleBroken for what is too large, of no kind taken in, there already, or too many;
    NotAllowed for somebody who may not write about this complaint."""
    comments.require(by, complaint)
    kind = _checked(complaint, name, content)
    try:
        with transaction.atomic():
            made = Attachment.objects.create(
                complaint=complaint,
                by=by,
                at=timezone.now(),
                name=uploads.safe_name(name),
                note=note.strip()[:NOTE_LENGTH],
                kind=kind,
                size=len(content),
                digest=hashlib.sha256(content).hexdigest(),
            )
            AttachmentContent.objects.create(attachment=made, sealed=base64.b64encode(content).decode())
            after = {"file": made.public_number, "kind": kind, "bytes": len(content)}
            audit.record(by=by, action="complaint.attach", obj=complaint, after=after)
    except IntegrityError as error:
        raise RuleBroken("attachment.twice", _("This file is kept here already."), field="file") from error
    return made


def _checked(complaint: Complaint, name: str, content: bytes) -> str:
    if len(content) > uploads.MAX_BYTES:
        text = _("The file is larger than %(n)d MB. Attach a smaller one.") % {"n": uploads.MAX_BYTES >> 20}
        raise RuleBroken("attachment.large", text, field="file")
    kind = uploads.kind_of(name, content)
    if kind is None:
        words = _("This is not a file that can be kept. Attach PDF, JPEG, PNG, text, Word or Excel without macros.")
        raise RuleBroken("attachment.kind", words, field="file")
    if complaint.attachments.count() >= MOST:
        text = _("%(n)d files are kept here already, and no more fit.") % {"n": MOST}
        raise RuleBroken("attachment.many", text, field="file")
    return kind


def opened(*, by: User, attachment: Attachment) -> bytes:
    """What is in the file; the look is on record."""
    audit.accessed(by=by, kind=AccessRecord.Kind.EXPORT, obj=attachment, purpose="COMPLAINT")
    return base64.b64decode(attachment.content.sealed)
