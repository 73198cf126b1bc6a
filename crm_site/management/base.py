"""The contract of every command: ``--json`` prints exactly one JSON object, messages go to stderr, exit 0, 1 or 2."""

from __future__ import annotations

import argparse
import datetime
import json
import os
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from crm_site.errors import RuleBroken

Answer = Mapping[str, Any]


class Refused(CommandError):
    """The command understood and said no: exit 1. ``details`` go into the JSON object beside the reason."""

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason, returncode=1)
        self.details = details


class Misused(CommandError):
    """The command was called wrongly in a way the parser cannot see, such as a file that is not there: exit 2."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, returncode=2)


def a_date(text: str) -> datetime.date:
    """Argument type: a day as YYYY-MM-DD."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        message = _("“%(text)s” is not a date; write it as 2026-03-31.") % {"text": text}
        raise argparse.ArgumentTypeError(message) from error


def terminal_language() -> str:
    """The language of the terminal as the environment names it; English where we have no translation."""
    name = next((os.environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(key)), "").lower()
    if name.startswith(("zh_tw", "zh_hk", "zh_mo", "zh_hant")):
        return "zh-hant"
    return "zh-hans" if name.startswith("zh") else "en"


class SpokenCommand(BaseCommand):
    """A command that speaks the language of the terminal."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        with translation.override(terminal_language()):
            return super().execute(*args, **options)


class JsonCommand(SpokenCommand):
    """Subclasses give ``arguments``, ``answer`` and, where plain JSON is hard to read, ``text``."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """The command's own arguments."""

    def answer(self, **options: Any) -> Answer:
        """Do the work; what is returned is printed. Raises Refused, Misused, or RuleBroken from a verb."""
        raise NotImplementedError

    def text(self, answer: Answer) -> str:
        """The answer for people."""
        return json.dumps(answer, ensure_ascii=False, indent=2, default=str)

    def say(self, message: str) -> None:
        """A message while working, to stderr."""
        self.stderr.write(message, self.style.NOTICE)

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = bool(options.pop("json"))
        try:
            answer = self.answer(**options)
        except RuleBroken as broken:
            self._refuse(Refused(str(broken), code=broken.code), as_json)
        except CommandError as error:
            self._refuse(error, as_json)
        else:
            self.stdout.write(_one_line(answer) if as_json else self.text(answer))

    def _refuse(self, error: CommandError, as_json: bool) -> None:
        if as_json:
            self.stdout.write(_one_line({"refused": str(error), **getattr(error, "details", {})}))
        raise error


def _one_line(answer: Answer) -> str:
    return json.dumps(answer, ensure_ascii=False, default=str)
