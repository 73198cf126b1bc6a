"""What was acknowledged is there after the database was killed (reliability FI: an immediate stop of PostgreSQL)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from tests.servers import CannotStart, Cluster, own_cluster
from tests.stack import until

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parent.parent
KILLS, BETWEEN, KEEPERS = 4, 6, 2


def keeper(cluster: Cluster, home: Path, said: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DATABASE_URL": cluster.url, "CRMIS_HOME": str(home), "LOG_LEVEL": "CRITICAL"}
    environment.pop("REDIS_URL", None)
    with said.open("wb") as sink:
        return subprocess.Popen([sys.executable, "-m", "tests.keeper", *words], cwd=ROOT, env=environment, stdout=sink)


def lines(books: list[Path]) -> list[str]:
    """Every number that was acknowledged so far."""
    return [line for book in books for line in book.read_text().splitlines()]


def rows(cluster: Cluster, query: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(cluster.url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    finally:
        connection.close()


def test_every_acknowledged_save_survives_the_immediate_stop_of_the_database(tmp_path: Path) -> None:
    try:
        with own_cluster() as cluster:
            _killed_again_and_again(cluster, tmp_path)
    except CannotStart as reason:
        pytest.skip(f"NO POSTGRESQL OF OUR OWN: {reason}")


def _killed_again_and_again(cluster: Cluster, home: Path) -> None:
    assert keeper(cluster, home, home / "made", "prepare").wait(timeout=300) == 0
    books, enough = [home / f"said-{n}" for n in range(KEEPERS)], home / "enough"
    writers = [keeper(cluster, home, book, str(enough)) for book in books]
    for kill in range(KILLS):
        until(lambda kill=kill: len(lines(books)) > kill * BETWEEN, 120)
        cluster.stop(signal.SIGQUIT)
        cluster.start()
    until(lambda: len(lines(books)) > KILLS * BETWEEN, 120)
    enough.touch()
    assert [writer.wait(timeout=120) for writer in writers] == [0] * KEEPERS
    said = lines(books)
    assert len(set(said)) == len(said)
    kept = {number for (number,) in rows(cluster, "SELECT number FROM complaints_complaint")}
    assert set(said) <= kept
    whole = "SELECT c.id FROM complaints_complaint c"
    rounds = "SELECT complaint_id FROM complaints_round WHERE closed_at IS NULL"
    assert rows(cluster, f"{whole} WHERE c.id NOT IN ({rounds})") == []
    diary = "SELECT complaint_id FROM complaints_diaryentry"
    assert rows(cluster, f"{whole} WHERE c.id NOT IN ({diary}) OR c.leading_id IS NULL") == []
    events = "SELECT object_id FROM crm_site_auditevent WHERE action = 'complaint.receive'"
    assert {number for (number,) in rows(cluster, events)} == kept
