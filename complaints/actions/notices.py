"""What the complainant is told in writing, as rows of the outbox (domain O.3; R6.3, R6.4, R6.19, R6.22).

Every value comes from a fixed list of facts: number, team, date, decision, a status of ``public_words``. The one text a
person typed that may go out is the result the customer was told, and it goes only to a customer's own e-mail address.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override, pgettext

from complaints import reach, sla
from complaints.actions import clocks
from complaints.actions.turning import Turn, load, write_diary
from complaints.models import Clock, Complaint, Feedback
from complaints.models.complaint import ABOUT
from complaints.public_words import Status
from crm_site import audit
from crm_site.errors import Stale
from crm_site.wording import date_words
from customers.actions import followups, messaging
from customers.models import FollowUp, Message

if TYPE_CHECKING:
    from complaints.actions.resolution.feedback import Told

Kind = sla.Kind
RECEIPTS = ("complaint_received", "complaint_received_code")
_PROMISED = (Kind.FEEDBACK, Kind.ANSWER, Kind.OUTCOME)
BATCH = 500


def write(complaint: Complaint, template: str, *, key: str, **values: str) -> Message | None:
    """One notice, in the caller's transaction; None for the anonymous. Without an address it stands there as failed."""
    if complaint.is_anonymous:
        return None
    way = reach.way(complaint)
    known = {"number": complaint.number, **values}
    return messaging.enqueue(
        customer=way.customer if way else None,
        address=way.address if way else None,
        channel=way.channel if way else None,
        locale=way.locale if way else reach.locale(complaint),
        purpose=Message.Purpose.SERVICE,
        template=template,
        values=known,
        dedupe_key=f"{template}:{complaint.number}:{key}",
        about=(ABOUT, complaint.number),
    )


def received(complaint: Complaint) -> Message | None:
    """Receipt: number, who looks after it, and by when they hear from us (R6.3)."""
    with override(reach.locale(complaint)):
        team = complaint.team.name if complaint.team is not None else gettext("our service centre")
    return write(complaint, "complaint_received", key="1", team=team, due=due_words(complaint))


def referred(now: Turn) -> Message | None:
    """Where they should turn to, since it is not ours (R6.4)."""
    complaint = now.complaint
    return write(complaint, "complaint_referred", key=_key(now), target=complaint.referred_to)


def progress(now: Turn, status: str) -> Message | None:
    """What is being done, in fixed words (R6.19)."""
    with override(reach.locale(now.complaint)):
        said = str(Status(status).label)
    return write(now.complaint, "complaint_progress", key=_key(now), status=said, due=due_words(now.complaint))


def delay(now: Turn, promised: datetime.date) -> Message | None:
    """It takes longer than promised; the day that was promised instead."""
    due = _by(promised, reach.locale(now.complaint))
    return write(now.complaint, "complaint_delay", key=_key(now), due=due)


def result(now: Turn, told: Told) -> Message | None:
    """That there is a result; what it says only by e-mail to the customer's own address."""
    way = reach.way(now.complaint)
    if way is None or way.customer is None or way.channel != Message.Channel.EMAIL or not told.content.strip():
        return write(now.complaint, "complaint_result", key=_key(now))
    with override(way.locale):
        decision = str(Feedback.Decision(told.decision).label) if told.decision else gettext("Explained")
    letter = "complaint_result_letter"
    return write(now.complaint, letter, key=_key(now), decision=decision, words=told.content.strip())


def closed(now: Turn) -> Message | None:
    """The matter is over, and what remains open to them."""
    return write(now.complaint, "complaint_closed", key=_key(now))


def reopened(now: Turn) -> Message | None:
    """Another round has begun."""
    return write(now.complaint, "complaint_reopened", key=_key(now), due=due_words(now.complaint))


def _key(now: Turn) -> str:
    """Each step moves the version, so the same step pressed twice writes one notice."""
    return str(now.complaint.version)


def due_words(complaint: Complaint) -> str:
    """By when they hear from us, in their language.

    The promised answer; before a level was decided the fifth working day, by which the answer or, in a severe matter,
    news is due (domain D.1). "As soon as we can" once that day has passed.
    """
    locale = reach.locale(complaint)
    day = promised_day(complaint)
    if day is None:
        with override(locale):
            return pgettext("notice", "as soon as we can")
    return _by(day, locale)


def promised_day(complaint: Complaint) -> datetime.date | None:
    """The day as ``due_words`` says it; None when it is over or nothing is promised."""
    promises = [clock.follow_up for clock in clocks.running(complaint.round, _PROMISED)]
    if promises:
        first = min(promises, key=lambda promise: promise.due_at)
        return first.due_on if first.due_at > timezone.now() else None
    if complaint.closed_at is not None or complaint.round.fed_back_at is not None:
        return None
    due = clocks.compute(
        kind=Kind.FEEDBACK,
        nature=Complaint.Nature.COMPLAINT,
        level=sla.Level.MODERATE,
        live=complaint.live,
        anchor_at=complaint.received_at,
    )
    return due.on if due is not None and due.at > timezone.now() else None


def _by(day: datetime.date, locale: str) -> str:
    with override(locale):
        return pgettext("notice", "by %(day)s") % {"day": date_words(day, "long")}


def acknowledge_sent() -> int:
    """A notice of receipt that has left acknowledges the receipt (R6.3); a sweep, returns how many promises it kept."""
    waiting = Clock.objects.filter(kind=Kind.ACK, follow_up__state=FollowUp.State.OPEN).order_by("pk")[:BATCH]
    numbers = {clock.round.complaint.number: clock for clock in waiting.select_related("round__complaint")}
    sent = Message.objects.filter(
        about_no__in=numbers, about_kind=ABOUT, template__in=RECEIPTS, state=Message.State.SENT
    )
    left = dict(sent.order_by("-finished_at").values_list("about_no", "finished_at"))
    return sum(_acknowledge(numbers[number], at) for number, at in left.items() if at is not None)


def _acknowledge(clock: Clock, at: datetime.datetime) -> bool:
    """Whether the promise was still open once its complaint was ours."""
    try:
        with transaction.atomic():
            Complaint.objects.select_for_update().get(pk=clock.round.complaint_id)
            promise = FollowUp.objects.get(pk=clock.follow_up_id)
            followups.keep(by=None, follow_up=promise, at=at)
            complaint = load(clock.round.complaint_id)
            clocks.lead(complaint, by=None)
            done = Turn(complaint, clock.round, None, timezone.now(), {"written": True})
            write_diary(done, verb="acknowledge", from_state=complaint.state, reason="")
            audit.record(by=None, action="complaint.acknowledge", obj=complaint)
    except Stale:  # somebody acknowledged it this very moment
        return False
    return True
