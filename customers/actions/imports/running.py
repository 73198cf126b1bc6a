"""Taking a file in: looked through once, then read by the chunk, each chunk one transaction (domain R2.15).

A chunk either lands with its sums, its marks and its part of the counts, or not at all; so an import that was killed is
finished by running it again, which finds what is there unchanged.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site import audit
from crm_site.bulk import BATCH, one_writer, passing_rows
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.roles import Role
from customers.actions import activity
from customers.actions.imports.kinds import KINDS, Kind
from customers.actions.imports.kinds.base import Candidate, Plan
from customers.actions.imports.mapping import Mapping
from customers.actions.imports.profile import Profile, load
from customers.actions.imports.rejects import Rejects
from customers.actions.imports.scratch import Scratch
from customers.actions.imports.source import Flaw, Source, SourceRow, file_hash
from customers.models import ImportBatch

if TYPE_CHECKING:
    from crm_site.models import User

Progress = Callable[[int, int], None]
Result = dict[str, Any]
Totals = Mapping_[str, int]
TypesOfKind = Mapping_[str, type[Kind]]
COUNTS = ("rows", "created", "updated", "unchanged", "duplicates", "rejected")


def run_import(
    *,
    by: User | None,
    kind: str,
    path: Path,
    profile: Path,
    dry_run: bool = False,
    beside: Path | None = None,
    progress: Progress | None = None,
    kinds: TypesOfKind = KINDS,
    expected: Totals | None = None,
) -> Result:
    """Import a file through a profile; ``beside`` is the folder of joined files when it is not the file's own.

    ``kinds``: what can be imported; higher steps of the house add theirs. ``expected``: counts and control sums the
    source states; where they are others the batch ends as DISAGREE, ``disagree`` says which, and no night scores on it.

    created + updated + unchanged + duplicates + rejected = rows, the same for a dry run, which writes nothing but the
    file of refused rows. Raises NotAllowed, ProfileInvalid, TableRefused, RuleBroken; then nothing was saved.
    """
    if by is not None and not by.has_role(Role.SUPERVISOR):
        raise NotAllowed("import.role", _("Only a supervisor imports files."))
    told = load(profile)
    if told.kind != kind:
        message = _("The profile is for %(told)s, not for %(asked)s.") % {"told": told.kind, "asked": kind}
        raise RuleBroken("import.kind", message, field="kind")
    sha256 = file_hash(path)
    with Scratch() as scratch, passing_rows():
        source = Source(path, told, scratch, beside=beside)
        maker = kinds[kind](told, scratch, timezone.localdate())
        mapping = Mapping(told, source, maker)
        total = source.count()
        batch = None if dry_run else _begin(by, told, path, sha256, expected or {})
        name = f"import-{batch.pk}.csv" if batch else f"dry-run-{kind}-{sha256[:12]}.csv"
        with Rejects(name, source.header) as rejects, _failing(by, batch):
            work = _Work(maker, mapping, rejects, batch, expected or {})
            work.run(iter(source), lambda done: progress(done, total) if progress else None)
            if batch:
                activity.settle()
                _finish(by, batch, work)
        return work.result()


def _begin(by: User | None, profile: Profile, path: Path, sha256: str, expected: Totals) -> ImportBatch:
    """Open the batch; one of the same file that never ended is closed as failed."""
    now = timezone.now()
    with transaction.atomic():
        for left in ImportBatch.objects.filter(file_sha256=sha256, kind=profile.kind, state=ImportBatch.State.RUNNING):
            ImportBatch.objects.filter(pk=left.pk).update(state=ImportBatch.State.FAILED, finished_at=now)
            audit.record(by=by, action="import.abandon", obj=left, after=_counts(left))
        return ImportBatch.objects.create(
            kind=profile.kind,
            profile=profile.name,
            file_name=path.name[:120],
            file_sha256=sha256,
            expected=dict(expected),
            started_at=now,
            started_by=by,
        )


@contextlib.contextmanager
def _failing(by: User | None, batch: ImportBatch | None) -> Iterator[None]:
    """An import that breaks off says so in its batch; what its finished chunks brought stays."""
    try:
        yield
    except Exception:
        if batch:
            with transaction.atomic():
                ImportBatch.objects.filter(pk=batch.pk).update(
                    state=ImportBatch.State.FAILED, finished_at=timezone.now()
                )
                batch.refresh_from_db()
                audit.record(by=by, action="import.fail", obj=batch, after=_counts(batch))
        raise


def _counts(batch: ImportBatch) -> dict[str, Any]:
    return {"kind": batch.kind, "profile": batch.profile, "file": batch.file_sha256} | {
        name: getattr(batch, name) for name in COUNTS
    }


@transaction.atomic
def _finish(by: User | None, batch: ImportBatch, work: _Work) -> None:
    agreed = not work.disagreement()
    batch.state, batch.finished_at = ImportBatch.State.DONE if agreed else ImportBatch.State.DISAGREE, timezone.now()
    batch.control, batch.errors_file = dict(work.kind.control), work.rejects.path[-200:]
    batch.save()
    after = _counts(batch) | {"control": batch.control}
    audit.record(by=by, action="import.run", obj=batch, after=after if agreed else after | {"expected": batch.expected})


@dataclass(slots=True)
class _Counts:
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: int = 0


class _Work:
    """One run: rows in, counts and refused rows out."""

    def __init__(
        self, kind: Kind, mapping: Mapping, rejects: Rejects, batch: ImportBatch | None, expected: Totals
    ) -> None:
        self.kind, self.mapping, self.rejects, self.batch, self.expected = kind, mapping, rejects, batch, expected
        self.counts = _Counts()

    def run(self, rows: Iterator[SourceRow], progress: Callable[[int], None]) -> None:
        if self.batch:
            self.kind.batch = self.batch
            with transaction.atomic():
                self.kind.prepare()
        while part := list(islice(rows, BATCH)):
            chunk = self._understood(part)
            if self.batch is None:
                self._account(self.kind.plan(chunk, commit=False))
            else:
                self._commit(self.batch, chunk)
            self.rejects.flush()
            progress(self.counts.rows)

    def _commit(self, batch: ImportBatch, chunk: list[Candidate]) -> None:
        with transaction.atomic():
            one_writer(activity.IMPORT_LOCK)
            plan = self.kind.plan(chunk, commit=True)
            self.kind.write(plan)
            self._account(plan)
            for name in COUNTS:
                setattr(batch, name, getattr(self.counts, name))
            batch.save(update_fields=COUNTS)

    def _understood(self, part: list[SourceRow]) -> list[Candidate]:
        """The candidates of different keys; flaws and repetitions inside the file are counted here."""
        found: list[Candidate] = []
        for row in part:
            self.counts.rows += 1
            made = row.flaw or self.mapping.candidate(row)
            if isinstance(made, Flaw):
                self._reject(row.line, made, row.came)
            else:
                found.append(made)
        if self.mapping.made_key:  # made of the content and its place among equals, so met once only
            return found
        chunk = []
        for candidate, same in zip(found, self._seen(found), strict=True):
            if same is None:
                chunk.append(candidate)
            elif same:
                self.counts.duplicates += 1
            else:
                reason = _("An earlier row has the same key and another content.")
                self._refuse(candidate, self.kind.key_target, reason)
        return chunk

    def _seen(self, found: list[Candidate]) -> list[bool | None]:
        return self.kind.scratch.seen(self.kind.name, [(one.key, repr(tuple(one.given.values()))) for one in found])

    def _account(self, plan: Plan) -> None:
        self.counts.created += len(plan.creates)
        self.counts.updated += len(plan.updates)
        self.counts.unchanged += len(plan.unchanged)
        self.counts.duplicates += len(plan.skipped)
        for candidate, target, reason in plan.refused:
            self._refuse(candidate, target, reason)
        for candidate in (*plan.creates, *(row for row, _old, _new in plan.updates), *plan.unchanged):
            self.kind.count(candidate)

    def _refuse(self, candidate: Candidate, target: str, reason: str) -> None:
        row = candidate.row
        self._reject(row.line, self.mapping.flaw(row, target, reason), row.came)

    def _reject(self, line: int, flaw: Flaw, came: list[str]) -> None:
        self.counts.rejected += 1
        self.rejects.add(line, flaw.column, flaw.value, flaw.reason, came)

    def disagreement(self) -> dict[str, dict[str, int]]:
        """Where counts and control sums are not what the source says; a total nobody has here is 0."""
        found = {name: getattr(self.counts, name) for name in COUNTS} | dict(self.kind.control)
        wrong = {name: total for name, total in self.expected.items() if found.get(name, 0) != total}
        return {name: {"expected": total, "found": found.get(name, 0)} for name, total in sorted(wrong.items())}

    def result(self) -> Result:
        """The answer of the command (contracts)."""
        counts = {name: getattr(self.counts, name) for name in COUNTS}
        control = dict(sorted(self.kind.control.items()))
        batch = self.batch.pk if self.batch else None
        answer = {"batch": batch, **counts, "errors_file": self.rejects.path, "control": control}
        return answer | {"disagree": self.disagreement()} if self.expected else answer
