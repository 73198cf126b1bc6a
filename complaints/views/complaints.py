"""A complaint's own page, and its printed form."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from complaints import (
    behalf,
    clock_face,
    narrative,
    natures,
    next_steps,
    persons,
    relations,
    stepper,
    warnings,
    written,
)
from complaints.actions import comments
from complaints.models import Clock, Complaint, Feedback, Origin, Participation, RootCause, Round
from complaints.sla import Kind
from complaints.views import force_card, plan_card, presence, preview, queue
from complaints.views.finding import find
from crm_site import audit
from crm_site.models import AccessRecord, CalendarDay, User
from crm_site.request import StaffRequest
from customers.models import FollowUp, shown_standing

DRAFT = "complaint-new"
FORM = "complaint"


def detail(request: StaffRequest, number: str) -> HttpResponse:
    """The complaint: where it stands, what can be done now, until when and why, what happened."""
    complaint = find(request, number)
    went_to = _went_to(request, complaint)
    if went_to is not None:
        return redirect("complaints:detail", number=went_to)
    audit.accessed(by=request.user, kind=AccessRecord.Kind.VIEW, obj=complaint, purpose="COMPLAINT")
    context = _page(complaint, request.user)
    context["offer"] = next_steps.offer(complaint, request.user)
    context["may_note"] = request.user.has_role(*comments.WRITERS)
    context["walk"] = queue.walk(request, complaint)
    context |= presence.of(request, complaint)
    return render(request, "complaints/complaint_detail.html", context)


def _went_to(request: StaffRequest, complaint: Complaint) -> str | None:
    """The number a merged complaint's own number leads to, if this person sees that one; ``?own`` stays here."""
    if complaint.duplicate_of_id is None or "own" in request.GET:
        return None
    seen = Complaint.objects.visible_to(request.user).filter(pk=complaint.duplicate_of_id)
    return seen.values_list("number", flat=True).first()


def print_page(request: StaffRequest, number: str) -> HttpResponse:
    """For paper: names masked, who printed it and when, and the look is on record."""
    complaint = find(request, number)
    audit.accessed(by=request.user, kind=AccessRecord.Kind.PRINT, obj=complaint, purpose="COMPLAINT")
    return render(request, "complaints/complaint_print.html", _page(complaint, request.user, masked=True))


def _page(complaint: Complaint, user: User, *, masked: bool = False) -> dict[str, Any]:
    now = timezone.now()
    latest = complaint.round
    clocks = list(latest.clocks.select_related("follow_up").order_by("follow_up__due_at", "pk"))
    shown = [clock for clock in clocks if clock.follow_up.state != "CANCELLED"]
    main = _main_clock(complaint, shown)
    face = clock_face.of_clock(main, now) if main else None
    due = next((clock.follow_up.due_on for clock in shown if clock.kind in _ANSWERS), None)
    warned = warnings.of(complaint, user, now)
    return {
        "complaint": complaint,
        "name": persons.name_of(complaint, user, masked=masked),
        "contact": persons.contact_of(complaint),
        "speaks": persons.representative_of(complaint, user, masked=masked),
        "papers": _papers(complaint),
        "paper": masked,
        "standing": shown_standing(complaint.customer) if complaint.customer else None,
        "stages": stepper.stages(complaint, due),
        "items": narrative.items(complaint, warnings.items(warned), remarks=not masked),
        "warnings": warned,
        "late": warnings.late(complaint, now),
        "clock": face,
        "trace": main.trace if main else [],
        **_others(shown, main, face, now),
        "proposed": _proposed(complaint) if not shown or complaint.level is None else None,
        "rounds": list(complaint.rounds.order_by("-no")) if latest.no > 1 else [],
        "round": latest,
        "plan_card": plan_card.card(complaint, due, now),
        "task_force": force_card.card(complaint, user, now),
        "participations": _helpers(latest, now),
        "root_cause": RootCause.objects.filter(complaint=complaint).select_related("by").first(),
        "referrals": list(complaint.referrals.select_related("department", "by", "asking").order_by("-pk")),
        "natures": natures.history(complaint),
        "pause": latest.pauses.filter(ended_at=None).first() if complaint.paused_at else None,
        "relations": relations.of(complaint, user, paper=masked),
        "notices": written.notices(complaint),
        "origin": Origin.objects.filter(complaint=complaint).first(),
        "feedback": _result(latest),
    }


def _papers(complaint: Complaint) -> dict[str, Any] | None:
    """The authorities seen, and how they stand today; None where nobody speaks for the customer."""
    if not complaint.on_behalf:
        return None
    rows = list(complaint.authorities.all())
    stands = behalf.standing(complaint.relation, [row.valid_until for row in rows], timezone.localdate())
    return {"rows": rows, "stands": stands}


def _result(latest: Round) -> Feedback | None:
    """What the customer was told: in this round, or while it is reviewed in the one before."""
    told = Feedback.objects.given().filter(round__complaint=latest.complaint_id).order_by("-round__no", "-at")
    return (told if latest.reason == Round.Reason.REVIEW else told.filter(round=latest)).first()


def _others(
    shown: list[Clock], main: Clock | None, face: clock_face.Face | None, now: datetime.datetime
) -> dict[str, Any]:
    """The other open clocks, and what is said where the regulator's date comes before the handbook's."""
    others = [clock_face.of_clock(clock, now) for clock in shown if clock != main and clock.follow_up.state == "OPEN"]
    answer = face if main and main.follow_up.state == "OPEN" else None
    return {
        "others": others,
        "conflict": clock_face.conflict(answer, [o for o in others if o.is_regulators or o.is_given]),
    }


def _helpers(latest: Round, now: datetime.datetime) -> list[dict[str, Any]]:
    return [_helper(asked, now) for asked in latest.participations.select_related("department", "follow_up")]


def _helper(asked: Participation, now: datetime.datetime) -> dict[str, Any]:
    """A department's row: what it was asked, until when, what it answered and in how many working days."""
    calendar = CalendarDay.objects.calendar()
    ended = asked.answered_at or asked.bounced_at
    days = calendar.between(timezone.localdate(asked.invited_at), timezone.localdate(ended)) if ended else None
    waits = asked.follow_up if asked.follow_up.state == FollowUp.State.OPEN else None
    return {"asked": asked, "days": days, "due": clock_face.of_promise(waits, now, calendar)}


_ANSWERS = (Kind.FEEDBACK, Kind.ANSWER, Kind.OUTCOME)


def _main_clock(complaint: Complaint, shown: list[Clock]) -> Clock | None:
    """The deadline the page is about: the answer's while there is one, else the one that leads."""
    answer = next((clock for clock in shown if clock.kind in _ANSWERS), None)
    if answer is not None:
        return answer
    return next((clock for clock in shown if clock.follow_up_id == complaint.leading_id), None)


def _proposed(complaint: Complaint) -> clock_face.Face | None:
    """What the level proposed at intake would promise."""
    if complaint.proposed_level is None or complaint.level is not None:
        return None
    return preview.of(
        nature=complaint.nature,
        level=Complaint.Level(complaint.proposed_level).name,
        channel=complaint.channel,
        source=complaint.source,
        received_at=complaint.received_at,
    ).face
