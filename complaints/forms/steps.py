"""What a browser sends with each step; one form a verb. Fields in ``cards`` are drawn as radio cards."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints import severity, suggesting
from complaints.forms import choices
from complaints.models import Complaint, Pause
from complaints.severity import Condition, Factors, History, Publicity, Rights
from crm_site.errors import Text
from crm_site.forms import CrmForm
from crm_site.models import Department, User


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

    def typed(self) -> dict[str, str]:
        """What was typed, by label, for a page that shows both versions."""
        shown = [bound for bound in self if not bound.is_hidden and self.data.get(bound.html_name)]
        return {str(bound.field.label or bound.name): str(self.data[bound.html_name]) for bound in shown}


class ClassifyForm(StepForm):
    nature = choices.radios(_("Nature"), choices.NATURES)
    reason = choices.words(_("Reason"), rows=2, max_length=500)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"nature": choices.NATURE_HINTS}

    def prepare(self) -> None:
        """The first classification needs no reason."""
        if self.complaint.nature == Complaint.Nature.UNCLASSIFIED:
            del self.fields["reason"]


class AssessForm(StepForm):
    level = choices.radios(_("Level"), choices.LEVELS)
    deviation_reason = forms.CharField(
        label=_("Why not the suggested level"),
        required=False,
        max_length=300,
        help_text=_("Only when you decide otherwise."),
    )
    cause = forms.ChoiceField(label=_("Cause"), choices=choices.CAUSES)
    core_issue = forms.CharField(label=_("Core problem, in a sentence"), max_length=200)
    desired_outcome = forms.CharField(label=_("What the customer wants"), max_length=500)
    loss = choices.money(_("Loss claimed (CNY)"))
    rights = forms.ChoiceField(label=_("Right affected"), choices=Rights.choices)
    people = forms.IntegerField(label=_("People affected"), min_value=1, max_value=100000, initial=1)
    condition = forms.ChoiceField(label=_("Condition of the complainant"), choices=Condition.choices)
    history = forms.ChoiceField(label=_("Repeated"), choices=History.choices)
    departments = forms.ChoiceField(label=_("Other departments needed"), choices=choices.HELPERS)
    outside_body = forms.BooleanField(label=_("An outside body is needed"), required=False)
    publicity = forms.ChoiceField(label=_("Publicity"), choices=Publicity.choices)
    data_leak = forms.BooleanField(label=_("Personal data leaked"), required=False)
    staff_fraud = forms.BooleanField(label=_("Fraud or theft by staff alleged"), required=False)
    safety = forms.BooleanField(label=_("Personal safety at risk"), required=False)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"level": choices.LEVEL_HINTS}

    def prepare(self) -> None:
        """What intake already knows stands in the fields."""
        known = suggesting.known(self.complaint)
        proposed = self.complaint.get_proposed_level_display()
        self.suggestion = severity.suggest(known)
        self.reasons = suggesting.reasons(self.suggestion)
        self.initial.update(
            {
                "cause": self.complaint.cause,
                "core_issue": self.complaint.core_issue or self.complaint.subject,
                "desired_outcome": self.complaint.desired_outcome,
                "loss": Decimal(self.complaint.disputed_fen).scaleb(-2) if self.complaint.disputed_fen else None,
                **{name: getattr(known, name) for name in ("rights", "condition", "history", "publicity")},
            }
        )
        if proposed:
            self.fields["level"].help_text = _("Proposed at intake: %(level)s") % {"level": proposed}

    def factors(self) -> Factors:
        """The facts, from a valid form."""
        data = self.cleaned_data
        return Factors(
            loss_fen=choices.fen(data["loss"]),
            rights=Rights(data["rights"]),
            people=data["people"],
            condition=Condition(data["condition"]),
            history=History(data["history"]),
            departments=int(data["departments"]),
            outside_body=data["outside_body"],
            publicity=Publicity(data["publicity"]),
            data_leak=data["data_leak"],
            staff_fraud=data["staff_fraud"],
            safety=data["safety"],
        )


class _Answered(StepForm):
    """Fields of "asked whether satisfied", shared by two steps."""

    satisfaction = choices.radios(_("Satisfaction, 5 is best"), choices.MARKS, required=False)
    accepted = choices.radios(_("Accepts the result"), choices.YES_NO, required=False)


class ResolveForm(_Answered):
    cause = forms.ChoiceField(label=_("Cause"), choices=choices.CAUSES)
    content = choices.words(_("What was done and said"))
    decision = choices.radios(_("Decision"), choices.DECISIONS)
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    redress = choices.money(_("Redress (CNY)"))
    routes_told = forms.BooleanField(label=_("Further routes explained"), required=False)
    field_order = ("cause", "content", "decision", "channel", "redress", "routes_told", "satisfaction", "accepted")

    def prepare(self) -> None:
        """Told on the channel it came by, unless changed."""
        self.initial.update({"cause": self.complaint.cause, "channel": self.complaint.channel})


class StartWorkForm(StepForm):
    plan = choices.words(
        _("What will be done, by whom and by when"),
        help_text=_("Internal; it never reaches a message to the customer."),
    )
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments that take part"), queryset=Department.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        """A suggestion may be passed on without a plan."""
        field = self.fields["departments"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        field.queryset = Department.objects.filter(active=True).exclude(kind=Department.Kind.SERVICE)
        self.fields["plan"].required = self.complaint.nature == Complaint.Nature.COMPLAINT


class ProgressForm(StepForm):
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    at = choices.moment(_("When"), help_text=_("Empty means just now."))
    words = choices.words(_("What you told the customer"))


class FeedBackForm(StepForm):
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    at = choices.moment(_("When"), help_text=_("Empty means just now."))
    reached = choices.radios(
        _("Did you reach the customer?"),
        [
            ("1", _("Yes, told the result")),
            ("0", _("No, nobody reached")),
            ("served", _("No, the result was sent in writing")),
        ],
    )
    decision = choices.radios(_("Decision"), choices.DECISIONS, required=False)
    content = choices.words(
        _("What the customer was told"), help_text=_("Decision, reasons, what happens now, further routes.")
    )
    reason = choices.words(_("Why it was decided so"), rows=2, max_length=500)
    redress = choices.money(_("Redress (CNY)"))
    routes_told = forms.BooleanField(label=_("Further routes explained"), required=False)
    close_now = forms.BooleanField(label=_("Close it with this answer"), required=False, initial=True)

    def prepare(self) -> None:
        """An inquiry is answered; a suggestion is adopted or not, with the reason; a complaint may bring redress."""
        nature = self.complaint.nature
        drop = {
            "INQUIRY": ("decision", "reason", "redress", "routes_told"),
            "SUGGESTION": ("redress", "routes_told"),
        }.get(nature, ("reason", "close_now"))
        for name in drop:
            del self.fields[name]
        if nature == Complaint.Nature.SUGGESTION:
            self.fields["decision"] = choices.radios(_("Decision"), choices.ADOPTIONS, required=False)
            self.order_fields(("channel", "at", "reached", "decision", "content", "reason", "close_now"))
        self.initial.setdefault("reached", "1")


class SatisfactionForm(_Answered):
    channel = forms.ChoiceField(label=_("Asked by"), choices=choices.CHANNELS)
    at = choices.moment(_("When"), help_text=_("Empty means just now."))
    reached = choices.radios(_("Did you reach the customer?"), choices.YES_NO)
    comment = choices.words(_("In the customer’s words"), rows=2, required=False)
    field_order = ("channel", "at", "reached", "satisfaction", "accepted", "comment")


class CloseForm(StepForm):
    outcome = choices.radios(_("How it ended"), [])
    cause = forms.ChoiceField(label=_("Cause"), choices=choices.CAUSES)
    position_final = forms.BooleanField(
        label=_("A second solution was offered, or this is our final position"), required=False
    )
    routes_told = forms.BooleanField(
        label=_("Told about review, mediation, arbitration, court and regulator"), required=False
    )

    def __init__(self, *args: Any, outcomes: list[tuple[str, Any]], **kwargs: Any) -> None:
        self.outcomes = outcomes
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """Only ends that are possible now; only what is still missing."""
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = self.outcomes
        if self.complaint.cause or self.complaint.nature != Complaint.Nature.COMPLAINT:
            del self.fields["cause"]
        if "UNSATISFIED_FINAL" not in dict(self.outcomes):
            del self.fields["position_final"], self.fields["routes_told"]


class ReopenForm(StepForm):
    reason = choices.words(_("What the customer says now"), rows=3, max_length=1000)
    new_facts = forms.BooleanField(label=_("New facts, not only dissatisfaction"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=choices.CHANNELS)
    received_at = choices.moment(_("When the customer said so"), help_text=_("Empty means just now."))
    level = choices.radios(_("Level"), choices.LEVELS, required=False)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"level": choices.LEVEL_HINTS}

    def prepare(self) -> None:
        """The level it had stands chosen; other natures have none."""
        if self.complaint.nature in (Complaint.Nature.INQUIRY, Complaint.Nature.SUGGESTION):
            del self.fields["level"]
        self.initial.update({"level": self.complaint.sla_level, "channel": self.complaint.channel})


class ReferOutForm(StepForm):
    target = forms.CharField(label=_("Referred to"), max_length=80)
    told_how = forms.CharField(label=_("How the customer was told"), max_length=200)
    reason = choices.words(_("Why it is not ours"), rows=2, max_length=500)


class ChangeLevelForm(StepForm):
    level = choices.radios(_("Level"), choices.LEVELS)
    reason = choices.words(_("Reason"), rows=2, max_length=500)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"level": choices.LEVEL_HINTS}

    def prepare(self) -> None:
        """The level it has cannot be chosen again."""
        field = self.fields["level"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(value, label) for value, label in choices.LEVELS if value != self.complaint.sla_level]


class PauseForm(StepForm):
    why = choices.radios(_("What is waited for"), Pause.Reason.choices)
    until = forms.DateField(
        label=_("Stands still until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    told = choices.words(_("What you told the customer"), rows=2)
    reason = choices.words(_("Reason"), rows=2, max_length=500)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"why": choices.PAUSE_HINTS}

    def prepare(self) -> None:
        """Told on the channel it came by, unless changed."""
        self.initial.setdefault("channel", self.complaint.channel)


class SignPauseForm(StepForm):
    """Nothing is asked: pressing it signs."""


class ResumeForm(StepForm):
    because = choices.radios(_("Why it goes on"), choices.RESUMED)


class WithdrawForm(StepForm):
    reason = choices.words(_("Why the customer takes it back"), rows=2, max_length=500)
    evidence = forms.CharField(
        label=_("Where it can be read or heard"),
        required=False,
        max_length=300,
        help_text=_("E-mail, recording, signed note."),
    )
    read_back = forms.BooleanField(label=_("Read back to the customer and confirmed"), required=False)
