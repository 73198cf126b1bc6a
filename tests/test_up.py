"""``manage.py up`` keeps its children alive, whoever kills them, and takes them all along when it ends."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.servers import free_port
from tests.stack import AGAIN, START, Stack, start, until

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("up") / "home"
    running = start(home, free_port())
    try:
        until(lambda: running.status() == 200, START)
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(timeout=60)


@pytest.fixture(scope="module")
def second_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made ready by the first start, quick to start from again."""
    return tmp_path_factory.mktemp("ends") / "home"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_killed_child_is_replaced_and_serves_again_within_seconds(stack: Stack, name: str) -> None:
    victim = stack.children()[name]
    os.kill(victim.pid, signal.SIGKILL)
    until(lambda: stack.children().get(name, victim).pid != victim.pid, AGAIN)
    seconds = until(lambda: stack.status() == 200, AGAIN)
    stack.forget_sweeps()
    swept = until(stack.sweeps, AGAIN)
    print(f"\nkill -9 {name}: pages after {seconds:.1f} s, jobs after {swept:.1f} s")


def test_a_killed_web_process_of_the_pool_is_replaced(stack: Stack) -> None:
    pool = stack.children()["web"].children()
    os.kill(pool[0].pid, signal.SIGKILL)
    until(lambda: len([one for one in stack.children()["web"].children() if one.pid != pool[0].pid]) == 2, AGAIN)
    assert stack.status() == 200


def test_all_children_killed_at_once_come_back(stack: Stack) -> None:
    old = {name: child.pid for name, child in stack.children().items()}
    assert set(old) == {"web", "worker", "beat"}
    for pid in old.values():
        os.killpg(pid, signal.SIGKILL)
    until(lambda: {n: c.pid for n, c in stack.children().items() if c.pid != old[n]}.keys() == old.keys(), AGAIN)
    until(lambda: stack.status() == 200, AGAIN)


def test_a_second_start_from_the_same_home_is_refused(stack: Stack) -> None:
    second = start(stack.home, free_port())
    assert second.process.wait(timeout=60) == 1
    assert "CRMIS already runs" in second.log.read_text(encoding="utf-8")


def test_a_taken_port_is_said_and_nothing_starts(stack: Stack, tmp_path: Path) -> None:
    second = start(tmp_path / "other", stack.port)
    assert second.process.wait(timeout=60) == 1
    assert f"Port {stack.port} is taken" in second.log.read_text(encoding="utf-8")


def test_log_lines_are_json_and_the_home_is_private(stack: Stack) -> None:
    lines = [line for line in stack.log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    assert any(json.loads(line)["event"] == "child.restarted" for line in lines)
    assert stack.home.stat().st_mode & 0o777 == 0o700
    assert (stack.home / "keys.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind_however_it_ends(second_home: Path, how: signal.Signals) -> None:
    running = start(second_home, free_port())
    until(lambda: len(running.children()) == 3, START)
    until(lambda: running.status() == 200, START)
    family = psutil.Process(running.process.pid).children(recursive=True)
    assert len(family) >= 5
    running.process.send_signal(how)
    running.process.wait(timeout=60)
    _gone, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    assert running.status() == 0
