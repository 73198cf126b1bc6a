"""What a process does under a clock that is not the machine's: a bank with one complaint that falls due at midnight.

Run by tests/test_moved_clock.py in a home of its own, at the moment of the receipt.
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - models exist after the set-up

from complaints.tests import scenes  # noqa: E402
from crm_site.tests.factories import TeamFactory, UserFactory  # noqa: E402


def main() -> None:
    """A team with a leader and a handler, and a moderate complaint received just now and in work."""
    call_command("migrate", verbosity=0)
    team = TeamFactory(code="C1")
    team.leader = UserFactory(role="senior", team=team)
    team.save(update_fields=["leader"])
    print(scenes.in_work(UserFactory(role="handler", team=team)).number, flush=True)


if __name__ == "__main__":
    main()
