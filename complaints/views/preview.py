"""The deadline before it is promised: words, ribbon, the sentence to say, the suggested level (ux 6(3))."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from complaints import clock_face, severity, sla, suggesting
from complaints.actions import clocks
from complaints.clock_face import Face
from complaints.forms import choices
from complaints.forms.intake import DuePreviewForm, choosable
from complaints.models import Complaint
from complaints.models.complaint import LIVE_CHANNELS
from complaints.sla import Kind, Level
from crm_site.errors import Text
from crm_site.request import StaffRequest

_ANSWERS = {"COMPLAINT": Kind.FEEDBACK, "INQUIRY": Kind.ANSWER, "SUGGESTION": Kind.OUTCOME}


@dataclass(slots=True)
class Preview:
    """What can be said now; ``face`` is None as long as nature, level or time are missing."""

    nature: str = ""
    level: str = ""
    face: Face | None = None
    regulators: list[Face] = field(default_factory=list)
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
) -> Preview:
    """The answer's deadline and the regulator's, where all that they need is known."""
    now = timezone.now()
    shown = Preview(nature, level)
    if suggestion is not None:
        shown.suggestion, shown.reasons = suggestion.level.label, suggesting.reasons(suggestion)
    ready = received_at is not None and nature and (level or nature != "COMPLAINT") and received_at <= now
    if not ready or received_at is None:
        return shown
    asked_level = Level(level) if level and nature == "COMPLAINT" else None

    def dated(kind: Kind, profile: sla.Profile) -> Face | None:
        due = clocks.compute(
            kind=kind,
            nature=nature,
            level=asked_level,
            live=channel in LIVE_CHANNELS,
            anchor_at=received_at,
            profile=profile,
        )
        return None if due is None else clock_face.of_due(due, now)

    shown.face = dated(_ANSWERS[nature], sla.HANDBOOK_CN)
    limits = [dated(Kind.REG_FINAL, profile) for profile in sla.regulators(source)]
    shown.regulators = [limit for limit in limits if limit is not None]
    return shown


def due_preview(request: StaffRequest) -> HttpResponse:
    """The fragment beside the intake form."""
    data = DuePreviewForm(request.POST).read()
    customer = choosable(request.user).filter(customer_no=data.get("customer") or "-").first()
    suggested = severity.suggest(
        suggesting.factors(
            customer=customer,
            cause=data.get("cause") or "",
            source=data.get("source") or "",
            disputed_fen=choices.fen(data.get("amount")),
            vulnerable=bool(data.get("vulnerable")),
            departments=int(data.get("departments") or 0),
        )
    )
    shown = of(
        nature=data.get("nature") or "",
        level=data.get("level") or "",
        channel=data.get("channel") or "",
        source=data.get("source") or "DIRECT",
        received_at=data.get("received_at"),
        suggestion=suggested,
    )
    return render(request, "complaints/_due_preview.html", {"preview": shown})


def leading_face(complaint: Complaint) -> Face | None:
    """The answer's clock while it runs, else the one that leads: for the side of a step's page."""
    answer = clocks.running(complaint.round, _ANSWERS.values())
    clock = answer[0] if answer else complaint.leading.clock if complaint.leading is not None else None
    return clock_face.of_clock(clock, timezone.now()) if clock is not None else None
