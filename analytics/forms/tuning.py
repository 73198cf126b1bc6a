"""A version of the value score as plain fields, judgements in pairs, and what its steps ask for.

Shares are typed in per cent with two decimals, which are the whole 1/10,000 of the model; grade limits with one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from analytics import ahp
from analytics.model_checks import WAIVE_WEIGHT, problems
from analytics.scoring_model import CODEBOOKS, INDICATORS, Metric, ScoreModel, Transform, Unit
from analytics.wording import INDICATOR_LABELS, metric_word
from crm_site.errors import Text
from crm_site.forms import CrmForm
from customers.classes import Occupation

HUNDRED = Decimal(100)
_ALONE: dict[str, Text] = {"g1": _("age"), "g2": _("occupation")}  # one by one only where their tables are written
_RANKED = [(Transform.PERCENTILE, _("rank among all customers")), (Transform.MINMAX, _("between lowest and highest"))]
_LIMITS: tuple[tuple[str, Text], ...] = (
    ("coverage_floor", _("Least that must be known of an indicator, %")),
    ("confidence_0", _("High confidence from, %")),
    ("confidence_1", _("Medium confidence from, %")),
    ("confidence_2", _("Low confidence from, %; below it there is no score")),
)
_DAYS: tuple[tuple[str, Text], ...] = (
    ("half_life_days", _("Days after which an answer counts half")),
    ("answer_window_days", _("Days after which an answer counts no more")),
    ("provisional_days", _("Days a new customer's score is provisional")),
)


def _share(label: Text, value: int) -> forms.DecimalField:
    return forms.DecimalField(
        label=str(label),
        initial=Decimal(value).scaleb(-2),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )


def _whole(value: Decimal) -> int:
    """1/10,000 out of per cent."""
    return int(value * 100)


class SeenForm(CrmForm):
    """Carries the fingerprint of the rules that were looked at."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ReasonForm(SeenForm):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class NewVersionForm(CrmForm):
    """One press, one draft."""

    one_time = True


class ModelForm(SeenForm):
    """Every number of a version. ``spec`` is the version it starts from, ``found`` the one that was typed."""

    note = forms.CharField(label=_("What is changed, and why"), max_length=300, required=False)

    def __init__(self, *args: Any, spec: ScoreModel, **kwargs: Any) -> None:
        self.spec = spec
        self.found = spec
        super().__init__(*args, **kwargs)

    def _furnish(self) -> None:
        self._add_weights()
        self._add_metrics()
        self._add_rules()
        super()._furnish()

    def _add_weights(self) -> None:
        for indicator, weight in zip(INDICATORS, self.spec.weights, strict=True):
            self.fields[f"w_{indicator}"] = _share(INDICATOR_LABELS[indicator], weight)
        self.fields["heavy"] = forms.BooleanField(
            label=_("An indicator may weigh more than 60 %"),
            required=False,
            initial=WAIVE_WEIGHT in self.spec.waivers,
        )
        for grade, low in self.spec.bands:
            self.fields[f"b_{grade}"] = forms.DecimalField(
                label=_("%(grade)s from") % {"grade": grade},
                initial=Decimal(low).scaleb(-1),
                min_value=0,
                max_value=100,
                max_digits=4,
                decimal_places=1,
            )

    def _add_metrics(self) -> None:
        for metric in self.spec.metrics:
            self.fields[f"m_{metric.key}"] = _share(_name(metric), metric.weight)
            if metric.ranked:
                self.fields[f"t_{metric.key}"] = forms.ChoiceField(
                    label=_name(metric), choices=_RANKED, initial=metric.transform.value
                )
            if metric.transform is Transform.LINEAR:
                for end, words in (("best", _("%(metric)s: worth 100 at")), ("worst", _("%(metric)s: worth 0 at"))):
                    value = getattr(metric, end)
                    self.fields[f"{end}_{metric.key}"] = forms.DecimalField(
                        label=words % {"metric": _name(metric) + _unit(metric)},
                        initial=Decimal(value).scaleb(-2) if metric.unit is Unit.RATIO else value,
                        decimal_places=2 if metric.unit is Unit.RATIO else 0,
                    )
            for name, label, points in _lookup(metric):
                self.fields[name] = forms.IntegerField(
                    label=label, initial=points, min_value=0, max_value=100, required=False
                )

    def _add_rules(self) -> None:
        floors = [self.spec.coverage_floor, *self.spec.confidence]
        for (name, label), value in zip(_LIMITS, floors, strict=True):
            self.fields[name] = _share(label, value)
        for name, label in _DAYS:
            value = getattr(self.spec, name)
            self.fields[name] = forms.IntegerField(label=str(label), initial=value, min_value=0, max_value=3_660)
        self.fields["pull"] = forms.DecimalField(
            label=_("How many answers the mean of all is worth"),
            initial=Decimal(self.spec.pull).scaleb(-4).normalize(),
            min_value=0,
            max_value=100,
            decimal_places=4,
        )

    # --- what the page shows ------------------------------------------------------------------------------------
    @property
    def weights(self) -> list[BoundField]:
        """The five weights."""
        return [self[f"w_{indicator}"] for indicator in INDICATORS]

    @property
    def weight_sum(self) -> str:
        """Of the five, as they stand in the fields."""
        return _added(self.weights)

    @property
    def bands(self) -> list[BoundField]:
        """Lower limits of the grades."""
        return [self[f"b_{grade}"] for grade, _low in self.spec.bands]

    @property
    def indicators(self) -> list[dict[str, Any]]:
        """Each indicator with the shares of its metrics, and their sum."""
        found = []
        for indicator in INDICATORS:
            fields = [self[f"m_{metric.key}"] for metric in self.spec.of(indicator)]
            found.append(
                {"key": indicator, "label": INDICATOR_LABELS[indicator], "fields": fields, "sum": _added(fields)}
            )
        return found

    @property
    def tables(self) -> list[dict[str, Any]]:
        """Metrics whose points are looked up, each with the fields of its table."""
        found = []
        for metric in self.spec.metrics:
            names = [name for name, _label, _points in _lookup(metric)]
            names += [f"{end}_{metric.key}" for end in ("best", "worst") if metric.transform is Transform.LINEAR]
            if names:
                found.append({"label": _name(metric) + _unit(metric), "fields": [self[name] for name in names]})
        return found

    @property
    def ranked(self) -> list[BoundField]:
        """How the ranked metrics become points."""
        return [self[f"t_{metric.key}"] for metric in self.spec.metrics if metric.ranked]

    @property
    def limits(self) -> list[BoundField]:
        """What must be known, and how long it counts."""
        return [self[name] for name, _label in (*_LIMITS, *_DAYS, ("pull", ""))]

    # --- what was typed -----------------------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        """Builds the version and names every rule it breaks at its field."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        self.found = self._built(data)
        for problem in problems(self.found):
            self.add_error(self._place(problem.where), problem.text)
        return data

    def _place(self, where: str) -> str | None:
        names = (f"w_{where}", f"m_{where}", where, f"{where}_0")
        if where == "bands":
            return "b_A"
        return next((name for name in names if name in self.fields), None)

    def _built(self, data: dict[str, Any]) -> ScoreModel:
        waivers = [waiver for waiver in self.spec.waivers if waiver != WAIVE_WEIGHT]
        return replace(
            self.spec,
            weights=tuple(_whole(data[f"w_{indicator}"]) for indicator in INDICATORS),
            metrics=tuple(_metric(metric, data) for metric in self.spec.metrics),
            bands=tuple((grade, int(data[f"b_{grade}"] * 10)) for grade, _low in self.spec.bands),
            coverage_floor=_whole(data["coverage_floor"]),
            confidence=tuple(_whole(data[f"confidence_{place}"]) for place in range(3)),
            pull=int(data["pull"] * 10_000),
            waivers=(*waivers, *([WAIVE_WEIGHT] if data["heavy"] else [])),
            **{name: data[name] for name, _label in _DAYS},
        )


def _name(metric: Metric) -> str:
    return str(_ALONE.get(metric.key) or metric_word(metric.key))


def _unit(metric: Metric) -> str:
    return ", %" if metric.unit is Unit.RATIO else ""


def _added(fields: Iterable[BoundField]) -> str:
    """The sum of what stands in these fields; what is no number counts as nothing."""
    total = Decimal(0)
    for field in fields:
        text = str(field.value() or "0")
        if text.replace(".", "", 1).isdecimal():
            total += Decimal(text)
    return f"{total:.2f}"


def _lookup(metric: Metric) -> Sequence[tuple[str, str, int | None]]:
    """(name of the field, label, points) of every row of a metric's table; codes the table leaves out are empty."""
    if metric.transform is Transform.STEPS:
        return [(f"l_{metric.key}_{low}", _from(low), points) for low, points in metric.steps]
    if metric.transform is not Transform.CODES:
        return []
    points_of = dict(metric.codes)
    labels = dict(Occupation.choices) if metric.unit is Unit.OCCUPATION else {}
    return [
        (f"l_{metric.key}_{code}", str(labels.get(code, code)), points_of.get(code)) for code in CODEBOOKS[metric.unit]
    ]


def _from(low: int) -> str:
    return str(_("from %(n)s") % {"n": low})


def _metric(metric: Metric, data: dict[str, Any]) -> Metric:
    changes: dict[str, Any] = {"weight": _whole(data[f"m_{metric.key}"])}
    if metric.ranked:
        changes["transform"] = Transform(data[f"t_{metric.key}"])
    if metric.transform is Transform.LINEAR:
        scale = 100 if metric.unit is Unit.RATIO else 1
        changes |= {end: int(data[f"{end}_{metric.key}"] * scale) for end in ("best", "worst")}
    if metric.transform is Transform.STEPS:
        rows = [(low, data[f"l_{metric.key}_{low}"]) for low, _points in metric.steps]
        changes["steps"] = tuple((low, points) for low, points in rows if points is not None)
    if metric.transform is Transform.CODES:
        typed = [(code, data[f"l_{metric.key}_{code}"]) for code in CODEBOOKS[metric.unit]]
        order = {code: place for place, (code, _points) in enumerate(metric.codes)}
        typed.sort(key=lambda row: order.get(row[0], len(order)))  # as it stood, so that nothing else changes
        changes["codes"] = tuple((code, points) for code, points in typed if points is not None)
    return replace(metric, **changes)


class JudgementsForm(SeenForm):
    """Ten judgements: how many times as important the first of a pair is as the second."""

    reason = forms.CharField(
        label=_("Why they are used although they contradict each other"), max_length=200, required=False
    )

    def _furnish(self) -> None:
        choices = [(str(value), _words(value)) for value in ahp.JUDGEMENTS]
        for first, second in ahp.PAIRS:
            label = _("%(first)s against %(second)s") % {
                "first": INDICATOR_LABELS[first],
                "second": INDICATOR_LABELS[second],
            }
            self.fields[f"p_{first}{second}"] = forms.ChoiceField(label=label, choices=choices, initial="1")
        super()._furnish()
        self.order_fields([*(f"p_{first}{second}" for first, second in ahp.PAIRS), "reason", "seen"])

    @property
    def pairs(self) -> dict[tuple[str, str], Fraction]:
        """The judgements by pair."""
        return {pair: Fraction(self.cleaned_data[f"p_{pair[0]}{pair[1]}"]) for pair in ahp.PAIRS}


def _words(value: Fraction) -> str:
    if value == 1:
        return str(_("1: as important"))
    if value > 1:
        return str(_("%(n)s times as important") % {"n": value.numerator})
    return str(_("1/%(n)s: the second is more important") % {"n": value.denominator})
