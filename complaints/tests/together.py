"""Several at the same moment, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from django.db import connection

from crm_site.errors import RuleBroken

LONGEST = 60  # seconds a thread may take
Act = Callable[[], object]


def at_once(acts: Sequence[Act]) -> list[object]:
    """Every act in a thread of its own, begun together; what each gave or was refused with, in order.

    Any other failure of a thread belongs to the test and is raised in it.
    """
    barrier, broken = threading.Barrier(len(acts)), list[BaseException]()
    answers: list[object] = [None] * len(acts)

    def run(place: int, act: Act) -> None:
        try:
            barrier.wait(LONGEST)
            answers[place] = act()
        except RuleBroken as refused:
            answers[place] = refused
        except BaseException as error:  # noqa: BLE001 - raised below, in the test's own thread
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)
    if broken:
        raise broken[0]
    assert not any(thread.is_alive() for thread in threads)
    return answers
