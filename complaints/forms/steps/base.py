"""What every step's form has: the complaint, the person, the version that was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints import reach
from complaints.models import Complaint
from crm_site.errors import Text
from crm_site.forms import CrmForm
from crm_site.models import User


class StepForm(CrmForm):
    """Base: knows the complaint and the person, carries the version the person was looking at."""

    versioned = True
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {}

    def __init__(self, *args: Any, complaint: Complaint, user: User, **kwargs: Any) -> None:
        self.complaint, self.user = complaint, user
        kwargs["initial"] = {"version": complaint.version, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def _furnish(self) -> None:
        self.prepare()
        super()._furnish()

    def prepare(self) -> None:
        """Fit the fields to this complaint."""

    @property
    def asks_more(self) -> bool:
        """Whether the person asked for a longer form instead of taking the step."""
        return False

    def again(self) -> StepForm:
        """The form as it is drawn again when it ``asks_more``."""
        return self

    def typed(self) -> dict[str, str]:
        """What was typed, by label, for a page that shows both versions."""
        shown = [bound for bound in self if not bound.is_hidden and self.data.get(bound.html_name)]
        return {str(bound.field.label or bound.name): str(self.data[bound.html_name]) for bound in shown}


class WritingForm(StepForm):
    """A step after which the complainant may be written to; ticked where there is an address, else not offered."""

    written = forms.BooleanField(label=_("Also send a written notice"), required=False, initial=True)

    def _furnish(self) -> None:
        way = reach.way(self.complaint)
        if way is None:
            del self.fields["written"]
        else:
            words = _("%(channel)s to %(address)s, without any detail of the matter.")
            self.fields["written"].help_text = words % {"channel": way.channel_words, "address": way.masked}
        super()._furnish()
