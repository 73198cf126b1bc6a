"""Today: my complaints by urgency with one button each, call-backs, follow-ups, my own numbers (mock 01)."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import agreeing, clock_face, day_note, figures, next_steps, persons
from complaints.models import Accused, Complaint, Seat
from complaints.models.complaint import ABOUT
from crm_site import bank_day, policy
from crm_site.models import CalendarDay, User
from crm_site.request import StaffRequest
from customers import showing
from customers.models import FollowUp, Interaction

SHOWN = 40
TOO_FEW = 5
GROUPS = ("over", "today", "soon", "ok")


def today(request: StaffRequest) -> HttpResponse:
    """Everybody's first page; who has no complaints sees what they promised."""
    user, now = request.user, timezone.now()
    context = {
        "note": day_note.of(timezone.localdate(now), CalendarDay.objects.calendar()),
        "waiting": _waiting(user, now),
        "groups": _groups(user, now) if policy.may(user, "complaints:list") else None,
        "seats": _seats(user) if policy.may(user, "complaints:accept_seat") else [],
        **_promises(user, now),
        "numbers": _numbers(user, now) if policy.may(user, "complaints:new") else [],
    }
    return render(request, "complaints/today.html", context)


def _waiting(user: User, now: datetime.datetime) -> dict[str, Any] | None:
    """Plans that wait for this person; None for who is never asked and is not now."""
    if not policy.may(user, "complaints:consent_redress") and not policy.may(user, "complaints:approve_plan"):
        return None
    found = agreeing.waiting_for(user, now)
    return found if found["n"] or policy.may(user, "complaints:approve_plan") else None


def _seats(user: User) -> list[Seat]:
    """Seats in task forces that wait for my answer, the oldest first."""
    asked = Seat.objects.waiting().of(user).exclude(task_force__complaint__in=_about_me(user))
    return list(asked.select_related("task_force__complaint", "department").order_by("asked_at", "pk")[:SHOWN])


def _about_me(user: User) -> Any:
    return Accused.objects.concerning(user).values("complaint")


def _groups(user: User, now: datetime.datetime) -> list[dict[str, Any]]:
    """My open complaints under four headings, most urgent first."""
    calendar = CalendarDay.objects.calendar()
    labels = {"over": _("Overdue"), "today": _("Due today"), "soon": _("Within 2 working days"), "ok": _("Later")}
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    mine = Complaint.objects.open().filter(owner=user).select_related("customer", "owner", "team", "leading__clock")
    for row in mine.order_by(F("leading__due_at").asc(nulls_last=True), "-level", "pk")[:SHOWN]:
        due = clock_face.of_promise(row.leading, now, calendar)
        groups[due.state if due else "ok"].append(
            {
                "complaint": row,
                "due": due,
                "name": persons.listed_name(row, user),
                "step": next_steps.next_step(row, user),
                "makeup": row.leading is not None and calendar.describe(row.leading.due_on).kind == "makeup",
            }
        )
    return [{"label": labels[name], "rows": rows} for name, rows in groups.items() if rows]


def _promises(user: User, now: datetime.datetime) -> dict[str, Any]:
    """Call-backs, and what else falls due today or was kept today; clocks of complaints stand with the complaints."""
    start = bank_day.begins(timezone.localdate(now))
    ends = start + datetime.timedelta(days=1)
    rows = FollowUp.objects.of(user).exclude(kind=FollowUp.Kind.CLOCK).select_related("customer")
    opened = list(rows.open().filter(due_at__lte=ends).order_by("due_at", "pk")[:SHOWN])
    kept = list(rows.filter(state=FollowUp.State.KEPT, kept_at__gte=start).order_by("-kept_at")[:SHOWN])
    calls = (FollowUp.Kind.CALLBACK, FollowUp.Kind.RECOVERY)
    named = [_named(promise, user) for promise in opened]
    others = [row for row in named if row["promise"].kind not in calls]
    return {
        "callbacks": [row for row in named if row["promise"].kind in calls],
        "follow_ups": others,
        "kept": [_named(promise, user) for promise in kept],
        "total": len(others) + len(kept),
        "now": now,
    }


def _named(promise: FollowUp, user: User) -> dict[str, Any]:
    customer = promise.customer
    return {"promise": promise, "name": showing.listed_name(customer, user) if customer else ""}


def _numbers(user: User, now: datetime.datetime) -> list[dict[str, Any]]:
    """My own figures, each with what it counts."""
    day = bank_day.begins(timezone.localdate(now))
    month = day.replace(day=1)
    logged = Interaction.objects.filter(agent=user, recorded_at__gte=day, undone_at=None).exclude(channel="SYSTEM")
    counts = logged.aggregate(n=Count("pk"), solved=Count("pk", filter=Q(outcome=Interaction.Outcome.RESOLVED)))
    return [
        {
            "label": _("Logged today"),
            "value": counts["n"],
            "detail": _("%(n)s solved on the spot") % {"n": counts["solved"]},
        },
        _on_time(user, now),
        _satisfaction(user, month),
    ]


def _on_time(user: User, now: datetime.datetime) -> dict[str, Any]:
    """My answers that fell due this month, those still open and late among them."""
    today = timezone.localdate(now)
    due = figures.Asked("sla_due", figures.Period(today.replace(day=1), today, now), {"owner": user.username}, user)
    met = due.named("sla_met")
    hits, n = met.count(), due.count()
    shown = _figure(_("On time this month"), hits, n)
    return shown | {"hits": {"n": hits, "url": met.url}, "of": {"n": n, "url": due.url}}


def _figure(label: str, hits: int, n: int) -> dict[str, Any]:
    if n < TOO_FEW:
        return {"label": label, "value": "–", "detail": _("too few to say")}
    return {"label": label, "value": f"{figures.share(hits, n)}%", "detail": ""}


def _satisfaction(user: User, month: datetime.datetime) -> dict[str, Any]:
    """Marks customers gave in surveys about my complaints; what I asked myself does not count (domain G.3)."""
    mine = Complaint.objects.filter(owner=user).values("number")
    marks = Interaction.objects.filter(
        channel=Interaction.Channel.SURVEY,
        about_kind=ABOUT,
        about_no__in=mine,
        at__gte=month,
        rating_points__isnull=False,
    ).aggregate(n=Count("pk"), mean=Avg("rating_points"))
    label, n = _("Satisfaction this month"), marks["n"]
    if n < TOO_FEW:
        return {"label": label, "value": "–", "detail": _("%(n)s replies; too few to say") % {"n": n}}
    return {
        "label": label,
        "value": f"{1 + marks['mean'] / 25:.1f}",
        "unit": "/ 5",
        "detail": _("%(n)s replies") % {"n": n},
    }
