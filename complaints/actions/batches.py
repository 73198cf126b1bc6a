"""One act on many complaints, row by row through the verb of one, and its way back (peers 120; ux 5.3, B22).

The rows are the queue: a small batch is run at once, a larger one by the sweep of the next minute. Each row is a
transaction of its own, so a refusal stops nothing and a batch broken off goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.actions import assigning, gate, gathering, handling
from complaints.models import Batch, BatchRow, Complaint, Gathering, Membership
from crm_site import audit
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import Team, User

MOST = 5000  # rows of one batch
AT_ONCE = 200  # rows that are run while the person waits
CHUNK = 50
State = BatchRow.State


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with every row.

    For a link: the incident, or the ``title`` of a new one; ``linked`` are keys of complaints that are in it already.
    """

    action: str
    to: User | None = None
    team: Team | None = None
    reason: str = ""
    note: str = ""
    incident: Gathering | None = None
    title: str = ""
    linked: frozenset[int] = frozenset()


def into(incident: Gathering | None, title: str = "") -> Decision:
    """Put every row into this incident, or into a new one of this title."""
    rows = Membership.objects.filter(gathering=incident).values_list("complaint", flat=True) if incident else ()
    return Decision(str(Batch.Action.LINK), incident=incident, title=title.strip(), linked=frozenset(rows))


def actions_of(user: User) -> list[str]:
    """What this person may do with many complaints: a list offers these and no others."""
    if user.has_role(Role.SENIOR, Role.SUPERVISOR):
        return [str(action) for action in Batch.Action]
    if user.has_role(Role.HANDLER):
        return [str(Batch.Action.CLAIM), str(Batch.Action.LINK)]
    return [str(Batch.Action.CLAIM)] if user.has_role(Role.AGENT) else []


def against(decision: Decision, *, by: User, complaint: Complaint) -> RuleBroken | None:
    """What stands against one row now; None when it would be done. Asks the database nothing."""
    try:
        if decision.action == Batch.Action.CLAIM:
            gate.require(gate.CLAIM, complaint, by)
        elif decision.action == Batch.Action.LINK:
            gate.require("link", complaint, by)
            if decision.incident is not None:
                gathering.require_free(decision.incident, belongs=complaint.pk in decision.linked)
        else:
            assigning.check(by=by, complaint=complaint, to=decision.to, team=decision.team, reason=decision.reason)
    except RuleBroken as broken:
        return broken
    return None


@transaction.atomic
def start(decision: Decision, *, by: User, complaints: Iterable[Complaint]) -> Batch:
    """Write what is due. Raises RuleBroken for no row at all, and for more than MOST."""
    chosen = list({complaint.pk: complaint for complaint in complaints}.values())
    if not chosen:
        raise RuleBroken("batch.empty", _("Select at least one complaint."))
    if len(chosen) > MOST:
        text = _("Select at most %(most)s complaints; filter the list to fewer.") % {"most": MOST}
        raise RuleBroken("batch.many", text)
    incident = decision.incident or (_new_incident(decision, by, chosen) if decision.action == "link" else None)
    batch = Batch.objects.create(
        action=decision.action,
        gathering=incident,
        by=by,
        made_at=timezone.now(),
        to=decision.to,
        team=decision.team,
        reason=decision.reason.strip(),
        note=decision.note.strip(),
        total=len(chosen),
    )
    BatchRow.objects.bulk_create((BatchRow(batch=batch, complaint=row) for row in chosen), batch_size=500)
    facts: dict[str, object] = {"rows": len(chosen), "to": batch.to_id, "team": batch.team_id}
    facts |= {"incident": incident.number} if incident else {}
    audit.record(by=by, action=f"complaint_batch.{decision.action}", obj=batch, after=facts)
    return batch


def _new_incident(decision: Decision, by: User, chosen: list[Complaint]) -> Gathering:
    """Begun for these rows; not where every one of them would be refused."""
    if all(against(decision, by=by, complaint=row) for row in chosen):
        raise RuleBroken("batch.none", _("None of these complaints can be put together."))
    causes = {row.cause for row in chosen}
    names = [name for row in chosen for name in row.names]
    cause = causes.pop() if len(causes) == 1 else ""
    return gathering.found(by=by, kind=str(Gathering.Kind.INCIDENT), title=decision.title, cause=cause, names=names)


def run(batch: Batch, *, alive: Callable[[], object] = lambda: None) -> int:
    """Do the rows that wait; returns how many were looked at. ``alive`` is called between chunks."""
    seen = 0
    while rows := list(batch.rows.filter(state=State.WAITING).order_by("pk")[:CHUNK]):
        for row in rows:
            _do(batch, row)
        seen += len(rows)
        alive()
    Batch.objects.filter(pk=batch.pk, finished_at=None).update(finished_at=timezone.now())
    return seen


def run_waiting(*, alive: Callable[[], object]) -> int:
    """Every batch with rows to do, the oldest first: the sweep."""
    return sum(
        run(batch, alive=alive)
        for batch in Batch.objects.running().select_related("by", "to", "team", "gathering").order_by("pk")
    )


def _do(batch: Batch, row: BatchRow) -> None:
    try:
        with transaction.atomic():
            _take(row, State.WAITING, State.DONE)
            before = _seen_by(batch.by, row)
            after = _act(batch, before)
            BatchRow.objects.filter(pk=row.pk).update(
                owner_before=before.owner, team_before=before.team, version_after=after.version
            )
    except _Taken:
        return
    except RuleBroken as broken:
        BatchRow.objects.filter(pk=row.pk, state=State.WAITING).update(state=State.REFUSED, because=str(broken)[:300])


class _Taken(Exception):
    """Another worker has this row."""


def _take(row: BatchRow, old: str, new: str) -> None:
    """Of two workers exactly one does a row: the second finds it taken once the first has committed."""
    if BatchRow.objects.filter(pk=row.pk, state=old).update(state=new) != 1:
        raise _Taken


def _seen_by(user: User, row: BatchRow) -> Complaint:
    rows = Complaint.objects.visible_to(user).select_related("customer", "owner", "team", "leading__clock")
    found = rows.filter(pk=row.complaint_id).first() if user.is_active else None
    if found is None:
        raise NotAllowed("batch.unseen", _("It is no longer among the complaints you may open."))
    return found


def _act(batch: Batch, complaint: Complaint) -> Complaint:
    if batch.action == Batch.Action.CLAIM:
        return handling.claim(by=batch.by, complaint=complaint)
    if batch.action == Batch.Action.LINK and batch.gathering is not None:
        return gathering.link(by=batch.by, complaint=complaint, version=complaint.version, gathering=batch.gathering)
    return assigning.assign(
        by=batch.by,
        complaint=complaint,
        version=complaint.version,
        to=batch.to,
        team=batch.team,
        reason=batch.reason,
        note=batch.note,
    )


# --- the way back ------------------------------------------------------------------------------------------------
def undo(*, by: User, batch: Batch) -> tuple[int, int]:
    """Take the whole batch back: once, by its author only, and only rows nobody changed since; (back, left).

    Raises NotAllowed for anybody else, Stale when it was taken back before or still runs.
    """
    if batch.by_id != by.pk:
        raise NotAllowed("batch.author", _("Only who did this may take it back."))
    now = timezone.now()
    if Batch.objects.filter(pk=batch.pk, undone_at=None, finished_at__isnull=False).update(undone_at=now) != 1:
        raise Stale("batch.undone", _("This was taken back already, or is still running."))
    rows = (
        batch.rows.filter(state=State.DONE)
        .select_related("batch__gathering", "owner_before", "team_before")
        .order_by("pk")
    )
    back = [_put_back(by, row) for row in rows]
    left = len(back) - sum(back)
    audit.record(by=by, action="complaint_batch.undo", obj=batch, after={"back": sum(back), "left": left})
    return sum(back), left


def _put_back(by: User, row: BatchRow) -> bool:
    try:
        with transaction.atomic():
            _take(row, State.DONE, State.UNDONE)
            complaint = Complaint.objects.select_related("customer", "owner", "team", "leading__clock").get(
                pk=row.complaint_id
            )
            if complaint.version != row.version_after:
                raise Stale("batch.changed", _("Somebody changed it since."))
            _reverse(by, row, complaint)
    except RuleBroken:
        BatchRow.objects.filter(pk=row.pk, state=State.DONE).update(state=State.CHANGED)
        return False
    return True


def _reverse(by: User, row: BatchRow, complaint: Complaint) -> None:
    """The verb that takes one back."""
    incident = row.batch.gathering
    if incident is None:
        assigning.take_back(by=by, complaint=complaint, owner=row.owner_before, team=row.team_before)
    else:
        reason = gettext("The act on many was taken back")
        gathering.unlink(by=by, complaint=complaint, version=complaint.version, gathering=incident, reason=reason)
