"""Who works here: departments, teams, people and their roles (handbook 10; domain C.1, J.5)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_site.roles import SECOND_FACTOR_ROLES, Role
from crm_site.skills import Skill


class Department(models.Model):
    """A part of the bank that serves, answers or is asked."""

    class Kind(models.TextChoices):
        SERVICE = "SERVICE", _("Service centre")
        BUSINESS = "BUSINESS", _("Business department")
        BRANCH = "BRANCH", _("Branch")
        RISK = "RISK", _("Risk")
        LEGAL = "LEGAL", _("Legal and compliance")
        IT = "IT", _("Technology")
        FINANCE = "FINANCE", _("Finance")
        EXTERNAL = "EXTERNAL", _("Outside body")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    head = models.ForeignKey(
        "crm_site.User", models.SET_NULL, null=True, blank=True, related_name="heads", verbose_name=_("head")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A group of people inside a department; the row scope of most roles."""

    class Purpose(models.TextChoices):
        SERVICE = "SERVICE", _("Service")
        COMPLAINT = "COMPLAINT", _("Complaints")
        KEY_ACCOUNTS = "KEY_ACCOUNT", _("Key accounts")
        MARKETING = "MARKETING", _("Marketing")
        ANALYSIS = "ANALYSIS", _("Analysis")
        QUALITY_TRAINING = "QUALITY_TRAINING", _("Quality and training")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=60)
    department = models.ForeignKey(Department, models.PROTECT, related_name="teams", verbose_name=_("department"))
    leader = models.ForeignKey(
        "crm_site.User", models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("leader")
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class StaffManager(UserManager["User"]):
    """People, found the way the centre speaks of them."""

    def active(self) -> models.QuerySet[User]:
        """People who may be given work today."""
        return self.filter(is_active=True, status=User.Status.ACTIVE)


class User(AbstractUser):
    """A member of staff. Roles are one JSON list, read with the session's user, so a right withdrawn acts at once."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("At work")
        LEAVE = "LEAVE", _("On leave")
        LEFT = "LEFT", _("Left")

    employee_no = models.CharField(_("employee number"), max_length=20, unique=True)
    display_name = models.CharField(_("name"), max_length=60)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("team")
    )
    roles = models.JSONField(_("roles"), default=list, blank=True)
    skills = models.JSONField(_("specialist in"), default=list, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.ACTIVE)
    extension = models.CharField(_("extension"), max_length=12, blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects: ClassVar[StaffManager] = StaffManager()
    REQUIRED_FIELDS: ClassVar[list[str]] = ["employee_no", "display_name"]

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        ordering = ["employee_no"]

    def __str__(self) -> str:
        return self.display_name or self.username

    def has_role(self, *roles: str) -> bool:
        """Whether this person holds any of these roles."""
        return not set(self.roles).isdisjoint(roles)

    @property
    def needs_second_factor(self) -> bool:
        """Roles that release money, data or rules sign in with a second factor (domain J.4)."""
        return self.has_role(*SECOND_FACTOR_ROLES)

    @property
    def role_names(self) -> list[str]:
        """Role labels in the reader's language."""
        return [str(Role(code).label) for code in self.roles if code in Role.values]

    @property
    def skill_names(self) -> list[str]:
        """What this person is a specialist in, in the reader's language."""
        return [str(Skill(code).label) for code in self.skills if code in Skill.values]
