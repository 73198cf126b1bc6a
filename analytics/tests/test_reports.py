"""Reports: on screen, on paper and in files the same figures; reprinted as they were (domain K; peers 115–118)."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from analytics.actions import reporting
from analytics.models import ReportRun
from analytics.reports import REPORTS
from complaints.actions import assessment, causes
from complaints.figures import Asked, Period
from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.test_figures import TOTAL, tell
from crm_site import tables
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent, CalendarDay, CalendarYear, User
from crm_site.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
D = datetime.date
MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")


def at(text: str) -> Any:
    return time_machine.travel(scenes.local(text), tick=False)


@pytest.fixture
def march() -> User:
    """Work of March 2026."""
    with at("2026-03-02 09:00"):
        by = scenes.handler()
        matters = [scenes.planned(by, level) for level in (Level.MODERATE, Level.SEVERE, Level.MODERATE)]
        scenes.closed(by, Level.MINOR)
    with at("2026-03-05 09:00"):
        tell(by, matters[0], redress_fen=12_350)
    with at("2026-03-18 09:00"):
        tell(by, matters[1], decision="NOT_UPHELD")
    return by


def command(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("report", *arguments, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def by_measure(answer: dict[str, Any], section: str) -> dict[str, tuple[Any, Any, Any]]:
    lines = [line for line in answer["lines"] if line["section"] == section]
    return {line["measure"]: (line["value"], line["n"], line["of"]) for line in lines}


def test_every_report_is_listed() -> None:
    assert {row["name"] for row in command("--list")["reports"]} == set(REPORTS)


def test_the_summary_says_each_rate_with_its_counts(march: User) -> None:
    with at("2026-04-02 09:00"):
        answer = command("complaint-summary", *MARCH)
    totals = by_measure(answer, "totals")
    assert totals["received"][0] == 4
    assert totals["sla_rate"] == ("50.0", 2, 4)
    assert totals["upheld_rate"] == ("66.7", 2, 3)
    assert totals["redress_sum"][:2] == (12_350, 1)
    assert by_measure(answer, "days")["working_median"] == ("3", 3, None)
    assert by_measure(answer, "top")["previous"] == (0, 0, None)
    assert march.team is not None


@pytest.mark.usefixtures("march")
def test_attainment_is_of_what_fell_due_with_what_stands_beside_it() -> None:
    with at("2026-04-02 09:00"):
        answer = command("sla-attainment", *MARCH)
        severe = command("sla-attainment", *MARCH, "--filter", "level=3")
    assert by_measure(answer, "net")["sla_rate"] == ("50.0", 2, 4)
    assert by_measure(answer, "gross")["sla_rate_gross"] == ("50.0", 2, 4)
    assert by_measure(answer, "regulator")["reg_rate"][2] == 4
    assert by_measure(severe, "net")["sla_rate"] == ("0.0", 0, 1)


@pytest.mark.usefixtures("march")
def test_the_return_counts_by_standard_code_and_bucket() -> None:
    boss = UserFactory(role="supervisor")
    with at("2026-03-20 09:00"):
        causes.set_detail(by=boss, code="TWICE", cause="FEES", name="重复收费", standard_code="0402")
        complaint = Complaint.objects.filter(state="PLAN_AGREED").get()
        finding = causes.Finding(cause="FEES.TWICE", description="Sent twice by the file.", systemic=True)
        causes.record_root_cause(by=boss, complaint=complaint, version=complaint.version, finding=finding)
    with at("2026-04-02 09:00"):
        answer = command("regulator-return", *MARCH)
    codes = [(line["key"], line["n"]) for line in answer["lines"] if line["section"] == "codes"]
    assert sorted(codes) == [("", 3), ("0402", 1)]
    buckets = [(line["key"], line["n"], line["of"]) for line in answer["lines"] if line["section"] == "buckets"]
    assert buckets == [("0–15", 2, 3), ("16–30", 1, 3), ("31–60", 0, 3), (">60", 0, 3)]


# --- reprinted --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_of_a_month_that_is_over_reprints_word_for_word(march: User, name: str) -> None:
    with at("2026-03-31 17:00"):
        fresh = scenes.received(march)
    with at("2026-04-01 08:00"):
        scenes.received(march, received_at=scenes.local("2026-03-31 18:00"))  # not on record when the month ended
        first = command(name, *MARCH, "--as-of", "2026-03-31")
    with at("2026-04-02 09:00"):
        later_life(march, fresh)
    with at("2026-04-03 09:00"):
        again = command(name, *MARCH, "--as-of", "2026-03-31")
        assert again == first
        assert again["stored"] is True
        period = Period(D(2026, 3, 1), D(2026, 3, 31), scenes.local("2026-04-01 00:00"), live=False)
        counted = reporting.make(name, period, {})
        assert [line for line in counted.lines if line not in answered(first)] == []
        assert counted.content_hash == first["hash"]  # and counted afresh from the moments, it is the same
    assert ReportRun.objects.count() == 1


def answered(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of an answer as they are stored."""
    return [{key: value for key, value in line.items() if key != "label"} for line in answer["lines"]]


def later_life(march: User, fresh: Complaint) -> None:
    """What happens to the month's complaints after it is over, and a holiday decreed for it afterwards."""
    judgement = scenes.judgement(Level.SEVERE, cause="FUNDS_SECURITY")
    assessment.assess(by=march, complaint=fresh, version=fresh.version, judgement=judgement)
    for complaint in Complaint.objects.filter(state__in=("IN_PROGRESS", "PLAN_AGREED")):
        tell(march, complaint)
    scenes.received(march)
    CalendarDay.objects.create(date=D(2026, 3, 4), is_working=False, kind="HOLIDAY", name="Late notice")
    CalendarYear.objects.filter(year=2026).update(revision=99)


def test_a_kept_report_that_was_tampered_with_is_not_printed(march: User) -> None:
    with at("2026-04-02 09:00"):
        command("sla-attainment", *MARCH, "--as-of", "2026-03-31")
        kept = ReportRun.objects.get()
        with pytest.raises(Exception, match="append-only"):
            ReportRun.objects.update(lines=[])
    assert kept.content_hash == reporting.reporting.content_hash(kept.lines)
    assert march.pk


@pytest.mark.usefixtures("march")
def test_a_report_is_kept_once_and_with_a_line_in_the_audit() -> None:
    with at("2026-04-02 09:00"):
        for _n in range(2):
            command("desks", *MARCH, "--as-of", "2026-04-01T00:00")
    assert ReportRun.objects.count() == 1
    assert AuditEvent.objects.filter(action="report.keep").count() == 1


# --- files ------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("march")
@pytest.mark.parametrize("name", REPORTS)
def test_page_file_and_command_say_the_same(name: str, client_for: ClientFor, tmp_path: Path) -> None:
    query = "from=2026-03-01&to=2026-03-31"
    with at("2026-04-02 09:00"):
        answer = command(name, *MARCH)
        client = client_for("supervisor")
        page = client.get(reverse("analytics:report", args=[name]) + f"?{query}").content.decode()
        sheet = client.get(reverse("analytics:report_export", args=[name, "csv"]) + f"?{query}")
        book = client.get(reverse("analytics:report_export", args=[name, "xlsx"]) + f"?{query}")
        out = io.StringIO()
        call_command("report", name, *MARCH, "--format", "csv", stdout=out)
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    said = [(line["label"], "" if line["n"] is None else str(line["n"])) for line in answer["lines"]]
    assert [(row[1].removeprefix("'"), row[4]) for row in rows[1:]] == said
    assert out.getvalue().strip().splitlines() == sheet.content.decode("utf-8-sig").strip().splitlines()
    path = tmp_path / "report.xlsx"
    path.write_bytes(book.content)
    assert len(list(tables.read(path))) == len(said)
    for line in answer["lines"]:
        assert unescape(line["label"]) in unescape(page)
    exports = AuditEvent.objects.filter(action="report.export", object_id=name)
    assert sorted(event.after["as"] for event in exports) == ["csv", "xlsx"]


@pytest.mark.usefixtures("march")
@pytest.mark.parametrize("name", REPORTS)
def test_every_number_of_a_report_opens_exactly_what_it_counts(name: str, client_for: ClientFor) -> None:
    with at("2026-04-02 09:00"):
        client = client_for("supervisor")
        for query in ("from=2026-03-01&to=2026-03-31", "from=2026-03-01&to=2026-03-31&as_of=2026-03-31"):
            page = client.get(reverse("analytics:report", args=[name]) + f"?{query}").content.decode()
            links = re.findall(r'<a class="num" href="([^"]+)">(\d+)</a>', page)
            assert links
            for address, n in dict.fromkeys(links):
                assert TOTAL.findall(client.get(unescape(address)).content.decode()) == [n], address


@pytest.mark.usefixtures("march")
def test_a_workbook_is_written_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "march.xlsx"
    with at("2026-04-02 09:00"):
        answer = command("complaint-summary", *MARCH, "--format", "xlsx", "--out", str(path))
    assert answer["rows"] == len(list(tables.read(path)))


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        [],
        ["desks", "--from", "2026-03-31", "--to", "2026-03-01"],
        ["desks", "--filter", "colour=red"],
        ["desks", "--filter", "level"],
        ["desks", "--as-of", "yesterday"],
        ["desks", "--format", "xlsx"],
    ],
)
def test_what_the_command_does_not_understand_is_a_misuse(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as misused:
        call_command("report", *arguments, stdout=io.StringIO())
    assert misused.value.returncode == 2


# --- strangers --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["agent", "handler", "liaison", "planner", "sysadmin"])
def test_who_does_not_supervise_reads_no_report_and_takes_none_out(role: str, client_for: ClientFor) -> None:
    client = client_for(role)
    for address in (
        reverse("analytics:reports"),
        reverse("analytics:report", args=["desks"]),
        reverse("analytics:report_export", args=["desks", "csv"]),
    ):
        assert client.get(address).status_code == 403
    assert not AuditEvent.objects.filter(action="report.export").exists()


def test_a_report_that_there_is_not_is_not_found(client_for: ClientFor) -> None:
    client = client_for("supervisor")
    assert client.get(reverse("analytics:report", args=["nonsense"])).status_code == 404
    assert client.get(reverse("analytics:report_export", args=["desks", "exe"])).status_code == 404
    assert client.get(reverse("analytics:report", args=["desks"]) + "?from=2026-99-99").status_code == 200


def test_formulas_in_names_are_no_formulas_in_files(client_for: ClientFor) -> None:
    with at("2026-03-02 09:00"):
        scenes.received(UserFactory(role="handler", display_name="=HYPERLINK(1)", team=scenes.team()))
        client = client_for("supervisor")
        text = client.get(reverse("analytics:report_export", args=["desks", "csv"])).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert not re.search(r'(^|,|")=HYPERLINK', text)


def test_periods_are_whole_and_begin_before_they_end() -> None:
    with pytest.raises(RuleBroken):
        reporting.make("desks", Period(D(2026, 3, 2), D(2026, 3, 1), scenes.local("2026-04-01 00:00")), {})
    assert Asked("received", Period(D(2026, 3, 1), D(2026, 3, 1), scenes.local("2026-04-01 00:00"))).count() == 0
