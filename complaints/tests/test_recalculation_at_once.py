"""Workers that apply one batch at the same moment on PostgreSQL: every date moves once (decision 0026)."""

from __future__ import annotations

import datetime
from collections import Counter

import pytest
import time_machine

from complaints.actions import applying, recalculation
from complaints.actions.recalculation import Choice
from complaints.models import Clock, Complaint, RecalcBatch
from complaints.tests.scenes import assessed, handler, local
from complaints.tests.together import at_once
from crm_site.actions import calendar
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.together, pytest.mark.django_db(transaction=True)]
WORKERS, COMPLAINTS = 4, 10


def test_four_workers_move_every_date_once() -> None:
    now = local("2026-07-13 10:00")
    with time_machine.travel(now, tick=False):
        by, author = handler(), UserFactory(role="supervisor")
        for _n in range(COMPLAINTS):
            assessed(by)
        day = datetime.date(2026, 7, 15)
        calendar.set_day(by=author, date=day, is_working=False, kind="HOLIDAY", name="Typhoon")
        batch = recalculation.propose(by=author, choice=Choice(), reason="Typhoon day")
        recalculation.approve(by=UserFactory(role="supervisor"), batch=batch)
    with time_machine.travel(now):
        answers = at_once([applying.apply_due] * WORKERS)
    moved = Counter[str]()
    for answer in answers:
        assert isinstance(answer, dict)
        moved.update(answer)
    assert moved == {"moved": batch.items.count(), "left": 0}
    assert RecalcBatch.objects.get().state == "APPLIED"
    assert Clock.objects.exclude(replaces=None).count() == batch.items.count()
    for complaint in Complaint.objects.all():
        assert complaint.diary.filter(verb="recalculate").count() == 1
