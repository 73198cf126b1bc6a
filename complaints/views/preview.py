"""The deadline before it is promised: words, ribbon, the sentence to say, the suggested level (ux 6(3))."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from complaints import clock_face, given, repeats, severity, sla, suggesting
from complaints.actions import clocks
from complaints.clock_face import Face
from complaints.forms import choices
from complaints.forms.intake import DuePreviewForm, choosable
from complaints.models import Complaint, SlaRuleSet
from complaints.models.complaint import LIVE_CHANNELS
from complaints.sla import Kind, Level
from crm_site.errors import Text
from crm_site.models import CalendarDay, User
from crm_site.request import StaffRequest
from customers.models import Customer

_ANSWERS = {"COMPLAINT": Kind.FEEDBACK, "INQUIRY": Kind.ANSWER, "SUGGESTION": Kind.OUTCOME}


@dataclass(slots=True)
class Preview:
    """What can be said now; ``face`` is None as long as nature, level or time are missing."""

    nature: str = ""
    level: str = ""
    face: Face | None = None
    regulators: list[Face] = field(default_factory=list)
    conflict: str = ""
    suggestion: Text = ""
    reasons: list[str] = field(default_factory=list)


def of(
    *,
    nature: str,
    level: str,
    channel: str,
    source: str,
    received_at: datetime.datetime | None,
    suggestion: severity.Suggestion | None = None,
    their_due_on: datetime.date | None = None,
) -> Preview:
    """The answer's deadline and the regulator's, where all that they need is known."""
    now = timezone.now()
    shown = Preview(nature, level)
    if suggestion is not None:
        shown.suggestion, shown.reasons = suggestion.level.label, suggesting.reasons(suggestion)
    ready = received_at is not None and nature and (level or nature != "COMPLAINT") and received_at <= now
    if not ready or received_at is None:
        return shown
    facts: dict[str, Any] = {
        "nature": nature,
        "level": Level(level) if level and nature == "COMPLAINT" else None,
        "live": channel in LIVE_CHANNELS,
        "anchor_at": received_at,
    }
    rules = SlaRuleSet.objects.rulebook()
    shown.face = _dated(_ANSWERS[nature], rules.house, facts, now)
    limits = [_dated(Kind.REG_FINAL, profile, facts, now) for profile in rules.beside(source)]
    shown.regulators = [limit for limit in [*limits, _given(their_due_on, received_at, now)] if limit is not None]
    shown.conflict = clock_face.conflict(shown.face, shown.regulators)
    return shown


def _dated(kind: Kind, profile: sla.Profile, facts: dict[str, Any], now: datetime.datetime) -> Face | None:
    due = clocks.compute(kind=kind, profile=profile, **facts)
    return None if due is None else clock_face.of_due(due, now)


def _given(on: datetime.date | None, received_at: datetime.datetime, now: datetime.datetime) -> Face | None:
    """The day set by who forwarded it."""
    if on is None or abs(on - timezone.localdate(received_at)) > given.LONGEST:
        return None
    calendar, tz = CalendarDay.objects.calendar(), timezone.get_default_timezone()
    return clock_face.of_due(given.due(on, received_at=received_at, calendar=calendar, tz=tz), now)


def due_preview(request: StaffRequest) -> HttpResponse:
    """The fragment beside the intake form."""
    data = DuePreviewForm(request.POST).read()
    shown = of(
        nature=data.get("nature") or "",
        level=data.get("level") or "",
        channel=data.get("channel") or "",
        source=data.get("source") or "DIRECT",
        received_at=data.get("received_at"),
        suggestion=_suggested(data, request.user),
        their_due_on=data.get("their_due_on") if (data.get("source") or "DIRECT") != "DIRECT" else None,
    )
    context = {"preview": shown, "repeats": _repeats(data, request.user)}
    return render(request, "complaints/_due_preview.html", context)


def _chosen(data: dict[str, Any], user: User) -> Customer | None:
    return choosable(user).filter(customer_no=data.get("customer") or "-").first()


def _repeats(data: dict[str, Any], user: User) -> list[repeats.Repeat]:
    """What the same complainant brought before, while the new matter is still being written down."""
    same = ("cause", "business", "external_ref", "source")
    given = repeats.Brought(
        customer=_chosen(data, user),
        contact=data.get("complainant_contact") or "",
        **{name: data.get(name) or "" for name in same},
    )
    return repeats.of_form(given, user, timezone.now())


def _suggested(data: dict[str, Any], user: User) -> severity.Suggestion:
    """The level that the facts typed so far speak for."""
    factors = suggesting.factors(
        customer=_chosen(data, user),
        contact=data.get("complainant_contact") or "",
        cause=data.get("cause") or "",
        source=data.get("source") or "",
        disputed_fen=choices.fen(data.get("amount")),
        vulnerable=bool(data.get("vulnerable")),
        departments=int(data.get("departments") or 0),
    )
    return severity.suggest(factors)


def leading_face(complaint: Complaint) -> Face | None:
    """The answer's clock while it runs, else the one that leads: for the side of a step's page."""
    answer = clocks.running(complaint.round, _ANSWERS.values())
    clock = answer[0] if answer else complaint.leading.clock if complaint.leading is not None else None
    return clock_face.of_clock(clock, timezone.now()) if clock is not None else None
