"""Causes at two levels as forms write them, and who answers for a complaint (domain D.9, R6.31)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from complaints.models import CauseDetail, Complaint
from crm_site.errors import RuleBroken

if TYPE_CHECKING:
    from crm_site.models import Department

BETWEEN = "."  # a cause and its kind in one value of a form


def columns(value: str) -> dict[str, Any]:
    """Cause and kind of a form's value, as the complaint stores them. RuleBroken for what there is not."""
    cause, _dot, code = value.partition(BETWEEN)
    if cause not in Complaint.Cause.values:
        raise RuleBroken("complaint.cause", _("Choose the cause."), field="cause")
    detail = CauseDetail.objects.filter(cause=cause, code=code).first() if code else None
    if code and detail is None:
        raise RuleBroken("complaint.cause_detail", _("Choose a kind of this cause."), field="cause")
    return {"cause": cause, "cause_detail": detail}


def joined(complaint: Complaint) -> str:
    """The value of a form for the cause a complaint has."""
    detail = complaint.cause_detail
    return f"{complaint.cause}{BETWEEN}{detail.code}" if detail is not None else complaint.cause


def settled(complaint: Complaint, given: str) -> str:
    """The cause to close with: the one on record, or what is given where it or its kind was left open."""
    complete = complaint.cause_detail_id is not None or (complaint.cause and not has_kinds(complaint.cause))
    return joined(complaint) if complete or not given else given


def has_kinds(cause: str) -> bool:
    """Whether the bank tells kinds of this cause apart."""
    return bool(cause) and CauseDetail.objects.filter(cause=cause, active=True).exists()


def answers_for(complaint: Complaint) -> Department | None:
    """Who answers for it where nobody said so: the first department asked that did not send it back, else the own."""
    asked = complaint.round.participations.filter(bounced_at=None).select_related("department").order_by("pk").first()
    if asked is not None:
        return asked.department
    return complaint.team.department if complaint.team else None
