"""Python runs this at its start where PYTHONPATH names this folder: the process then lives by a moved clock.

The file named by MOVED_CLOCK says by how many seconds the wall clock is ahead of the machine's (or, negative, behind);
it is read again all the time, so a test moves the clock of several processes while they run. Waiting goes by the real
clock, as it does on a machine whose clock is set.
"""

from __future__ import annotations

import datetime
import os
import threading
import time
from pathlib import Path

import time_machine

FILE = Path(os.environ["MOVED_CLOCK"])
LOOK_EVERY = 0.05


def _ahead() -> float:
    return float(FILE.read_text())


def _moment(real: float, ahead: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(real + ahead, tz=datetime.UTC)


_clock = time_machine.travel(_moment(time.time(), _ahead()), tick=True).start()
time.time()  # it begins to tick when it is first asked; a process that sleeps would fall behind the others


def _follow() -> None:
    last = None
    while True:
        ahead = _ahead()
        if ahead != last:
            _clock.move_to(_moment(time_machine.escape_hatch.time.time(), ahead), tick=True)
            time.time()
            last = ahead
        time.sleep(LOOK_EVERY)


def _begin() -> None:
    threading.Thread(target=_follow, name="moved clock", daemon=True).start()


_begin()
os.register_at_fork(after_in_child=_begin)  # threads do not survive a fork
