"""Lists somebody keeps: a name for a query of the queue, for oneself or the team (R6.34; peers 119)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.batch import new_ref

if TYPE_CHECKING:
    from crm_site.models import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Kept lists."""

    def kept(self) -> SavedViewQuerySet:
        """Those that were not taken away."""
        return self.filter(deleted_at=None)

    def visible_to(self, user: User) -> SavedViewQuerySet:
        """One's own, and what is shared with the team; the default first, then by name."""
        reach = Q(owner=user)
        if user.team_id:
            reach |= Q(team_id=user.team_id)
        return self.filter(reach)


class SavedView(models.Model):
    """A list under a name. ``team`` is whom it is shared with; ``default`` is what its owner's list begins with."""

    ref = models.CharField(max_length=16, unique=True, default=new_ref, editable=False)  # stands in URLs
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    team = models.ForeignKey("crm_site.Team", models.CASCADE, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("query"), max_length=1000)
    default = models.BooleanField(_("opens first"), default=False)
    made_at = models.DateTimeField(_("at"))
    deleted_at = models.DateTimeField(_("taken away"), null=True, blank=True)

    objects: ClassVar[SavedViewQuerySet] = SavedViewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(default=True, deleted_at__isnull=True), name="one_list_opens_first"
            )
        ]
        indexes = [models.Index(fields=["team"], condition=Q(team__isnull=False), name="saved_view_team")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_number(self) -> str:
        """The reference that may stand in a URL and in the audit log."""
        return self.ref
