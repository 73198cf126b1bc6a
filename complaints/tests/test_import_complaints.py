"""Matters of another system taken over: counted, refused by row, and ended as they had ended (docs/decisions/0033)."""

from __future__ import annotations

import datetime
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from complaints import figures, narrative
from complaints.actions import clocks, resolution
from complaints.actions.imports import KINDS
from complaints.models import Clock, Complaint, Origin
from complaints.tests import scenes
from crm_site.tables import read
from crm_site.testing import table_hash
from crm_site.tests.factories import TeamFactory, UserFactory
from customers.actions.imports import run_import, running
from customers.actions.imports.expressions import ProfileInvalid
from customers.models import FollowUp, ImportBatch, Interaction, Message, Product
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PROFILE: dict[str, Any] = {
    "name": "Old desk",
    "kind": "complaints",
    "source_system": "DESK",
    "columns": {
        "source_id": "no",
        "received_at": "received",
        "sent_at": "sent",
        "answered_at": "answered",
        "due_on": {"days_after": [{"column": "received"}, 15]},
        "status": "state",
        "subject": "about",
        "content": "words",
        "channel": "via",
        "product": "product",
        "cause": "about",
        "timely": "timely",
        "disputed": "disputed",
        "their_product": "product",
        "their_channel": "via",
    },
    "values": {
        "status": {"Open": "LEFT_OUT", "*": "CLOSED"},
        "channel": {"Web": "WEBFORM", "Fax": "LETTER", "Phone": "PHONE"},
        "cause": {"Fees": "FEES", "*": "OTHER"},
        "product": {"Savings": "SAV", "Cards": "CARD"},
        "timely": {"Yes": "1", "No": "0", "": ""},
    },
    "products": {"SAV": {"name": "Savings", "family": "DEPOSIT"}, "CARD": {"name": "Cards", "family": "CARD"}},
}
HEADER = "no,received,sent,answered,state,about,words,via,product,timely,disputed"
ROWS = [
    '1,2024-03-04,2024-03-05,2024-03-08,Closed,Fees,"It was taken twice.\nTwice, I say.",Web,Savings,Yes,0',
    "2,2024-03-04,2024-03-05,2024-03-25,Closed,Rudeness,他们不接电话,Fax,Cards,No,1",
    "3,2024-03-06,2024-03-06,,Closed,Fees,,Phone,Cards,Yes,",
    "4,2024-03-07,2024-03-07,,Closed,Fees,,Phone,Cards,No,",
    "5,2024-03-08,2024-03-08,,Closed,Fees,,Phone,Cards,,",
]
Take = Callable[..., dict[str, Any]]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """``take(rows)`` imports these lines; ``change`` is put over the profile."""

    def take_in(rows: list[str], *, dry_run: bool = False, header: str = HEADER, **change: Any) -> dict[str, Any]:
        path, told = tmp_path / "table.csv", tmp_path / "profile.json"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        told.write_text(json.dumps(PROFILE | change), encoding="utf-8")
        return run_import(by=None, kind="complaints", path=path, profile=told, dry_run=dry_run, kinds=KINDS)

    return take_in


def counts(result: dict[str, Any]) -> tuple[int, ...]:
    """(created, updated, unchanged, duplicates, rejected), which add up."""
    found = tuple(result[name] for name in ("created", "updated", "unchanged", "duplicates", "rejected"))
    assert sum(found) == result["rows"]
    return found


def refused(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Line, column and value of the refused rows; each has a reason."""
    table = read(Path(result["errors_file"]))
    rows = [dict(zip(table.header, row.cells, strict=True)) for row in table]
    assert all(row["reason"] for row in rows)
    return [(row["line"], row["column"], row["value"]) for row in rows]


def of(number: int) -> Complaint:
    return Complaint.objects.get(origin__source_id=str(number))


# --- what comes in ----------------------------------------------------------------------------------------------
def test_a_matter_that_ended_elsewhere_is_ended_here_and_alerts_nobody(take: Take) -> None:
    assert counts(take(ROWS)) == (5, 0, 0, 0, 0)
    first = of(1)
    assert (first.number, first.state, first.external_ref, first.channel) == (
        "TS-20240304-0001",
        "CLOSED",
        "1",
        "WEBFORM",
    )
    assert first.content == "It was taken twice.\nTwice, I say."
    assert (first.product.code, first.cause, first.origin.product) == ("SAV", "FEES", "Savings")
    assert (first.received_at, first.registered_at) == (scenes.local("2024-03-04"), scenes.local("2024-03-05"))
    assert first.round.fed_back_at == first.closed_at == scenes.local("2024-03-08")
    assert (first.round.took_days, first.round.took_calendar_days) == (4, 4)
    assert not FollowUp.objects.open().exists()
    assert not Complaint.objects.open().exists()
    assert not Message.objects.exists()
    assert not Interaction.objects.exists()
    assert clocks.lead_unled() == 0


def test_the_words_are_sealed_where_they_lie(take: Take) -> None:
    take(ROWS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM complaints_complaint WHERE content <> ''")
        assert all(text.startswith("v1:") for (text,) in cursor.fetchall())


def test_every_ended_matter_has_one_round_that_ended_and_one_line_in_its_diary(take: Take) -> None:
    take(ROWS)
    for complaint in Complaint.objects.all():
        assert [round_.closed_at for round_ in complaint.rounds.all()] == [complaint.closed_at]
        entry = complaint.diary.get()
        assert (entry.verb, entry.from_state, entry.to_state) == ("import", "", "CLOSED")
        assert narrative.items(complaint)[0]["title"] == "Taken over from another system"


def test_limits_are_kept_or_missed_as_the_source_reports(take: Take) -> None:
    take(ROWS)
    assert set(Clock.objects.values_list("profile", "kind")) == {("IMPORTED", "FEEDBACK")}
    assert not Clock.objects.filter(round__complaint=of(5)).exists()  # nothing was reported
    late = Clock.objects.get(round__complaint=of(4))
    assert (late.missed, late.follow_up.state, late.follow_up.due_on) == (True, "CANCELLED", datetime.date(2024, 3, 22))
    period = figures.Period(datetime.date(2024, 3, 1), datetime.date(2024, 3, 31), scenes.local("2024-04-30"), False)
    found = {name: figures.Asked(name, period).count() for name in ("received", "closed", "sla_due", "sla_met", "open")}
    assert found == {"received": 5, "closed": 5, "sla_due": 4, "sla_met": 2, "open": 0}
    assert figures.Asked("received", period).by("channel") == {"PHONE": 3, "LETTER": 1, "WEBFORM": 1}


def test_as_of_a_day_of_the_past_history_stood_as_it_stood_then(take: Take) -> None:
    take(ROWS)
    day = datetime.date(2024, 3, 6)
    period = figures.Period(day, day, scenes.local("2024-03-07 00:00"), False)
    assert {c.origin.source_id for c in figures.Asked("open", period).rows()} == {"1", "2"}
    assert figures.Asked("received", period).by("cause") == {"FEES": 1}


def test_history_is_no_work_of_today(take: Take, now: datetime.datetime) -> None:
    take(ROWS)
    today = figures.of_day(datetime.date(2025, 9, 26), now)
    quiet = ("received", "closed", "open", "overdue", "due_today", "sla_due", "fed_back")
    assert {name: figures.Asked(name, today).count() for name in quiet} == dict.fromkeys(quiet, 0)


def test_a_matter_belongs_to_the_customer_it_names(take: Take) -> None:
    customer = CustomerFactory(customer_no="C1")
    header, columns = (
        "no,received,about,via,customer",
        {"source_id": "no", "received_at": "received", "subject": "about", "channel": "via", "customer_no": "customer"},
    )
    rows = ["1,2024-03-04,Fees,PHONE,C1", "2,2024-03-04,Fees,PHONE,C2"]
    result = take(rows, header=header, columns=columns, values={})
    assert refused(result) == [("3", "customer", "C2")]
    assert (of(1).customer, of(1).relation) == (customer, "SELF")


# --- again, and in part -----------------------------------------------------------------------------------------
def test_a_second_import_changes_not_a_byte(take: Take) -> None:
    take(ROWS)
    before = table_hash(leave_out=["customers_importbatch"])
    assert counts(take(ROWS)) == (0, 0, 5, 0, 0)
    assert table_hash(leave_out=["customers_importbatch"]) == before


def test_a_rehearsal_counts_as_the_real_one_and_writes_nothing(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    rows = [*ROWS, ROWS[0], ROWS[1].replace("Rudeness", "Fees"), "6,2024-03-10,2024-03-09,,Closed,Fees,,Web,Cards,,"]
    before = table_hash()
    rehearsed = take(rows, dry_run=True)
    assert table_hash() == before
    done = take(rows)
    assert counts(rehearsed) == counts(done) == (5, 0, 0, 1, 2)
    assert rehearsed["control"] == done["control"] == {"closed": 5, "timely": 2, "late": 2}
    assert refused(rehearsed) == refused(done) == [("11", "sent", "2024-03-09"), ("10", "no", "2")]


def test_a_row_that_changed_is_written_anew_under_its_number(take: Take) -> None:
    take(ROWS)
    changed = [ROWS[0], ROWS[1].replace("2024-03-25", "2024-03-15").replace("No,1", "Yes,0"), *ROWS[2:]]
    number = of(2).number
    assert counts(take(changed)) == (0, 1, 4, 0, 0)
    second = of(2)
    assert (second.number, second.origin.timely, second.origin.disputed) == (number, True, False)
    assert second.round.fed_back_at == second.closed_at == scenes.local("2024-03-15")
    assert Clock.objects.get(round__complaint=second).follow_up.kept_at == scenes.local("2024-03-15")
    assert FollowUp.objects.filter(about_no=number).count() == 1
    assert [entry.to_state for entry in second.diary.all()] == ["CLOSED", "CLOSED"]
    assert counts(take(changed)) == (0, 0, 5, 0, 0)


def test_a_matter_somebody_has_worked_on_since_is_not_rewritten(take: Take) -> None:
    row = "1,2025-09-04,2025-09-05,2025-09-08,Closed,Fees,Twice.,Web,Savings,Yes,0"
    take([row])
    complaint = of(1)
    leader = UserFactory(role="supervisor")
    resolution.reopen(by=leader, complaint=complaint, version=1, reason="asks again", level=scenes.Level.MODERATE)
    result = take([row.replace("Web", "Fax")])
    assert counts(result) == (0, 0, 0, 0, 1)
    assert refused(result) == [("2", "no", "1")]
    assert of(1).channel == "WEBFORM"


def test_numbers_go_on_where_the_day_had_come_to(take: Take) -> None:
    take(ROWS[:1])
    take(ROWS)
    assert [of(n).number for n in (1, 2)] == ["TS-20240304-0001", "TS-20240304-0002"]


# --- what is refused --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("7,2024-03-05,2024-03-04,,Closed,Fees,,Web,Cards,,", "sent", "2024-03-04"),
        ("7,2024-03-05,,2024-03-04,Closed,Fees,,Web,Cards,,", "answered", "2024-03-04"),
        ("7,2024-02-30,,,Closed,Fees,,Web,Cards,,", "received", "2024-02-30"),
        ("7,2031-01-01,,,Closed,Fees,,Web,Cards,,", "received", "2031-01-01"),
        ("7,,,,Closed,Fees,,Web,Cards,,", "received", ""),
        ("7,1850-01-01,,,Closed,Fees,,Web,Cards,,", "received", "1850-01-01"),
        ("7,2024-03-05,,,Open,Fees,,Web,Cards,,", "state", "Open"),
        ("7,2024-03-05,,,Closed,Fees,,Pigeon,Cards,,", "via", "Pigeon"),
        ("7,2024-03-05,,,Closed,Fees,,Web,Gold,,", "product", "Gold"),
        ("7,2024-03-05,,,Closed,Fees,a\x07b,Web,Cards,,", "words", "a\x07b"),
        ("7,2024-03-05,,2024-06-01,Closed,Fees,,Web,Cards,Yes,", "timely", "Yes"),
        (",2024-03-05,,,Closed,Fees,,Web,Cards,,", "no", ""),
        ("7,2024-03-05,,,Closed,,,Web,Cards,,", "about", ""),
    ],
)
def test_a_row_that_cannot_be_is_named_with_line_column_value_and_reason(
    take: Take, row: str, column: str, value: str
) -> None:
    result = take([ROWS[0], row])
    assert counts(result) == (1, 0, 0, 0, 1)
    line = "4" if '"' in ROWS[0] else "3"  # the first row has a line break in it
    assert refused(result) == [(line, column, value)]
    assert stat.S_IMODE(Path(result["errors_file"]).stat().st_mode) == 0o600


def test_a_refused_row_comes_in_when_it_is_mended(take: Take, tmp_path: Path) -> None:
    result = take([ROWS[0], "7,2024-03-05,2024-03-04,,Closed,Fees,=1+1,Web,Cards,Yes,"])
    mended = tmp_path / "mended.csv"
    text = Path(result["errors_file"]).read_text(encoding="utf-8-sig")
    mended.write_text(text.replace("2024-03-05,2024-03-04", "2024-03-05,2024-03-06"), encoding="utf-8")
    told = tmp_path / "profile.json"
    again = run_import(by=None, kind="complaints", path=mended, profile=told, kinds=KINDS)
    assert counts(again) == (1, 0, 0, 0, 0)
    assert of(7).content == "=1+1"  # a text, never a formula


def test_a_product_nobody_knows_refuses_the_row(take: Take) -> None:
    assert refused(take(ROWS[:1], products={})) == [("2", "product", "Savings")]
    Product.objects.create(code="SAV", name="Savings", family="DEPOSIT")
    assert counts(take(ROWS[:1], products={})) == (1, 0, 0, 0, 0)


def test_a_profile_without_what_is_needed_is_refused_before_a_row_is_read(take: Take) -> None:
    with pytest.raises(ProfileInvalid, match="received_at"):
        take(ROWS, columns={"source_id": "no", "subject": "about", "channel": "via"})
    assert not ImportBatch.objects.exists()


def test_names_and_numbers_of_people_stay_out_of_the_subject(take: Take) -> None:
    header = "no,received,about,via,who"
    columns = {
        "source_id": "no",
        "received_at": "received",
        "subject": "about",
        "channel": "via",
        "complainant_name": "who",
    }
    take(["1,2024/3/4 11:25:05,王小明 13800000001 欠费,PHONE,王小明"], header=header, columns=columns, values={})
    complaint = of(1)
    assert complaint.subject == "王** *** 欠费"
    assert (complaint.complainant_name, complaint.relation) == ("王小明", "SELF")
    assert complaint.received_at == scenes.local("2024-03-04 11:25:05")


# --- what is still open -----------------------------------------------------------------------------------------
def test_open_matters_are_taken_with_their_promises_when_the_profile_says_so(take: Take) -> None:
    team = TeamFactory(code="DESK")
    values = PROFILE["values"] | {"status": {"Open": "OPEN", "*": "CLOSED"}}
    row = "7,2025-09-24,2025-09-24,,Open,Fees,Where is it?,Web,Cards,,"
    change = {"values": values, "defaults": {"team": "DESK"}}
    change["columns"] = PROFILE["columns"] | {"complainant_name": {"concat": ["Somebody"]}}
    result = take([*ROWS, row], **change)
    assert (counts(result), result["control"]["open"]) == ((6, 0, 0, 0, 0), 1)
    complaint = of(7)
    assert (complaint.state, complaint.closed_at, complaint.team) == ("CLASSIFIED", None, team)
    assert complaint.round.is_open
    assert set(scenes.promises(complaint)) == {"ASSESS", "REG_FINAL"}
    assert complaint.leading.about_no == complaint.number
    assert Complaint.objects.open().get() == complaint
    assert counts(take([*ROWS, row], **change)) == (0, 0, 6, 0, 0)


# --- pages ------------------------------------------------------------------------------------------------------
def test_the_page_of_a_matter_taken_over_says_what_its_source_reported(take: Take, client_for: Any) -> None:
    take(ROWS)
    client = client_for("supervisor")
    page = client.get(f"/complaints/{of(2).number}/").content.decode()
    assert "From DESK, number 2 there" in page
    assert "Late" in page
    assert "他们不接电话" in page
    assert "No words were passed on." in client.get(f"/complaints/{of(4).number}/").content.decode()
    assert client.get(f"/complaints/{of(4).number}/print/").status_code == 200


def test_a_stranger_finds_no_history(take: Take, client_for: Any) -> None:
    take(ROWS)
    assert client_for("agent").get(f"/complaints/{of(1).number}/").status_code == 404
    assert Origin.objects.count() == 5
