"""A night is counted once: spread, what is missing, drift, and one notice when it went too far."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics import drift
from analytics.actions import run_figures
from analytics.models import Score, ScoreRun
from analytics.night_results import alert_words, results_of
from analytics.tests import nights
from crm_site.celery import job, nightly_jobs
from crm_site.models import Notice
from crm_site.tests.factories import UserFactory
from customers.models import Activity, Standing

pytestmark = pytest.mark.django_db
Client = Callable[..., Any]
NEXT = nights.AS_OF + datetime.timedelta(days=1)


@pytest.fixture
def counted() -> ScoreRun:
    nights.build()
    nights.night()
    assert run_figures.count(nights.AS_OF) == {"runs": 1, "alerts": 0}
    return ScoreRun.objects.get()


def everybody_poorer() -> None:
    """Everybody has lost all business with the bank."""
    gone = {"contribution_fen": 0, "amount_12m_fen": 0, "count_12m": 0, "aum_fen": 0, "aum_3m_fen": 0, "dpd_24m": 99}
    Activity.objects.update(**gone, changed_at=timezone.now())


def test_the_counts_are_those_of_the_published_rows(counted: ScoreRun) -> None:
    found = counted.summary
    tenths = Counter(Standing.objects.published().exclude(score_tenths=None).values_list("score_tenths", flat=True))
    assert {place: n for place, n in enumerate(found["scores"]) if n} == dict(tenths)
    assert found["grades"] == dict(Counter({"": 0})) | dict.fromkeys("ABCDE", 0) | dict(
        Counter(Standing.objects.published().values_list("grade", flat=True))
    )
    scored = Score.objects.published().exclude(score_tenths=-1)
    assert found["missing"]["scored"] == scored.count()
    assert found["missing"]["k2"] == scored.filter(k2=-1).count() > 0
    assert "before" not in found


def test_a_night_keeps_its_figures(counted: ScoreRun) -> None:
    Standing.objects.update(grade="A")
    assert run_figures.count(nights.AS_OF) == {"runs": 0, "alerts": 0}
    counted.refresh_from_db()
    assert counted.summary["grades"]["A"] < Standing.objects.count()


def test_a_quiet_night_lies_where_the_one_before_lay(counted: ScoreRun) -> None:
    nights.night(NEXT)
    assert run_figures.count(NEXT) == {"runs": 1, "alerts": 0}
    before = ScoreRun.objects.get(as_of=NEXT).summary["before"]
    assert (before["run"], before["psi_grades"], before["mean_shift"], before["rank_correlation"]) == (1, 0.0, 0.0, 1.0)
    assert not Notice.objects.filter(kind="score_drift").exists()


def test_a_bank_that_sinks_is_said_once_to_those_who_tune(counted: ScoreRun) -> None:
    told = [UserFactory(role="analyst"), UserFactory(role="supervisor")]
    UserFactory(role="agent")
    everybody_poorer()
    nights.night(NEXT)
    for _again in range(2):
        run_figures.count(NEXT)
    run = ScoreRun.objects.get(as_of=NEXT)
    assert run.summary["before"]["mean_shift"] < -drift.MEAN_POINTS
    assert {"psi", "psi_baseline", "mean"} <= {kind for kind, _figure in run.summary["alerts"]}
    assert set(Notice.objects.filter(kind="score_drift").values_list("to", flat=True)) >= {who.pk for who in told}
    assert Notice.objects.filter(kind="score_drift", to__in=told).count() == len(told)
    assert not Notice.objects.filter(kind="score_drift", to__roles=["agent"]).exists()
    assert any("mean score moved" in line for line in alert_words(run))


def test_a_metric_that_vanishes_is_named(counted: ScoreRun) -> None:
    Activity.objects.update(debt_service_bp=None, changed_at=timezone.now())
    nights.night(NEXT)
    run_figures.count(NEXT)
    run = ScoreRun.objects.get(as_of=NEXT)
    assert run.summary["before"]["missing"]["k2"] > drift.MISSING_POINTS
    assert any(line.startswith("debt service: the share") for line in alert_words(run))


@pytest.mark.parametrize(
    ("before", "kinds"),
    [
        ({"psi_grades": 0.25, "psi_deciles": 0.2, "mean_shift": 5.0, "rank_correlation": 0.95}, []),
        ({"psi_grades": 0.26}, ["psi"]),
        ({"psi_deciles": 0.26}, ["psi"]),
        ({"mean_shift": -5.1, "rank_correlation": None}, ["mean"]),
        ({"rank_correlation": 0.949}, ["rank"]),
        ({"missing": {"k2": -6.0}}, ["missing k2"]),
    ],
)
def test_the_limits_of_alerts(before: dict[str, Any], kinds: list[str]) -> None:
    assert [kind for kind, _figure in run_figures.alerts({"before": before})] == kinds


def test_nothing_to_count_is_no_fault() -> None:
    assert run_figures.count(nights.AS_OF) == {"runs": 0, "alerts": 0}
    nights.night()  # an empty bank
    assert run_figures.count(nights.AS_OF)["runs"] == 1
    found = results_of(ScoreRun.objects.get())
    assert found is not None
    assert (found["scored"], found["missing"]) == (0, [])


def test_the_timetable_counts_after_the_score() -> None:
    line = job("run_figures")
    assert line.after == ("score",)
    assert line in nightly_jobs()


# --- the pages --------------------------------------------------------------------------------------------------
def test_the_pages_show_what_was_counted(client_for: Client, counted: ScoreRun) -> None:
    client = client_for("analyst")
    assert "v1" in client.get(reverse("analytics:nights")).content.decode()
    page = client.get(reverse("analytics:night", args=[counted.no])).content.decode()
    assert "Customers by score" in page
    assert "Asset size" in page
    ScoreRun.objects.update(summary={})
    assert "has not been counted" in client.get(reverse("analytics:night", args=[counted.no])).content.decode()
    assert client.get(reverse("analytics:night", args=[99])).status_code == 404


def test_the_list_asks_as_often_for_one_night_as_for_three(client_for: Client) -> None:
    nights.build(9)
    client = client_for("auditor")
    assert "No night has run" in client.get(reverse("analytics:nights")).content.decode()
    asked = []
    for days in range(3):
        nights.night(nights.AS_OF + datetime.timedelta(days=days))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("analytics:nights"))
        asked.append(len(captured))
    assert asked[0] == asked[2]


@pytest.mark.parametrize("role", ["agent", "handler", "planner", "sysadmin"])
def test_strangers_see_no_nights(client_for: Client, role: str) -> None:
    client = client_for(role)
    assert client.get(reverse("analytics:nights")).status_code == 403
    assert client.get(reverse("analytics:night", args=[1])).status_code == 403
