"""A large, dirty file, a kill in the middle, and the same file again (reliability FI-14)."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from customers.tests.factories import mobile, resident_id

pytestmark = pytest.mark.faults

ROWS = int(os.environ.get("CRMIS_FAULT_ROWS", "12000"))
HEADER = ["number", "name", "document", "phone", "mail", "income", "job", "since", "note"]
PROFILE = {
    "name": "Dirty bank",
    "kind": "customers",
    "source_system": "DIRTY",
    "columns": {
        "customer_no": "number",
        "full_name": "name",
        "document_number": "document",
        "mobile": "phone",
        "email": "mail",
        "annual_income": "income",
        "occupation": "job",
        "opened_on": "since",
    },
}
NAMES = ["NA", "Null", "None", "王小明", "欧阳娜", "买买提·阿不都", "𠮷野明", "O'Brien", "Zoë", "李四"]


def good(number: int) -> list[str]:
    """A good row with what careless readers spoil: leading zeros, long numbers, "NA", line breaks, formulas."""
    notes = ["", "two\nlines", 'says "hi"', "=1+1", "＝1", "a,b"]
    return [
        f"{number:08d}", NAMES[number % len(NAMES)], resident_id(number), mobile(number), f"p{number}@example.com",
        f"{number % 900000}.{number % 100:02d}", "MANAGER", "2019-05-18", notes[number % len(notes)],
    ]  # fmt: skip


SPOILT: list[tuple[int, str]] = [
    (0, ""), (0, "no spaces"), (0, "x" * 21), (0, "../1"), (0, "号码"),
    (1, ""), (1, "王" * 61), (1, "Li4"), (1, "a\x07b"), (1, "=cmd|' /C calc'!A0"),
    (2, "110101199003074515"), (2, "110101900307451"), (2, "11010119900230451X"), (2, "1101012090030745"), (2, "x"),
    (3, "12345"), (3, "1380000000O"), (3, "+86 139"), (4, "nobody"), (4, "a@b@c.de"), (4, "a b@c.de"),
    (5, "1.999"), (5, "-1"), (5, "abc"), (5, "99999999999999999"), (5, "NaN"),
    (6, "Chief"), (7, "2030-01-01"), (7, "1899-01-01"), (7, "2025-02-30"), (7, "18.05.2019"),
]  # fmt: skip


def write(path: Path) -> int:
    """The file, in GB18030, every hundredth row bad in one of thirty ways; returns how many are bad."""
    bad = 0
    with path.open("w", encoding="gb18030", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEADER)
        for number in range(ROWS):
            row = good(number)
            if number % 100 == 99:
                place, text = SPOILT[bad % len(SPOILT)]
                row[place] = text
                bad += 1
            writer.writerow(row[:-1] if number % 1000 == 550 else row)
            bad += number % 1000 == 550  # a row that lost a column
    return bad


def manage(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"CRMIS_HOME": str(home), "DATABASE_URL": f"sqlite:///{home}/crmis.sqlite3"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _err = process.communicate(timeout=1800)
    assert process.returncode == 0, out
    return dict(json.loads(out))


def ask(home: Path, statement: str) -> Any:
    with sqlite3.connect(f"file:{home}/crmis.sqlite3?mode=ro", uri=True) as database:
        return database.execute(statement).fetchone()[0]


def test_a_killed_import_of_a_dirty_file_is_finished_and_repeated_exactly(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "p.json").write_text(json.dumps(PROFILE), encoding="utf-8")
    bad = write(tmp_path / "bank.csv")
    manage(home, "migrate", "--verbosity", "0").communicate(timeout=600)
    call = ("import", "customers", str(tmp_path / "bank.csv"), "--profile", str(tmp_path / "p.json"), "--json")

    process = manage(home, *call)
    landed = 0
    while landed < ROWS * 0.4 and process.poll() is None:
        time.sleep(0.05)
        landed = ask(home, "SELECT coalesce(max(rows), 0) FROM customers_importbatch")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    kept = ask(home, "SELECT count(*) FROM customers_customer")
    assert 0 < kept < ROWS - bad

    second = answer(manage(home, *call))
    assert (second["rows"], second["rejected"]) == (ROWS, bad)
    assert (second["created"], second["unchanged"]) == (ROWS - bad - kept, kept)
    assert ask(home, "SELECT count(*) FROM customers_customer") == ROWS - bad
    assert ask(home, "SELECT count(*) FROM customers_activitymark") == 0
    with Path(second["errors_file"]).open(encoding="utf-8-sig", newline="") as handle:
        refused = list(csv.DictReader(handle))
    assert len(refused) == bad
    assert all(row["line"].isdecimal() and row["reason"] for row in refused)

    third = answer(manage(home, *call))
    assert (third["created"], third["updated"], third["unchanged"]) == (0, 0, ROWS - bad)
    print(f"FI-14 N={ROWS} kills=1 bad={bad} kept={kept} lost=0 dup=0")
