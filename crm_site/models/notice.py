"""What somebody who works here has to know: told once, read, and acknowledged where asked (domain O.3)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm_site.wording import date_words

if TYPE_CHECKING:
    from crm_site.models.staff import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices."""

    def delivered(self, now: datetime.datetime) -> NoticeQuerySet:
        """Those whose moment has come; before it nobody sees them."""
        return self.filter(deliver_at__lte=now)

    def visible_to(self, user: User) -> NoticeQuerySet:
        """One's own alone."""
        return self.filter(to=user)

    def unread(self) -> NoticeQuerySet:
        """Not looked at yet."""
        return self.filter(read_at=None)

    def unacknowledged(self) -> NoticeQuerySet:
        """Those that ask for a word back and have none."""
        return self.filter(needs_ack=True, acked_at=None)


class Notice(models.Model):
    """One line to one person. ``title`` is the source text and ``values`` fill it in the reader's language.

    Values tell nothing about customers. One whose name ends in ``day`` is an ISO date and is shown in words; one whose
    name ends in ``word`` is source text itself. ``about_kind`` is a kind of matter that settings.CRM_PAGES knows, or
    the name of a page; ``about_no`` the matter's public number, "" where the page needs none.
    """

    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=30)
    title = models.CharField(_("what is to be known"), max_length=200)
    values = models.JSONField(default=dict, blank=True)
    about_kind = models.CharField(max_length=40, blank=True)
    about_no = models.CharField(max_length=30, blank=True)
    at = models.DateTimeField(_("made"))
    deliver_at = models.DateTimeField(_("delivered"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    needs_ack = models.BooleanField(_("asks for a word back"), default=False)
    acked_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    dedupe_key = models.CharField(max_length=120)

    may_open = False  # whether the reader may open its page; the list says so

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-deliver_at", "-id"]
        indexes = [
            models.Index(fields=["to", "-deliver_at", "-id"], name="notice_mine"),
            models.Index(fields=["to", "-deliver_at", "-id"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(
                fields=["to", "-deliver_at", "-id"],
                condition=Q(needs_ack=True, acked_at__isnull=True),
                name="notice_to_ack",
            ),
            models.Index(fields=["about_no", "to"], condition=~Q(about_no=""), name="notice_about"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["to", "dedupe_key"], name="a_person_is_told_once"),
            models.CheckConstraint(condition=Q(deliver_at__gte=F("at")), name="delivered_after_made"),
            models.CheckConstraint(
                condition=Q(acked_at__isnull=True) | Q(needs_ack=True, read_at__isnull=False),
                name="acknowledged_was_asked_and_read",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about_no}"

    @property
    def text(self) -> str:
        """The notice in the reader's language."""
        return gettext(self.title) % {name: _shown(name, value) for name, value in self.values.items()}

    @property
    def page_name(self) -> str:
        """The URL name of the page of the matter."""
        return str(settings.CRM_PAGES.get(self.about_kind, self.about_kind)).partition("?")[0]

    @property
    def url(self) -> str:
        """The page of the matter, or "" where there is none."""
        name, _mark, query = str(settings.CRM_PAGES.get(self.about_kind, self.about_kind)).partition("?")
        try:
            address = reverse(name, args=[self.about_no] if self.about_no else [])
        except NoReverseMatch:
            return ""
        return f"{address}?{query}" if query else address


def _shown(name: str, value: object) -> object:
    if name.endswith("day"):
        return date_words(str(value), "short")
    return gettext(str(value)) if name.endswith("word") and value else value
