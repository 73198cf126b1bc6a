"""Options and hints that several forms share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from complaints.models import Authority, CauseDetail, Complaint, Feedback, Pause, Referral
from complaints.sla import Level
from crm_site.errors import Text
from crm_site.models import Department
from customers.models import Interaction

Options = list[tuple[str, Any]]
ASK: Options = [("", _("Choose …"))]
CHANNELS: Options = [
    (value, label) for value, label in Interaction.Channel.choices if value not in ("SURVEY", "SYSTEM", "EVENT")
]
NATURES: Options = [(value, label) for value, label in Complaint.Nature.choices if value != "UNCLASSIFIED"]
NATURE_HINTS: dict[str, Text] = {
    "INQUIRY": _("Wants to know something. Ends with an answer."),
    "SUGGESTION": _("Wants something improved. Passed on."),
    "COMPLAINT": _("Unhappy and wants it dealt with. Starts the clock."),
}
LEVELS: Options = [(str(level), level.label) for level in Level]
LEVEL_HINTS: dict[str, Text] = {
    "MINOR": _("You can solve it now, on your own.\nDue: on the spot"),
    "MODERATE": _("Needs another department, a refund or a correction.\nDue: 5 working days"),
    "SEVERE": _("Several customers, safety of funds, press or regulator.\nDue: 10 working days"),
}
PAUSE_HINTS: dict[str, Text] = {
    "WAITING_CUSTOMER": _(
        "Papers or an answer only the customer has.\nAt most 5 working days; a regulator's limit goes on."
    ),
    "EXTERNAL_APPRAISAL": _("A test or appraisal outside the bank.\nAt most 10 working days in a round."),
}
PAPERS: Options = [*ASK, *Authority.Kind.choices]
RESUMED: Options = [(v, label) for v, label in Pause.Ended.choices if v != "LIMIT"]


def causes() -> list[tuple[Any, Any]]:
    """Causes; under each the kinds the bank tells apart, where there are any."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for cause, code, name in CauseDetail.objects.filter(active=True).values_list("cause", "code", "name"):
        kinds.setdefault(cause, []).append((f"{cause}.{code}", name))
    return [
        *ASK,
        *((label, kinds[cause]) if cause in kinds else (cause, label) for cause, label in Complaint.Cause.choices),
    ]


CAUSES: Options = [*ASK, *Complaint.Cause.choices]
_COMPLAINT_DECISIONS = ("UPHELD", "PARTLY", "NOT_UPHELD", "EXPLAINED")
DECISIONS: Options = [(v, label) for v, label in Feedback.Decision.choices if v in _COMPLAINT_DECISIONS]
ADOPTIONS: Options = [(v, label) for v, label in Feedback.Decision.choices if v in ("ADOPTED", "NOT_ADOPTED")]
MARKS: Options = [("5", "5"), ("4", "4"), ("3", "3"), ("2", "2"), ("1", "1")]
YES_NO: Options = [("1", _("Yes")), ("0", _("No"))]
HELPERS: Options = [("0", _("None")), ("1", _("One")), ("2", _("Two")), ("3", _("Three or more"))]


def cause_of(complaint: Complaint) -> str:
    """The value of the cause it has; "" where a kind of it is still to be named."""
    detail = complaint.cause_detail
    if detail is not None:
        return f"{complaint.cause}.{detail.code}"
    waiting = CauseDetail.objects.filter(cause=complaint.cause, active=True).exists()
    return "" if waiting else complaint.cause


def fen(amount: Any) -> int:
    """Whole fen of an amount of yuan; 0 for none."""
    return int(amount * 100) if amount else 0


def radios(
    label: Any, options: Options | type[TextChoices], *, required: bool = True, **extra: Any
) -> forms.ChoiceField:
    """Radio buttons; nothing preselected."""
    choices = options if isinstance(options, list) else options.choices
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=forms.RadioSelect, **extra)


def words(
    label: Any, *, rows: int = 3, required: bool = True, max_length: int = 5000, help_text: Any = ""
) -> forms.CharField:
    """Several lines of text."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=max_length,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def money(label: Any) -> forms.DecimalField:
    """An amount of yuan, not negative."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "money", "autocomplete": "off"}),
    )


def day(label: Any, *, help_text: Any = "") -> forms.DateField:
    """A day, chosen or typed as YYYY-MM-DD; may be left empty."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, help_text=help_text, widget=widget)


def department() -> forms.ModelChoiceField:
    """A department of the bank a matter is sent on to."""
    nothing = Department.objects.none()
    return forms.ModelChoiceField(
        label=_("Referred to a department"), queryset=nothing, required=False, empty_label=_("None, to a body outside")
    )


def offer_departments(field: forms.Field) -> None:
    """Those that work today."""
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - made by department()
    field.queryset = Department.objects.filter(active=True).order_by("code")


def outside_body() -> forms.CharField:
    """Whom outside it belongs to."""
    return forms.CharField(label=_("Referred to a body outside"), required=False, max_length=80)


def method() -> forms.ChoiceField:
    """How it was passed on."""
    return forms.ChoiceField(label=_("Passed on by"), choices=[*ASK, *Referral.Method.choices], required=False)


def moment(label: Any, *, help_text: Any = "", required: bool = False) -> forms.DateTimeField:
    """A local date and time, typed as YYYY-MM-DD HH:MM."""
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=help_text,
        input_formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M"],
        widget=forms.DateTimeInput(
            format="%Y-%m-%d %H:%M", attrs={"autocomplete": "off", "placeholder": "2025-10-14 09:30"}
        ),
    )


COMPLEXITY_HINTS: dict[str, Text] = {
    "COMPLEX": _("Needs outside enquiries, several departments or an appraisal"),
    "VERY_COMPLEX": _("Still not to be answered in the longer limit"),
}
