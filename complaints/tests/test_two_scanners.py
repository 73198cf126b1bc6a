"""Two scanners on one database: each warning once, and an outage is caught up with one (peers row 71; FI-11)."""

from __future__ import annotations

import datetime
import threading
from collections import Counter

import pytest
import time_machine
from django.db import connection, transaction

from complaints.actions import escalation
from complaints.models import Clock, Escalation
from complaints.tests import scenes
from complaints.tests.together import at_once
from crm_site.models import Notice, User
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.together, pytest.mark.django_db(transaction=True)]
SCANNERS, COMPLAINTS = 4, 12


def scan(now: datetime.datetime) -> Counter[str]:
    """All scanners at the same moment; what they counted together."""
    with time_machine.travel(now):
        answers = at_once([lambda: escalation.climb(now=now)] * SCANNERS)
    counted = Counter[str]()
    for answer in answers:
        assert isinstance(answer, dict)
        counted.update(answer)
    return counted


@pytest.fixture
def owner() -> User:
    by = scenes.handler()
    UserFactory(role="senior", team=by.team)
    with time_machine.travel(scenes.local("2025-09-26 10:00"), tick=False):
        for _n in range(COMPLAINTS):
            scenes.planned(by)
    Clock.objects.exclude(kind="FEEDBACK").update(ladder_at=None)
    return by


def test_two_scanners_at_once_fire_each_warning_once(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escalation, "BATCH", 3)  # so that all of them find work
    for text, name in (("2025-09-30 09:00", "T2"), ("2025-10-09 09:00", "T3"), ("2025-10-10 09:00", "T4")):
        counted = scan(scenes.local(text))
        assert counted["warned"] == COMPLAINTS
        assert Escalation.objects.filter(threshold=name, state="SENT").count() == COMPLAINTS
    assert Escalation.objects.count() == 3 * COMPLAINTS
    keys = Notice.objects.values_list("to", "dedupe_key")
    assert len(keys) == len(set(keys))
    assert Notice.objects.filter(to=owner).count() == 3 * COMPLAINTS


def test_a_scanner_that_was_down_three_days_tells_one_warning_a_complaint(owner: User) -> None:
    scan(scenes.local("2025-09-30 09:00"))
    counted = scan(scenes.local("2025-10-11 12:00"))  # T3, T4 and B0 were slept through
    assert (counted["warned"], counted["passed_over"]) == (COMPLAINTS, 2 * COMPLAINTS)
    assert Notice.objects.filter(to=owner, dedupe_key__contains=":B0:").count() == COMPLAINTS
    assert not Notice.objects.filter(dedupe_key__contains=":T3:").exists()


@pytest.mark.postgres  # SQLite has one writer: nothing is passed by
def test_what_one_scanner_holds_the_other_passes_by(owner: User) -> None:
    held, go_on = threading.Event(), threading.Event()
    now = scenes.local("2025-09-30 09:00")

    def hold() -> None:
        with transaction.atomic():
            list(Clock.objects.select_for_update(of=("self",)).filter(ladder_at__lte=now)[: COMPLAINTS // 2])
            held.set()
            go_on.wait(30)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(30)
    with time_machine.travel(now):
        assert escalation.climb(now=now)["warned"] == COMPLAINTS - COMPLAINTS // 2
        go_on.set()
        other.join(30)
        assert escalation.climb(now=now)["warned"] == COMPLAINTS // 2
