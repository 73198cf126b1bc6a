"""Improvements: proposed, approved, carried out, and checked by whether it happens again (domain R6.17, K.1)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import figures, improving, recurring
from complaints.improving import RECENT_DAYS, TABLE
from complaints.models import Accused, Complaint, DailyNumber, Improvement
from crm_site import audit, bank_day, masking
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.states import Transition
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import Department, User
    from customers.models import Product

PREFIX, ABOUT = "GJ", "improvement"
TITLE_MIN, CHANGE_MIN = 5, 10
LINKED = 50  # complaints the detector ties to what it proposes
PROMISE = gettext_noop("Put the improvement into effect")
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """What is to be improved."""

    title: str
    cause: str
    change: str = ""
    product: Product | None = None
    department: Department | None = None
    complaints: tuple[Complaint, ...] = ()


@transaction.atomic
def propose(*, by: User | None, idea: Idea, dedupe_key: str | None = None) -> Improvement:
    """Say what ought to change. ``by`` None is the detector. Raises RuleBroken for what is missing."""
    if len(idea.title.strip()) < TITLE_MIN:
        raise RuleBroken("improvement.title", _("Say in a few words what it is about."), field="title")
    if idea.cause not in Complaint.Cause.values:
        raise RuleBroken("complaint.cause", _("Choose the cause."), field="cause")
    now = timezone.now()
    made = Improvement.objects.create(
        number=_number(timezone.localdate(now)),
        title=masking.redact(idea.title.strip())[:120],
        cause=idea.cause,
        product=idea.product,
        department=idea.department,
        change=masking.redact(idea.change.strip()),
        proposed_by=by,
        proposed_at=now,
        dedupe_key=dedupe_key,
    )
    made.complaints.set(idea.complaints)
    audit.record(by=by, action="improvement.propose", obj=made, after={"cause": made.cause, "status": made.status})
    return made


def _number(day: datetime.date) -> str:
    DailyNumber.objects.bulk_create([DailyNumber(prefix=PREFIX, day=day)], ignore_conflicts=True)
    today = DailyNumber.objects.filter(prefix=PREFIX, day=day)
    today.update(last=F("last") + 1)
    return f"{PREFIX}-{day:%Y%m%d}-{today.values_list('last', flat=True).get():04d}"


def require(verb: str, improvement: Improvement, by: User, *, reason: str = "") -> Transition:
    """The transition this verb makes. Raises NotAllowed for the wrong role or person, RuleBroken when not open now."""
    row = TABLE.require(verb, improvement.status, by.roles, reason=reason)
    if verb in ("start", "finish") and improvement.owner_id != by.pk and not by.has_role("supervisor"):
        raise NotAllowed("improvement.owner", _("This is its owner's step, or a supervisor's."))
    if verb == "verify" and improvement.owner_id == by.pk:
        raise NotAllowed("improvement.own", _("Somebody else checks whether your change helped."))
    return row


def may(verb: str, improvement: Improvement, by: User) -> bool:
    """Whether the step is open to this person now."""
    try:
        require(verb, improvement, by, reason="asked later")
    except RuleBroken:
        return False
    return True


@transaction.atomic
def _turn(
    verb: str, by: User, improvement: Improvement, version: int, *, reason: str = "", **changes: Any
) -> Improvement:
    target = require(verb, improvement, by, reason=reason).to(improvement.status)
    reason = masking.redact(reason.strip())[:300]
    rows = Improvement.objects.filter(pk=improvement.pk, status=improvement.status, version=version)
    if rows.update(status=target, version=version + 1, **({"reason": reason} if reason else {}), **changes) != 1:
        raise Stale("improvement.stale", _("Somebody else changed this in the meantime. Open it again."))
    fresh = Improvement.objects.select_related("owner", "promise", "product", "department").get(pk=improvement.pk)
    after = {"status": fresh.status, "before": fresh.metric_before, "after": fresh.metric_after}
    audit.record(
        by=by,
        action=f"improvement.{verb}",
        obj=fresh,
        before={"status": improvement.status},
        after=after,
        reason=reason,
    )
    return fresh


@transaction.atomic
def approve(
    *,
    by: User,
    improvement: Improvement,
    version: int,
    owner: User,
    due_on: datetime.date,
    change: str = "",
    department: Department | None = None,
) -> Improvement:
    """It will be done: by whom and by when, as a promise. Raises RuleBroken while it does not say what is changed."""
    change = masking.redact(change.strip()) or improvement.change
    if len(change) < CHANGE_MIN:
        raise RuleBroken("improvement.change", _("Write what will be changed."), field="change")
    require("approve", improvement, by)
    _require_unconcerned(improvement, owner)
    promise = followups.promise(
        by=by,
        customer=None,
        kind=FollowUp.Kind.PROMISE,
        title=PROMISE,
        due_on=due_on,
        due_at=bank_day.ends(due_on),
        owner=owner,
        about_kind=ABOUT,
        about_no=improvement.number,
    )
    changes: dict[str, Any] = {"owner": owner, "approved_by": by, "promise": promise, "change": change}
    if department is not None:
        changes["department"] = department
    return _turn("approve", by, improvement, version, **changes)


def _require_unconcerned(improvement: Improvement, owner: User) -> None:
    """Whom one of its complaints is about, and who leads them, does not see to it (INV-17)."""
    if Accused.objects.concerning(owner).filter(complaint__improvements=improvement).exists():
        text = _("A complaint behind it is about the person or somebody they lead. Choose somebody else.")
        raise NotAllowed("improvement.recused", text, field="owner")


def reject(*, by: User, improvement: Improvement, version: int, reason: str) -> Improvement:
    """It will not be done, and why."""
    return _turn("reject", by, improvement, version, reason=reason)


def start(*, by: User, improvement: Improvement, version: int) -> Improvement:
    """Work on it has begun."""
    return _turn("start", by, improvement, version)


@transaction.atomic
def finish(*, by: User, improvement: Improvement, version: int, done_on: datetime.date | None = None) -> Improvement:
    """The change is in effect since ``done_on``, today unless given; from then on it is counted whether it helps."""
    today = timezone.localdate()
    on = done_on or today
    if on > today:
        raise RuleBroken("improvement.future", _("This day is still to come."), field="done_on")
    if on < timezone.localdate(improvement.proposed_at):
        raise RuleBroken("improvement.before", _("This is before it was proposed."), field="done_on")
    promise = improvement.promise
    if promise is not None and promise.state == FollowUp.State.OPEN:
        followups.keep(by=None, follow_up=promise)
    moment = bank_day.begins(on)
    return _turn("finish", by, improvement, version, done_at=moment, metric_before=None, metric_after=None)


@dataclass(frozen=True, slots=True)
class Effect:
    """Complaints of the same cause and product before and after the change, each with its figure; and when it is
    known."""

    before: figures.Asked
    after: figures.Asked
    known_from: datetime.date

    def counts(self) -> tuple[int, int]:
        """(before, after), as they are now."""
        return self.before.count(), self.after.count()


def effect(improvement: Improvement) -> Effect | None:
    """What the effect is measured on; None before the change is in effect."""
    if improvement.done_at is None:
        return None
    before, after = improving.windows(timezone.localdate(improvement.done_at), improvement.window_days)
    only = {"cause": improvement.cause, "nature": str(Complaint.Nature.COMPLAINT)}
    if improvement.product is not None:
        only["product"] = improvement.product.code
    now = timezone.now()
    earlier, later = (figures.Asked("received", figures.Period(*days, now), only) for days in (before, after))
    return Effect(earlier, later, after[1] + DAY)


def verify(*, by: User, improvement: Improvement, version: int) -> Improvement:
    """It helped: fewer complaints of its cause and product in as many days after as before, counted here.

    Raises RuleBroken while the days are not over, and when there were not fewer: then it is taken up again.
    """
    require("verify", improvement, by)
    measured = effect(improvement)
    if measured is None or timezone.localdate() < measured.known_from:
        day = measured.known_from.isoformat() if measured else "–"
        early = _("Its effect can be counted from %(day)s.") % {"day": day}
        raise RuleBroken("improvement.early", early)
    before, after = measured.counts()
    if after >= before:
        text = _("%(after)s complaints after the change, %(before)s before: it has not helped. Take it up again.")
        raise RuleBroken("improvement.no_effect", text % {"after": after, "before": before})
    figures_of_it: dict[str, Any] = {"metric_before": before, "metric_after": after}
    return _turn("verify", by, improvement, version, verified_by=by, verified_at=timezone.now(), **figures_of_it)


def again(*, by: User, improvement: Improvement, version: int, reason: str) -> Improvement:
    """It has not helped enough: taken up again, with the reason and the figures so far."""
    measured = effect(improvement)
    before, after = measured.counts() if measured else (None, None)
    changes = {"done_at": None, "metric_before": before, "metric_after": after}
    return _turn("again", by, improvement, version, reason=reason, **changes)


# --- the detector -----------------------------------------------------------------------------------------------
def detect(*, today: datetime.date) -> int:
    """Propose one improvement for each cause and product that recurs, unless one is open or was proposed in the last
    thirty days; a sweep that may run twice. Returns how many were proposed."""
    return sum(_propose_for(one, today) for one in recurring.recurring(today))


def _propose_for(one: recurring.Recurring, today: datetime.date) -> bool:
    same = Improvement.objects.filter(cause=one.cause, product=one.product_id)
    since = bank_day.begins(today - RECENT_DAYS * DAY)
    if same.open().exists() or same.filter(proposed_at__gte=since).exists():
        return False
    rows = Complaint.objects.filter(
        cause=one.cause, product=one.product_id, received_at__gte=since, nature=Complaint.Nature.COMPLAINT
    ).select_related("product", "responsible")
    matters = tuple(rows.order_by("-received_at")[:LINKED])
    cause = Complaint.Cause(one.cause)
    product = matters[0].product if matters else None
    title = f"{cause.label} · {product.name}" if product else str(cause.label)
    departments = [matter.responsible for matter in matters if matter.responsible]
    idea = Idea(
        title=f"{title} ({one.recent})",
        cause=one.cause,
        product=product,
        department=max(departments, key=departments.count) if departments else None,
        complaints=matters,
    )
    try:
        with transaction.atomic():
            propose(by=None, idea=idea, dedupe_key=f"{one.cause}:{one.product_id or ''}:{today.isoformat()}")
    except IntegrityError:  # another machine's sweep was first
        return False
    return True
