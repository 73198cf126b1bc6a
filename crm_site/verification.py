"""Reading the visitors' book from its first page: whether anybody edited, removed, inserted or swapped a row.

Streams, so a million rows need no memory. Rows written meanwhile are left for the next time. What lies behind the last
row cannot be told from inside the database: compare with a head noted elsewhere (the log line ``audit.head``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_noop as _

from crm_site import append_only, audit
from crm_site.models import AccessRecord, AccessSeal, AuditEvent, AuditHead

_START = "0" * 64
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head somebody noted outside the database."""

    seq: int
    hash: str


@dataclass(slots=True)
class Report:
    """What was found. ``first_bad`` is the sequence number of the first row that is not as it was written."""

    checked: int = 0
    seals: int = 0
    head_seq: int = 0
    head_hash: str = _START
    first_bad: int | None = None
    finding: str = ""
    missing_triggers: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing bad, and the triggers stand."""
        return self.first_bad is None and not self.missing_triggers

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {"ok": self.ok, **asdict(self)}


class _Bad(Exception):
    """The first row that is not as it was written."""

    def __init__(self, seq: int, finding: str) -> None:
        super().__init__(finding)
        self.seq = seq
        self.finding = finding


def verify(*, anchor: Anchor | None = None, progress: Callable[[int], None] = lambda _checked: None) -> Report:
    """Check chain, head, seals of access records and triggers; ``progress`` is called every few thousand rows."""
    last = AuditEvent.objects.aggregate(last=models.Max("seq"))["last"] or 0
    head = AuditHead.objects.filter(pk=1).first() or AuditHead(seq=0, hash=_START)
    report = Report(head_seq=head.seq, head_hash=head.hash, missing_triggers=append_only.missing(connection))
    try:
        _check_chain(report, anchor, progress)
        if last > head.seq:
            raise _Bad(head.seq + 1, _("row behind the head"))
        if report.seals != AccessSeal.objects.filter(audit_seq__lte=head.seq).count():
            raise _Bad(head.seq, _("a seal of access records has no entry in the chain"))
    except _Bad as bad:
        report.first_bad, report.finding = bad.seq, bad.finding
    return report


def _check_chain(report: Report, anchor: Anchor | None, progress: Callable[[int], None]) -> None:
    previous, sealed = _START, 0
    rows = AuditEvent.objects.filter(seq__lte=report.head_seq).order_by("seq")
    for event in rows.iterator(chunk_size=_CHUNK):
        _check_link(event, report.checked + 1, previous)
        if anchor is not None and event.seq == anchor.seq and event.hash != anchor.hash:
            raise _Bad(event.seq, _("differs from the head noted elsewhere"))
        if event.action == "access.seal":
            sealed = _check_seal(event, sealed)
            report.seals += 1
        previous = event.hash
        report.checked += 1
        if report.checked % _CHUNK == 0:
            progress(report.checked)
    if report.checked != report.head_seq:
        raise _Bad(report.checked + 1, _("missing"))
    if previous != report.head_hash:
        raise _Bad(report.head_seq, _("the head does not match the last row"))
    if anchor is not None and anchor.seq > report.head_seq:
        raise _Bad(report.head_seq + 1, _("missing: a later head was noted elsewhere"))


def _check_link(event: AuditEvent, expected: int, previous: str) -> None:
    if event.seq > expected:
        raise _Bad(expected, _("missing"))
    if event.seq < expected:
        raise _Bad(event.seq, _("number below the first"))
    if event.prev_hash != previous:
        raise _Bad(event.seq, _("does not follow the row before"))
    if event.hash_version != audit.HASH_VERSION or audit.chain_hash(event, prev_hash=previous) != event.hash:
        raise _Bad(event.seq, _("altered"))


def _check_seal(event: AuditEvent, sealed: int) -> int:
    """The access records of one batch are as they were sealed; returns the last id of the batch."""
    batch = event.after
    seal = AccessSeal.objects.filter(audit_seq=event.seq).first()
    if seal is None or [seal.first_id, seal.last_id, seal.count, seal.root] != [
        batch["first"],
        batch["last"],
        batch["count"],
        batch["root"],
    ]:
        raise _Bad(event.seq, _("its seal of access records is missing or altered"))
    rows = AccessRecord.objects.filter(pk__gt=sealed, pk__lte=seal.last_id)
    if audit.access_root(rows) != (seal.count, seal.root):
        raise _Bad(event.seq, _("its access records are not as they were sealed"))
    return seal.last_id
