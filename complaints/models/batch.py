"""One act on many complaints: its rows, what became of each, and the way back (peers 120; ux 5.3)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from crm_site.encryption import EncryptedTextField
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User


def new_ref() -> str:
    """A fresh reference that tells nothing: 72 random bits."""
    return secrets.token_urlsafe(9)


class BatchQuerySet(models.QuerySet["Batch"]):
    """Acts on many."""

    def running(self) -> BatchQuerySet:
        """With rows still to do."""
        return self.filter(finished_at=None)

    def visible_to(self, user: User) -> BatchQuerySet:
        """One's own; all for supervisors and auditors."""
        return self if user.has_role(Role.SUPERVISOR, Role.AUDITOR) else self.filter(by=user)


class Batch(models.Model):
    """What somebody decided about many complaints at once. Its rows are done one by one, by the verb of one."""

    class Action(models.TextChoices):
        ASSIGN = "assign", _("Assign")
        TRANSFER = "transfer", _("Pass to a team")
        CLAIM = "claim", _("Take")
        LINK = "link", _("Put into an incident")

    ref = models.CharField(max_length=16, unique=True, default=new_ref, editable=False)  # stands in URLs
    action = models.CharField(_("what is done"), max_length=10, choices=Action.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="batches")
    made_at = models.DateTimeField(_("at"))
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey("crm_site.Team", models.PROTECT, null=True, related_name="+")
    gathering = models.ForeignKey("complaints.Gathering", models.PROTECT, null=True, related_name="+")
    reason = EncryptedTextField(_("reason"), blank=True)
    note = EncryptedTextField(_("handover note"), blank=True)
    total = models.PositiveIntegerField(_("rows"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    undone_at = models.DateTimeField(_("taken back"), null=True)

    objects: ClassVar[BatchQuerySet] = BatchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("act on many complaints")
        verbose_name_plural = _("acts on many complaints")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="batch_running")]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(finished_at__isnull=False), name="only_what_is_done_is_undone"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.ref}"

    @property
    def public_number(self) -> str:
        """The reference that may stand in a URL and in the audit log."""
        return self.ref


class BatchRow(models.Model):
    """One complaint of a batch: what it was before, what became of it, and the version that made it."""

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        DONE = "DONE", _("Done")
        REFUSED = "REFUSED", _("Refused")
        UNDONE = "UNDONE", _("Taken back")
        CHANGED = "CHANGED", _("Changed since, left as it is")

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rows")
    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="+")
    state = models.CharField(_("result"), max_length=8, choices=State.choices, default=State.WAITING)
    because = models.CharField(_("why not"), max_length=300, blank=True)
    owner_before = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    team_before = models.ForeignKey("crm_site.Team", models.PROTECT, null=True, related_name="+")
    version_after = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("row of an act on many")
        verbose_name_plural = _("rows of acts on many")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "complaint"], name="a_complaint_stands_once_in_a_batch")
        ]
        indexes = [models.Index(fields=["batch", "state", "id"], name="batch_rows")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.complaint_id}"
