"""The rules of recency, frequency and monetary value as plain fields: how marks are given, and the boxes in order.

A range of marks is typed as "4-5" or "3". Limits are typed as people read them: days, times and yuan (domain F.9).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics import class_rule_book as book
from analytics import rfm
from analytics.rfm_words import MARKS, METHOD, METHODS, MONTHS, UNITS
from crm_site.errors import Text
from crm_site.forms import CrmForm

ROWS = 14  # boxes there is room for
LANGUAGES: dict[str, Text] = {"zh": _("Simplified Chinese"), "zh-hant": _("Traditional Chinese"), "en": _("English")}
_SMALL = {"class": "form-control form-control-sm"}
_RANGE = re.compile(r"^([1-5])(?:\s*[-–]\s*([1-5]))?$")


class RfmRulesForm(CrmForm):
    """As ``RulesForm``, for the dimension RFM."""

    one_time = True
    dimension = "RFM"
    method = forms.ChoiceField(label=METHOD, choices=METHODS)
    window_months = forms.IntegerField(
        label=MONTHS, min_value=0, max_value=120, help_text=_("0 is everything there is.")
    )
    note = forms.CharField(label=_("Why"), max_length=300, help_text=_("Stands beside the version."))

    def __init__(self, *args: Any, content: book.Content | None = None, **kwargs: Any) -> None:
        self.start = dict(content or rfm.DEFAULT)
        initial = {name: self.start[name] for name in ("method", "window_months")} | kwargs.pop("initial", {})
        super().__init__(*args, initial=initial, **kwargs)

    def _furnish(self) -> None:
        note = self.fields.pop("note")
        self.fields |= _cuts(self.start["cuts"])
        for number in range(ROWS):
            boxes = self.start["boxes"]
            self.fields |= _box(number, boxes[number] if number < len(boxes) else {})
        self.fields["note"] = note
        super()._furnish()

    # --- for the template -------------------------------------------------------------------------------------------
    @property
    def cuts(self) -> Iterator[dict[str, Any]]:
        """The limits, mark by mark."""
        for mark, label in MARKS.items():
            yield {"label": label, "unit": UNITS[mark][0], "fields": [self[f"{mark}{n}"] for n in range(1, rfm.BINS)]}

    @property
    def boxes(self) -> Iterator[dict[str, Any]]:
        """One line a box: what it is called, and its ranges."""
        for number in range(ROWS):
            names: list[BoundField] = [self[f"{name}_{number}"] for name in (*LANGUAGES, *MARKS)]
            yield {"code": self[f"code_{number}"], "fields": names}

    @property
    def heads(self) -> list[Text]:
        """What stands above the columns of the boxes."""
        return [*LANGUAGES.values(), *MARKS.values()]

    # --- what was typed -----------------------------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        """Every box has a name in both scripts and ranges, and the rules hold together."""
        super().clean()
        for number in range(ROWS):
            if self._is_typed(number):
                for name in (*LANGUAGES, *MARKS):
                    field = f"{name}_{number}"
                    if not self.cleaned_data.get(field) and not self.errors.get(field):
                        self.add_error(field, gettext("A box needs its names and three ranges."))
        if not self.errors:
            for problem in rfm.problems(self.data_of_rules()):
                self.add_error(None, problem)
        return self.cleaned_data

    def data_of_rules(self) -> dict[str, Any]:
        """The rules a valid form says, as the verb takes them."""
        given = self.cleaned_data
        cuts: dict[str, list[int]] = {}
        if given["method"] == "CUTS":
            cuts = {mark: list(self._limits(mark)) for mark in MARKS}
        boxes = [self._typed(number) for number in range(ROWS) if self._is_typed(number)]
        return {"method": given["method"], "window_months": given["window_months"], "cuts": cuts, "boxes": boxes}

    def _limits(self, mark: str) -> Iterator[int]:
        for n in range(1, rfm.BINS):
            value = self.cleaned_data.get(f"{mark}{n}")
            if value is not None:
                yield int(value * UNITS[mark][1])

    def _is_typed(self, number: int) -> bool:
        return any(self.cleaned_data.get(f"{name}_{number}") for name in (*LANGUAGES, *MARKS))

    def _typed(self, number: int) -> dict[str, Any]:
        given = self.cleaned_data
        spans = {mark: _span(given[f"{mark}_{number}"]) for mark in MARKS}
        label = {language: given[f"{language}_{number}"].strip() for language in LANGUAGES}
        return {"code": given[f"code_{number}"] or f"BOX_{number + 1}", "label": label, **spans}


def _span(text: str) -> list[int]:
    found = _RANGE.match(text.strip())
    if found is None:
        raise ValueError(text)  # the field's own check has let it through
    low, high = found[1], found[2] or found[1]
    return [int(low), int(high)]


def _cuts(start: dict[str, list[int]]) -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for mark, label in MARKS.items():
        unit, of = UNITS[mark]
        for n in range(1, rfm.BINS):
            cuts = start.get(mark) or []
            initial = Decimal(cuts[n - 1]) / of if cuts else None
            found[f"{mark}{n}"] = forms.DecimalField(
                label=gettext("%(mark)s, limit %(n)s (%(unit)s)") % {"mark": label, "n": n, "unit": unit},
                min_value=0,
                max_digits=14,
                decimal_places=2 if of > 1 else 0,
                required=False,
                initial=initial,
                widget=forms.NumberInput(attrs=_SMALL),
            )
    return found


def _box(number: int, box: dict[str, Any]) -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {
        f"code_{number}": forms.CharField(
            max_length=20, required=False, initial=box.get("code", ""), widget=forms.HiddenInput
        )
    }
    words = box.get("label", {})
    for language, name in LANGUAGES.items():
        found[f"{language}_{number}"] = _text(name, number, words.get(language, words.get("zh", "")), 30)
    for mark, name in MARKS.items():
        span = box.get(mark)
        shown = "" if not span else str(span[0]) if span[0] == span[1] else f"{span[0]}-{span[1]}"
        field = _text(name, number, shown, 5, size=3)
        field.validators.append(RegexValidator(_RANGE, gettext("Write a range of marks such as 4-5, or one mark.")))
        found[f"{mark}_{number}"] = field
    return found


def _text(name: Text, number: int, initial: str, longest: int, *, size: int = 0) -> forms.CharField:
    label = gettext("Box %(n)s: %(name)s") % {"n": number + 1, "name": name}
    short = {"class": f"{_SMALL['class']} w-auto", "size": size}
    widget = forms.TextInput(attrs=short if size else _SMALL)
    return forms.CharField(label=label, max_length=longest, required=False, initial=initial, widget=widget)
