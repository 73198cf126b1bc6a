"""Texts of messages as the centre words them: drafted by one person, approved by another (R5.14, J.5)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.message_kinds import title_of


class MessageTemplateQuerySet(models.QuerySet["MessageTemplate"]):
    """Texts of messages."""

    def in_force(self, code: str, channel: str, locale: str) -> MessageTemplate | None:
        """The approved text of this kind; None where the one that came with the product counts."""
        return self.filter(code=code, channel=channel, locale=locale, status=MessageTemplate.Status.APPROVED).first()


class MessageTemplate(models.Model):
    """One version of one text. What was submitted is not altered any more; the next wording is the next version."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        SUBMITTED = "SUBMITTED", _("Waits for approval")
        APPROVED = "APPROVED", _("Approved")
        RETIRED = "RETIRED", _("Retired")

    class Channel(models.TextChoices):
        SMS = "SMS", _("SMS")
        EMAIL = "EMAIL", _("E-mail")

    code = models.CharField(_("occasion"), max_length=40)  # of message_kinds.KINDS
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    locale = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    version = models.PositiveSmallIntegerField(_("version"))
    subject = models.CharField(_("subject line"), max_length=120, blank=True, help_text=_("E-mail only."))
    body = models.TextField(_("text"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("approver")
    )
    drafted_at = models.DateTimeField(_("written"))
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    approved_at = models.DateTimeField(_("approved"), null=True)
    retired_at = models.DateTimeField(_("retired"), null=True)

    objects: ClassVar[MessageTemplateQuerySet] = MessageTemplateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("message text")
        verbose_name_plural = _("message texts")
        ordering = ["code", "channel", "locale", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "channel", "locale", "version"], name="texts_are_numbered"),
            models.UniqueConstraint(
                fields=["code", "channel", "locale"], condition=Q(status="APPROVED"), name="one_text_in_force"
            ),
            models.CheckConstraint(
                condition=Q(approver__isnull=True) | ~Q(approver=F("author")), name="nobody_approves_their_own_text"
            ),
            models.CheckConstraint(
                condition=~Q(status="APPROVED") | Q(approver__isnull=False, approved_at__isnull=False),
                name="an_approved_text_has_its_approver",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.get_channel_display()} · {self.get_locale_display()} · {self.version}"

    @property
    def title(self) -> str:
        """The occasion in words."""
        return str(title_of(self.code))

    @property
    def public_number(self) -> str:
        """How the audit log names it."""
        return f"{self.code}/{self.channel}/{self.locale}/{self.version}"
