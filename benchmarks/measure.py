"""CPU seconds of this process and of the database's backend; candidate and floor in turn, minima compared."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext

_TICK = os.sysconf("SC_CLK_TCK")


def backend_pid() -> int | None:
    """The PostgreSQL backend that serves this connection; None on SQLite, whose work is our own process's."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _backend_cpu(pid: int | None) -> float:
    if pid is None:
        return 0.0
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():  # a database on another machine: its share cannot be seen
        return 0.0
    fields = path.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@dataclass
class Timing:
    """Best CPU and wall seconds of one thing done ``per`` times in each repetition."""

    cpu: float = float("inf")
    wall: float = float("inf")

    def take(self, cpu: float, wall: float) -> None:
        """Keep the minima."""
        self.cpu = min(self.cpu, cpu)
        self.wall = min(self.wall, wall)


@dataclass
class Case:
    """One line of the table: a candidate, its floor, how often each is done in a repetition, and the target ratio.

    ``prepare`` runs before every candidate and ``prepare_floor`` before every floor, outside the clock. ``check`` must
    return True, or the figure does not count.
    """

    name: str
    target: float
    candidate: Callable[[], object]
    floor: Callable[[], object]
    times: int = 1
    repetitions: int = 5
    prepare: Callable[[], object] | None = None
    prepare_floor: Callable[[], object] | None = None
    check: Callable[[], bool] | None = None
    note: str = ""
    wall: bool = False  # compare wall times, where processes work side by side
    growth: float = 0  # how much dearer it may be with ten times the complaints; 0: not asked
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What a case gave."""

    name: str
    ratio: float
    target: float
    ok: bool
    cpu_ms: float
    floor_ms: float
    queries: int
    checked: bool
    note: str
    growth: float | None = None  # times the CPU with ten times the complaints
    growth_target: float = 0

    @property
    def verdict(self) -> str:
        """A word for the table."""
        if not self.checked:
            return "WRONG RESULT"
        grown = self.growth is not None and self.growth > self.growth_target
        return "ok" if self.ok and not grown else "over target"


def _once(work: Callable[[], object], times: int, pid: int | None) -> tuple[float, float]:
    cpu, wall, backend = time.process_time(), time.perf_counter(), _backend_cpu(pid)
    for _repeat in range(times):
        work()
    reset_queries()
    return (
        (time.process_time() - cpu + _backend_cpu(pid) - backend) / times,
        (time.perf_counter() - wall) / times,
    )


def _round(case: Case, pid: int | None) -> tuple[Timing, Timing]:
    candidate, floor = Timing(), Timing()
    for _repetition in range(case.repetitions):
        if case.prepare_floor:
            case.prepare_floor()
        floor.take(*_once(case.floor, case.times, pid))
        if case.prepare:
            case.prepare()
        candidate.take(*_once(case.candidate, case.times, pid))
    return candidate, floor


def _seconds(case: Case, timing: Timing) -> float:
    return timing.wall if case.wall else timing.cpu


def run(case: Case) -> Result:
    """Measure a case; over target is believed only on a second try."""
    pid = backend_pid()
    for prepare, work in ((case.prepare, case.candidate), (case.prepare_floor, case.floor)):  # warm
        if prepare:
            prepare()
        work()
    candidate, floor = _round(case, pid)
    if _seconds(case, candidate) > case.target * _seconds(case, floor):
        again, floor_again = _round(case, pid)
        candidate.take(again.cpu, again.wall)
        floor.take(floor_again.cpu, floor_again.wall)
    if case.prepare:
        case.prepare()
    with CaptureQueriesContext(connection) as captured:
        case.candidate()
    below = _seconds(case, floor)
    ratio = _seconds(case, candidate) / below if below else float("inf")
    checked = case.check() if case.check else True
    return Result(
        name=case.name,
        ratio=round(ratio, 3),
        target=case.target,
        ok=ratio <= case.target,
        cpu_ms=round(_seconds(case, candidate) * 1000, 3),
        floor_ms=round(below * 1000, 3),
        queries=len(captured),
        checked=checked,
        note=case.note,
        growth_target=case.growth,
    )
