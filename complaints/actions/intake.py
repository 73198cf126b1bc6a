"""Taking in what a customer brings: received, classified, sent on (handbook 6/1.1.28, 6/1.1.29(1))."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import behalf, sla
from complaints.actions import (
    accusing,
    assessment,
    authority,
    clocks,
    forwarding,
    notices,
    referring,
    resolution,
    words,
)
from complaints.actions.accusing import Accusation
from complaints.actions.assessment import Judgement
from complaints.actions.authority import Paper
from complaints.actions.referring import Referral
from complaints.actions.resolution import Solution
from complaints.actions.turning import Turn, load, turn, unsealed, write_diary
from complaints.models import Complaint, DailyNumber, Round
from complaints.models.complaint import contact_key
from crm_site import audit, masking
from crm_site.errors import NotAllowed, RuleBroken, Text
from crm_site.models import Department, Team, User
from crm_site.roles import Role
from customers.models import Customer, Interaction, Product

Kind = sla.Kind
Nature = Complaint.Nature
PREFIX = "TS"
PUBLIC_CHANNEL = Interaction.Channel.WEBFORM
AHEAD = datetime.timedelta(minutes=5)
PROMPT = datetime.timedelta(hours=24)
CONTENT_MAX = 5000
REGISTRARS = (Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR)
CLOCKS_OF_NATURE = {
    Nature.UNCLASSIFIED: (Kind.ASSESS,),
    Nature.COMPLAINT: (Kind.ASSESS,),
    Nature.INQUIRY: (Kind.ANSWER,),
    Nature.SUGGESTION: (Kind.OUTCOME,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What was brought to us, by whom, when and how. ``disputed_fen`` in fen.

    ``their_due_on`` is the day set by who forwarded it, ``authority`` the paper of who speaks for the customer,
    ``accusation`` a member of staff it is about.
    """

    subject: str
    content: str
    channel: str
    received_at: datetime.datetime
    customer: Customer | None = None
    complainant_name: str = ""
    complainant_contact: str = ""
    relation: str = Complaint.Relation.SELF
    source: str = Complaint.Source.DIRECT
    external_ref: str = ""
    desired_outcome: str = ""
    business: str = ""
    product: Product | None = None
    branch: Department | None = None
    disputed_fen: int | None = None
    vulnerable: bool = False
    language: str = ""
    recording: str = ""
    forwarded_on: datetime.date | None = None
    their_due_on: datetime.date | None = None
    authority: Paper | None = None
    accusation: Accusation | None = None


BESIDE = ("their_due_on", "authority", "accusation")
"""Parts of a statement that have rows of their own."""


@transaction.atomic
def receive(
    *,
    by: User | None,
    statement: Statement,
    nature: str = Nature.UNCLASSIFIED,
    reason: str = "",
    owner: User | None = None,
    team: Team | None = None,
    proposed_level: sla.Level | None = None,
    written: bool = False,
) -> Complaint:
    """Register what was brought: number, first round, promises, the words in the customer's past.

    ``reason``: why it is entered a day late, or why the complainant stays anonymous. ``proposed_level``: what an agent
    thinks who does not decide. On live channels receipt is acknowledged by itself, and in writing if ``written``; on
    the others always in writing. ``by`` None is somebody at the public form: the matter waits unclassified with the
    complaints team. Raises RuleBroken, field by field.
    """
    complaint = _enter(by, statement, nature, reason, proposed_level)
    return _settle(complaint, by, statement, owner, team, written=written)


def _settle(
    complaint: Complaint, by: User | None, statement: Statement, owner: User | None, team: Team | None, *, written: bool
) -> Complaint:
    """Into the hands it is meant for, out of those it may not be in, and told."""
    complaint = _hand_to(complaint, by, owner, team)
    return _tell_receipt(accusing.name(complaint, by, statement.accusation), written)


def _tell_receipt(complaint: Complaint, written: bool) -> Complaint:
    """Who is not on the line gets number, team and date in writing by itself (R6.3)."""
    if written or not complaint.live:
        notices.received(complaint)
    return complaint


def _enter(
    by: User | None, statement: Statement, nature: str, reason: str, proposed_level: sla.Level | None = None
) -> Complaint:
    """Written down and classified, still in the hands of who registers it."""
    at_the_form = statement.channel == PUBLIC_CHANNEL and nature == Nature.UNCLASSIFIED
    if not (at_the_form if by is None else by.has_role(*REGISTRARS)):
        raise NotAllowed("state.role", _("Your role may not take this step. Ask your team leader."))
    now = timezone.now()
    _require_statement(statement, now, reason)
    values = _fields(statement)
    values["contact_bidx"] = contact_key(statement.complainant_contact)
    values["received_at"] = min(statement.received_at, now)
    row = Complaint.objects.create(
        **values,
        number=next_number(timezone.localdate(now)),
        registered_at=now,
        registered_by=by,
        owner=by,
        team=by.team if by else _desk(),
        proposed_level=proposed_level.rank if proposed_level else None,
    )
    first = Round.objects.create(complaint=row, no=1, received_at=row.received_at)
    complaint = load(row.pk)
    first.complaint = complaint
    done = Turn(complaint, first, by, now, {"channel": complaint.channel, "source": complaint.source})
    words.received(done)
    _write_beside(done, statement)
    _acknowledge(done)
    if nature == Nature.UNCLASSIFIED:
        clocks.start(first, Kind.ASSESS, by=by)
    clocks.move_leading(complaint)
    reason = unsealed(complaint, reason)
    write_diary(done, verb="receive", from_state="", reason=reason)
    after = done.facts | {"state": complaint.state, "received_at": complaint.received_at, "anonymous": row.is_anonymous}
    audit.record(by=by, action="complaint.receive", obj=complaint, after=after, reason=reason)
    complaint = load(row.pk)
    if by is None or nature == Nature.UNCLASSIFIED:
        return complaint
    return classify(by=by, complaint=complaint, version=complaint.version, nature=nature)


def _write_beside(done: Turn, statement: Statement) -> None:
    """What a statement brings along: the authority of who speaks, the day set by who forwarded it."""
    if statement.authority is not None:
        authority.write(done, statement.authority)
    if statement.their_due_on is not None:
        clocks.start_forwarders(done.round, statement.their_due_on, by=done.by)
        done.facts["their_due_on"] = statement.their_due_on.isoformat()


def _desk() -> Team | None:
    """Where a matter waits that nobody registered: with the first complaints team, else one of the service centre."""
    centre = Team.objects.filter(department__kind=Department.Kind.SERVICE).order_by("code")
    wanted = (Team.objects.filter(purpose=Team.Purpose.COMPLAINT).order_by("code"), centre.filter(purpose="SERVICE"))
    return next((team for team in (teams.first() for teams in wanted) if team is not None), None)


def _hand_to(complaint: Complaint, by: User | None, owner: User | None, team: Team | None) -> Complaint:
    """From who registers it into the hands it is meant for, with its promises; part of the receipt."""
    if by is None:
        return complaint
    team = team or (owner.team if owner else by.team)
    if (complaint.owner_id, complaint.team_id) == (owner and owner.pk, team and team.pk):
        return complaint
    Complaint.objects.filter(pk=complaint.pk).update(owner=owner, team=team)
    complaint = load(complaint.pk)
    clocks.hand_over(complaint, by=by)
    return complaint


def _fields(statement: Statement) -> dict[str, object]:
    """The fields as they are, rows staying rows."""
    return {name: getattr(statement, name) for name in Statement.__slots__ if name not in BESIDE}


def next_number(day: datetime.date, prefix: str = PREFIX) -> str:
    """TS-YYYYMMDD-NNNN, counted by one UPDATE that holds its row until the complaint is saved: numbers never meet."""
    DailyNumber.objects.bulk_create([DailyNumber(prefix=prefix, day=day)], ignore_conflicts=True)
    today = DailyNumber.objects.filter(prefix=prefix, day=day)
    today.update(last=F("last") + 1)
    return f"{prefix}-{day:%Y%m%d}-{today.values_list('last', flat=True).get():04d}"


def _require_statement(statement: Statement, now: datetime.datetime, reason: str) -> None:
    if not statement.subject.strip():
        raise RuleBroken("complaint.subject", _("Say in a few words what it is about."), field="subject")
    if masking.carries_personal_data(statement.subject, *_names(statement)):
        text = _("Leave names, numbers and addresses of people out of this line; it is shown in lists.")
        raise RuleBroken("complaint.subject_personal", text, field="subject")
    if not statement.content.strip():
        raise RuleBroken("complaint.content", _("Write what the customer says."), field="content")
    if len(statement.content) > CONTENT_MAX:
        text = _("Keep it to 5,000 characters.")
        raise RuleBroken("complaint.content_long", text, field="content")
    _require_time(statement.received_at, now, reason)
    _require_complainant(statement, reason)
    _require_beside(statement)


def _require_beside(statement: Statement) -> None:
    forwarding.require(statement)
    accusing.require_said(statement.accusation)
    if statement.authority is None:
        return
    authority.require_valid(statement.authority)
    if statement.relation not in behalf.FOR_OTHERS:
        raise RuleBroken("authority.none", _("Choose who complains for the customer."), field="relation")


def _names(statement: Statement) -> tuple[str, str]:
    return statement.customer.full_name if statement.customer else "", statement.complainant_name.strip()


def _require_time(received_at: datetime.datetime, now: datetime.datetime, reason: str) -> None:
    if received_at > now + AHEAD:
        text = _("The time of receipt cannot be later than now.")
        raise RuleBroken("complaint.future", text, field="received_at")
    if now - received_at > PROMPT and not reason.strip():
        text = _("Received more than 24 hours ago. Say why it is entered only now.")
        raise RuleBroken("complaint.late_entry", text, field="reason")


def _require_complainant(statement: Statement, reason: str) -> None:
    """Name and contact, or anonymous with the reason (domain R6.2)."""
    if statement.relation == Complaint.Relation.ANONYMOUS:
        if not reason.strip():
            raise RuleBroken("complaint.anonymous", _("Say why the complainant stays anonymous."), field="reason")
        return
    if statement.customer is not None and statement.relation not in behalf.FOR_OTHERS:
        return
    missing: list[tuple[str, str, Text]] = [
        ("complainant_name", statement.complainant_name, _("Enter the complainant's name, or choose “Anonymous”.")),
        (
            "complainant_contact",
            statement.complainant_contact,
            _("Enter how to reach the complainant, or choose “Anonymous”."),
        ),
    ]
    for name, given, message in missing:
        if not given.strip():
            raise RuleBroken(f"complaint.{name}", message, field=name)


def _acknowledge(done: Turn) -> None:
    """Promise an acknowledgement; who is on the line or present has it at once (domain D.1)."""
    complaint = done.complaint
    clock = clocks.start(done.round, Kind.ACK, by=done.by)
    if clock is not None and complaint.live:
        clocks.keep(done.round, Kind.ACK, by=done.by, at=complaint.received_at)


def classify(*, by: User, complaint: Complaint, version: int, nature: str, reason: str = "") -> Complaint:
    """Inquiry, suggestion or complaint, and the promises of that nature (handbook 6/1.1.29(1)).

    Calling a complaint something else is a leader's step, with a reason. Raises RuleBroken for the nature it has.
    """
    if nature not in Nature.values or nature in (Nature.UNCLASSIFIED, complaint.nature):
        raise RuleBroken("complaint.nature", _("Choose another nature than it has."), field="nature")
    with turn(
        "classify", by=by, complaint=complaint, version=version, reason=reason, changes={"nature": nature}
    ) as now:
        now.facts |= {"from_nature": complaint.nature, "nature": nature}
        wanted = CLOCKS_OF_NATURE[Nature(nature)]
        leaving = {Kind.ASSESS, Kind.ANSWER, Kind.OUTCOME, Kind.REG_FINAL} - set(wanted)
        clocks.cancel_open(now.round, by=by, reason=gettext_noop("Classified anew"), kinds=leaving)
        for kind in wanted:
            if not clocks.running(now.round, [kind]):
                clocks.start(now.round, kind, by=by)
        if nature == Nature.COMPLAINT:
            clocks.start_regulators(now.round, by=by)
    return now.complaint


@transaction.atomic
def receive_and_assess(
    *,
    by: User,
    statement: Statement,
    judgement: Judgement,
    reason: str = "",
    owner: User | None = None,
    team: Team | None = None,
    written: bool = False,
) -> Complaint:
    """Register a complaint and decide its level in one go; ``written`` as in ``receive``."""
    accusing.require_apart(by, statement.accusation, field="level")
    complaint = _enter(by, statement, Nature.COMPLAINT, reason)
    complaint = assessment.assess(by=by, complaint=complaint, version=complaint.version, judgement=judgement)
    return _settle(complaint, by, statement, owner, team, written=written)


@transaction.atomic
def receive_minor_solved(
    *, by: User, statement: Statement, solution: Solution, reason: str = "", written: bool = False
) -> Complaint:
    """One screen: registered, solved on the spot, told, asked whether satisfied; closed when they are (6/1.1.30(1)).

    ``written``: that there is a result, in writing as well.
    """
    accusing.require_apart(by, statement.accusation, field="solved")
    complaint = _hand_to(_enter(by, statement, Nature.COMPLAINT, reason), by, by, None)
    solution = replace(solution, told=replace(solution.told, written=written or solution.told.written))
    complaint = resolution.resolve(by=by, complaint=complaint, version=complaint.version, solution=solution)
    return accusing.name(complaint, by, statement.accusation)


@transaction.atomic
def receive_and_refer(*, by: User, statement: Statement, referral: Referral, reason: str = "") -> Complaint:
    """One screen for what is not ours: the contact is kept, the customer guided on."""
    if statement.accusation is not None:
        text = _("What is said about our own staff is ours to handle.")
        raise RuleBroken("accused.referred", text, field="not_ours")
    complaint = _hand_to(_enter(by, statement, Nature.UNCLASSIFIED, reason), by, by, None)
    return referring.refer_out(by=by, complaint=complaint, version=complaint.version, referral=referral)
