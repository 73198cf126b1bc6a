"""The rules of one classification as plain fields, in the units people read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics import class_rule_book as book
from analytics import limit_words
from analytics.segment_rules import AGE_PRESETS
from crm_site.forms import CrmForm
from customers.classes import Occupation, OccupationGroup

PRESETS = {
    "": _("My own limits, as below"),
    "CN": _("Mainland China: 18, 36, 60"),
    "POPULAR_WHO": _("Popular bands ascribed to the WHO: 18, 45, 60"),
    "UN": _("United Nations: 15, 25, 60"),
}


class RulesForm(CrmForm):
    """A field a limit; ``dimension`` says which."""

    one_time = True
    note = forms.CharField(label=_("Why"), max_length=300, help_text=_("Stands beside the version."))

    def __init__(self, dimension: str, *args: Any, content: book.Content | None = None, **kwargs: Any) -> None:
        self.dimension = dimension
        self.start = book.limits(content or book.default(dimension))
        super().__init__(*args, **kwargs)

    def _furnish(self) -> None:
        note = self.fields.pop("note")
        self.fields |= (
            _occupations(self.start) if self.dimension == "OCCUPATION" else _limits(self.dimension, self.start)
        )
        self.fields["note"] = note
        super()._furnish()

    def data_of_rules(self) -> dict[str, Any]:
        """The rules a valid form says, as the verb takes them."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("note", "form_token")}
        if self.dimension == "OCCUPATION":
            return {"groups": given}
        if preset := given.pop("preset", ""):
            return {"preset": preset}
        limits = limit_words.LIMITS[self.dimension]
        return {name: int(Decimal(value) * limits[name][1].of) for name, value in given.items()}


def _limits(dimension: str, start: dict[str, int | str]) -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    if dimension == "AGE":
        choices = [(code, label) for code, label in PRESETS.items() if not code or code in AGE_PRESETS]
        found["preset"] = forms.ChoiceField(label=_("Preset"), choices=choices, required=False)
    for name, (label, unit) in limit_words.LIMITS[dimension].items():
        initial, places = Decimal(start[name]) / unit.of, len(str(unit.of)) - 1
        shown = f"{initial.normalize():f}"
        options: dict[str, Any] = {"label": label, "help_text": unit.name, "initial": shown}
        if places:
            found[name] = forms.DecimalField(min_value=0, max_digits=14, decimal_places=places, **options)
        else:
            least = 0 if unit is limit_words.SIGN else 1  # a sign may earn nothing
            found[name] = forms.IntegerField(min_value=least, max_value=100_000, **options)
    return found


def _occupations(start: dict[str, int | str]) -> dict[str, forms.Field]:
    groups = [(code, label) for code, label in OccupationGroup.choices if code != OccupationGroup.UNKNOWN]
    return {
        code: forms.ChoiceField(label=Occupation(code).label, choices=groups, initial=start.get(code))
        for code in Occupation.values
        if code != Occupation.REFUSED
    }


class SendBackForm(CrmForm):
    """Why a version goes back to its author."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
