"""A person decides on a suggestion: it becomes a promise or a need, or is set aside with a reason (domain R9.12)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from analytics.models import SuggestionAnswer, SuggestionModel
from analytics.suggesting import Suggested
from crm_site import audit, bank_day
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay
from customers.actions import followups, needs
from customers.forbidden import holds_secret
from customers.models import Customer, FollowUp, Need

if TYPE_CHECKING:
    from crm_site.models import User

RESTS = datetime.timedelta(days=90)
WITHIN = 5  # working days to talk to somebody who may leave
LONGEST_REASON = 200
TITLE = _("Ask what would make the customer stay")
Answer = SuggestionAnswer.Answer


@transaction.atomic
def accept(*, by: User, customer: Customer, found: Suggested) -> SuggestionAnswer:
    """Take it up: a promise of one's own to talk to who may leave, or a need of the family. Nothing is offered by it.

    Raises RuleBroken "suggestion.answered" when somebody decided in the meantime.
    """
    made = _answer(by, customer, found, Answer.ACCEPTED, "")
    if found.kind == SuggestionModel.Kind.LEAVING:
        _promise(by, customer)
    else:
        needs.record_need(by=by, customer=customer, family=found.target, basis=Need.Basis.INFERRED)
    return made


@transaction.atomic
def dismiss(*, by: User, customer: Customer, found: Suggested, reason: str) -> SuggestionAnswer:
    """It does not suit, and why. Raises RuleBroken "suggestion.reason", "suggestion.secret", "suggestion.answered"."""
    words = " ".join(reason.split())
    if not 0 < len(words) <= LONGEST_REASON:
        raise RuleBroken("suggestion.reason", _("Say why, in at most 200 characters."), field="reason")
    if holds_secret(words):
        advice = _("Take out the password, PIN or code. It may never be written down.")
        raise RuleBroken("suggestion.secret", advice, field="reason")
    return _answer(by, customer, found, Answer.DISMISSED, words)


def _promise(by: User, customer: Customer) -> None:
    due_on = CalendarDay.objects.calendar().add(timezone.localdate(), WITHIN)
    with translation.override(None):
        title = str(TITLE)  # as the source says it: the list of promises shows it in each reader's language
    followups.promise(
        by=by,
        customer=customer,
        kind=FollowUp.Kind.PROMISE,
        title=title,
        due_on=due_on,
        due_at=bank_day.ends(due_on),
        owner=by,
    )


def _answer(by: User, customer: Customer, found: Suggested, answer: str, reason: str) -> SuggestionAnswer:
    """One answer while it rests: who comes second waits for the customer's row and finds the first one's."""
    Customer.objects.select_for_update().get(pk=customer.pk)
    today = timezone.localdate()
    about = SuggestionAnswer.objects.filter(customer=customer, kind=found.kind, target=found.target)
    if about.filter(until__gt=today).exists():
        raise RuleBroken("suggestion.answered", _("Somebody has decided on this already."))
    made = SuggestionAnswer.objects.create(
        customer=customer,
        kind=found.kind,
        target=found.target,
        model=found.model,
        grounds=found.grounds,
        answer=answer,
        reason=reason,
        until=today + RESTS,
        by=by,
        at=timezone.now(),
    )
    after = {"about": found.target, "judge": found.judge, "until": made.until}
    audit.record(by=by, action=f"suggestion.{answer.lower()}", obj=customer, after=after)
    return made
