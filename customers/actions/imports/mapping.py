"""From the bank's columns to ours: each row of a file becomes a candidate, or is found flawed."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from customers.actions.imports.expressions import Function, ProfileInvalid
from customers.actions.imports.kinds.base import Bad, Candidate, Kind
from customers.actions.imports.profile import Profile
from customers.actions.imports.source import Flaw, Source, SourceRow
from customers.actions.imports.values import Parser


class _Target(NamedTuple):
    """One column of ours: how its text is found, what its codes mean, what understands it."""

    name: str
    text: Function
    meanings: dict[str, str]
    default: str
    parse: Parser
    required: bool


class Mapping:
    """The columns of a profile, matched with those of the file and the kind. Raises ProfileInvalid where they miss."""

    def __init__(self, profile: Profile, source: Source, kind: Kind) -> None:
        self._source, self._kind = source, kind
        self.made_key = bool(profile.key) and kind.key_target not in profile.columns
        parsers = dict(kind.parsers())
        given = {*profile.columns, *profile.defaults}
        self._check_names(profile, parsers, given)
        needed = (kind.needed | profile.required) - ({kind.key_target} if self.made_key else set())
        missing = sorted(needed - given)
        if missing:
            raise ProfileInvalid("columns", _("Say where %(names)s come from.") % {"names": ", ".join(missing)})
        chosen = [name for name in parsers if name in given]
        self._targets = [self._target(profile, name, parsers[name], name in needed) for name in chosen]
        self._texts = {target.name: target.text for target in self._targets}
        # what messages call a column: the bank's name for it where it has one
        self._labels = {name: told for name, told in profile.columns.items() if isinstance(told, str)}

    @staticmethod
    def _check_names(profile: Profile, parsers: dict[str, Parser], given: set[str]) -> None:
        for entry, names in (("columns", given), ("required", profile.required), ("values", set(profile.values))):
            unknown = sorted(names - set(parsers))
            if unknown:
                message = _("There is no column %(names)s here; use %(known)s.")
                raise ProfileInvalid(entry, message % {"names": ", ".join(unknown), "known": ", ".join(parsers)})

    def _target(self, profile: Profile, name: str, parse: Parser, required: bool) -> _Target:
        told: Any = profile.columns.get(name, "")
        where = f"columns.{name}"
        if not told:
            text: Function = lambda cells, line: ""  # noqa: E731 - only its default speaks
        elif isinstance(told, str):
            text = self._source.expression({"column": told}, where)
        else:
            text = self._source.expression(told, where)
        return _Target(name, text, profile.values.get(name, {}), profile.defaults.get(name, ""), parse, required)

    def candidate(self, row: SourceRow) -> Candidate | Flaw:
        """What the row says, by our columns, or its first flaw."""
        given: dict[str, Any] = {}
        cells, line = row.cells, row.line
        name = ""
        try:
            for name, text, meanings, default, parse, required in self._targets:
                meant = str(text(cells, line)).strip()
                if meanings:
                    meant = self._meaning(meanings, meant)
                if meant or default:
                    given[name] = parse(meant or default)
                elif required:
                    raise ValueError(_("This must not be empty."))
            if self.made_key:
                given[self._kind.key_target] = self._source.content_key(row)
            self._kind.complete(given)
        except Bad as bad:
            return self.flaw(row, bad.target, str(bad))
        except ValueError as error:
            return self.flaw(row, name, str(error))
        return Candidate(row, self._kind.key(given), given)

    def flaw(self, row: SourceRow, target: str, reason: str) -> Flaw:
        """A flaw at a column of ours, told in the bank's words: its column, and what stands there."""
        text = self._texts.get(target)
        value = ""
        if text is not None:
            with contextlib.suppress(ValueError):  # a computed column may be the very thing that failed
                value = str(text(row.cells, row.line))
        return Flaw(self._labels.get(target, target), value, reason)

    @staticmethod
    def _meaning(meanings: dict[str, str], text: str) -> str:
        meant = meanings.get(text, meanings.get("*"))
        if meant is None and text:
            raise ValueError(_("The profile gives no meaning to “%(value)s”.") % {"value": text})
        return meant or ""
