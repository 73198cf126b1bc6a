"""How this complaint and others are one, or two; and what is new in it."""

from __future__ import annotations

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint

MOST = 20  # of one customer's open complaints offered


class MergeForm(StepForm):
    target = forms.CharField(
        label=_("Merge into"), max_length=20, help_text=_("The number of the complaint that goes on.")
    )
    no_new_facts = forms.BooleanField(
        label=_("This one brings no new facts"),
        required=False,
        help_text=_("New facts are recorded in the other complaint; a regulator’s limit then counts again."),
    )
    reason = choices.words(_("Why they are the same matter"), rows=2, max_length=300)

    def prepare(self) -> None:
        """The customer's other open complaints to choose from, where there are any."""
        open_ones = Complaint.objects.visible_to(self.user).open().exclude(pk=self.complaint.pk)
        linked = Q(number=self.initial.get("target", ""))
        mine = open_ones.filter(customer=self.complaint.customer).order_by("received_at", "pk")
        rows = [*mine.filter(linked), *mine.exclude(linked)[:MOST]]
        found = [(row.number, f"{row.number} · {row.subject}") for row in rows] if self.complaint.customer_id else []
        if found:
            self.fields["target"] = forms.ChoiceField(
                label=_("Merge into"), choices=found, widget=forms.RadioSelect, initial=found[0][0]
            )

    def clean_target(self) -> Complaint:
        """The complaint of this number, if this person may see it."""
        rows = Complaint.objects.visible_to(self.user).select_related("customer", "owner", "team", "leading__clock")
        found = rows.filter(number__iexact=self.cleaned_data["target"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("You see no complaint with this number."))
        return found


class UnmergeForm(StepForm):
    """Asks nothing but the press."""


class ComeBackForm(StepForm):
    reason = choices.words(_("Why it is ours after all"), rows=2, max_length=300)


class NewFactsForm(StepForm):
    channel = forms.ChoiceField(label=_("Channel"), choices=choices.CHANNELS)
    at = choices.moment(_("When it reached us"), help_text=_("Empty means just now."))
    words = choices.words(
        _("What is new"), help_text=_("In the customer’s words. No card numbers, passwords or codes.")
    )


class SplitForm(StepForm):
    subject = forms.CharField(
        label=_("Subject of the second complaint"),
        max_length=120,
        help_text=_("The problem in a few words, without names or numbers; it is shown in lists."),
    )
    content = choices.words(_("What the customer says about it"))
    desired_outcome = forms.CharField(label=_("What the customer wants"), required=False, max_length=500)
    reason = choices.words(_("Why it is handled by itself"), rows=2, max_length=300)


class AcceptReferralForm(StepForm):
    who = forms.CharField(
        label=_("Who took it over there, or their reference"), max_length=120, help_text=_("As they told you.")
    )
