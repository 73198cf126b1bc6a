"""``manage.py up`` as a test sees it: a home, a port, children by name, and what the jobs have done."""

from __future__ import annotations

import datetime
import os
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
START = 120.0  # seconds for migrations, static files and the first page on a busy machine
AGAIN = 30.0  # seconds until what was killed serves again


def until(happened: Callable[[], object], seconds: float) -> float:
    """Seconds it took to happen; fails when it does not."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if happened():
            return time.monotonic() - begin
        time.sleep(0.1)
    raise AssertionError(f"did not happen within {seconds} s")


@dataclass
class Clock:
    """One clock of several processes, moved by writing how far it is from the machine's."""

    file: Path
    zone: str

    def set(self, moment: datetime.datetime) -> None:
        """From now on it goes on from this moment."""
        seconds = round((moment - datetime.datetime.now(datetime.UTC)).total_seconds())
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self.file)  # never half written

    @property
    def variables(self) -> dict[str, str]:
        """What puts a process under it."""
        paths = [str(ROOT / "tests" / "moved_clock"), os.environ.get("PYTHONPATH", "")]
        return {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "MOVED_CLOCK": str(self.file),
            "TZ": self.zone,
            "CRMIS_TICK_SECONDS": "4",  # a tick nobody fetched within its time is dropped
        }


@dataclass
class Stack:
    """One running product in a home of its own."""

    process: subprocess.Popen[bytes]
    home: Path
    port: int
    log: Path

    def status(self) -> int:
        """The status of the sign-in page, 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def children(self) -> dict[str, psutil.Process]:
        """The direct children by what they are."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                words = child.cmdline()
            except psutil.Error:  # dead and not yet buried
                continue
            for name, word in (("web", "gunicorn"), ("worker", "worker"), ("beat", "beat")):
                if word in words:
                    found[name] = child
        return found

    def forget_sweeps(self) -> None:
        """As if no sweep had run in this minute."""
        with closing(self._database()) as database, database:
            database.execute("DELETE FROM crm_site_jobrun WHERE slot <> ''")

    def sweeps(self) -> int:
        """How many sweeps the tick rang for since then: more than none only when beat and worker both live."""
        with closing(self._database()) as database:
            return int(database.execute("SELECT count(*) FROM crm_site_jobrun WHERE slot <> ''").fetchone()[0])

    def _database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.home / "crmis.sqlite3", timeout=20)


def start(home: Path, port: int, **variables: str) -> Stack:
    """Start the product; ``until(lambda: stack.status() == 200, START)`` waits for it."""
    log = home.parent / f"{home.name}.log"
    dropped = ("DATABASE_URL", "REDIS_URL", "PYTEST_CURRENT_TEST")
    environment = {key: value for key, value in os.environ.items() if key not in dropped}
    environment |= {"CRMIS_HOME": str(home), "PORT": str(port), "CRMIS_TICK_SECONDS": "2", **variables}
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=environment, stdout=sink, stderr=sink
        )
    return Stack(process, home, port, log)
