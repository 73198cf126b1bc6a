"""The demonstration bank can be made on any day, and shows every state a matter can be in."""

from __future__ import annotations

import datetime
import json
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import F

from analytics.models import Score
from complaints.models import Complaint, Participation
from complaints.states import State
from crm_site.models import JobRun, User
from customers.models import Customer

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# an ordinary afternoon, the last minutes before a long holiday, New Year's first minutes in Shanghai
MOMENTS = ["2026-11-24T08:10:00Z", "2026-09-30T15:40:00Z", "2026-12-31T16:05:00Z"]


def _made(moment: str, *, customers: int, complaints: int) -> None:
    """Make the bank at this moment and look it over."""
    out = StringIO()
    with time_machine.travel(datetime.datetime.fromisoformat(moment), tick=True):
        call_command("load_demo", "--json", customers=customers, complaints=complaints, stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["loaded"] is True
    assert answer["customers"] == Customer.objects.count() == customers
    assert set(Complaint.objects.values_list("state", flat=True)) >= {State.ASSESSED, State.IN_PROGRESS, State.CLOSED}
    assert not Complaint.objects.open().filter(leading=None).exists()
    assert not JobRun.objects.exclude(state=JobRun.State.OK, warning="").exists()
    answered = Participation.objects.exclude(answered_at=None)
    assert answered.exists()
    assert not answered.exclude(answered_by__team__department=F("department")).exists()
    assert Score.objects.count() > customers * 5 // 6
    assert not User.objects.filter(is_demo=False).exists()


def test_a_small_demonstration_bank_shows_every_state() -> None:
    _made(MOMENTS[0], customers=60, complaints=70)


@pytest.mark.thorough
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_demonstration_bank_is_made_on_any_day(moment: str) -> None:
    """As ``make run`` makes it, but for the number of customers."""
    _made(moment, customers=200, complaints=220)
