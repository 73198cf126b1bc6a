"""What all kinds of import share: columns, how a chunk is compared with the database, how rows are written."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from crm_site.bulk import Conflict, bulk_load
from customers.actions.imports.profile import Profile
from customers.actions.imports.scratch import Scratch
from customers.actions.imports.source import SourceRow
from customers.actions.imports.values import Parser, Reader
from customers.models import ImportBatch

Given = dict[str, Any]


class Bad(Exception):
    """A row that cannot be taken: the column of ours it is about, and a sentence."""

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(reason)
        self.target = target


@dataclass(slots=True)
class Candidate:
    """A row whose values are understood: where it came from, its key, and what it gives by attribute."""

    row: SourceRow
    key: str
    given: Given


@dataclass(slots=True)
class Plan:
    """What a chunk would do to the database. ``updates`` hold the stored row and what changes in it."""

    creates: list[Candidate] = field(default_factory=list)
    updates: list[tuple[Candidate, Given, Given]] = field(default_factory=list)
    unchanged: list[Candidate] = field(default_factory=list)
    skipped: list[Candidate] = field(default_factory=list)
    refused: list[tuple[Candidate, str, str]] = field(default_factory=list)


class Kind:
    """One kind of table. Subclasses name their columns and say where a row belongs."""

    name: ClassVar[str]
    key_target: ClassVar[str] = ""  # the column that may be made from ``key`` of the profile
    needed: ClassVar[frozenset[str]] = frozenset()
    model: ClassVar[type[models.Model]]
    key_attribute: ClassVar[str]
    ledger: ClassVar[bool] = False  # rows are never rewritten

    def __init__(self, profile: Profile, scratch: Scratch, today: datetime.date) -> None:
        self.profile, self.scratch, self.today = profile, scratch, today
        self.reader = Reader(
            date_formats=profile.date_formats,
            decimal=profile.decimal,
            book_currency=profile.book_currency,
            today=today,
        )
        self.control: Counter[str] = Counter()
        self._batch: ImportBatch | None = None

    @property
    def batch(self) -> ImportBatch:
        """The batch whose rows are written."""
        assert self._batch is not None  # noqa: S101 - a rehearsal writes nothing
        return self._batch

    @batch.setter
    def batch(self, batch: ImportBatch) -> None:
        self._batch = batch

    def parsers(self) -> Mapping[str, Parser]:
        """Every column of ours, with what understands its texts."""
        raise NotImplementedError

    def complete(self, given: Given) -> None:
        """Rules between columns, and what follows from others. Raises Bad."""

    def key(self, given: Given) -> str:
        """What makes two rows of the file the same row."""
        return str(given[self.key_target])

    def prepare(self) -> None:
        """What must exist before the first chunk is written."""

    def link(self, chunk: list[Candidate]) -> list[tuple[Candidate, str, str]]:
        """Put foreign keys into ``given``; returns the candidates that refer to nothing."""
        return []

    def stored(self, chunk: list[Candidate], *, locked: bool) -> dict[str, Given]:
        """The rows that are there already, by ``key``; with all their columns."""
        rows = self.model._default_manager.filter(
            **{"source_system": self.profile.source_system, f"{self.key_attribute}__among": {row.key for row in chunk}}
        )
        rows = rows.select_for_update() if locked else rows
        return {row[self.key_attribute]: row for row in rows.values()}

    def changes(self, candidate: Candidate, old: Given) -> Given:
        """What the row would change in a stored one. Raises Bad for what may not change."""
        return {name: value for name, value in candidate.given.items() if name in old and old[name] != value}

    def creatable(self, candidate: Candidate) -> None:
        """Raises Bad when the row may not become a new one."""

    def plan(self, chunk: list[Candidate], *, commit: bool) -> Plan:
        """Compare a chunk of different keys with the database."""
        plan = Plan(refused=self.link(chunk))
        lost = {id(candidate) for candidate, _target, _reason in plan.refused}
        linked = [candidate for candidate in chunk if id(candidate) not in lost]
        stored = self.stored(linked, locked=commit)
        for candidate in linked:
            try:
                self._place(candidate, stored.get(candidate.key), plan)
            except Bad as bad:
                plan.refused.append((candidate, bad.target, str(bad)))
        return plan

    def _place(self, candidate: Candidate, old: Given | None, plan: Plan) -> None:
        if old is None:
            self.creatable(candidate)
            plan.creates.append(candidate)
        elif not (changed := self.changes(candidate, old)):
            plan.unchanged.append(candidate)
        elif self.ledger:
            raise Bad(self.key_target, _("A row of this number is there with another content; it is not rewritten."))
        elif self.profile.on_duplicate == "skip":
            plan.skipped.append(candidate)
        elif self.profile.on_duplicate == "reject":
            raise Bad(self.key_target, _("A row of this number is there with another content."))
        else:
            plan.updates.append((candidate, old, changed))

    def write(self, plan: Plan) -> None:
        """Write what was planned, in the caller's transaction."""
        raise NotImplementedError

    def count(self, candidate: Candidate) -> None:
        """Add an accepted row to the control sums."""

    # --- for subclasses -----------------------------------------------------------------------------------------
    def insert(self, rows: list[Given]) -> None:
        """Insert rows; a column nobody gave has the model's default."""
        fields = [column for column in self.model._meta.concrete_fields if not column.primary_key]
        names = [column.attname for column in fields]
        defaults = {column.attname: column.get_default() for column in fields}
        bulk_load(self.model, names, [[row.get(name, defaults[name]) for name in names] for row in rows])

    def rewrite(self, rows: list[Given]) -> None:
        """Write stored rows back with what changed in them."""
        names = [column.attname for column in self.model._meta.concrete_fields]
        conflict = Conflict(("id",), replace=tuple(name for name in names if name != "id"))
        bulk_load(self.model, names, [[row[name] for name in names] for row in rows], conflict=conflict)
