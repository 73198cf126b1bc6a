"""The command that says when something is due, and the admin that only reads."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from complaints import badges, explaining
from complaints.tests import scenes
from complaints.tests.scenes import handler, received
from crm_site.errors import RuleBroken
from crm_site.testing import table_hash

pytestmark = pytest.mark.django_db


def due(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("due", *arguments, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_the_command_says_the_date_and_every_day_that_counts() -> None:
    answer = due("--level", "moderate", "--received", "2025-09-26T10:00")
    assert (answer["due_on"], answer["provisional"], answer["policy"]) == ("2025-10-10", False, "HANDBOOK_CN 1")
    assert answer["due_at"] == "2025-10-11T00:00:00+08:00"
    assert [day["n"] for day in answer["days"] if day["n"]] == [1, 2, 3, 4, 5]
    assert answer["regulator"][0]["due_on"] == "2025-10-11"


@pytest.mark.parametrize(
    ("arguments", "due_on"),
    [
        (["--level", "minor", "--received", "2026-02-13T10:00", "--channel", "email"], "2026-02-14"),
        (["--level", "severe", "--received", "2026-02-28T18:00Z"], "2026-03-13"),
        (["--level", "severe", "--received", "2026-02-10", "--policy", "CN_NFRA_2020_3"], "2026-02-25"),
    ],
)
def test_channel_zone_and_rule_set_are_heard(arguments: list[str], due_on: str) -> None:
    assert due(*arguments)["due_on"] == due_on


def test_a_year_nobody_has_announced_answers_provisional() -> None:
    assert due("--level", "severe", "--received", "2031-05-05T10:00")["provisional"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--level", "terrible", "--received", "2025-09-26T10:00"],
        ["--level", "minor", "--received", "yesterday"],
        ["--level", "minor", "--received", "2025-09-26T10:00", "--policy", "NONE"],
        ["--level", "minor", "--received", "2025-09-26T10:00", "--channel", "pigeon"],
        ["--batch", "nowhere.csv"],
    ],
)
def test_what_the_command_does_not_understand_is_a_misuse(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as misused:
        call_command("due", *arguments, stdout=io.StringIO())
    assert misused.value.returncode == 2


def test_a_batch_answers_row_by_row(tmp_path: Path) -> None:
    file = tmp_path / "received.csv"
    file.write_text("received,level\n2025-09-26T10:00,moderate\nsoon,severe\n", encoding="utf-8")
    out = io.StringIO()
    call_command("due", "--batch", str(file), stdout=out)
    head, first, second = out.getvalue().strip().splitlines()
    assert head.startswith("received,level,due_on")
    assert "2025-10-10" in first
    assert second.startswith("soon,severe,,")


@pytest.mark.usefixtures("now")
def test_the_stored_reasons_of_every_promise_can_be_had() -> None:
    complaint = scenes.assessed(handler())
    reasons = {promise["kind"]: promise for promise in explaining.due(complaint.number)["promises"]}
    assert reasons["FEEDBACK"]["due_on"] == "2025-10-10"
    assert reasons["FEEDBACK"]["days"][-1]["due"] is True
    with pytest.raises(RuleBroken):
        explaining.due("TS-00000000-0000")


@pytest.mark.usefixtures("now")
def test_the_badge_counts_my_own_open_work() -> None:
    clerk = handler()
    received(clerk)
    scenes.closed(clerk)
    received(handler(clerk.team))
    assert badges.mine(clerk).count() == 1


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize("model", ["complaint", "diaryentry", "clock"])
def test_the_admin_shows_complaints_and_changes_nothing(client_for: Callable[..., Client], model: str) -> None:
    complaint = scenes.assessed(handler())
    row = {"complaint": complaint, "diaryentry": complaint.diary.first(), "clock": complaint.round.clocks.first()}[
        model
    ]
    client = client_for("supervisor")
    address = f"/admin/complaints/{model}/"
    before = table_hash()
    assert client.get(address).status_code == 200
    shown = client.get(f"{address}{row.pk}/change/")
    assert shown.status_code == 200
    assert complaint.content not in shown.content.decode()
    assert client.post(f"{address}{row.pk}/change/", {"state": "CLOSED"}).status_code == 403
    assert client.get(f"{address}add/").status_code == 403
    assert client.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert table_hash() == before


@pytest.mark.usefixtures("now")
def test_an_agent_finds_no_complaints_in_the_admin(client_for: Callable[..., Client]) -> None:
    assert client_for("agent").get("/admin/complaints/complaint/").status_code == 403
