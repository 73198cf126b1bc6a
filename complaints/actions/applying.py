"""An approved batch is applied: matter by matter, each promise checked once more (domain D.2(7); decision 0026)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from complaints.actions import clocks, recalculation
from complaints.actions.turning import Turn, load, write_diary
from complaints.models import Clock, Complaint, RecalcBatch, RecalcItem
from complaints.models.complaint import ABOUT
from crm_site import audit
from crm_site.actions import notices
from crm_site.errors import Stale
from crm_site.models import User
from customers.actions import followups
from customers.models import FollowUp

CHUNK = 300  # matters in one run of the sweep
_Change, _State, _Why = RecalcItem.Change, RecalcItem.State, RecalcItem.Why
_TITLE = gettext_noop("%(number)s is due earlier: %(due_day)s (batch %(batch)s)")


def apply_due(limit: int = CHUNK) -> dict[str, int]:
    """Move the dates of approved batches, the oldest first, at most ``limit`` matters; a sweep that goes on where it
    stopped. Returns how many were moved and how many left as they were."""
    counts = {"moved": 0, "left": 0}
    for batch in recalculation.batches_to_apply():
        for pk in _matters(batch, limit):
            try:
                _apply_matter(batch, pk, counts)
            except Stale:  # somebody is at it this very moment; the next sweep looks again
                continue
            finally:
                limit -= 1
        if not batch.items.pending().exists():
            _finish(batch)
        if limit <= 0:
            break
    return counts


def _matters(batch: RecalcBatch, limit: int) -> list[int]:
    waiting = batch.items.pending().order_by("clock__round__complaint_id")
    return list(waiting.values_list("clock__round__complaint_id", flat=True).distinct()[:limit])


@transaction.atomic
def _finish(batch: RecalcBatch) -> None:
    now = timezone.now()
    approved = RecalcBatch.objects.filter(pk=batch.pk, state=RecalcBatch.State.APPROVED)
    if approved.update(state=RecalcBatch.State.APPLIED, applied_at=now):
        moved = batch.items.filter(state=_State.APPLIED).count()
        left = batch.items.filter(state=_State.SKIPPED).count()
        audit.record(by=None, action="recalculation.apply", obj=batch, after={"moved": moved, "left": left})


@transaction.atomic
def _apply_matter(batch: RecalcBatch, pk: int, counts: dict[str, int]) -> None:
    """All promises of one complaint in the batch, in one transaction with its diary; the row is ours meanwhile."""
    Complaint.objects.select_for_update().filter(pk=pk).first()
    complaint = load(pk)
    waiting = batch.items.pending().filter(clock__round__complaint=pk)
    items = list(waiting.select_related("clock__follow_up", "clock__round"))
    moves = [move for item in items if (move := _apply(batch, item, complaint)) is not None]
    counts["moved"] += len(moves)
    counts["left"] += len(items) - len(moves)
    if moves:
        _write(batch, complaint, moves)


def _apply(batch: RecalcBatch, item: RecalcItem, complaint: Complaint) -> dict[str, Any] | None:
    """Move one date, or leave it and say why; None where it was left."""
    clock = item.clock
    clock.round.complaint = complaint
    skipped = _why_not(item, clock)
    if skipped:
        _settle(item, state=_State.SKIPPED, skipped=skipped)
        return None
    counted = recalculation.recount(clock)
    assert counted is not None  # noqa: S101 - _why_not has looked
    due = recalculation.held(clock, counted)
    if due.on == item.old_on:
        followups.confirm(by=None, follow_up=clock.follow_up)
        _settle(item, state=_State.APPLIED, new_on=due.on, change=_Change.CONFIRMED)
        return {"kind": clock.kind, "old": item.old_on.isoformat(), "new": due.on.isoformat()}
    moved = clocks.replace(clock, due, by=None, reason=f"{batch.number} {batch.reason}")
    _settle(item, state=_State.APPLIED, new_on=due.on, new_clock=moved)
    return {"kind": clock.kind, "old": item.old_on.isoformat(), "new": due.on.isoformat()}


def _why_not(item: RecalcItem, clock: Clock) -> str:
    """Why this date is left as it is, "" where it may move."""
    if Clock.objects.filter(replaces=clock).exists() or clock.follow_up.due_on != item.old_on:
        return _Why.MOVED
    if clock.follow_up.state != FollowUp.State.OPEN:
        return _Why.ENDED
    counted = recalculation.recount(clock)
    return "" if counted is not None and counted.on == item.counted_on else _Why.RECOUNTED


def _settle(item: RecalcItem, **values: object) -> None:
    """Once: of two sweeps at once the second finds nothing, and its transaction falls away with what it moved."""
    if RecalcItem.objects.pending().filter(pk=item.pk).update(**values) != 1:
        raise recalculation.overtaken()


def _write(batch: RecalcBatch, complaint: Complaint, moves: list[dict[str, Any]]) -> None:
    Complaint.objects.filter(pk=complaint.pk).update(version=F("version") + 1)
    fresh = load(complaint.pk)
    done = Turn(fresh, fresh.round, None, timezone.now(), {"batch": batch.number, "moves": moves})
    done.round.complaint = fresh
    clocks.lead(fresh, by=None)
    write_diary(done, verb="recalculate", from_state=fresh.state, reason=batch.reason)
    audit.record(by=None, action="complaint.recalculate", obj=fresh, after=done.facts, reason=batch.reason)
    earlier = [move["new"] for move in moves if move["new"] < move["old"]]
    if earlier:
        _tell_owner(batch, fresh, min(earlier))


def _tell_owner(batch: RecalcBatch, complaint: Complaint, due_on: str) -> None:
    """Who has the matter in hand; where nobody has, the team."""
    team = User.objects.filter(is_active=True, team=complaint.team_id) if complaint.team_id else User.objects.none()
    notices.tell(
        to=[complaint.owner] if complaint.owner else list(team),
        kind="recalculation",
        title=_TITLE,
        values={"number": complaint.number, "due_day": due_on, "batch": batch.number},
        about_kind=ABOUT,
        about_no=complaint.number,
        dedupe=f"recalculation:{batch.number}:{complaint.number}",
    )
