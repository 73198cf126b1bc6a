"""A review of the result: asked for, and decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm, WritingForm
from crm_site.errors import Text


class AskReviewForm(StepForm):
    said = choices.words(_("What the customer contests, in their words"), rows=4)
    channel = forms.ChoiceField(label=_("Channel"), choices=choices.CHANNELS)
    received_at = choices.moment(_("When the customer said so"), help_text=_("Empty means just now."))

    def prepare(self) -> None:
        """On the channel it came by, unless changed."""
        self.initial.setdefault("channel", self.complaint.channel)


class ConfirmForm(WritingForm):
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    content = choices.words(
        _("What the customer was told"), help_text=_("That the result stands, why, and what is left to them.")
    )
    routes_told = forms.BooleanField(label=_("Told about mediation, arbitration, court and regulator"), required=False)
    field_order = ("channel", "content", "routes_told", "written")

    def prepare(self) -> None:
        """On the channel it came by, unless changed."""
        self.initial.setdefault("channel", self.complaint.channel)


class GrantForm(WritingForm):
    reason = choices.words(_("Why the result does not stand"), rows=3, max_length=500)
    level = choices.radios(_("Level"), choices.LEVELS, required=False)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"level": choices.LEVEL_HINTS}
    field_order = ("reason", "level", "written")

    def prepare(self) -> None:
        """The level it had stands chosen."""
        self.initial.setdefault("level", self.complaint.sla_level)
