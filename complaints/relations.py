"""What a complaint has to do with staff and with other complaints, for its page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints import repeats
from complaints.actions import gate, merging
from complaints.models import Complaint
from complaints.repeats import Repeat
from crm_site.errors import RuleBroken

if TYPE_CHECKING:
    from crm_site.errors import Text
    from crm_site.models import User

MOST = 20  # lines of one kind
MERGED: Text = _("Merged into this one")
INTO: Text = _("Merged into")
PART: Text = _("Split off from this one")
FIRST: Text = _("Split off from")


def of(complaint: Complaint, user: User, *, paper: bool = False) -> dict[str, Any]:
    """Everything the cards of relations show; on ``paper`` what is sealed about staff stays away."""
    accused = complaint.accused.standing().select_related("person__team") if complaint.restricted and not paper else []
    groups = complaint.memberships.select_related("gathering").order_by("pk")[:MOST]
    return {
        "memberships": list(groups),
        "accused": list(accused),
        "others": _others(complaint, user),
        "repeats": [_mergeable(found, complaint, user) for found in repeats.of_complaint(complaint, user)],
    }


def _mergeable(found: Repeat, complaint: Complaint, user: User) -> Repeat:
    """With the way to make them one where the verb would let this person."""
    if not found.merge or not gate.may("merge", complaint, user) or not gate.may(gate.TAKE_IN, found.complaint, user):
        return found
    try:
        merging.require_same_matter(complaint, found.complaint)
    except RuleBroken:
        return found
    return replace(found, into=True)


def _others(complaint: Complaint, user: User) -> list[dict[str, Any]]:
    """Other numbers this one came from or went to, as far as this person sees them."""
    here = Q(duplicate_of=complaint) | Q(split_from=complaint)
    there = Q(pk__in=[key for key in (complaint.duplicate_of_id, complaint.split_from_id) if key])
    rows = Complaint.objects.visible_to(user).filter(here | there).order_by("received_at", "pk")
    return [{"complaint": row, "how": _how(row, complaint)} for row in rows[:MOST]]


def _how(row: Complaint, complaint: Complaint) -> Text:
    if row.duplicate_of_id == complaint.pk:
        return MERGED
    if row.split_from_id == complaint.pk:
        return PART
    return INTO if complaint.duplicate_of_id == row.pk else FIRST
