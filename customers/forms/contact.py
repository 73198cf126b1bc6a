"""What a browser sends about one customer: contacts, promises, consents, wishes, needs."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import bank_day, masking
from crm_site.forms import CrmForm
from customers.models import Consent, ContactPoint, FollowUp, Interaction, Need, Product

LIVE = [
    ("PHONE:IN", _("Call in")),
    ("PHONE:OUT", _("Call out")),
    ("WECHAT:IN", _("WeChat")),
    ("BRANCH:IN", _("Branch")),
    ("EMAIL:IN", _("E-mail")),
]
LIVE_ICONS = {
    "PHONE:IN": "telephone-inbound",
    "PHONE:OUT": "telephone-outbound",
    "WECHAT:IN": "chat-dots",
    "BRANCH:IN": "bank",
    "EMAIL:IN": "envelope",
}
OUTCOMES = [
    (Interaction.Outcome.RESOLVED, _("Solved")),
    (Interaction.Outcome.FOLLOW_UP, _("Follow up")),
    (Interaction.Outcome.COMPLAINT, _("Make it a complaint")),
]
BY_HAND = [
    (FollowUp.Kind.CALLBACK, _("Call back")),
    (FollowUp.Kind.RETURN_VISIT, _("Return visit")),
    (FollowUp.Kind.PROMISE, _("Promise")),
    (FollowUp.Kind.DATA_FIX, _("Complete the record")),
]


def _date(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def _no_numbers(text: str) -> str:
    """Titles stand in lists and logs, so they carry no numbers or addresses of people."""
    if masking.carries_personal_data(text):
        raise forms.ValidationError(_("Leave phone, document and card numbers out: this line is shown in lists."))
    return text


class LogForm(CrmForm):
    """One contact in one screen: nothing is required but the note."""

    one_time = True
    way = forms.ChoiceField(label=_("Channel"), choices=LIVE, initial="PHONE:IN", widget=forms.RadioSelect)
    topic = forms.ChoiceField(label=_("Topic"), choices=Interaction.Topic.choices, initial=Interaction.Topic.ENQUIRY)
    note = forms.CharField(
        label=_("Note"),
        max_length=4000,
        error_messages={"required": _("Write what the customer said and what you answered.")},
        widget=forms.Textarea(
            attrs={
                "rows": 2,
                "class": "form-control",
                "data-key": "l",
                "placeholder": _("What the customer said and what you answered"),
                "aria-describedby": "log-hint",
            }
        ),
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=OUTCOMES, initial=Interaction.Outcome.RESOLVED, widget=forms.RadioSelect
    )
    promise = forms.CharField(label=_("What was promised"), required=False, max_length=120)
    due_on = _date(_("By when"), required=False)
    step = forms.CharField(required=False, widget=forms.HiddenInput)  # the suggestion this contact carries out
    grounds = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_promise(self) -> str:
        """What was promised, without numbers of people."""
        return _no_numbers(self.cleaned_data["promise"])

    def clean(self) -> dict[str, Any]:
        """A contact that needs follow-up ends with a dated promise (domain R4.12)."""
        data = super().clean() or self.cleaned_data
        if data.get("outcome") == Interaction.Outcome.FOLLOW_UP:
            if "promise" in data and not data["promise"]:
                self.add_error("promise", _("Write what was promised."))
            if "due_on" in data and not data["due_on"]:
                self.add_error("due_on", _("Choose the day by which it is due."))
        return data


class UnknownCallerForm(LogForm):
    """A contact with somebody who is no customer, or could not be found."""

    def _furnish(self) -> None:
        for name in ("promise", "due_on", "step", "grounds"):
            del self.fields[name]
        outcome = self.fields["outcome"]
        assert isinstance(outcome, forms.ChoiceField)  # noqa: S101 - declared above
        outcome.choices = [(Interaction.Outcome.RESOLVED, _("Solved")), (Interaction.Outcome.NOTED, _("Noted"))]
        super()._furnish()


class FollowUpForm(CrmForm):
    """A new promise to one customer."""

    one_time = True
    prefix = "promise"
    kind = forms.ChoiceField(label=_("Kind"), choices=BY_HAND, initial=FollowUp.Kind.CALLBACK)
    title = forms.CharField(label=_("What was promised"), max_length=120)
    due_on = _date(_("By when"))
    due_time = forms.TimeField(
        label=_("Before what time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def clean_title(self) -> str:
        """What was promised, without numbers of people."""
        return _no_numbers(self.cleaned_data["title"])

    def due_at(self) -> datetime.datetime:
        """The moment before which it is due: the time given, else the end of that day."""
        day, time = self.cleaned_data["due_on"], self.cleaned_data["due_time"]
        return bank_day.ends(day) if time is None else timezone.make_aware(datetime.datetime.combine(day, time))


class KeepForm(CrmForm):
    """What became of a promise."""

    one_time = True
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    act = forms.ChoiceField(
        choices=[("keep", _("Kept")), ("attempt", _("Not reached")), ("cancel", _("No longer needed"))],
        required=False,
    )
    outcome = forms.CharField(label=_("Result"), required=False, max_length=200)

    def clean_outcome(self) -> str:
        """The result, without numbers of people."""
        return _no_numbers(self.cleaned_data["outcome"])


class _StepForm(CrmForm):
    """An answer to the suggested next step: which one, and on which facts it stood."""

    one_time = True
    step = forms.CharField(max_length=12, widget=forms.HiddenInput)
    grounds = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)


class StepLaterForm(_StepForm):
    """Not now: promised for a day, or put off until then."""

    prefix = "later"
    answer = forms.ChoiceField(choices=[("promise", _("Promise it by then")), ("put_off", _("Only put it off"))])
    day = _date(_("Which day"))
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)


class StepUnsuitableForm(_StepForm):
    """Not for this customer."""

    prefix = "unsuitable"
    reason = forms.CharField(label=_("Why it does not suit"), max_length=200)


class ConsentForm(CrmForm):
    """One act of consent."""

    one_time = True
    prefix = "consent"
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        choices=[choice for choice in Consent.Purpose.choices if choice[0] != Consent.Purpose.SERVICE],
        initial=Consent.Purpose.MARKETING,
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=Consent.Channel.choices, initial=Consent.Channel.ALL)
    act = forms.ChoiceField(label=_("What the customer said"), choices=Consent.Act.choices, widget=forms.RadioSelect)
    evidence = forms.ChoiceField(label=_("Proof"), choices=Consent.Evidence.choices)
    evidence_ref = forms.CharField(
        label=_("Number of the proof"),
        required=False,
        max_length=60,
        help_text=_("Of the form, letter or recording; a grant needs it."),
    )


class PreferenceForm(CrmForm):
    """When and how the customer wants to be reached."""

    prefix = "preference"
    best_time = forms.CharField(
        label=_("Best time"),
        required=False,
        max_length=60,
        help_text=_("For example: weekdays 12:00–14:00, text first"),
    )
    channel = forms.ChoiceField(
        label=_("Preferred channel"), choices=[("", _("No preference")), *ContactPoint.Type.choices], required=False
    )
    no_proactive_contact = forms.BooleanField(label=_("Do not contact unless about a matter of theirs"), required=False)

    def clean_best_time(self) -> str:
        """When, without numbers of people."""
        return _no_numbers(self.cleaned_data["best_time"])


class NeedForm(CrmForm):
    """Something the customer wants."""

    one_time = True
    prefix = "need"
    family = forms.ChoiceField(label=_("Product family"), choices=Product.Family.choices)
    basis = forms.ChoiceField(
        label=_("Basis"), choices=Need.Basis.choices, initial=Need.Basis.STATED, widget=forms.RadioSelect
    )
    strength = forms.TypedChoiceField(
        label=_("Strength"), choices=[(n, str(n)) for n in range(1, 6)], coerce=int, initial=3
    )
    text = forms.CharField(label=_("In the customer’s words"), required=False, max_length=500)


class SettleNeedForm(CrmForm):
    """What became of a want; one form stands beside each, so the fields carry no prefix."""

    one_time = True
    need = forms.IntegerField(widget=forms.HiddenInput)
    status = forms.ChoiceField(
        choices=[(Need.Status.MET, _("Met")), (Need.Status.DECLINED, _("No longer wanted"))],
        error_messages={"required": _("Say whether the need was met or is no longer wanted.")},
    )
    how = forms.CharField(
        label=_("How"),
        max_length=200,
        error_messages={"required": _("Say in a few words how it was met, or why it is no longer wanted.")},
    )
