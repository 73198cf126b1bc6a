"""A second process for the benchmark: ``help`` takes free ranges of any running job, ``rebuild`` measures its memory.

It is started before the clock is, says "ready", and waits for a line on its standard input.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import django


def _peak() -> int:
    """MiB this process ever had in memory. Not getrusage, which counts what its parent had when it was forked."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def main(command: str) -> None:
    """Entry of the child."""
    django.setup()
    from benchmarks.cases import ledger
    from crm_site import bell
    from crm_site.models import JobRun
    from crm_site.tasks import help_shards

    print("ready", flush=True)
    if command == "rebuild":
        ledger.from_raw_rows()
        print(_peak(), flush=True)
        return
    until = time.monotonic() + float(sys.stdin.readline())
    while time.monotonic() < until and not JobRun.objects.filter(job="score").exclude(state="RUNNING").exists():
        for pk in bell.runs_wanting_help():
            help_shards(pk)
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1])
