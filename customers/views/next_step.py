"""The suggested next step on the customer page: its facts, its words, and what a browser answered to (mock 02)."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site import wording
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay, User
from customers import next_step, promises
from customers.models import Customer, FollowUp, Holding, Product, StepAnswer
from customers.views import overview


def found(
    customer: Customer, coming: dict[str, Any], now_state: dict[str, Any], head: dict[str, Any], aside: list[StepAnswer]
) -> next_step.Suggestion:
    """The suggestion as the facts stand."""
    now, preference = timezone.now(), head["preference"]
    facts = next_step.Facts(
        now=now,
        today=timezone.localdate(now),
        promises=tuple(_promise(row) for row in coming["rows"] if row.kind != FollowUp.Kind.ANSWER),
        maturities=_maturities(customer, timezone.localdate(now)),
        needs=tuple(next_step.Want(str(Product.Family(n.family).label), str(n.pk)) for n in now_state["needs"]),
        may_offer=now_state["may_offer"],
        no_proactive_contact=bool(preference and preference.no_proactive_contact),
        document_until=customer.identity_documents.filter(primary=True).values_list("valid_to", flat=True).first(),
        completeness=head["completeness"],
        answered=tuple(next_step.Answered(row.step, row.grounds, row.until) for row in aside),
    )
    return next_step.suggest(_marked(facts, customer))


def aside(customer: Customer) -> list[StepAnswer]:
    """The suggestions that rest, the first to come back first."""
    rows = StepAnswer.objects.filter(customer=customer, until__gt=timezone.localdate())
    return list(rows.select_related("by").order_by("until", "pk"))


def asked(customer: Customer, user: User, step: str, grounds: str) -> next_step.Suggestion:
    """The suggestion that was on the page the answer comes from.

    Raises RuleBroken "step.changed" when the facts have changed since, and another one stands there now.
    """
    head, coming = overview.header(customer, user, None), overview.future(customer)
    now = found(customer, coming, overview.present(customer), head, aside(customer))
    if (now.step, now.grounds) != (step, grounds):
        raise RuleBroken("step.changed", _("The facts have changed. This is what is suggested now."))
    return now


def card(now: next_step.Suggestion, coming: dict[str, Any], resting: list[StepAnswer], user: User) -> dict[str, Any]:
    """The suggestion with its reasons in words, and what can be answered to it."""
    row = next((row for row in coming["rows"] if now.promise and row.ref == now.promise), None)
    today = timezone.localdate()
    return {
        "title": now.title,
        "why": [_said(why) for why in now.why],
        "held": _said(now.held) if now.held else "",
        "act": now.act,
        "step": now.step,
        "grounds": now.grounds,
        "page": promises.about_page("complaint", now.about) if now.about else "",
        "promise": row if row is not None and row.owner_id == user.pk and not row.on_its_own_page else None,
        "tomorrow": today + datetime.timedelta(days=1),
        "next_day": CalendarDay.objects.calendar().add(today, 1) if now.step else today,
        "aside": [{"title": next_step.TITLES.get(row.step, row.step), "row": row} for row in resting],
    }


def _marked(facts: next_step.Facts, customer: Customer) -> next_step.Facts:
    """The same with the latest mark the customer gave."""
    marked = customer.interactions.filter(rating_points__isnull=False, undone_at=None).order_by("-at")
    points, at = marked.values_list("rating_points", "at").first() or (None, None)
    return replace(facts, last_mark=points, last_mark_at=at)


def _maturities(customer: Customer, today: datetime.date) -> tuple[next_step.Maturity, ...]:
    ending = customer.holdings.filter(status=Holding.Status.OPEN, maturity_on__gte=today).order_by("maturity_on")
    soonest = ending.values_list("product__name", "maturity_on")[:3]
    return tuple(next_step.Maturity(name, day) for name, day in soonest if day is not None)


def _promise(row: FollowUp) -> next_step.Promise:
    complaint = row.about_no if row.about_kind == "complaint" and row.kind == FollowUp.Kind.CLOCK else ""
    title = _(row.title) if row.title else ""
    return next_step.Promise(title, row.due_on, row.due_at, complaint, row.about_level or 0, row.ref)


def _said(why: next_step.Why) -> str:
    """A reason in the reader's language, its dates in words."""
    values = {name: wording.date_words(value) if name == "day" else value for name, value in why.values.items()}  # type: ignore[arg-type]
    return str(why.text) % values if values else str(why.text)
