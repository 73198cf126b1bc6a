"""``make bench``: every case on SQLite and, where one can be had, on PostgreSQL; prints a table, writes var/bench.json.

Each database is made for this run and thrown away after it: a file for SQLite, ``bench_<pid>`` on the server that
DATABASE_URL names for PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How many customers on which database, and how many complaints on each."""

    sqlite: int
    postgres: int
    sqlite_complaints: int
    complaints: int


QUICK = Plan(5_000, 20_000, 5_000, 20_000)
USUAL = Plan(50_000, 200_000, 50_000, 100_000)
FULL = Plan(500_000, 1_000_000, 100_000, 1_000_000)


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """The URL of a fresh database on this PostgreSQL server; dropped at the end."""
    name = f"bench_{os.getpid()}"
    with closing(psycopg2.connect(server)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            with admin.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _suite(url: str, size: int, complaints: int, names: list[str]) -> list[Row]:
    """Run the suite in a process of its own, with a home and a database of its own."""
    with tempfile.TemporaryDirectory(prefix="crmis-bench-") as home:
        out = Path(home) / "result.json"
        environment = {**os.environ, "CRMIS_HOME": home, "DJANGO_SETTINGS_MODULE": "crm_site.settings"}
        environment["DATABASE_URL"] = url or f"sqlite:///{home}/bench.sqlite3"
        environment["LOG_LEVEL"] = "ERROR"
        environment.pop("REDIS_URL", None)
        command = [
            sys.executable,
            "-m",
            "benchmarks.suite",
            "--size",
            str(size),
            "--complaints",
            str(complaints),
            "--out",
            str(out),
            *names,
        ]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own module
        results: list[Row] = json.loads(out.read_text())
        return results


def _table(title: str, rows: list[Row]) -> str:
    head = f"{'case':<16}{'ratio':>9}{'target':>9}{'growth':>8}{'cpu ms':>12}{'floor ms':>12}{'queries':>9}  verdict"
    columns = (("ratio", 9), ("target", 9), ("growth", 8), ("cpu_ms", 12), ("floor_ms", 12), ("queries", 9))
    lines = []
    for row in rows:
        figures = "".join(f"{row[name]!s:>{width}}" for name, width in columns)
        lines.append(f"{row['name']:<16}{figures}  {row['verdict']}  {row['note']}")
    return "\n".join([title, head, *lines])


def _measure(title: str, url: str, size: int, complaints: int, names: list[str]) -> dict[str, Any]:
    rows = _suite(url, size, complaints, names)
    print(
        _table(f"\n{title}, {size:,} customers, {complaints:,} complaints, load {os.getloadavg()[0]:.1f}", rows),
        flush=True,
    )
    return {"customers": size, "complaints": complaints, "cases": rows}


def main() -> int:
    """0 when every figure was measured; a figure over its target is said, and fails only with --strict."""
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="plan", action="store_const", const=QUICK, help="5,000 and 20,000 customers")
    size.add_argument("--full", dest="plan", action="store_const", const=FULL, help="500,000 and 1,000,000 customers")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed twice")
    parser.add_argument("cases", nargs="*")
    parser.set_defaults(plan=USUAL)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))  # so that the database is dropped even then
    report = {"SQLite": _measure("SQLite", "", options.plan.sqlite, options.plan.sqlite_complaints, options.cases)}
    server = os.environ.get("DATABASE_URL", "")
    if server.startswith("postgres"):
        with own_database(server) as url:
            report["PostgreSQL"] = _measure(
                "PostgreSQL", url, options.plan.postgres, options.plan.complaints, options.cases
            )
    else:
        print("*** bench: no DATABASE_URL, so PostgreSQL is NOT measured ***", file=sys.stderr)
    target = ROOT / "var" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report, indent=1))
    rows = [row for part in report.values() for row in part["cases"]]
    wrong = [row for row in rows if row["verdict"] == "WRONG RESULT"]
    missed = [row for row in rows if row["verdict"] != "ok"]
    return 1 if wrong or (options.strict and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
