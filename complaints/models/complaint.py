"""Something a customer brought to us: a complaint, a suggestion or an inquiry (handbook 6/1.1.28–29; domain C.5)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints import behalf, sla
from complaints.models.accused import Accused
from complaints.models.seat import Seat
from complaints.states import State
from crm_site.encryption import BlindIndexField, EncryptedTextField, blind
from crm_site.models import Notice
from crm_site.roles import Role
from customers import reaching
from customers.models import Customer, FollowUp, Interaction, Product

if TYPE_CHECKING:
    from complaints.models.round import Round
    from crm_site.models import User


ABOUT = "complaint"  # how the three books of customers name this noun
BY_DUE = ("leading__due_at", "-leading__about_level", "leading_id")
"""The order of the queue: the columns of the index of leading promises (docs/decisions/0011)."""
LIVE_CHANNELS = frozenset(
    map(
        str,
        (
            Interaction.Channel.PHONE,
            Interaction.Channel.BRANCH,
            Interaction.Channel.VISIT,
            Interaction.Channel.EVENT,
        ),
    )
)
"""Channels on which the complainant is present or on the line: receipt is acknowledged by itself (domain D.1)."""


def contact_key(contact: str) -> bytes | None:
    """What the contact of a complainant is found by, whatever spaces and dashes were typed; None for an empty one."""
    address = reaching.address_in(contact) if contact.strip() else None
    plain = address.value if address is not None else "".join(contact.split()).lower()
    return blind("complaint.contact", plain) if plain else None


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Complaints, asked for in the centre's words."""

    def open(self) -> ComplaintQuerySet:
        """Still running."""
        return self.filter(closed_at=None)

    def overdue(self, now: datetime.datetime) -> ComplaintQuerySet:
        """Open ones whose leading promise has passed."""
        return self.open().filter(leading__due_at__lte=now)

    def led(self) -> ComplaintQuerySet:
        """Open ones through the promise that leads each: what an index of promises can put in order."""
        return self.open().filter(leading__leads=True)

    def by_due(self) -> ComplaintQuerySet:
        """Most urgent first: earliest leading promise, then severity, then who was promised first (domain R4.3)."""
        return self.order_by(*BY_DUE)

    def visible_to(self, user: User) -> ComplaintQuerySet:
        """Rows this person may open (domain J.5): all for supervisors and auditors; the team's and their own for front
        staff; for liaisons and task force members only those where they or their team hold a promise. A seat in the
        task force opens its complaint to whoever was asked to take it.

        A restricted one is for those it was given to, supervisors and auditors; none for whom it concerns (R6.24).
        """
        rows = self.exclude(pk__in=Accused.objects.concerning(user).values("complaint_id"))
        if user.has_role(Role.SUPERVISOR, Role.AUDITOR):
            return rows
        reach = _seated(user)
        if user.has_role(Role.AGENT, Role.SENIOR, Role.HANDLER):
            reach |= Q(owner=user) | Q(registered_by=user)
            reach |= Q(team_id=user.team_id) if user.team_id else Q(pk__in=[])
        if user.has_role(Role.LIAISON, Role.TFMEMBER, Role.HANDLER):
            promised = Q(owner=user) | (Q(team_id=user.team_id) if user.team_id else Q(pk__in=[]))
            numbers = FollowUp.objects.filter(promised, about_kind=ABOUT).values("about_no")
            told = Notice.objects.filter(to=user, needs_ack=True, about_kind=ABOUT).values("about_no")
            reach |= Q(number__in=numbers) | Q(number__in=told)  # whoever a warning calls in
        return rows.filter(reach, Q(restricted=False) | _given_to(user))


def _seated(user: User) -> Q:
    return Q(pk__in=Seat.objects.asked().of(user).values("task_force__complaint"))


def _given_to(user: User) -> Q:
    """Theirs by name, asked of their department, or a seat in its task force: what opens a restricted complaint."""
    asked = Q(kind=FollowUp.Kind.ANSWER, team_id=user.team_id) if user.team_id else Q(pk__in=[])
    promised = FollowUp.objects.filter(Q(owner=user) | asked, about_kind=ABOUT)
    return Q(owner=user) | Q(number__in=promised.values("about_no")) | _seated(user)


class Complaint(models.Model):
    """One matter with one number. Its clock is a chain of promises; ``leading`` points at the earliest open one."""

    class Nature(models.TextChoices):
        UNCLASSIFIED = "UNCLASSIFIED", _("Not classified yet")
        INQUIRY = "INQUIRY", _("Inquiry")
        SUGGESTION = "SUGGESTION", _("Suggestion")
        COMPLAINT = "COMPLAINT", _("Complaint")

    class Relation(models.TextChoices):
        SELF = "SELF", _("The customer")
        AGENT = "AGENT", _("On behalf, with authority")
        HEIR = "HEIR", _("Heir")
        GUARDIAN = "GUARDIAN", _("Guardian")
        ANONYMOUS = "ANONYMOUS", _("Anonymous")

    class Source(models.TextChoices):
        DIRECT = "DIRECT", _("Direct")
        REGULATOR = "REGULATOR", _("Regulator")
        HOTLINE = "HOTLINE", _("Public hotline")
        MEDIA = "MEDIA", _("Media")
        BRANCH = "BRANCH", _("Branch")
        PARTNER = "PARTNER", _("Partner")

    class Business(models.TextChoices):
        SAVINGS = "SAVINGS", _("Savings")
        LOAN = "LOAN", _("Loans")
        CARD = "CARD", _("Bank cards")
        PAYMENT = "PAYMENT", _("Payments and settlement")
        CASH = "CASH", _("Cash")
        WEALTH = "WEALTH", _("Wealth and agency sales")
        PERSONAL_DATA = "PERSONAL_DATA", _("Personal financial information")
        E_BANKING = "E_BANKING", _("Electronic banking")
        OTHER = "OTHER", _("Other business")

    class Cause(models.TextChoices):
        SERVICE_ATTITUDE_QUALITY = "SERVICE_ATTITUDE_QUALITY", _("Service attitude and quality")
        FACILITIES_SYSTEMS = "FACILITIES_SYSTEMS", _("Facilities and systems")
        POLICY_RULES_PROCESS = "POLICY_RULES_PROCESS", _("Rules and process")
        MARKETING_METHOD = "MARKETING_METHOD", _("Sales method")
        INFORMATION_DISCLOSURE = "INFORMATION_DISCLOSURE", _("Information disclosure")
        PRODUCT_RETURN = "PRODUCT_RETURN", _("Product return")
        FREE_CHOICE = "FREE_CHOICE", _("Free choice")
        CONTRACT_TERMS = "CONTRACT_TERMS", _("Contract terms")
        FUNDS_SECURITY = "FUNDS_SECURITY", _("Safety of funds")
        INFORMATION_SECURITY = "INFORMATION_SECURITY", _("Safety of information")
        FEES = "FEES", _("Fees")
        PROCESSING_ERROR = "PROCESSING_ERROR", _("Processing error")
        DEBT_COLLECTION = "DEBT_COLLECTION", _("Debt collection")
        CREDIT_RECORD = "CREDIT_RECORD", _("Credit record")
        OTHER = "OTHER", _("Other cause")

    class Level(models.IntegerChoices):
        """Ordered, so that the queue can sort by it."""

        MINOR = 1, _("Minor")
        MODERATE = 2, _("Moderate")
        SEVERE = 3, _("Severe")

    class Recording(models.TextChoices):
        """Whether the caller agreed that the call is recorded."""

        AGREED = "AGREED", _("Agreed to the recording")
        REFUSED = "REFUSED", _("Refused the recording")
        NOT_ASKED = "NOT_ASKED", _("Not asked about the recording")

    number = models.CharField(_("number"), max_length=20, unique=True)
    nature = models.CharField(_("nature"), max_length=12, choices=Nature.choices, default=Nature.UNCLASSIFIED)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RECEIVED)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices, null=True, blank=True)
    proposed_level = models.PositiveSmallIntegerField(
        _("level proposed at intake"), choices=Level.choices, null=True, blank=True
    )
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="complaints")
    complainant_name = EncryptedTextField(_("name of the complainant"), blank=True)
    complainant_contact = EncryptedTextField(_("contact"), blank=True)
    contact_bidx = BlindIndexField(null=True)
    relation = models.CharField(_("who complains"), max_length=10, choices=Relation.choices, default=Relation.SELF)
    channel = models.CharField(_("channel"), max_length=8, choices=Interaction.Channel.choices)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.DIRECT)
    external_ref = models.CharField(_("their reference"), max_length=40, blank=True)
    forwarded_on = models.DateField(_("forwarded on"), null=True, blank=True)
    recording = models.CharField(_("consent to recording"), max_length=9, choices=Recording.choices, blank=True)
    received_at = models.DateTimeField(_("received"))
    registered_at = models.DateTimeField(_("registered"))
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="registered")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, blank=True)
    subject = models.CharField(_("subject"), max_length=120)
    content = EncryptedTextField(_("what the customer said"))
    desired_outcome = EncryptedTextField(_("what the customer wants"), blank=True)
    core_issue = EncryptedTextField(_("core issue"), blank=True)
    business = models.CharField(_("business"), max_length=16, choices=Business.choices, blank=True)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True)
    branch = models.ForeignKey("crm_site.Department", models.PROTECT, null=True, blank=True, related_name="+")
    cause = models.CharField(_("cause"), max_length=30, choices=Cause.choices, blank=True)
    cause_detail = models.ForeignKey(
        "complaints.CauseDetail",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("second level"),
    )
    responsible = models.ForeignKey(
        "crm_site.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answers_for",
        verbose_name=_("responsible department"),
    )
    disputed_fen = models.BigIntegerField(_("disputed amount"), null=True, blank=True)
    vulnerable = models.BooleanField(_("customer in need of special care"), default=False)
    restricted = models.BooleanField(_("restricted"), default=False)
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_here")
    split_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="owns")
    team = models.ForeignKey("crm_site.Team", models.PROTECT, null=True, blank=True, related_name="complaints")
    leading = models.ForeignKey(
        FollowUp, models.SET_NULL, null=True, blank=True, related_name="leads_complaints", db_index=False
    )
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)  # moved by the verbs of actions/pauses alone
    referred_to = models.CharField(_("referred to"), max_length=80, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[ComplaintQuerySet] = ComplaintQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["team", "id"], condition=Q(closed_at__isnull=True), name="complaint_team_open"),
            models.Index(fields=["owner", "id"], condition=Q(closed_at__isnull=True), name="complaint_owner_open"),
            models.Index(fields=["customer", "-received_at"], name="complaint_customer"),
            models.Index(fields=["contact_bidx"], condition=Q(contact_bidx__isnull=False), name="complaint_contact"),
            models.Index(fields=["external_ref"], condition=~Q(external_ref=""), name="complaint_external_ref"),
            models.Index(fields=["-received_at", "-id"], name="complaint_recent"),
        ]
        constraints = [
            # partial, because the many closed ones would make a planner read them all
            models.UniqueConstraint(
                fields=["leading"], condition=Q(leading__isnull=False), name="a_promise_leads_one_complaint"
            ),
            models.CheckConstraint(condition=Q(received_at__lte=F("registered_at")), name="received_before_registered"),
            models.CheckConstraint(
                condition=Q(state="MERGED", duplicate_of__isnull=False)
                | (~Q(state="MERGED") & Q(duplicate_of__isnull=True)),
                name="merged_says_where",
            ),
            models.CheckConstraint(condition=~Q(duplicate_of=F("pk")), name="not_merged_into_itself"),
            models.CheckConstraint(condition=~Q(split_from=F("pk")), name="not_split_from_itself"),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(nature="COMPLAINT"), name="only_complaints_have_a_level"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def public_number(self) -> str:
        """The number that may stand in a URL and in the audit log."""
        return self.number

    @property
    def sla_level(self) -> sla.Level | None:
        """The level in the words of the rule file."""
        return None if self.level is None else sla.Level[self.Level(self.level).name]

    @property
    def round(self) -> Round:
        """The latest round; every complaint is received together with its first."""
        return self.rounds.order_by("-no")[0]

    @property
    def live(self) -> bool:
        """Whether the complainant was present or on the line."""
        return self.channel in LIVE_CHANNELS

    @property
    def names(self) -> tuple[str, ...]:
        """Whom it is about: what must not stand in a line that is not sealed."""
        return (self.customer.full_name if self.customer else "", self.complainant_name)

    def concerns(self, user: User) -> bool:
        """Whether it is about this person, or about somebody of a team or department they lead (R6.24).

        Asks the database nothing of a complaint that is not restricted: naming somebody restricts it.
        """
        return self.restricted and self.accused.concerning(user).exists()

    @property
    def awaits_answer(self) -> bool:
        """Whether somebody waits for our answer in the latest round."""
        return not self.is_anonymous and self.round.fed_back_at is None

    @property
    def on_behalf(self) -> bool:
        """Whether somebody speaks for the customer."""
        return self.relation in behalf.FOR_OTHERS

    @property
    def is_anonymous(self) -> bool:
        """Nobody to answer: investigated, without a promise of feedback (domain R6.2)."""
        return self.relation == self.Relation.ANONYMOUS


class DailyNumber(models.Model):
    """The last sequence number given out for a prefix and day; raised by one update, so numbers never meet."""

    prefix = models.CharField(max_length=4)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prefix", "day"], name="one_sequence_a_day")]

    def __str__(self) -> str:
        return f"{self.prefix}{self.day:%Y%m%d}"
