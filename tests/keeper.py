"""A process that registers complaints one after another and says each number once the save is acknowledged.

Run by tests/test_restart.py as ``python -m tests.keeper FILE``, with DATABASE_URL naming a database that may die.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import django
from django.db import InterfaceError, OperationalError, connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - models exist after the set-up
from django.utils import timezone  # noqa: E402

from complaints.actions import intake  # noqa: E402
from complaints.actions.intake import Statement  # noqa: E402
from crm_site.models import User  # noqa: E402


def prepare() -> None:
    """An empty house with one clerk."""
    call_command("migrate", verbosity=0)
    User.objects.create(username="clerk", employee_no="1", display_name="Clerk", roles=["agent"])


def register(clerk: User, n: int) -> str:
    """One complaint; returns after the commit."""
    said = Statement(
        subject=f"Fee {n}",
        content="手续费重复扣收",
        channel="PHONE",
        received_at=timezone.now(),
        complainant_name="A caller",
        complainant_contact="13800138000",
    )
    return intake.receive(by=clerk, statement=said, nature="COMPLAINT", owner=clerk, team=None).number


def main(enough: Path) -> None:
    """Register until a file of this name is there; a lost connection is opened again."""
    clerk, n = User.objects.get(username="clerk"), 0
    while not enough.exists():
        n += 1
        try:
            print(register(clerk, n), flush=True)
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.05)


if __name__ == "__main__":
    prepare() if sys.argv[1:] == ["prepare"] else main(Path(sys.argv[1]))
