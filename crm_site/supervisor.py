"""Keeps a few child processes alive, each in its own process group, and stops them all together.

A child that dies is started again after its whole group is gone; one that keeps dying is started ever more slowly.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.2  # seconds between two looks at the children
STEADY_AFTER = 10.0  # a child that lived this long is forgiven its earlier deaths
SLOWEST = 10.0  # seconds between two starts of a child that keeps dying
PATIENCE = 15.0  # seconds a child may take to stop before its group is killed
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One command and the process it runs as."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    next_start: float = 0.0
    early_deaths: int = field(default=0)

    @property
    def pid(self) -> int:
        """The process, 0 when it is not running."""
        return self.process.pid if self.process else 0


class Supervisor:
    """Starts the children and watches them until it is told to stop."""

    def __init__(self, children: Iterable[Child]) -> None:
        self.children = list(children)
        self.stopping = False

    def run(self) -> None:
        """Serve until Ctrl-C, SIGTERM or the terminal closes; then stop every child."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        try:
            while not self.stopping:
                self.look(time.monotonic())
                time.sleep(LOOK_EVERY)
        finally:
            self.stop_all()

    def look(self, now: float) -> None:
        """Bury the dead and start whoever is due; ``now`` is monotonic seconds."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, now)
            if child.process is None and now >= child.next_start:
                self._start(child, now)

    def stop_all(self) -> None:
        """Ask every group to end, and kill those that do not."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            _signal_group(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        for child in running:
            assert child.process is not None  # noqa: S101 - chosen above
            try:
                child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("child.killed", child=child.name)
            _signal_group(child.pid, signal.SIGKILL)
            child.process.wait()
            child.process = None

    def _start(self, child: Child, now: float) -> None:
        child.process = subprocess.Popen(  # noqa: S603 - our own command lines
            child.command, start_new_session=True, preexec_fn=_end_with_parent
        )
        child.started = now

    def _bury(self, child: Child, now: float) -> None:
        assert child.process is not None  # noqa: S101 - the caller looked
        code = child.process.returncode
        _signal_group(child.pid, signal.SIGKILL)  # what it left behind may still hold the port
        child.process = None
        child.early_deaths = 0 if now - child.started >= STEADY_AFTER else child.early_deaths + 1
        wait = min(SLOWEST, 0.25 * 2**child.early_deaths) if child.early_deaths else 0.0
        child.next_start = now + wait
        log.warning("child.restarted", child=child.name, ended_with=code)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass  # the whole group is gone, which is what was wanted


def _end_with_parent() -> None:
    """In the child: be told to end when the supervisor is killed outright (Linux only; elsewhere nothing happens)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
