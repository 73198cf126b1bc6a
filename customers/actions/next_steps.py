"""Answering a suggested next step: done, promised for a day, put off, not suitable (domain R2.22)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import RuleBroken
from customers.actions import followups
from customers.forbidden import holds_secret
from customers.models import Customer, FollowUp, StepAnswer
from customers.next_step import Suggestion

if TYPE_CHECKING:
    from crm_site.models import User

RESTS = datetime.timedelta(days=30)
LONGEST_REASON = 200
Answer = StepAnswer.Answer


@transaction.atomic
def promise(
    *,
    by: User,
    customer: Customer,
    found: Suggestion,
    due_on: datetime.date,
    due_at: datetime.datetime,
    reason: str = "",
) -> FollowUp:
    """Take the step as a promise of one's own, due before ``due_at``; the suggestion rests until that day.

    Raises RuleBroken "step.promised" for one that is about a promise already, "promise.past" for a day gone by.
    """
    if found.act == "promise":
        raise RuleBroken("step.promised", _("This is promised already. Keep it, or put the suggestion off."))
    with translation.override(None):
        title = str(found.title)  # as the source says it: the list of promises shows it in each reader's language
    made = followups.promise(
        by=by,
        customer=customer,
        kind=FollowUp.Kind.PROMISE,
        title=title,
        due_on=due_on,
        due_at=due_at,
        owner=by,
        about_kind="next_step",
        about_no=found.step,
    )
    _answer(by, customer, found, Answer.PROMISED, due_on, reason)
    return made


@transaction.atomic
def put_off(*, by: User, customer: Customer, found: Suggestion, until: datetime.date, reason: str = "") -> StepAnswer:
    """Let the suggestion rest until that day. Raises RuleBroken "step.day" for any but a day to come."""
    if until <= timezone.localdate():
        raise RuleBroken("step.day", _("Choose a day after today."), field="day")
    return _answer(by, customer, found, Answer.PUT_OFF, until, reason)


@transaction.atomic
def dismiss(*, by: User, customer: Customer, found: Suggestion, reason: str) -> StepAnswer:
    """The suggestion does not suit; it rests for 30 days. Raises RuleBroken "step.reason" without a reason."""
    if not reason.strip():
        raise RuleBroken("step.reason", _("Say why, in a sentence."), field="reason")
    return _answer(by, customer, found, Answer.DISMISSED, timezone.localdate() + RESTS, reason)


@transaction.atomic
def done(*, by: User, customer: Customer, found: Suggestion, at: datetime.datetime) -> StepAnswer:
    """The contact recorded at that moment carried it out: on the same facts it does not come again for 30 days."""
    return _answer(by, customer, found, Answer.DONE, timezone.localdate() + RESTS, "", at=at)


@transaction.atomic
def undone(*, by: User, customer: Customer, at: datetime.datetime) -> int:
    """The contact of that moment was taken back, and so is what it carried out; returns how many suggestions."""
    rows = StepAnswer.objects.filter(customer=customer, by=by, answer=Answer.DONE, at=at)
    steps = list(rows.values_list("step", flat=True))
    if steps:
        rows.delete()
        audit.record(by=by, action="next_step.undone", obj=customer, before={"steps": steps})
    return len(steps)


def _answer(
    by: User,
    customer: Customer,
    found: Suggestion,
    answer: str,
    until: datetime.date,
    reason: str,
    *,
    at: datetime.datetime | None = None,
) -> StepAnswer:
    words = " ".join(reason.split())
    if len(words) > LONGEST_REASON:
        raise RuleBroken("step.reason", _("Shorten the reason to 200 characters."), field="reason")
    if holds_secret(words):
        advice = _("Take out the password, PIN or code. It may never be written down.")
        raise RuleBroken("step.secret", advice, field="reason")
    if not found.step:
        raise RuleBroken("step.none", _("Nothing is suggested at the moment."))
    made, _created = StepAnswer.objects.update_or_create(
        customer=customer,
        step=found.step,
        grounds=found.grounds,
        defaults={"answer": answer, "until": until, "reason": words, "by": by, "at": at or timezone.now()},
    )
    after = {"step": found.step, "grounds": found.grounds, "until": until}
    audit.record(by=by, action=f"next_step.{answer.lower()}", obj=customer, after=after)
    return made
