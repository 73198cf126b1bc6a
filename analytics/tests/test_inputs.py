"""A file not taken in whole, or not the one its source meant, keeps the last good night (domain F.8)."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analytics.freshness import freshness
from analytics.models import ScoreRun
from analytics.tests import nights
from analytics.tests.nights import AS_OF, night
from crm_site import bell, jobs
from crm_site.celery import Due, job
from crm_site.management.base import Refused
from crm_site.models import JobRun
from customers.models import Activity, Customer, ImportBatch, PublishedRun
from customers.tests.test_import import CUSTOMERS, PEOPLE

pytestmark = pytest.mark.django_db
FIRST = datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
State = ImportBatch.State


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """The evening of the first night."""
    with time_machine.travel(FIRST, tick=False) as traveller:
        yield traveller


@pytest.fixture
def bank(clock: Any) -> None:
    """One night published, and news for the second."""
    nights.build(18)
    night()
    clock.shift(DAY)
    Activity.objects.update(count_12m=7, changed_at=timezone.now())


def batch(state: str, kind: str = "balances", profile: str = "Core") -> ImportBatch:
    return ImportBatch.objects.create(
        kind=kind, profile=profile, file_name="x.csv", file_sha256="0" * 64, state=state, started_at=timezone.now()
    )


def scored() -> JobRun:
    """As the timetable does it."""
    run = jobs.run_job(job="score", path="analytics.tasks.score", business_date=AS_OF + DAY)
    assert run is not None
    return run


@pytest.mark.parametrize("state", [State.RUNNING, State.FAILED, State.DISAGREE])
@pytest.mark.parametrize("kind", ["customers", "holdings", "balances", "transactions"])
def test_an_import_in_doubt_keeps_the_last_night_and_the_run_says_why(bank: None, kind: str, state: str) -> None:
    before = nights.dump()
    doubtful = batch(state, kind)
    run = scored()
    assert run.state == JobRun.State.FAILED
    assert f"{kind} {doubtful.pk} ({state})" in run.error
    assert nights.dump() == before
    assert PublishedRun.current() == 1
    assert ScoreRun.objects.count() == 1


def test_when_the_file_is_there_the_same_night_is_scored(bank: None, clock: Any) -> None:
    batch(State.FAILED)
    scored()
    batch(State.DONE)
    JobRun.objects.filter(job="score").update(lease_until=timezone.now() - 400 * DAY)
    run = scored()
    assert (run.state, run.counts["changed"] > 0) == (JobRun.State.OK, True), run.error
    assert PublishedRun.current() == 2


def test_another_file_or_another_kind_does_not_make_it_good(bank: None) -> None:
    batch(State.DISAGREE, profile="Core")
    batch(State.DONE, profile="Cards")
    batch(State.DONE, kind="holdings")
    assert scored().state == JobRun.State.FAILED


@pytest.mark.parametrize("kind", ["orders", "complaints"])
def test_what_scoring_does_not_read_holds_up_nothing(bank: None, kind: str) -> None:
    batch(State.FAILED, kind)
    assert scored().state == JobRun.State.OK


def test_waiting_is_never_given_up(bank: None) -> None:
    """An import may end at noon: more than five attempts must be left for the night by then."""
    batch(State.RUNNING)
    due = Due(job("score"), AS_OF + DAY)
    JobRun.objects.create(job="roll_activity", business_date=AS_OF + DAY, state=JobRun.State.OK, started_at=FIRST)
    for _attempt in range(3 * jobs.MAX_ATTEMPTS):
        assert scored().state == JobRun.State.FAILED
        assert bell.missing([due]) == []  # not at once
        JobRun.objects.filter(job="score").update(lease_until=timezone.now() - 400 * DAY)
        assert bell.missing([due]) == [due]


def test_a_night_that_has_begun_is_finished(bank: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who moves while it runs is found by the next one."""
    from analytics.actions import scoring_run

    with monkeypatch.context() as patch:
        patch.setattr(scoring_run, "_publish", lambda *_args: 1 / 0)
        assert scored().state == JobRun.State.FAILED
    batch(State.RUNNING)
    JobRun.objects.filter(job="score").update(lease_until=timezone.now() - 400 * DAY)
    assert scored().state == JobRun.State.OK


# --- on screen --------------------------------------------------------------------------------------------------
def test_scores_of_more_than_seven_days_are_stale(bank: None) -> None:
    for days, stale in ((1, False), (7, False), (8, True)):
        assert freshness(AS_OF + days * DAY).stale is stale
    PublishedRun.objects.all().delete()
    assert not freshness().stale


@pytest.mark.usefixtures("bank")
def test_the_dashboard_says_what_is_stale_and_what_is_waited_for(client_for: Callable[..., Client], clock: Any) -> None:
    client = client_for("supervisor")
    address = reverse("analytics:dashboard")
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "Stale" not in page
    assert "The next scores wait" not in page
    doubtful = batch(State.DISAGREE, "holdings")
    clock.shift(9 * DAY)
    page = client_for("supervisor").get(address).content.decode()  # the first one's visit has ended
    words = freshness()
    assert words.sentence in page
    assert f"{doubtful.pk}" in words.waiting[0]
    assert words.waiting[0] in page


@pytest.mark.usefixtures("bank")
def test_the_value_page_says_that_its_score_is_stale(client_for: Callable[..., Client], clock: Any) -> None:
    customer = Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL).order_by("pk")[0]
    client = client_for("supervisor")
    address = reverse("analytics:value", args=[customer.customer_no])
    assert "c-note--warn" not in client.get(address).content.decode()
    clock.shift(9 * DAY)
    assert freshness().sentence in client_for("supervisor").get(address).content.decode()


# --- control totals ---------------------------------------------------------------------------------------------
def take(tmp_path: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """``import customers`` by its command: exit code and answer."""
    (tmp_path / "p.json").write_text(json.dumps(CUSTOMERS), encoding="utf-8")
    (tmp_path / "t.csv").write_text(PEOPLE, encoding="utf-8")
    out, code = io.StringIO(), 0
    options = ["--profile", str(tmp_path / "p.json"), "--json", *words]
    try:
        call_command("import", "customers", str(tmp_path / "t.csv"), *options, stdout=out, stderr=io.StringIO())
    except Refused as refused:
        code = refused.returncode
    return code, json.loads(out.getvalue())


def test_totals_that_agree_leave_a_batch_that_is_done(tmp_path: Path) -> None:
    code, answer = take(tmp_path, "--expect", "rows=2", "--expect", "male=1")
    assert (code, answer["disagree"]) == (0, {})
    stored = ImportBatch.objects.get()
    assert (stored.state, stored.expected) == (State.DONE, {"rows": 2, "male": 1})


def test_totals_that_do_not_agree_are_named_and_keep_the_night_waiting(tmp_path: Path) -> None:
    code, answer = take(tmp_path, "--expect", "rows=3", "--expect", "male=1", "--expect", "unheard=4")
    assert code == 1
    assert answer["disagree"] == {"rows": {"expected": 3, "found": 2}, "unheard": {"expected": 4, "found": 0}}
    assert ImportBatch.objects.get().state == State.DISAGREE
    assert night().state == JobRun.State.FAILED
    assert take(tmp_path, "--expect", "rows=2")[0] == 0
    assert night().state == JobRun.State.OK


def test_a_rehearsal_says_the_same_and_keeps_nothing_waiting(tmp_path: Path) -> None:
    code, answer = take(tmp_path, "--dry-run", "--expect", "rows=3")
    assert (code, list(answer["disagree"])) == (1, ["rows"])
    assert night().state == JobRun.State.OK


def test_a_total_that_is_none_is_a_wrong_call(tmp_path: Path) -> None:
    from django.core.management import CommandError

    with pytest.raises(CommandError, match="rows=5369"):
        take(tmp_path, "--expect", "rows")
