"""Every figure with its definition: a set of complaints, each counted once however often it happened to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from complaints.figures import promised
from complaints.figures.period import DAY, Period
from complaints.models import (
    Assessment,
    Clock,
    Complaint,
    DiaryEntry,
    Feedback,
    Merger,
    Payment,
    Referral,
    Round,
    SatisfactionContact,
)
from complaints.models.complaint import ComplaintQuerySet
from complaints.sla import Kind
from crm_site import bank_day
from crm_site.errors import Text
from customers.models import FollowUp

Rows = Callable[[Period], ComplaintQuerySet]
DECISIONS = ("UPHELD", "PARTLY", "NOT_UPHELD", "EXPLAINED")


@dataclass(frozen=True, slots=True)
class Figure:
    """A name for addresses, words for people, what exactly is counted, and the set."""

    label: Text
    definition: Text
    rows: Rows


def _of(rows: QuerySet[Any], path: str = "complaint") -> ComplaintQuerySet:
    return Complaint.objects.filter(pk__in=rows.order_by().values(path))


def received(period: Period) -> ComplaintQuerySet:
    """Received for the first time; what was merged counts as the one it was merged into."""
    merged = Merger.objects.filter(source=OuterRef("pk"), at__lte=period.at).exclude(undone_at__lte=period.at)
    return Complaint.objects.filter(~Exists(merged), period.happened("received_at"))


def closed(period: Period) -> ComplaintQuerySet:
    """Brought to an end, whichever but by a merger, even if opened again since."""
    going_on = (Round.Outcome.REOPENED, Round.Outcome.MERGED)
    return _of(Round.objects.filter(period.happened("closed_at")).exclude(outcome__in=going_on))


def opened(period: Period) -> ComplaintQuerySet:
    """Open at the end of the period."""
    if period.current:
        return Complaint.objects.open()
    running = Round.objects.filter(period.not_by_end("closed_at"), period.by_end("received_at"))
    return _of(running)


def _led(period: Period) -> tuple[ComplaintQuerySet, str]:
    """Open ones, and where the date stands that led each at the end of the period."""
    if period.current:
        return Complaint.objects.led(), "leading__due_at"
    moment = min(period.stop, period.at)
    promises = FollowUp.objects.filter(
        Q(kept_at=None) | Q(kept_at__gt=moment),
        Q(cancelled_at__gt=moment) | ~Q(state=FollowUp.State.CANCELLED),
        clock__round__complaint=OuterRef("pk"),
        promised_at__lte=moment,
    )
    return opened(period).annotate(led_by=Subquery(promises.order_by("due_at").values("due_at")[:1])), "led_by"


def overdue(period: Period) -> ComplaintQuerySet:
    """Open, and the promise that leads it has passed."""
    rows, date = _led(period)
    return rows.filter(**{f"{date}__lte": min(period.stop, period.at)})


def _due_on_day(period: Period, ahead: int) -> ComplaintQuerySet:
    """Open, and the promise that leads it ends with the last day of the period, or ``ahead`` days later."""
    rows, date = _led(period)
    end = bank_day.begins(period.last + (ahead + 1) * DAY)
    begin = max(min(period.at, period.stop), end - DAY)
    return rows.filter(**{f"{date}__gt": begin, f"{date}__lte": end})


def due_today(period: Period) -> ComplaintQuerySet:
    """The promise that leads it ends with the last day of the period."""
    return _due_on_day(period, 0)


def due_tomorrow(period: Period) -> ComplaintQuerySet:
    """The promise that leads it ends with the day after the period."""
    return _due_on_day(period, 1)


def _clocks(clocks: Callable[[Kind, Period], QuerySet[Clock]], kind: Kind) -> Rows:
    return lambda period: _of(clocks(kind, period), "round__complaint")


def _missed(kind: Kind) -> Rows:
    def rows(period: Period) -> ComplaintQuerySet:
        kept = promised.met(kind, period).order_by().values("pk")
        return _of(promised.due(kind, period).exclude(pk__in=kept), "round__complaint")

    return rows


def served(period: Period) -> ComplaintQuerySet:
    """Answers in time that were served in writing because nobody was reached (domain D.7)."""
    notices = Feedback.objects.filter(round=OuterRef("round"), served=True, at__lte=period.at)
    return _of(promised.met(Kind.FEEDBACK, period).filter(Exists(notices)), "round__complaint")


def extended(period: Period) -> ComplaintQuerySet:
    """Given a later date by a change of level (domain D.4)."""
    turns = DiaryEntry.objects.filter(period.happened("at"), verb="change_level", data__extended=True)
    return _of(turns)


def fed_back(period: Period) -> ComplaintQuerySet:
    """Answered: the result was told or served."""
    return _of(Round.objects.filter(period.happened("fed_back_at")))


def first_answers(period: Period) -> QuerySet[Round]:
    """First rounds of complaints answered in the period: what days to feedback are measured on."""
    return Round.objects.filter(
        period.happened("fed_back_at"), no=1, complaint__nature=Complaint.Nature.COMPLAINT, took_days__isnull=False
    )


def reopened(period: Period) -> ComplaintQuerySet:
    """Opened again: not satisfied, or new facts."""
    again = Round.objects.filter(period.happened("received_at"), no__gt=1).exclude(reason=Round.Reason.REVIEW)
    return _of(again)


def asked(period: Period) -> ComplaintQuerySet:
    """Asked whether satisfied, and answered."""
    return _of(_heard(period), "round__complaint")


def unsatisfied(period: Period) -> ComplaintQuerySet:
    """Asked, and did not accept the result or gave 1 or 2 of 5."""
    return _of(_heard(period).filter(Q(accepted=False) | Q(satisfaction__lte=2)), "round__complaint")


def _heard(period: Period) -> QuerySet[SatisfactionContact]:
    said = Q(accepted__isnull=False) | Q(satisfaction__isnull=False)
    return SatisfactionContact.objects.filter(period.happened("at"), said, reached=True)


def answers(period: Period) -> QuerySet[Feedback]:
    """Results given in the period."""
    return Feedback.objects.given().filter(period.happened("at"))


def decided(period: Period) -> ComplaintQuerySet:
    """Complaints decided."""
    return _of(answers(period).filter(decision__in=DECISIONS), "round__complaint")


def upheld(period: Period) -> ComplaintQuerySet:
    """Decided for the customer, wholly or partly."""
    return _of(answers(period).filter(decision__in=DECISIONS[:2]), "round__complaint")


def redressed(period: Period) -> ComplaintQuerySet:
    """Money was given."""
    return _of(answers(period).filter(redress_fen__gt=0), "round__complaint")


def payments(period: Period) -> QuerySet[Payment]:
    """Agreed redress that was paid in the period, as far as it was on record."""
    return Payment.objects.paid().filter(period.happened("paid_at"))


def paid(period: Period) -> ComplaintQuerySet:
    """Agreed redress was paid."""
    return _of(payments(period), "plan__round__complaint")


def minor(period: Period) -> ComplaintQuerySet:
    """Received, and judged minor at first; one that became moderate because nobody solved it stays among them."""
    judged = Assessment.objects.filter(round__no=1, decided=Complaint.Level.MINOR, at__lte=period.at)
    return received(period).filter(Exists(judged.filter(round__complaint=OuterRef("pk"))))


def on_the_spot(period: Period) -> ComplaintQuerySet:
    """Of these, answered on the day of receipt (domain K.4)."""
    answered = Round.objects.filter(period.by_end("fed_back_at"), no=1, took_calendar_days=0)
    return minor(period).filter(Exists(answered.filter(complaint=OuterRef("pk"))))


def vulnerable(period: Period) -> ComplaintQuerySet:
    """Received from customers in need of special care."""
    return received(period).filter(vulnerable=True)


def referred_out(period: Period) -> ComplaintQuerySet:
    """Sent on to a department or body it belongs to."""
    return _of(Referral.objects.filter(period.happened("at")))


def referral_accepted(period: Period) -> ComplaintQuerySet:
    """Of these, taken over there, as far as was heard."""
    return _of(Referral.objects.filter(period.happened("at"), accepted_at__lte=period.at))


def referral_back(period: Period) -> ComplaintQuerySet:
    """Came back in the period, whenever it was sent on."""
    return _of(Referral.objects.filter(period.happened("returned_at")))


_FEEDBACK, _REGULATOR = Kind.FEEDBACK, Kind.REG_FINAL
FIGURES: Mapping[str, Figure] = {
    "received": Figure(
        _("Received"), _("First received in the period; a merged one counts as the one it was merged into."), received
    ),
    "closed": Figure(
        _("Brought to an end"), _("Ended in the period otherwise than by a merger, even if opened again since."), closed
    ),
    "open": Figure(_("Open at the end"), _("Open when the period ends, or now if it still runs."), opened),
    "overdue": Figure(_("Open and overdue"), _("Open, and the promise that leads it has passed."), overdue),
    "due_today": Figure(_("Due today"), _("Open; the promise that leads it ends with the last day."), due_today),
    "due_tomorrow": Figure(
        _("Due tomorrow"), _("Open; the promise that leads it ends with the day after the last."), due_tomorrow
    ),
    "sla_due": Figure(
        _("Answers due"),
        _(
            "Feedback promises of first rounds that fell due in the period, open overdue ones included, by the date as "
            "pauses moved it. Withdrawn and merged ones only if they had missed it before."
        ),
        _clocks(promised.due, _FEEDBACK),
    ),
    "sla_met": Figure(
        _("Answered in time"), _("Of the answers due: kept before the date."), _clocks(promised.met, _FEEDBACK)
    ),
    "sla_missed": Figure(
        _("Answered late or not"), _("Of the answers due: not kept before the date."), _missed(_FEEDBACK)
    ),
    "sla_due_gross": Figure(
        _("Answers due, pauses not counted"),
        _("As answers due, by the date there would have been without any pause."),
        lambda period: _of(promised.due_gross(period), "round__complaint"),
    ),
    "sla_met_gross": Figure(
        _("Answered in time, pauses not counted"),
        _("Of these: kept before that date."),
        lambda period: _of(promised.met_gross(period), "round__complaint"),
    ),
    "served": Figure(
        _("Served in writing"), _("Of the answers in time: nobody was reached, the result was sent in writing."), served
    ),
    "extended": Figure(
        _("Given more time by a change of level"),
        _("Changes of level in the period that moved the date to a later day."),
        extended,
    ),
    "reg_due": Figure(
        _("Regulators' limits due"),
        _("Regulators' limits that fell due in the period, open ones included."),
        _clocks(promised.due, _REGULATOR),
    ),
    "reg_met": Figure(
        _("Regulators' limits met"), _("Of these: answered before the limit."), _clocks(promised.met, _REGULATOR)
    ),
    "reg_missed": Figure(
        _("Regulators' limits missed"), _("Of these: not answered before the limit."), _missed(_REGULATOR)
    ),
    "fed_back": Figure(_("Answered"), _("The result was told or served in the period, in any round."), fed_back),
    "reopened": Figure(_("Opened again"), _("Another round began in the period."), reopened),
    "asked": Figure(_("Asked whether satisfied"), _("Reached in the period, and answered."), asked),
    "unsatisfied": Figure(
        _("Not satisfied"), _("Of those asked: did not accept the result, or gave 1 or 2 of 5."), unsatisfied
    ),
    "decided": Figure(_("Decided"), _("A result with a decision was given in the period."), decided),
    "upheld": Figure(_("Upheld"), _("Of these: for the customer, wholly or partly."), upheld),
    "redressed": Figure(_("With redress"), _("Money was given with a result of the period."), redressed),
    "paid": Figure(_("Redress paid"), _("Agreed redress was recorded as paid in the period."), paid),
    "minor": Figure(_("Minor"), _("Received in the period and judged minor at first."), minor),
    "on_the_spot": Figure(
        _("Solved on the spot"), _("Of the minor ones: answered on the day of receipt."), on_the_spot
    ),
    "referred_out": Figure(
        _("Referred elsewhere"), _("Sent on in the period to the department or body it belongs to."), referred_out
    ),
    "referral_accepted": Figure(
        _("Referred and taken over"), _("Of those referred: taken over there, as far as was heard."), referral_accepted
    ),
    "referral_back": Figure(
        _("Came back from a referral"), _("Came back in the period, whenever it was sent on."), referral_back
    ),
    "vulnerable": Figure(
        _("Special care"), _("Received in the period from customers in need of special care."), vulnerable
    ),
}
"""Names stand in addresses and in stored reports: they are never changed, only added to."""
