"""A night by hand: once, in order, resumable, never backwards; and commands that programs can read."""

from __future__ import annotations

import datetime
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from crm_site import celery, jobs
from crm_site.celery import At, Job
from crm_site.models import JobRun
from crm_site.testing import table_hash

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

DONE: list[str] = []
BROKEN: set[str] = set()


def _job(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    if run.job in BROKEN:
        raise ValueError("no figures")
    DONE.append(run.job)
    return {"rows": 2}


work = jobs.idempotent(_job)
PATH = f"{__name__}.work"
TABLE = (
    Job("late", PATH, At(4), "nightly", 30, after=("early",)),
    Job("early", PATH, At(2), "nightly", 10),
    Job("other", PATH, At(2), "nightly", 20),
    Job("sweep", PATH, At(9), "tick", 1),
)


@pytest.fixture(autouse=True)
def small_timetable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three nightly jobs and a sweep, which a night leaves alone."""
    DONE.clear()
    BROKEN.clear()
    monkeypatch.setattr(celery, "TIMETABLE", TABLE)
    monkeypatch.setattr("crm_site.management.commands.jobs.TIMETABLE", TABLE)


def command(*words: str) -> tuple[int, Any, str]:
    """(exit code, the one JSON object on stdout, stderr text or the reason)."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*words, "--json", stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, json.loads(out.getvalue()), str(error)
    return 0, json.loads(out.getvalue()), err.getvalue()


def test_a_night_runs_every_nightly_job_in_order_and_the_second_time_nothing() -> None:
    code, answer, _err = command("nightly", "--as-of", "2025-09-25")
    assert (code, DONE) == (0, ["early", "other", "late"])
    assert [(line["job"], line["state"], line["ran"], line["counts"]) for line in answer["jobs"]] == [
        (name, "OK", True, {"rows": 2}) for name in DONE
    ]
    before = table_hash()
    code, answer, _err = command("nightly", "--as-of", "2025-09-25")
    assert (code, [line["ran"] for line in answer["jobs"]]) == (0, [False, False, False])
    assert table_hash() == before


def test_a_night_before_the_newest_is_refused_with_the_reason() -> None:
    command("nightly", "--as-of", "2025-09-25")
    before = table_hash()
    code, answer, reason = command("nightly", "--as-of", "2025-09-24")
    assert (code, answer["refused"], answer["code"]) == (1, reason, "night.earlier")
    assert "2025-09-25 is published" in reason
    assert table_hash() == before


def test_a_night_still_to_come_is_refused() -> None:
    code, answer, _reason = command("nightly", "--as-of", "2025-09-27")
    assert (code, answer["code"]) == (1, "night.future")


def test_a_failed_job_stops_those_after_it_and_only_those_and_a_second_call_goes_on() -> None:
    BROKEN.add("early")
    code, answer, reason = command("nightly", "--as-of", "2025-09-25")
    assert (code, DONE) == (1, ["other"])
    assert "early: ValueError (test_nights.py:" in reason
    assert [line["job"] for line in answer["jobs"]] == ["early", "other"]
    BROKEN.clear()
    code, _answer, _err = command("nightly", "--as-of", "2025-09-25")
    assert (code, DONE) == (0, ["other", "early", "late"])


def test_a_night_somebody_else_is_at_is_refused(now: datetime.datetime) -> None:
    jobs.claim("early", datetime.date(2025, 9, 25), owner="elsewhere:1:x", now=now)
    code, answer, _reason = command("nightly", "--as-of", "2025-09-25")
    assert (code, answer["code"]) == (1, "night.busy")


def test_a_wrong_date_is_a_wrong_call() -> None:
    with pytest.raises(CommandError, match="is not a date"):
        call_command("nightly", "--as-of", "yesterday")


def test_jobs_lists_the_timetable_with_each_last_run() -> None:
    command("nightly", "--as-of", "2025-09-25")
    code, answer, _err = command("jobs")
    lines = {line["name"]: line for line in answer["jobs"]}
    assert (code, set(lines)) == (0, {"early", "other", "late", "sweep"})
    assert (lines["early"]["when"], lines["early"]["last"]["state"]) == ("daily at 02:00", "OK")
    assert lines["sweep"]["last"] is None


def test_people_get_a_table_instead_of_json() -> None:
    out = io.StringIO()
    call_command("jobs", stdout=out)
    assert "never ran" in out.getvalue()
