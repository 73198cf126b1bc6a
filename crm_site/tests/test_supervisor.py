"""Children that die come back, ever more slowly when they keep dying, and all end together."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_site.supervisor import SLOWEST, STEADY_AFTER, Child, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DIE = [sys.executable, "-c", "raise SystemExit(3)"]


@pytest.fixture
def supervised() -> Iterator[list[Supervisor]]:
    made: list[Supervisor] = []
    yield made
    for supervisor in made:
        supervisor.stop_all()


def only(supervised: list[Supervisor], command: list[str]) -> tuple[Supervisor, Child]:
    child = Child("one", command)
    supervised.append(Supervisor([child]))
    return supervised[0], child


def wait_for_end(child: Child) -> None:
    assert child.process is not None
    child.process.wait(timeout=30)


def test_a_steady_child_that_dies_is_started_again_at_once(supervised: list[Supervisor]) -> None:
    supervisor, child = only(supervised, SLEEP)
    supervisor.look(100.0)
    first = child.pid
    os.kill(first, 9)
    wait_for_end(child)
    supervisor.look(100.0 + STEADY_AFTER)
    assert child.pid not in (0, first)


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(supervised: list[Supervisor]) -> None:
    supervisor, child = only(supervised, DIE)
    now, waits = 100.0, []
    for _death in range(8):
        supervisor.look(now)
        wait_for_end(child)
        supervisor.look(now)
        assert child.pid == 0
        waits.append(child.next_start - now)
        now = child.next_start
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.5, SLOWEST)


def test_a_dead_childs_own_children_are_gone_before_it_is_started_again(
    supervised: list[Supervisor], tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    parent = (
        "import subprocess, time; p = subprocess.Popen(['sleep', '60']); "
        f"open({str(note)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    )
    supervisor, child = only(supervised, [sys.executable, "-c", parent])
    supervisor.look(100.0)
    while not note.exists() or not note.read_text():
        assert child.process is not None
        assert child.process.poll() is None
    os.kill(child.pid, 9)
    wait_for_end(child)
    supervisor.look(200.0)
    state = subprocess.run(["ps", "-o", "stat=", "-p", note.read_text()], capture_output=True, text=True).stdout
    assert state.strip()[:1] in ("", "Z")  # gone, or dead and not yet buried


def test_stopping_ends_every_child(supervised: list[Supervisor]) -> None:
    supervisor, child = only(supervised, SLEEP)
    supervisor.look(100.0)
    process = child.process
    assert process is not None
    supervisor.stop_all()
    assert process.poll() is not None
    assert child.pid == 0
