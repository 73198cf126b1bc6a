"""The verb that writes the visitors' book. Called inside every verb's transaction, last before it ends.

Changes form one HMAC chain with a key kept outside the database. Looks at personal data are plain rows, sealed in
batches into the chain. Attempts that were refused are written after the refused transaction rolled back.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from crm_site.models.audit import AccessRecord, AccessSeal, AuditEvent, AuditHead

if TYPE_CHECKING:
    from crm_site.models.staff import User

HASH_VERSION = 1
SETTLING = datetime.timedelta(minutes=1)  # how long a look waits for its seal
SYSTEM = "SYSTEM"
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def identify(obj: models.Model | None) -> tuple[str, str]:
    """(kind, number) of an object as the log names it: its public number where it has one, else its key."""
    if obj is None:
        return "", ""
    number = getattr(obj, "public_number", None) or obj.pk
    return obj._meta.label_lower, str(number)


def _context() -> dict[str, str]:
    """Request id and address, bound to the log context by the first middleware; empty in jobs and commands."""
    bound = structlog.contextvars.get_contextvars()
    return {"request_id": str(bound.get("request_id", "")), "ip": str(bound.get("ip", ""))}


def chain_hash(event: AuditEvent, *, prev_hash: str) -> str:
    """HMAC-SHA256 over the row's content and the hash before it (version 1: JSON with sorted keys)."""
    content = _CANONICAL(
        {
            "seq": event.seq,
            "at": event.at.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
            "actor_id": event.actor_id,
            "actor": event.actor,
            "role": event.role,
            "action": event.action,
            "object": [event.object_type, event.object_id],
            "before": event.before,
            "after": event.after,
            "reason": event.reason,
            "request_id": event.request_id,
            "ip": event.ip,
            "prev": prev_hash,
        }
    )
    return hmac.digest(bytes.fromhex(settings.AUDIT_KEY), content.encode(), "sha256").hex()


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """JSON-safe copy: what is not a JSON scalar is written as text, so that the stored row hashes as it was written."""
    return json.loads(json.dumps(dict(values or {}), default=str, ensure_ascii=False))


def record(
    *,
    by: User | None,
    action: str,
    obj: models.Model | None = None,
    object_type: str = "",
    object_id: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append one change to the chain, in the caller's transaction.

    ``by=None`` means a job. Callers pass personal values masked; ``action`` is ``noun.verb`` in handbook words.
    The head row is locked here, so call this last: writers queue for microseconds, not for the whole verb. No
    savepoint: a change that could not be written in the book is not made at all.
    """
    kind, number = identify(obj)
    with transaction.atomic(savepoint=False):
        head, _created = AuditHead.objects.select_for_update().get_or_create(pk=1)
        event = AuditEvent(
            seq=head.seq + 1,
            at=timezone.now(),
            actor_id=by.pk if by else None,
            actor=by.username if by else SYSTEM,
            role=",".join(by.roles) if by else "",
            action=action,
            object_type=object_type or kind,
            object_id=str(object_id or number),
            before=_plain(before),
            after=_plain(after),
            reason=reason,
            hash_version=HASH_VERSION,
            prev_hash=head.hash,
            **_context(),
        )
        event.hash = chain_hash(event, prev_hash=head.hash)
        event.save(force_insert=True)
        AuditHead.objects.filter(pk=1).update(seq=event.seq, hash=event.hash)
    return event


def accessed(
    *,
    by: User,
    kind: AccessRecord.Kind,
    obj: models.Model | None = None,
    object_type: str = "",
    object_id: str = "",
    fields: str = "",
    purpose: str = "",
    reason: str = "",
    term: str = "",
    results: int | None = None,
) -> AccessRecord:
    """Write that somebody looked at personal data. A search term is stored as a keyed hash only."""
    name, number = identify(obj)
    term_hash = hmac.new(bytes.fromhex(settings.AUDIT_KEY), term.encode(), hashlib.sha256).hexdigest() if term else ""
    return AccessRecord.objects.create(
        at=timezone.now(),
        actor_id=by.pk,
        actor=by.username,
        kind=kind,
        object_type=object_type or name,
        object_id=str(object_id or number),
        fields=fields,
        purpose=purpose,
        reason=reason,
        term_hash=term_hash,
        results=results,
        **_context(),
    )


def _access_line(row: AccessRecord) -> str:
    at = row.at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    parts = [row.pk, at, row.actor_id, row.actor, row.kind, row.object_type, row.object_id, row.fields, row.purpose]
    return json.dumps([*parts, row.reason, row.term_hash, row.results, row.request_id, row.ip], ensure_ascii=False)


def access_root(rows: models.QuerySet[AccessRecord]) -> tuple[int, str]:
    """(count, root hash) of a batch of access records in id order."""
    digest = hmac.new(bytes.fromhex(settings.AUDIT_KEY), digestmod=hashlib.sha256)
    count = 0
    for row in rows.order_by("pk").iterator(chunk_size=2000):
        digest.update(_access_line(row).encode() + b"\n")
        count += 1
    return count, digest.hexdigest()


_OLDEST_WRITER = """
SELECT min(xact_start) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""


def _settled_before() -> datetime.datetime:
    """Before this moment no record with a lower id can still appear.

    A minute ago; on PostgreSQL, where a slow transaction may commit a low id late, a minute before the oldest open
    transaction that has written. SQLite has one writer at a time.
    """
    moment = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_OLDEST_WRITER)
            oldest = cursor.fetchone()[0]
        moment = min(moment, oldest) if oldest else moment
    return moment - SETTLING


@transaction.atomic
def seal_access() -> int:
    """Seal the access records that came since the last seal into the chain; returns how many."""
    last = AccessSeal.objects.order_by("-last_id").values_list("last_id", flat=True).first() or 0
    batch = AccessRecord.objects.filter(pk__gt=last, at__lt=_settled_before())
    bounds = batch.aggregate(first=models.Min("pk"), last=models.Max("pk"))
    if bounds["last"] is None:
        return 0
    count, root = access_root(AccessRecord.objects.filter(pk__gt=last, pk__lte=bounds["last"]))
    event = record(
        by=None,
        action="access.seal",
        after={"first": bounds["first"], "last": bounds["last"], "count": count, "root": root},
    )
    AccessSeal.objects.create(
        first_id=bounds["first"], last_id=bounds["last"], count=count, root=root, audit_seq=event.seq
    )
    return count
