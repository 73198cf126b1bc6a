"""The person (or organisation) served, and the keys by which an agent finds them (handbook 2/1.1.8; domain C.2)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_site import masking
from crm_site.encryption import BlindIndexField, EncryptedDateField, EncryptedMoneyField, EncryptedTextField
from crm_site.roles import Role
from customers.classes import Occupation

if TYPE_CHECKING:
    from crm_site.models import User

SEES_ALL = (Role.SENIOR, Role.SUPERVISOR, Role.PRIVACY, Role.AUDITOR)
SEES_PROMISED = (Role.HANDLER, Role.LIAISON, Role.TFMEMBER)


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Customers, asked for in the centre's words."""

    def visible_to(self, user: User) -> CustomerQuerySet:
        """The rows this person may open (domain J.5).

        Team leaders, supervisors, the privacy officer and auditors see all. An agent sees everybody who is not
        restricted, and restricted customers of their own. Handlers, liaisons and task force members see those they
        have a promise about.
        """
        if user.has_role(*SEES_ALL):
            return self
        reach = Q(pk__in=[])
        if user.has_role(Role.AGENT):
            reach |= Q(restricted=False) | Q(owner=user)
        if user.has_role(*SEES_PROMISED):
            promised = Q(follow_ups__owner=user)
            if user.team_id:
                promised |= Q(follow_ups__team_id=user.team_id)
            reach |= Q(pk__in=Customer.objects.filter(promised).values("pk"))
        return self.filter(reach)

    def key_ranges(self, size: int) -> Iterator[tuple[int, int]]:
        """Ranges of primary keys, both ends included and ``size`` wide, that hold everybody of these."""
        bounds = self.aggregate(first=models.Min("pk"), last=models.Max("pk"))
        if bounds["first"] is not None:
            for first in range(bounds["first"], bounds["last"] + 1, size):
                yield first, min(first + size - 1, bounds["last"])

    def latest_contact(self, contacts: models.QuerySet[Any]) -> models.QuerySet[Any, tuple[Any, Any, Any]]:
        """(key, moment, channel) of each customer's latest of these contacts; None where there is none."""
        latest = contacts.filter(customer=models.OuterRef("pk")).order_by("-at", "-pk")
        probes = {name: models.Subquery(latest.values(name)[:1]) for name in ("at", "channel")}
        found = self.order_by().annotate(last_at=probes["at"], last_channel=probes["channel"])
        return found.values_list("pk", "last_at", "last_channel")

    def living(self) -> CustomerQuerySet:
        """Records that still stand for somebody: not merged away, not erased."""
        return self.exclude(status__in=[Customer.Status.MERGED, Customer.Status.ERASED])


class Customer(models.Model):
    """One customer. Name, birth date, employer and income are sealed; the name is found through search keys."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "INDIVIDUAL", _("Individual")
        ORGANISATION = "ORGANISATION", _("Organisation")

    class Status(models.TextChoices):
        PROSPECT = "PROSPECT", _("Prospect")
        ACTIVE = "ACTIVE", _("Active")
        DORMANT = "DORMANT", _("Dormant")
        CLOSED = "CLOSED", pgettext_lazy("account", "Closed")
        DECEASED = "DECEASED", _("Deceased")
        MERGED = "MERGED", _("Merged")
        ERASED = "ERASED", _("Erased")

    class Sex(models.IntegerChoices):
        UNKNOWN = 0, _("Unknown")
        MALE = 1, _("Male")
        FEMALE = 2, _("Female")
        UNSPECIFIED = 9, _("Not stated")

    class RiskTolerance(models.TextChoices):
        C1 = "C1", _("C1 cautious")
        C2 = "C2", _("C2 steady")
        C3 = "C3", _("C3 balanced")
        C4 = "C4", _("C4 growth")
        C5 = "C5", _("C5 aggressive")

    customer_no = models.CharField(_("customer number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.INDIVIDUAL)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.PROSPECT)
    full_name = EncryptedTextField(_("name"))
    name_bidx = BlindIndexField(db_index=True)
    sex = models.PositiveSmallIntegerField(_("sex"), choices=Sex.choices, default=Sex.UNKNOWN)
    birth_date = EncryptedDateField(_("birth date"), null=True, blank=True)
    nationality = models.CharField(_("nationality"), max_length=3, default="CHN")
    occupation = models.CharField(_("occupation"), max_length=20, choices=Occupation.choices, blank=True)
    employer = EncryptedTextField(_("employer"), blank=True)
    annual_income = EncryptedMoneyField(_("annual income"), null=True, blank=True)
    region_code = models.CharField(_("region"), max_length=6, blank=True)
    language = models.CharField(_("preferred language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    home_branch = models.ForeignKey(
        "crm_site.Department", models.PROTECT, null=True, blank=True, verbose_name=_("home branch")
    )
    opened_on = models.DateField(_("customer since"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    risk_tolerance = models.CharField(_("risk tolerance"), max_length=2, choices=RiskTolerance.choices, blank=True)
    risk_tolerance_until = models.DateField(_("risk tolerance valid until"), null=True, blank=True)
    restricted = models.BooleanField(_("restricted access"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("relationship manager")
    )
    referred_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="referrals")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")
    completeness = models.PositiveSmallIntegerField(_("completeness"), default=0)
    last_verified_on = models.DateField(_("last verified"), null=True, blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[CustomerQuerySet] = CustomerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["customer_no"]
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="customer_recent"),
            # so that the night need not open every customer to learn that almost none is an organisation
            models.Index(fields=["id"], condition=models.Q(kind="ORGANISATION"), name="customer_organisations"),
            # nor, on a night that reads everybody, their wide rows for these two words
            models.Index(fields=["id", "status", "kind"], name="customer_standing_words"),
        ]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def public_number(self) -> str:
        """The number that may stand in a URL and in the audit log."""
        return self.customer_no

    @property
    def masked_name(self) -> str:
        """The name as lists, logs and exports show it (domain J.3)."""
        return masking.name(self.full_name)

    def age_on(self, day: datetime.date) -> int | None:
        """Completed years on a day; a 29 February birthday completes on 1 March (domain E.2)."""
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class CustomerSearchKey(models.Model):
    """A keyed hash of something the name can be found by: two characters, pinyin, initials (docs/decisions/0005)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="search_keys")
    key = models.BinaryField(max_length=16)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "customer"], name="one_search_key")]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class CustomerNumber(models.Model):
    """The last customer number given out in a year; raised by one UPDATE, so numbers never meet."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
