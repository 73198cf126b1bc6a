"""The night: everybody on the first night of a month, and only those who moved on any other."""

from __future__ import annotations

import datetime
import io
import re
from itertools import count
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Mod
from django.utils import timezone

from analytics.models import Score
from analytics.reading import FACTS
from benchmarks.fill import Bank
from benchmarks.measure import Case
from crm_site import jobs
from crm_site.models import JobRun
from customers.models import Activity

WRITTEN = ("analytics_score", "customers_standing")
NIGHTS = ("analytics_scorerun", "crm_site_jobshard", "crm_site_jobrun", "customers_publishedrun")
_REFERENCE = re.compile(r' REFERENCES "\w+" \("\w+"\)( DEFERRABLE INITIALLY DEFERRED)?')
LONG_AGO = datetime.timedelta(days=400)
DIRTY = 25  # one customer in so many moved since the last night
PAID = 123_456  # fen that whoever moved has paid in since


def _statements(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def forget_nights(*, calibrated: bool = False) -> None:
    """As if no night had been; ``calibrated``: but for the population, which stays frozen."""
    tables = [*WRITTEN, *NIGHTS] if calibrated else [*WRITTEN, *NIGHTS, "analytics_calibration"]
    if connection.vendor == "postgresql":
        _statements(f"TRUNCATE {', '.join(tables)} CASCADE")
    else:
        _statements(*(f"DELETE FROM {table}" for table in tables))  # noqa: S608 - own table names


def night(as_of: datetime.date) -> JobRun:
    """Score one business date as the timetable does. Raises RuntimeError when it does not end well."""
    run = jobs.run_job(job="score", path="analytics.tasks.score", business_date=as_of)
    if run is None or run.state != JobRun.State.OK:
        raise RuntimeError(f"the night of {as_of} failed: {run and run.error}")
    return run


def scores() -> list[tuple[object, ...]]:
    """Everybody's published score, in one order."""
    return list(Score.objects.published().order_by("customer_id").values_list("customer_id", "score_e8", "grade"))


def _with_room(table: str) -> str:
    """How full PostgreSQL may write the pages of this table, as the end of a statement that makes another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE relname = %s", [table])
        (options,) = cursor.fetchone()
    return f" WITH ({options})" if options else ""


class Floor:
    """Reading the columns scoring reads and writing finished rows, the same bytes: what no design can do without."""

    def __init__(self) -> None:
        columns = ["customer_id", *FACTS]
        self.read = f"SELECT {', '.join(columns)} FROM customers_activity"  # noqa: S608 - own names
        self.rows: dict[str, Any] = {}

    def remember(self) -> None:
        """Keep what a night wrote, as the database will be given it again."""
        for table in WRITTEN:
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    kept = io.BytesIO()
                    cursor.cursor.copy_expert(f"COPY {table} TO STDOUT BINARY", kept)
                    self.rows[table] = kept.getvalue()
                else:
                    cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - own table names
                    self.rows[table] = cursor.fetchall()

    def fresh_tables(self) -> None:
        """Empty tables with the same keys and indexes; what they point to is not looked at."""
        for table in WRITTEN:
            _statements(f"DROP TABLE IF EXISTS bench_{table}")
            if connection.vendor == "postgresql":
                _statements(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL){_with_room(table)}")
                continue
            with connection.cursor() as cursor:
                query = "SELECT name, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL ORDER BY type DESC"
                cursor.execute(query, [table])
                made = cursor.fetchall()
            for name, statement in made:
                sql = _REFERENCE.sub("", statement)
                _statements(sql.replace(f'"{table}"', f'"bench_{table}"').replace(f'"{name}"', f'"bench_{name}"'))

    def __call__(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.cursor.copy_expert(f"COPY ({self.read}) TO STDOUT BINARY", io.BytesIO())
                for table, kept in self.rows.items():
                    cursor.cursor.copy_expert(f"COPY bench_{table} FROM STDIN BINARY", io.BytesIO(kept))
                return
            cursor.execute(self.read)
            cursor.fetchall()
            for table, rows in self.rows.items():
                marks = ", ".join("?" * len(rows[0]))
                connection.connection.executemany(f"INSERT INTO bench_{table} VALUES ({marks})", rows)  # noqa: S608 - own table names


def cases(bank: Bank) -> list[Case]:
    """Both against the same floor, measured beside each."""
    first = timezone.localdate().replace(day=1)
    days, turns = count(1), count()
    floor = Floor()

    def full() -> JobRun:
        return night(first)

    def nightly() -> JobRun:
        return night(first + datetime.timedelta(days=next(days)))

    def some_moved() -> None:
        now, turn = timezone.now(), next(turns)
        Activity.objects.filter(changed_at__gt=now - LONG_AGO / 2).update(changed_at=now - LONG_AGO)
        moved = Activity.objects.alias(rest=Mod("customer_id", DIRTY)).filter(rest=turn % DIRTY)
        paid, kept = F("amount_12m_fen") + PAID, F("aum_fen") + F("aum_fen") / 50 + PAID
        moved.update(changed_at=now, count_12m=F("count_12m") + 1, amount_12m_fen=paid, aum_fen=kept)

    def everybody_has_one() -> bool:
        return Score.objects.published().count() == bank.size

    def as_a_full_night_would() -> bool:
        """Measured against the same population, everybody read anew has the scores that the small nights left."""
        found = scores()
        forget_nights(calibrated=True)
        full()
        return len(found) == bank.size and found == scores()

    forget_nights()
    full()
    floor.remember()
    floor.fresh_tables()
    postgres = connection.vendor == "postgresql"
    return [
        Case(
            "score_full",
            1.5 if postgres else 5,
            full,
            floor,
            prepare=forget_nights,
            prepare_floor=floor.fresh_tables,
            check=everybody_has_one,
            note="calibration included",
        ),
        Case(
            "score_nightly",
            0.12 if postgres else 0.5,
            nightly,
            floor,
            prepare=some_moved,
            prepare_floor=floor.fresh_tables,
            check=as_a_full_night_would,
            note=f"one in {DIRTY} moved",
        ),
    ]
