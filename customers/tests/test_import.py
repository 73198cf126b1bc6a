"""Imports as operators see them: counts that add up, refused rows with reasons, a second run that changes nothing."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import AuditEvent
from crm_site.tables import TableRefused, read, write_xlsx
from crm_site.testing import person, table_hash
from customers.actions.imports import run_import, running
from customers.actions.imports.expressions import ProfileInvalid
from customers.models import Activity, Customer, Holding, ImportBatch, MonthlyActivity, Transaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

CUSTOMERS: dict[str, Any] = {
    "name": "Core: customers",
    "kind": "customers",
    "source_system": "CORE",
    "columns": {"customer_no": "no", "full_name": "name", "mobile": "phone", "sex": "sex"},
    "values": {"sex": {"M": "1", "F": "2"}},
    "defaults": {"status": "ACTIVE"},
}
HOLDINGS: dict[str, Any] = {
    "name": "Core: holdings",
    "kind": "holdings",
    "source_system": "CORE",
    "columns": {"source_id": "acc", "customer_no": "no", "opened_on": "opened"},
    "defaults": {"product": "CUR"},
    "products": {"CUR": {"name": "Current account", "family": "DEPOSIT"}},
}
TRANSACTIONS: dict[str, Any] = {
    "name": "Core: transactions",
    "kind": "transactions",
    "source_system": "CORE",
    "columns": {"source_txn_id": "id", "account": "acc", "posted_on": "day", "amount": "amount", "type": "type"},
    "on_duplicate": "reject",
}
PEOPLE = "no,name,phone,sex\nC1,王小明,13800000001,M\nC2,欧阳娜,13800000002,F\n"
ACCOUNTS = "acc,no,opened\nA1,C1,2020-01-01\nA2,C2,2020-02-01\n"
COUNTS = ("created", "updated", "unchanged", "duplicates", "rejected")

Import = Callable[..., dict[str, Any]]


@pytest.fixture
def take(tmp_path: Path) -> Import:
    """``take(profile, text)`` imports a text; bytes and paths are taken as they are."""

    def take_in(profile: dict[str, Any], content: str | bytes | Path, **options: Any) -> dict[str, Any]:
        path = content if isinstance(content, Path) else tmp_path / "table.csv"
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        told = tmp_path / "profile.json"
        told.write_text(json.dumps(profile), encoding="utf-8")
        result = run_import(by=options.pop("by", None), kind=profile["kind"], path=path, profile=told, **options)
        assert sum(result[name] for name in COUNTS) == result["rows"]
        return result

    return take_in


def counts(result: dict[str, Any]) -> tuple[int, ...]:
    """(created, updated, unchanged, duplicates, rejected)."""
    return tuple(result[name] for name in COUNTS)


def refused(result: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of the error file."""
    table = read(Path(result["errors_file"]))
    return [dict(zip(table.header, row.cells, strict=True)) for row in table]


@pytest.fixture
def bank(take: Import) -> None:
    """Two customers with an account each."""
    take(CUSTOMERS, PEOPLE)
    take(HOLDINGS, ACCOUNTS)


# --- again and again --------------------------------------------------------------------------------------------
def test_a_second_import_changes_not_a_byte(take: Import, bank: None) -> None:
    text = "id,acc,day,amount,type\nT1,A1,2025-08-01,12.50,DEPOSIT\nT2,A2,2025-08-02,-7,WITHDRAWAL\n"
    assert counts(take(TRANSACTIONS, text)) == (2, 0, 0, 0, 0)
    before = table_hash(leave_out=["customers_importbatch"])
    assert counts(take(CUSTOMERS, PEOPLE)) == (0, 0, 2, 0, 0)
    assert counts(take(HOLDINGS, ACCOUNTS)) == (0, 0, 2, 0, 0)
    assert counts(take(TRANSACTIONS, text)) == (0, 0, 2, 0, 0)
    assert table_hash(leave_out=["customers_importbatch"]) == before


def test_a_dry_run_counts_as_the_real_one_and_writes_nothing(take: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    rows = [
        "C1,王小明,13800000001,M",
        "C2,欧阳娜,13800000002,F",
        "C1,王小明,13800000001,M",
        "C1,王大明,13800000001,M",
        "C3,Li4,13800000003,F",
        "C4,林晓彤,1380,F",
        "C5,林晓彤,13800000005,X",
    ]
    text = "no,name,phone,sex\n" + "\n".join(rows) + "\n"
    before = table_hash()
    rehearsed = take(CUSTOMERS, text, dry_run=True)
    assert table_hash() == before
    done = take(CUSTOMERS, text)
    assert counts(rehearsed) == counts(done) == (2, 0, 0, 1, 4)
    assert rehearsed["control"] == done["control"] == {"female": 1, "male": 1}
    assert (rehearsed["batch"], done["batch"]) == (None, ImportBatch.objects.get().pk)
    assert [row["reason"] for row in refused(rehearsed)] == [row["reason"] for row in refused(done)]


def test_rows_that_changed_are_updated_and_scored_again(take: Import, bank: None) -> None:
    Activity.objects.update(changed_at="2025-01-01T00:00:00Z")
    assert counts(take(CUSTOMERS, PEOPLE.replace("C2,欧阳娜", "C2,欧阳兰"))) == (0, 1, 1, 0, 0)
    assert Customer.objects.get(customer_no="C2").full_name == "欧阳兰"
    assert Customer.objects.get(customer_no="C2").version == 2


@pytest.mark.parametrize(("told", "result"), [("skip", (0, 0, 1, 1, 0)), ("reject", (0, 0, 1, 0, 1))])
def test_a_profile_may_leave_stored_rows_alone(take: Import, bank: None, told: str, result: tuple[int, ...]) -> None:
    changed = PEOPLE.replace("C2,欧阳娜", "C2,欧阳兰")
    assert counts(take(CUSTOMERS | {"on_duplicate": told}, changed)) == result
    assert Customer.objects.get(customer_no="C2").full_name == "欧阳娜"


# --- refused rows -----------------------------------------------------------------------------------------------
def test_refused_rows_say_line_column_value_and_reason_and_come_back_when_mended(take: Import) -> None:
    text = 'no,name,phone,sex\nC1,"王小明",13800000001,M\nC2,欧阳娜,=13800000002,F\n\nC3,林晓彤,13800000003,?\n'
    first = take(CUSTOMERS, text)
    assert counts(first) == (1, 0, 0, 0, 2)
    path = Path(first["errors_file"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.parent.name == "imports"
    assert path.parent.parent.name == "files"
    one, other = refused(first)
    assert (one["line"], one["column"], one["value"], one["no"]) == ("3", "phone", "=13800000002", "C2")
    assert (other["line"], other["column"], other["value"], other["no"]) == ("5", "sex", "?", "C3")
    assert one["reason"]
    assert other["reason"]
    assert "'=13800000002" in path.read_text(encoding="utf-8-sig")  # harmless when a spreadsheet opens it
    mended = path.read_text(encoding="utf-8-sig").replace("'=", "").replace(",?", ",F")
    second = take(CUSTOMERS, mended)
    assert counts(second) == (2, 0, 0, 0, 0)
    assert counts(take(CUSTOMERS, text)) == (0, 0, 1, 0, 2)


def test_a_mended_row_keeps_the_number_its_line_gave_it(take: Import) -> None:
    profile = CUSTOMERS | {
        "computed": {"number": {"concat": ["R", {"line": True}]}},
        "columns": {"customer_no": "number", "full_name": "name", "sex": "sex"},
    }
    first = take(profile, "name,sex\n王小明,M\n欧阳娜,?\n")
    assert set(Customer.objects.values_list("customer_no", flat=True)) == {"R2"}
    mended = Path(first["errors_file"]).read_text(encoding="utf-8-sig").replace(",?", ",F")
    assert counts(take(profile, mended)) == (1, 0, 0, 0, 0)
    assert set(Customer.objects.values_list("customer_no", flat=True)) == {"R2", "R3"}


def test_rows_of_another_width_are_refused_one_by_one(take: Import) -> None:
    result = take(CUSTOMERS, PEOPLE + "C3,短\nC4,林晓彤,13800000004,F,more\n")
    assert counts(result) == (2, 0, 0, 0, 2)
    mended = Path(result["errors_file"])
    assert mended.read_text(encoding="utf-8-sig").count("C3") == 1


def test_no_refused_rows_leave_no_file(take: Import) -> None:
    assert take(CUSTOMERS, PEOPLE)["errors_file"] == ""


def test_the_same_key_with_another_content_is_refused_inside_a_file(take: Import) -> None:
    result = take(CUSTOMERS, PEOPLE + "C1,王小明,13800000001,M\nC2,欧阳兰,13800000002,F\n")
    assert counts(result) == (2, 0, 0, 1, 1)
    assert refused(result)[0]["no"] == "C2"


# --- refused files ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("no,name,phone,sex\nC1,王小明,1.38E+11,M\n", "table.scientific"),
        ("no,name,phone,sex\nC1,王小明,13800000001,M\nC2,a\0b,1,F\n", "table.nul"),
        ('no,name,phone,sex\nC1,王小明,13800000001,M\nC2,"open,1,F\n', "table.quoting"),
        ("", "table.empty"),
        ("no,name,no,sex\nC1,a,b,M\n", "import.header"),
    ],
)
def test_a_file_that_would_be_misread_saves_nothing_at_all(take: Import, content: str, code: str) -> None:
    before = table_hash()
    with pytest.raises(TableRefused) as refusal:
        take(CUSTOMERS, content)
    assert refusal.value.code == code
    assert table_hash() == before


def test_a_header_that_does_not_fit_the_profile_names_what_is_missing(take: Import) -> None:
    with pytest.raises(ProfileInvalid) as refusal:
        take(CUSTOMERS, "number,name,phone,sex\nC1,王小明,13800000001,M\n")
    assert refusal.value.where == "columns.customer_no"
    assert "number, name, phone, sex" in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"columns": {"customer_no": "no"}}, "columns"),
        ({"columns": CUSTOMERS["columns"] | {"shoe_size": "sex"}}, "columns"),
        ({"values": {"shoe_size": {}}}, "values"),
        ({"required": ["birth_date"]}, "columns"),
        ({"key": ["nobody"]}, "key"),
        ({"computed": {"name": "x"}}, "computed.name"),
    ],
)
def test_a_profile_that_does_not_fit_the_kind_is_refused(take: Import, change: dict[str, Any], where: str) -> None:
    with pytest.raises(ProfileInvalid) as refusal:
        take(CUSTOMERS | change, PEOPLE)
    assert refusal.value.where == where
    assert not Customer.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_the_same_table_comes_in_from_any_encoding(take: Import, encoding: str) -> None:
    assert counts(take(CUSTOMERS, PEOPLE.encode(encoding))) == (2, 0, 0, 0, 0)
    assert Customer.objects.get(customer_no="C2").full_name == "欧阳娜"


def test_a_workbook_under_any_name_comes_in_with_its_zeros(take: Import, tmp_path: Path) -> None:
    path = tmp_path / "table.csv.xlsx"
    write_xlsx(path, ["no", "name", "phone", "sex"], [["007", "王小明", "13800000001", "M"]])
    assert counts(take(CUSTOMERS, path)) == (1, 0, 0, 0, 0)
    assert Customer.objects.get().customer_no == "007"


# --- killed and taken up ----------------------------------------------------------------------------------------
def test_an_import_that_broke_off_is_finished_by_running_it_again(
    take: Import, bank: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 10)
    rows = [f"T{n},A{n % 2 + 1},2025-08-{n % 28 + 1:02d},{n}.25,DEPOSIT" for n in range(45)]
    text = "id,acc,day,amount,type\n" + "\n".join(rows) + "\n"
    chunks = []
    plan = running._Work._commit

    def break_off(*args: Any) -> None:
        chunks.append(1)
        if len(chunks) == 3:
            raise RuntimeError("the machine stopped")
        plan(*args)

    monkeypatch.setattr(running._Work, "_commit", break_off)
    with pytest.raises(RuntimeError):
        take(TRANSACTIONS, text)
    monkeypatch.setattr(running._Work, "_commit", plan)
    left = ImportBatch.objects.latest("pk")
    assert (left.state, left.rows, left.created) == ("FAILED", 20, 20)
    assert AuditEvent.objects.latest("seq").action == "import.fail"
    assert Transaction.objects.count() == 20
    assert counts(take(TRANSACTIONS, text)) == (25, 0, 20, 0, 0)
    assert sum(MonthlyActivity.objects.values_list("count", flat=True)) == 45
    assert sum(Activity.objects.values_list("amount_12m_fen", flat=True)) == sum(n * 100 + 25 for n in range(45))


def test_a_batch_nobody_ended_is_closed_by_the_next_run_of_the_file(take: Import) -> None:
    done = ImportBatch.objects.get(pk=take(CUSTOMERS, PEOPLE)["batch"])
    ImportBatch.objects.filter(pk=done.pk).update(state=ImportBatch.State.RUNNING)
    take(CUSTOMERS, PEOPLE)
    done.refresh_from_db()
    assert done.state == ImportBatch.State.FAILED
    actions = AuditEvent.objects.order_by("seq").values_list("action", flat=True)
    assert list(actions) == ["import.run", "import.abandon", "import.run"]


# --- who and how ------------------------------------------------------------------------------------------------
def test_one_batch_and_one_audit_row_tell_what_came(take: Import) -> None:
    chief = person("supervisor")
    result = take(CUSTOMERS, PEOPLE, by=chief)
    batch = ImportBatch.objects.get(pk=result["batch"])
    assert (batch.rows, batch.created, batch.state, batch.started_by) == (2, 2, "DONE", chief)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.after["created"]) == ("import.run", chief.username, 2)
    assert "王小明" not in json.dumps(event.after, ensure_ascii=False)


def test_only_a_supervisor_imports(take: Import) -> None:
    with pytest.raises(NotAllowed):
        take(CUSTOMERS, PEOPLE, by=person("agent"))
    assert not Customer.objects.exists()


def test_a_profile_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(CUSTOMERS), encoding="utf-8")
    (tmp_path / "t.csv").write_text(PEOPLE, encoding="utf-8")
    with pytest.raises(RuleBroken):
        run_import(by=None, kind="holdings", path=tmp_path / "t.csv", profile=tmp_path / "p.json")


def command(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import", *arguments, "--json", stdout=out, stderr=io.StringIO())
    return dict(json.loads(out.getvalue()))


def test_the_command_answers_as_the_contract_says(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(CUSTOMERS), encoding="utf-8")
    (tmp_path / "t.csv").write_text(PEOPLE, encoding="utf-8")
    answer = command("customers", str(tmp_path / "t.csv"), "--profile", str(tmp_path / "p.json"))
    assert set(answer) == {"batch", "rows", *COUNTS, "errors_file", "control"}
    assert counts(answer) == (2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ("loans", "t.csv", "--profile", "p.json"),
        ("customers", "missing.csv", "--profile", "p.json"),
        ("customers", "t.csv", "--profile", "missing.json"),
        ("customers", "t.csv", "--profile", "p.json", "--by", "nobody"),
    ],
    ids=["a kind of a later release", "no file", "no profile", "no such user"],
)
def test_a_wrong_call_is_told_from_a_refusal(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "p.json").write_text(json.dumps(CUSTOMERS), encoding="utf-8")
    (tmp_path / "t.csv").write_text(PEOPLE, encoding="utf-8")
    placed = [str(tmp_path / one) if "." in one else one for one in arguments]
    with pytest.raises(CommandError) as refusal:
        command(*placed)
    assert refusal.value.returncode == 2
    assert not Customer.objects.exists()


def test_the_command_speaks_to_people_too(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(CUSTOMERS), encoding="utf-8")
    (tmp_path / "t.csv").write_text(PEOPLE + "C9,,1,F\n", encoding="utf-8")
    out = io.StringIO()
    arguments = ["customers", str(tmp_path / "t.csv"), "--profile", str(tmp_path / "p.json"), "--dry-run"]
    call_command("import", *arguments, stdout=out)
    assert "3 rows: 2 created, 0 updated, 0 unchanged" in out.getvalue()
    assert "dry-run-customers-" in out.getvalue()


def test_a_transaction_of_an_unknown_account_waits_for_its_holding(take: Import, bank: None) -> None:
    text = "id,acc,day,amount,type\nT1,A9,2025-08-01,12.50,DEPOSIT\n"
    first = take(TRANSACTIONS, text)
    assert (refused(first)[0]["column"], refused(first)[0]["value"]) == ("acc", "A9")
    take(HOLDINGS, ACCOUNTS + "A9,C1,2021-01-01\n")
    assert counts(take(TRANSACTIONS, Path(first["errors_file"]))) == (1, 0, 0, 0, 0)
    assert Transaction.objects.get().holding == Holding.objects.get(source_id="A9")
