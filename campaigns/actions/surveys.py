"""Inviting and answering: the loop that closes after a complaint (handbook 6/1.1.31(1), 1/1.1.3; domain G).

Nothing subscribes to a closed complaint: a sweep finds closed rounds without an invitation.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from campaigns import satisfaction
from campaigns.models import Answer, Invitation, Question, Survey, SurveyResponse
from campaigns.satisfaction import Given
from complaints.models import Complaint, Round
from crm_site import audit, bank_day
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay
from customers.actions import followups, interactions, messaging
from customers.models import ContactPreference, Customer, FollowUp, Interaction, Message

SURVEY_CODE = "complaint-csat"
INVITED_OUTCOMES = ("SATISFIED", "PARTLY", "UNSATISFIED_FINAL", "NO_REPLY", "ANSWERED", "ADOPTED", "NOT_ADOPTED")
BATCH = 200


def token_hash(token: str) -> str:
    """What is kept of a token: enough to recognise it, not to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_survey(code: str) -> Survey | None:
    """The version that is asked now."""
    return Survey.objects.filter(code=code, state=Survey.State.OPEN).first()


def invite_closed_rounds(*, now: datetime.datetime) -> dict[str, int]:
    """Invite the customer of every closed round that has no invitation yet; one transaction a round.

    Running it twice, or two at once, invites once: the invitation is unique to its round.
    """
    survey = open_survey(SURVEY_CODE)
    counts = {"invited": 0, "suppressed": 0}
    if survey is None:
        return counts
    waiting = Round.objects.filter(closed_at__isnull=False, invitation=None, outcome__in=INVITED_OUTCOMES)
    waiting = waiting.exclude(complaint__origin__isnull=False, no=1)  # ended elsewhere: nobody is asked about history
    recent = waiting.filter(closed_at__gt=now - datetime.timedelta(days=survey.valid_days))
    for closed in recent.select_related("complaint__customer", "complaint__owner").order_by("closed_at")[:BATCH]:
        invitation = invite(survey=survey, closed=closed, now=now)
        if invitation is not None:
            counts["suppressed" if invitation.state == Invitation.State.SUPPRESSED else "invited"] += 1
    return counts


def _why_not(customer: Customer | None, now: datetime.datetime) -> str:
    """The reason this person is not asked, or nothing (domain G.3)."""
    if customer is None:
        return "no_customer"
    if customer.status in (Customer.Status.DECEASED, Customer.Status.ERASED, Customer.Status.MERGED):
        return "not_living"
    age = customer.age_on(timezone.localdate(now))
    if age is not None and age < 18:
        return "minor"
    if ContactPreference.objects.filter(customer=customer, no_proactive_contact=True).exists():
        return "no_proactive_contact"
    return ""


@transaction.atomic
def invite(*, survey: Survey, closed: Round, now: datetime.datetime) -> Invitation | None:
    """One invitation for one closed round, with its message in the outbox; None when another worker was first."""
    complaint = closed.complaint
    token = secrets.token_urlsafe(24)  # 192 random bits
    reason = _why_not(complaint.customer, now)
    expires_at = now + datetime.timedelta(days=survey.valid_days)
    invitation, created = Invitation.objects.get_or_create(
        round=closed,
        defaults={
            "survey": survey,
            "customer": complaint.customer,
            "agent": complaint.owner,
            "token_hash": token_hash(token),
            "state": Invitation.State.SUPPRESSED if reason else Invitation.State.PENDING,
            "reason": reason,
            "created_at": now,
            "expires_at": expires_at,
        },
    )
    if not created:
        return None
    if not reason and complaint.customer is not None:
        _send(invitation, customer=complaint.customer, token=token, expires_at=expires_at)
    audit.record(by=None, action="survey.invite", obj=complaint, after={"state": invitation.state, "reason": reason})
    return invitation


def _send(invitation: Invitation, *, customer: Customer, token: str, expires_at: datetime.datetime) -> None:
    message = messaging.enqueue(
        customer=customer,
        purpose=Message.Purpose.SURVEY,
        template="survey_invitation",
        values={"link": f"{settings.CRM_PUBLIC_URL}/s/{token}/"},
        dedupe_key=f"survey:{invitation.survey_id}:round:{invitation.round_id}",
        expires_at=expires_at,
    )
    if message.state == Message.State.FAILED:
        invitation.state, invitation.reason = Invitation.State.SUPPRESSED, message.reason
    else:
        invitation.state, invitation.message = Invitation.State.SENT, message
    invitation.save(update_fields=["state", "reason", "message"])


def find(token: str, *, now: datetime.datetime) -> Invitation | None:
    """The invitation a token opens, if it is still open; the same None for wrong, used and expired ones."""
    return (
        Invitation.objects.filter(token_hash=token_hash(token), state=Invitation.State.SENT, expires_at__gt=now)
        .select_related("survey", "round__complaint", "customer", "agent")
        .first()
    )


@transaction.atomic
def answer(*, token: str, given: Given, locale: str) -> SurveyResponse:
    """Take one answer for one token.

    Twenty parallel posts of one token make one response: the invitation is completed by a conditional update, and
    who comes second is told so. Raises RuleBroken("survey.closed") when the token is wrong, used or expired.
    """
    now = timezone.now()
    invitation = find(token, now=now)
    if invitation is None or not _complete(invitation, now):
        raise RuleBroken("survey.closed", _("This survey link has been used already or is no longer valid."))
    response = SurveyResponse.objects.create(
        survey=invitation.survey, invitation=invitation, at=now, locale=locale, no_contact=given.no_contact
    )
    questions = {question.pk: question for question in invitation.survey.questions.all()}
    Answer.objects.bulk_create(_answers(response, questions, given))
    _publish(invitation, questions, given, now)
    audit.record(by=None, action="survey.answer", object_type="campaigns.invitation", object_id=str(invitation.pk))
    return response


def _complete(invitation: Invitation, now: datetime.datetime) -> bool:
    """Claim the invitation; False when somebody else just did."""
    won = Invitation.objects.filter(pk=invitation.pk, state=Invitation.State.SENT, expires_at__gt=now).update(
        state=Invitation.State.COMPLETED, completed_at=now
    )
    return won == 1


def _answers(response: SurveyResponse, questions: dict[int, Question], given: Given) -> list[Answer]:
    made = [Answer(response=response, question=questions[pk], value=value) for pk, value in given.marks.items()]
    made += [Answer(response=response, question=questions[pk], text=text) for pk, text in given.words.items() if text]
    return made


def _publish(invitation: Invitation, questions: dict[int, Question], given: Given, now: datetime.datetime) -> None:
    """Hand down what was learned: the mark to the customer's past, a call back to their future when it was low."""
    if invitation.customer is None or invitation.round is None:
        return
    complaint = invitation.round.complaint
    by_kind = {questions[pk].kind: value for pk, value in given.marks.items()}
    mark = by_kind.get(Question.Kind.CSAT5)
    interactions.record(
        by=None,
        customer=invitation.customer,
        channel=Interaction.Channel.SURVEY,
        direction=Interaction.Direction.IN,
        topic=Interaction.Topic.PROGRESS,
        title=gettext_noop("Survey answered"),
        summary="\n".join(text for text in given.words.values() if text),
        outcome=Interaction.Outcome.NOTED,
        about_kind="complaint",
        about_no=complaint.number,
        rating_points=None if mark is None else satisfaction.points("CSAT5", mark),
        rating_weight=None if mark is None else satisfaction.SURVEY_WEIGHT,
    )
    unsolved = by_kind.get(Question.Kind.SOLVED) == 0
    if (unsolved or (mark is not None and satisfaction.is_low("CSAT5", mark))) and not given.no_contact:
        _promise_recovery(invitation, complaint, now)


def _promise_recovery(invitation: Invitation, complaint: Complaint, now: datetime.datetime) -> FollowUp:
    """A call back within one working day, by who handled the complaint (domain G.3)."""
    calendar = CalendarDay.objects.calendar()
    today = timezone.localdate(now)
    due_on = calendar.add(today, 1)
    return followups.promise(
        by=None,
        customer=invitation.customer,
        kind=FollowUp.Kind.RECOVERY,
        title=gettext_noop("Call back after a low survey answer"),
        due_on=due_on,
        due_at=bank_day.ends(due_on),
        owner=complaint.owner,
        team=complaint.team,
        provisional=calendar.provisional(today, due_on),
        about_kind="complaint",
        about_no=complaint.number,
        dedupe_key=f"recovery:invitation:{invitation.pk}",
    )


def expire(*, now: datetime.datetime) -> int:
    """Mark unanswered invitations past their date; returns how many."""
    late = Invitation.objects.filter(state=Invitation.State.SENT, expires_at__lte=now)
    return late.update(state=Invitation.State.EXPIRED)
