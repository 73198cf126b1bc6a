"""What a verb says when it will not act: a code for programs, a sentence for people, and the field it is about."""

from __future__ import annotations

import datetime
from typing import Any, TypeAlias

from django.utils.functional import Promise

Text: TypeAlias = str | Promise
"""Words for a person: as they stand, or translated at the moment they are shown."""


class RuleBroken(Exception):
    """A rule of the house refused the act. Nothing was changed.

    ``message`` is translatable and says what to do; ``field`` names the form field it belongs to, if any.
    """

    status = 422

    def __init__(self, code: str, message: Text, *, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(RuleBroken):
    """This person may not do this now."""

    status = 403


class Stale(RuleBroken):
    """Somebody else changed the object since it was opened; shows who, when and both values."""

    status = 409

    def __init__(
        self,
        code: str,
        message: Text,
        *,
        who: str = "",
        when: datetime.datetime | None = None,
        theirs: dict[str, Any] | None = None,
        yours: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.who = who
        self.when = when
        self.theirs = theirs or {}
        self.yours = yours or {}
