"""Published complaints through the profiles we ship, counted again from the raw files by Python's own readers."""

from __future__ import annotations

import csv
import datetime
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.test import Client
from python_calamine import CalamineWorkbook

from complaints import figures
from complaints.models import Clock, Complaint, Origin
from crm_site.tables import read
from crm_site.testing import table_hash
from customers.models import FollowUp, Message

pytestmark = [pytest.mark.realdata, pytest.mark.django_db, pytest.mark.slow]
PROFILES = Path("docs/profiles")
COUNTS = ("created", "updated", "unchanged", "duplicates", "rejected")
CHANNELS = {"Web": "WEBFORM", "Phone": "PHONE", "Postal mail": "LETTER", "Fax": "LETTER", "Email": "EMAIL"}
DUE_DAYS = datetime.timedelta(days=15)
Raw = list[dict[str, str]]
Take = Callable[..., dict[str, Any]]


@pytest.fixture
def take(capsys: pytest.CaptureFixture[str]) -> Take:
    """The command as an operator gives it; the answer as it is printed."""

    def take_in(path: Path, profile: str, *also: str) -> dict[str, Any]:
        call_command("import", "complaints", str(path), "--profile", str(PROFILES / f"{profile}.json"), "--json", *also)
        result = dict(json.loads(capsys.readouterr().out.strip().splitlines()[-1]))
        assert sum(result[name] for name in COUNTS) == result["rows"]
        return result

    return take_in


def twice(take: Take, path: Path, profile: str) -> dict[str, Any]:
    """Rehearsed, imported, imported again: the second time creates 0, updates 0 and touches nothing."""
    rehearsed, first = take(path, profile, "--dry-run"), take(path, profile)
    leave = ["customers_importbatch"]
    before = table_hash(leave_out=leave)
    second = take(path, profile)
    own = {"batch": None, "errors_file": ""}
    assert first | own == rehearsed | own
    assert (second["created"], second["updated"], second["unchanged"]) == (0, 0, first["created"])
    assert (second["rejected"], second["control"]) == (first["rejected"], first["control"])
    assert table_hash(leave_out=leave) == before
    return first


def raw(path: Path) -> Raw:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def named(result: dict[str, Any], column: str) -> dict[str, str]:
    """Numbers of the refused rows, and the column each was refused for."""
    if not result["errors_file"]:
        return {}
    table = read(Path(result["errors_file"]))
    rows = [dict(zip(table.header, row.cells, strict=True)) for row in table]
    assert all(row["line"].isdecimal() and row["reason"] for row in rows)
    return {row[column]: row["column"] for row in rows}


def by(field: str, **only: Any) -> dict[Any, int]:
    rows = Complaint.objects.filter(**only).order_by().values_list(field)
    return dict(rows.annotate(Count("pk")))


def alerts_nobody() -> None:
    assert not FollowUp.objects.open().exists()
    assert not Complaint.objects.open().exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", ["cfpb_2012_2026_1000", "cfpb_2016_2020_268_multiline"])
def test_complaints_of_the_cfpb_agree_with_the_raw_file(
    realdata: Path, take: Take, client_for: Callable[..., Client], name: str
) -> None:
    path = realdata / "cfpb" / f"{name}.csv"
    rows = raw(path)
    open_ = {row["Complaint ID"] for row in rows if row["Company response to consumer"] == "In progress"}
    early = {row["Complaint ID"] for row in rows if row["Date sent to company"] < row["Date received"]} - open_
    taken = [row for row in rows if row["Complaint ID"] not in open_ | early]

    result = twice(take, path, "cfpb_complaints")
    wanted = dict.fromkeys(open_, "Company response to consumer") | dict.fromkeys(early, "Date sent to company")
    assert (result["rows"], result["created"], result["rejected"]) == (len(rows), len(taken), len(wanted))
    assert named(result, "Complaint ID") == wanted

    assert by("origin__product") == Counter(row["Product"] for row in taken)
    assert sum(by("product__code").values()) == len(taken)
    assert len(by("product__code")) == len({row["Product"] for row in taken})
    assert by("channel") == Counter(CHANNELS.get(row["Submitted via"], "SYSTEM") for row in taken)
    assert by("origin__timely") == Counter(row["Timely response?"] == "Yes" for row in taken)
    assert by("origin__disputed") == Counter({"Yes": True, "No": False}.get(row["Consumer disputed?"]) for row in taken)
    texts = {row["Complaint ID"]: row["Consumer complaint narrative"].strip() for row in taken}
    assert dict(Complaint.objects.values_list("external_ref", "content")) == texts
    received = {row["Complaint ID"]: row["Date received"] for row in taken}
    assert {o.source_id: f"{o.complaint.received_at:%Y-%m-%d}" for o in _origins()} == received
    alerts_nobody()
    _limits_agree(taken)
    _lists_agree(client_for("supervisor"), taken)


def _origins() -> list[Origin]:
    found = list(Origin.objects.select_related("complaint"))
    for origin in found:
        moment = origin.complaint.received_at.astimezone(datetime.timezone(datetime.timedelta(hours=8)))
        origin.complaint.received_at = moment
    return found


def _limits_agree(taken: Raw) -> None:
    """Regulator's limits by month, due and met, as of today and as of a day in the past."""
    assert Clock.objects.count() == len(taken)
    due = [(datetime.date.fromisoformat(row["Date sent to company"]) + DUE_DAYS, row) for row in taken]
    for year in (2019, 2025):
        first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        at = datetime.datetime(year + 1, 1, 15, tzinfo=datetime.UTC)
        for live in (False, True):
            period = figures.Period(first, last, at, live)
            fell = [row for day, row in due if first <= day <= last]
            assert figures.Asked("reg_due", period).count() == len(fell)
            timely = [row for row in fell if row["Timely response?"] == "Yes"]
            assert figures.Asked("reg_met", period).count() == len(timely)
        known = [row for row in taken if row["Date sent to company"] <= f"{at:%Y-%m-%d}"]  # the bank's registration
        came = [row for row in known if row["Date received"].startswith(str(year))]
        found = figures.Asked("received", figures.Period(first, last, at, False))
        assert found.count() == len(came)
        assert found.by("channel") == Counter(CHANNELS.get(row["Submitted via"], "SYSTEM") for row in came)


def _lists_agree(client: Client, taken: Raw) -> None:
    """The closed list narrowed by channel, and by product, shows as many as the file has."""
    channels = Counter(CHANNELS.get(row["Submitted via"], "SYSTEM") for row in taken)
    for channel, n in channels.items():
        assert _shown(client, f"channel={channel}") == n
    codes = dict(Complaint.objects.values_list("origin__product", "product__code"))
    for product, n in Counter(row["Product"] for row in taken).items():
        assert _shown(client, f"product={codes[product]}") == n


def _shown(client: Client, question: str) -> int:
    page = client.get(f"/complaints/?view=closed&{question}")
    return int(page.context["shown"].replace(",", ""))


def test_both_files_of_the_cfpb_stand_side_by_side(realdata: Path, take: Take) -> None:
    paths = [realdata / "cfpb" / f"{name}.csv" for name in ("cfpb_2012_2026_1000", "cfpb_2016_2020_268_multiline")]
    created = sum(take(path, "cfpb_complaints")["created"] for path in paths)
    assert Complaint.objects.count() == created == Origin.objects.filter(source_system="CFPB").count()
    assert len(set(Complaint.objects.values_list("number", flat=True))) == created


def test_narratives_of_the_cfpb_come_in_by_product_with_every_word(realdata: Path, take: Take) -> None:
    path = realdata / "cfpb" / "cfpb_narrative_product.csv"
    rows = raw(path)
    result = twice(take, path, "cfpb_narratives")
    assert (result["rows"], result["created"], result["rejected"]) == (len(rows), len(rows), 0)
    assert by("origin__product") == Counter(row["Product"] for row in rows)
    assert dict(Complaint.objects.values_list("external_ref", "content")) == {
        row[""]: row["Consumer complaint narrative"].strip() for row in rows
    }
    alerts_nobody()


def test_messages_of_the_public_hotline_come_in_by_moment_and_writer(realdata: Path, take: Take) -> None:
    path = realdata / "zh" / "gov_hot_4326.xlsx"
    header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    result = twice(take, path, "gov_hotline")
    assert (result["rows"], result["created"], result["rejected"]) == (4326, 4326, 0)
    stored = {complaint.external_ref: complaint for complaint in Complaint.objects.all()}
    assert set(stored) == {str(int(row["留言编号"])) for row in cells}
    days = Counter(_day(row["留言时间"]) for row in cells)
    tz = datetime.timezone(datetime.timedelta(hours=8))
    assert Counter(complaint.received_at.astimezone(tz).date() for complaint in stored.values()) == days
    for row in cells:
        complaint = stored[str(int(row["留言编号"]))]
        assert complaint.content == row["留言详情"].strip()
        assert complaint.complainant_name == row["留言用户"]
    assert len({complaint.complainant_name for complaint in stored.values()}) == 3332
    assert by("channel") == {"WEBFORM": 4326}
    alerts_nobody()


def _day(cell: Any) -> datetime.date:
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, datetime.date):
        return cell
    return datetime.datetime.strptime(cell.split()[0], "%Y/%m/%d").date()
