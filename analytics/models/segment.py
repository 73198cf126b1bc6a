"""Saved segments: named rules by which customers are chosen, in versions that never change (R9.4; decision 0042)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

READERS = (Role.ANALYST, Role.SUPERVISOR, Role.PLANNER, Role.AUDITOR)
WRITERS = (Role.ANALYST, Role.SUPERVISOR)
SEES_CUSTOMERS = (Role.ANALYST, Role.SUPERVISOR, Role.AUDITOR)


class SegmentQuerySet(models.QuerySet["Segment"]):
    """Saved segments, asked for in the centre's words."""

    def visible_to(self, user: User) -> SegmentQuerySet:
        """Auditors see all; analysts and supervisors what is shared and their own; planners what is shared."""
        if user.has_role(Role.AUDITOR):
            return self
        reach = Q(pk__in=[])
        if user.has_role(*READERS):
            reach |= Q(shared=True)
        if user.has_role(*WRITERS):
            reach |= Q(owner=user)
        return self.filter(reach)

    def in_use(self) -> SegmentQuerySet:
        """Those that are not archived."""
        return self.filter(archived_at=None)


class Segment(models.Model):
    """A name for rules. ``current_no`` points at the version that counts; it and ``version`` move by conditional
    update."""

    class Kind(models.TextChoices):
        INCLUDE = "INCLUDE", _("Audience")
        EXCLUDE = "EXCLUDE", _("Suppression")

    number = models.CharField(_("number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    description = models.CharField(_("description"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices, default=Kind.INCLUDE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner"))
    shared = models.BooleanField(_("shared"), default=True)
    current_no = models.PositiveIntegerField(_("current version"), default=1)
    made_at = models.DateTimeField(_("at"))
    changed_at = models.DateTimeField(_("changed"))
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False)
    version = models.PositiveIntegerField(default=1)  # of the name and what stands beside it

    objects: ClassVar[SegmentQuerySet] = SegmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("saved segment")
        verbose_name_plural = _("saved segments")
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["name", "id"], condition=Q(archived_at__isnull=True), name="segment_in_use")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_number(self) -> str:
        """The number that may stand in a URL and in the audit log."""
        return self.number


class SegmentVersionQuerySet(models.QuerySet["SegmentVersion"]):
    """Versions of rules."""

    def current(self) -> SegmentVersionQuerySet:
        """The one of each segment that counts."""
        return self.filter(no=F("segment__current_no"))


class SegmentVersion(models.Model):
    """The rules as they were written once. Triggers refuse UPDATE and DELETE."""

    APPEND_ONLY = True

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="versions")
    no = models.PositiveIntegerField(_("version"))
    rules = models.JSONField(_("rules"))
    content_hash = models.CharField(_("fingerprint"), max_length=64)
    note = models.CharField(_("note"), max_length=200, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    made_at = models.DateTimeField(_("at"))

    objects: ClassVar[SegmentVersionQuerySet] = SegmentVersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("version of a segment")
        verbose_name_plural = _("versions of segments")
        ordering = ["segment", "-no"]
        constraints = [models.UniqueConstraint(fields=["segment", "no"], name="segment_versions_are_numbered")]

    def __str__(self) -> str:
        return f"{self.segment} {self.no}"


class SegmentCount(models.Model):
    """How many customers a version held on a business date, and how they spread; written by the night."""

    version = models.ForeignKey(SegmentVersion, models.CASCADE, related_name="counts", db_index=False)
    as_of = models.DateField(_("as of"))
    n = models.PositiveIntegerField(_("customers"))
    grades = models.JSONField(default=dict)
    assets = models.JSONField(default=dict)
    behaviour = models.JSONField(default=dict)  # analytics.behaviour.Habits
    counted_at = models.DateTimeField(_("counted"))

    class Meta:
        verbose_name = _("size of a segment")
        verbose_name_plural = _("sizes of segments")
        constraints = [models.UniqueConstraint(fields=["version", "as_of"], name="one_size_a_date")]
        indexes = [models.Index(fields=["-as_of"], name="segment_count_latest")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.as_of:%Y-%m-%d}"
