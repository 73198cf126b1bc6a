"""``manage.py create_staff``: open an account from the command line, for people and for scripts."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from crm_site.actions import staff
from crm_site.management.base import Answer, JsonCommand, Refused
from crm_site.models import Team
from crm_site.roles import Role


class Command(JsonCommand):
    """The password is asked for, or read as one line from standard input: never an argument, which others can see."""

    help = "Open an account with one or more roles."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument("--employee-no", help="default: the user name")
        parser.add_argument("--name", help="shown to colleagues; default: the user name")
        parser.add_argument(
            "--role", action="append", default=[], choices=Role.values, help="may be given several times"
        )
        parser.add_argument("--team", help="the team's code")

    def answer(self, **options: Any) -> Answer:
        username = options["username"]
        team = Team.objects.filter(code=options["team"]).first() if options["team"] else None
        if options["team"] and team is None:
            raise Refused(_("There is no team “%(code)s”.") % {"code": options["team"]})
        user = staff.create_user(
            by=None,
            username=username,
            employee_no=options["employee_no"] or username,
            display_name=options["name"] or username,
            roles=options["role"],
            password=_password(),
            team=team,
        )
        return {"username": user.username, "employee_no": user.employee_no, "roles": user.roles}

    def text(self, answer: Answer) -> str:
        return _("%(username)s may sign in now.") % answer


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass(_("Password:") + " ")
    if password != getpass.getpass(_("Password again:") + " "):
        raise Refused(_("The two passwords differ. Nothing was made."))
    return password
