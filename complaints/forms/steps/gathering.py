"""Groups and incidents: joined, left, and answered with one text."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import Gathering
from crm_site.forms import CrmForm
from crm_site.models import User

MOST = 50  # groups to choose from
TITLE_HELP = _("The problem in a few words, without names or numbers; it is shown in lists.")


class LinkForm(StepForm):
    gathering = forms.ModelChoiceField(
        label=_("Group or incident"),
        queryset=Gathering.objects.none(),
        to_field_name="number",
        required=False,
        empty_label=_("A new one"),
    )
    kind = choices.radios(_("Kind of the new one"), Gathering.Kind, required=False, initial="GROUP")
    title = forms.CharField(
        label=_("Title of the new one"),
        max_length=120,
        required=False,
        help_text=TITLE_HELP,
    )
    speaks = forms.BooleanField(
        label=_("This complainant speaks for the group"), required=False, help_text=_("Five at most.")
    )

    def prepare(self) -> None:
        """Open ones this complaint is not in."""
        field = self.fields["gathering"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        found = Gathering.objects.visible_to(self.user).open().exclude(memberships__complaint=self.complaint)
        field.queryset = found.order_by("-pk")

    def clean(self) -> dict[str, Any]:
        """A new one needs a kind."""
        data = super().clean() or self.cleaned_data
        if data.get("gathering") is None and not data.get("kind"):
            self.add_error("kind", _("Choose a group or an incident."))
        return data


def incident_fields(user: User) -> dict[str, forms.Field]:
    """An incident that is not settled, of those this person sees; or the title of a new one."""
    open_ones = Gathering.objects.visible_to(user).open().filter(kind=Gathering.Kind.INCIDENT).order_by("-pk")
    incident = forms.ModelChoiceField(
        label=_("Incident"), queryset=open_ones, to_field_name="number", required=False, empty_label=_("A new one")
    )
    title = forms.CharField(label=_("Title of the new one"), max_length=120, required=False, help_text=TITLE_HELP)
    return {"incident": incident, "title": title}


class UnlinkForm(StepForm):
    gathering = forms.ModelChoiceField(
        label=_("Group or incident"), queryset=Gathering.objects.none(), to_field_name="number", empty_label=None
    )
    reason = choices.words(_("Why it does not belong to it"), rows=2, max_length=300)

    def prepare(self) -> None:
        """Those it is in."""
        field = self.fields["gathering"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = Gathering.objects.filter(memberships__complaint=self.complaint)


class SettleForm(CrmForm):
    """One approved text for every linked complaint."""

    one_time = True
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    decision = choices.radios(_("Decision"), choices.DECISIONS)
    content = choices.words(_("What every customer is told"))
    routes_told = forms.BooleanField(label=_("Further routes explained"), required=False)
