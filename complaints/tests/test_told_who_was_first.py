"""Whoever takes a step behind somebody quicker is told who was first, and not the rule that holds since then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from complaints.models import Complaint
from complaints.tests import acts, scenes
from complaints.tests.test_races import STAGES, racers
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import User
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ENDS = "withdraw"  # after it most rules say something else


@pytest.mark.parametrize("stage", STAGES)
def test_behind_the_same_step_or_the_end_it_is_stale_and_nothing_is_written(stage: str) -> None:
    lead = scenes.handler(role="supervisor")
    for first, second in _pairs(racers(STAGES[stage](lead), lead)):
        complaint = STAGES[stage](lead)
        mine = _opened(complaint)
        acts.ACTS[first](lead, _opened(complaint))
        written = complaint.diary.count()
        assert isinstance(_told(second, lead, mine), Stale), (first, second)
        assert complaint.diary.count() == written, (first, second)


def test_a_rule_is_said_as_it_is_where_nobody_was_quicker() -> None:
    lead = scenes.handler(role="supervisor")
    told = _told("resume", lead, _opened(scenes.in_work(lead)))  # the clock is not paused
    assert type(told) is RuleBroken


def test_a_stranger_is_refused_as_such_where_nothing_changed() -> None:
    lead = scenes.handler(role="supervisor")
    told = _told("withdraw", UserFactory(role="auditor"), _opened(scenes.in_work(lead)))
    assert type(told) is NotAllowed


def _pairs(verbs: list[str]) -> Iterator[tuple[str, str]]:
    for verb in verbs:
        yield verb, verb
        if ENDS in verbs and verb != ENDS:
            yield ENDS, verb


def _opened(complaint: Complaint) -> Complaint:
    """The complaint as a page shows it now."""
    return Complaint.objects.get(pk=complaint.pk)


def _told(verb: str, by: User, seen: Complaint) -> RuleBroken:
    with pytest.raises(RuleBroken) as refused, transaction.atomic():
        acts.ACTS[verb](by, seen)
    return refused.value
