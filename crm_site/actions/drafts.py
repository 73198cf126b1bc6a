"""Keeping what somebody has typed into a long form and not yet saved.

A draft is sealed like all personal data, belongs to one person and is nobody's business object: its first save and its
removal are written in the audit log, the saves between are not.
"""

from __future__ import annotations

import datetime
import json

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site import audit
from crm_site.errors import RuleBroken
from crm_site.models import Draft, User

LARGEST = 60_000  # bytes of JSON; the longest form of the centre is a tenth of it
MOST = 50  # drafts one person may keep
KEPT_FOR = datetime.timedelta(days=30)

Fields = dict[str, list[str]]


def read(*, by: User, key: str) -> tuple[Fields, datetime.datetime] | None:
    """What this person left under ``key``, and when; None when there is nothing."""
    draft = Draft.objects.filter(user=by, key=key).first()
    return (json.loads(draft.data), draft.saved_at) if draft else None


@transaction.atomic
def save(*, by: User, key: str, fields: Fields) -> datetime.datetime:
    """Keep ``fields`` under ``key``, in place of what was there.

    Raises RuleBroken when the draft is too large or the person keeps too many.
    """
    data = json.dumps(fields, ensure_ascii=False)
    if len(data.encode()) > LARGEST:
        raise RuleBroken("draft_too_large", _("This draft is too large to keep. Save the form, or shorten it."))
    saved_at = timezone.now()
    _draft, created = Draft.objects.update_or_create(user=by, key=key, defaults={"data": data, "saved_at": saved_at})
    if created:
        if Draft.objects.filter(user=by).count() > MOST:
            raise RuleBroken("too_many_drafts", _("You keep too many drafts. Finish or discard one first."))
        audit.record(by=by, action="draft.create", object_type="draft", object_id=key[:64])
    return saved_at


@transaction.atomic
def discard(*, by: User, key: str) -> bool:
    """Throw a draft away; False when there was none."""
    deleted, _by_model = Draft.objects.filter(user=by, key=key).delete()
    if deleted:
        audit.record(by=by, action="draft.delete", object_type="draft", object_id=key[:64])
    return bool(deleted)


def purge(*, now: datetime.datetime) -> int:
    """Throw away drafts nobody has touched for thirty days; returns how many."""
    deleted, _by_model = Draft.objects.filter(saved_at__lt=now - KEPT_FOR).delete()
    return deleted
