"""What a browser sends when somebody brings a complaint: one screen for every way it may go (ux 6(3), mock 03)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices, staff
from complaints.models import Complaint
from crm_site.forms import CrmForm
from crm_site.models import Team, User
from customers.models import Customer

Nature = Complaint.Nature


def choosable(user: User) -> QuerySet[Customer]:
    """Customers a matter may be registered for: those this person may open, and everybody who is not restricted, since
    who registers may search for them (domain J.5)."""
    seen = Customer.objects.visible_to(user).values("pk")
    return Customer.objects.living().filter(Q(restricted=False) | Q(pk__in=seen))


class ComplaintForm(CrmForm):
    """Four ways out: sent on, solved on the spot, assessed at once, or registered for assessment."""

    one_time = True
    customer = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    relation = forms.ChoiceField(label=_("Who complains"), choices=Complaint.Relation.choices, initial="SELF")
    complainant_name = forms.CharField(label=_("Name of the complainant"), required=False, max_length=60)
    complainant_contact = forms.CharField(label=_("Phone or e-mail"), required=False, max_length=120)
    authority = forms.ChoiceField(label=_("Paper of authority seen"), choices=choices.PAPERS, required=False)
    seen_on = choices.day(_("Seen on"), help_text=_("Empty means today."))
    valid_until = choices.day(_("Valid until"), help_text=_("Empty: without end."))
    nature = choices.radios(_("Nature"), choices.NATURES, initial="COMPLAINT")
    channel = forms.ChoiceField(label=_("Channel"), choices=choices.CHANNELS, initial="PHONE")
    received_at = choices.moment(_("Received at"), required=True)
    business = forms.ChoiceField(
        label=_("Category"), choices=[*choices.ASK, *Complaint.Business.choices], required=False
    )
    subject = forms.CharField(
        label=_("Subject"),
        max_length=120,
        help_text=_("The problem in a few words, without names or numbers; it is shown in lists."),
    )
    content = choices.words(
        _("What the customer says"), help_text=_("In the customer’s words. No card numbers, passwords or codes.")
    )
    desired_outcome = forms.CharField(label=_("What the customer wants"), required=False, max_length=500)
    amount = choices.money(_("Amount involved (CNY)"))
    source = forms.ChoiceField(label=_("Came through"), choices=Complaint.Source.choices, initial="DIRECT")
    external_ref = forms.CharField(label=_("Their reference"), required=False, max_length=40)
    forwarded_on = choices.day(_("Forwarded on"))
    their_due_on = choices.day(_("They want an answer by"), help_text=_("Their own date, if they set one."))
    recording = forms.ChoiceField(
        label=_("Recording of the call"),
        choices=[("", _("Not asked, or no call")), *Complaint.Recording.choices[:2]],
        required=False,
    )
    accused = staff.field(_("Staff number or name of whom it is about"))
    accused_said = choices.words(
        _("What is said of them"),
        rows=2,
        required=False,
        max_length=1000,
        help_text=_("Sealed; it stands in no history."),
    )
    vulnerable = forms.BooleanField(label=_("Customer needs special care"), required=False)
    reason = forms.CharField(
        label=_("Why late, or why anonymous"),
        required=False,
        max_length=300,
        help_text=_("Only when received more than 24 hours ago, or when the complainant stays anonymous."),
    )
    written = forms.BooleanField(
        label=_("Also send a written notice"),
        required=False,
        initial=True,
        help_text=_("Number, team and date, or where the customer was referred; no detail of the matter."),
    )
    not_ours = forms.BooleanField(label=_("This is not ours to handle"), required=False)
    department = choices.department()
    target = choices.outside_body()
    method = choices.method()
    told_how = forms.CharField(label=_("How the customer was told"), required=False, max_length=200)
    referral_reason = forms.CharField(label=_("Why it is not ours"), required=False, max_length=300)
    level = choices.radios(_("Level"), choices.LEVELS, required=False)
    departments = forms.ChoiceField(label=_("Other departments needed"), choices=choices.HELPERS, required=False)
    cause = forms.ChoiceField(label=_("Cause, first view"), choices=choices.CAUSES, required=False)
    deviation_reason = forms.CharField(label=_("Why not the suggested level"), required=False, max_length=300)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    solved = forms.BooleanField(label=_("Solved on the spot, the customer has been told"), required=False)
    solution = choices.words(_("What was done and said"), rows=2, required=False)
    decision = forms.ChoiceField(label=_("Decision"), choices=[*choices.ASK, *choices.DECISIONS], required=False)
    redress = choices.money(_("Redress (CNY)"))
    satisfaction = choices.radios(_("Satisfaction, 5 is best"), choices.MARKS, required=False)
    accepted = choices.radios(_("Accepts the result"), choices.YES_NO, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def _furnish(self) -> None:
        self.fields["received_at"].initial = timezone.localtime().replace(second=0, microsecond=0)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)  # noqa: S101 - declared above
        teams = Team.objects.filter(purpose=Team.Purpose.COMPLAINT).order_by("code")
        known = {team.pk: team for team in ([self.user.team] if self.user.team else []) + list(teams)}
        self.teams = known
        owner.choices = [
            ("auto", _("By the rules")),
            ("me", _("%(name)s (me)") % {"name": self.user.display_name}),
            *((f"team:{pk}", _("%(team)s, unassigned") % {"team": team}) for pk, team in known.items()),
        ]
        owner.initial = "auto"
        choices.offer_departments(self.fields["department"])
        super()._furnish()

    def clean_accused(self) -> User | None:
        """The person meant."""
        return staff.found(self.cleaned_data["accused"])

    def clean_customer(self) -> Customer | None:
        """The customer of this number, if this person may see them."""
        number = self.cleaned_data["customer"]
        if not number:
            return None
        found = choosable(self.user).filter(customer_no=number).first()
        if found is None:
            raise forms.ValidationError(_("This customer cannot be chosen. Look the customer up again."))
        return found

    def clean(self) -> dict[str, Any]:
        """Fields one way out needs, asked of that way only."""
        data = super().clean() or self.cleaned_data
        needed: dict[str, Any] = {}
        if data.get("not_ours"):
            needed = {
                "told_how": _("Write how the customer was told."),
                "referral_reason": _("Say why it is not ours."),
            }
        elif data.get("solved"):
            needed = {
                "cause": _("Choose the cause."),
                "solution": _("Write what the customer was told."),
                "decision": _("Choose what was decided."),
            }
        elif data.get("level") and data.get("nature") == Nature.COMPLAINT:
            needed = {"desired_outcome": _("Write what the customer wants."), "cause": _("Choose the cause.")}
        if data.get("accused") and not data.get("accused_said"):
            self.add_error("accused_said", _("Say what the person is said to have done."))
        if data.get("accused_said") and not data.get("accused") and "accused" not in self.errors:
            self.add_error("accused", _("Enter the staff number or name of whom it is about."))
        if data.get("not_ours") and not data.get("target") and not data.get("department"):
            self.add_error("target", _("Name the department or body it belongs to."))
        for name, message in needed.items():
            if name in data and not data[name]:
                self.add_error(name, message)
        return data


class DuePreviewForm(forms.Form):
    """As much of either form as a deadline needs; half-filled is no error here."""

    nature = forms.ChoiceField(choices=choices.NATURES, required=False)
    level = forms.ChoiceField(choices=choices.LEVELS, required=False)
    channel = forms.ChoiceField(choices=choices.CHANNELS, required=False)
    source = forms.ChoiceField(choices=Complaint.Source.choices, required=False)
    received_at = choices.moment("", required=False)
    cause = forms.ChoiceField(choices=choices.CAUSES, required=False)
    amount = choices.money("")
    departments = forms.ChoiceField(choices=choices.HELPERS, required=False)
    vulnerable = forms.BooleanField(required=False)
    customer = forms.CharField(required=False, max_length=20)
    business = forms.ChoiceField(choices=[*choices.ASK, *Complaint.Business.choices], required=False)
    complainant_contact = forms.CharField(required=False, max_length=120)
    external_ref = forms.CharField(required=False, max_length=40)
    their_due_on = choices.day("")

    def read(self) -> dict[str, Any]:
        """What could be read; the rest is left out."""
        self.is_valid()
        return self.cleaned_data
