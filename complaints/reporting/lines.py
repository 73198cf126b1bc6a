"""One line of a report: codes and numbers. Words are found when it is shown, so a stored line speaks every language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.figures import CONCERNED, DIMENSIONS, FIGURES, NOTHING, Asked, paid_fen, redress_fen, share, words
from complaints.improving import Status
from crm_site.errors import Text

PERCENT, DAYS, FEN, COUNT = "%", "days", "fen", ""
SECTIONS: Mapping[str, Text] = {
    "totals": _("In the period"),
    "days": _("Days to the first answer"),
    "referred": _("Referred elsewhere, by where it went"),
    "top": _("Most frequent causes"),
    "recurring": _("Causes that come again and again"),
    "improvements": _("Improvements"),
    "net": _("Attainment, pauses counted"),
    "gross": _("Attainment, pauses not counted"),
    "beside": _("Beside it"),
    "regulator": _("Regulators' limits"),
    "buckets": _("Calendar days to the answer"),
    "codes": _("By cause and code of the statistics standard"),
} | {name: label for name, (_path, label) in DIMENSIONS.items()}
MEASURES: Mapping[str, Text] = {
    "sla_rate": _("Answered in time"),
    "sla_rate_gross": _("Answered in time, pauses not counted"),
    "reg_rate": _("Regulators' limits met"),
    "reopened_rate": _("Opened again, of answered ones"),
    "unsatisfied_rate": _("Not satisfied, of those asked"),
    "upheld_rate": _("Upheld, of those decided"),
    "on_the_spot_rate": _("Solved on the spot, of minor ones"),
    "vulnerable_share": _("Special care, of those received"),
    "redress_sum": _("Redress given"),
    "redress_paid": _("Redress paid"),
    "working_mean": _("Working days, mean"),
    "working_median": _("Working days, median"),
    "working_p90": _("Working days, nine of ten within"),
    "calendar_mean": _("Calendar days, mean"),
    "calendar_median": _("Calendar days, median"),
    "calendar_p90": _("Calendar days, nine of ten within"),
    "previous": _("in the period before"),
    "half_year": _("in the half year before"),
    "bucket": _("Answers"),
}
UNITS: Mapping[str, Text] = {PERCENT: "%", DAYS: _("days"), FEN: _("CNY"), COUNT: ""}


@dataclass(frozen=True, slots=True)
class Line:
    """``value`` in ``unit``; ``n`` complaints out of ``of``. ``figure`` and ``of_figure`` name the lists that hold
    exactly these, narrowed to ``only``; "" where no list can."""

    section: str
    measure: str
    value: int | str | None
    unit: str = COUNT
    n: int | None = None
    of: int | None = None
    figure: str = ""
    of_figure: str = ""
    only: Mapping[str, str] = field(default_factory=dict)
    key: str = ""

    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self) | {"only": dict(self.only)}


def counted(section: str, asked: Asked, **only: str) -> Line:
    """A figure as a line."""
    n = asked.named(asked.name, **only).count() if only else asked.count()
    return Line(section, asked.name, n, n=n, figure=asked.name, only=only)


def rate(section: str, measure: str, hits: Asked, of: Asked) -> Line:
    """A share with its counts."""
    n, everything = hits.count(), of.count()
    return rated(section, measure, n, everything, hits.name, of.name)


def rated(
    section: str, measure: str, n: int, of: int, figure: str, of_figure: str, only: Mapping[str, str] | None = None
) -> Line:
    """A share of counts that are known."""
    value = share(n, of)
    return Line(
        section, measure, None if value is None else str(value), PERCENT, n, of, figure, of_figure, dict(only or {})
    )


def redress(asked: Asked) -> list[Line]:
    """Money granted with results of the period, and beside it what was paid of what was agreed."""
    given, paid = asked.named("redressed"), asked.named("paid")
    return [
        Line("totals", "redress_sum", redress_fen(asked), FEN, given.count(), figure=given.name),
        Line("totals", "redress_paid", paid_fen(asked), FEN, paid.count(), figure=paid.name),
    ]


def split(asked: Asked, dimension: str, *, most: int = 100) -> list[Line]:
    """A figure by the values of a dimension, the most first."""
    found = list(asked.by(dimension).items())[:most]
    return [
        Line(dimension, asked.name, n, n=n, figure=asked.name, only={dimension: code_of(value)}) for value, n in found
    ]


def split_rate(measure: str, hits: Asked, of: Asked, dimension: str, *, most: int = 100) -> list[Line]:
    """A share by the values of a dimension."""
    some = hits.by(dimension)
    return [
        rated(dimension, measure, some.get(value, 0), n, hits.name, of.name, {dimension: code_of(value)})
        for value, n in list(of.by(dimension).items())[:most]
    ]


def code_of(value: Any) -> str:
    """A value of a dimension as an address writes it."""
    return NOTHING if value in (None, "") else str(value)


def content_hash(lines: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over the lines as they are stored."""
    text = json.dumps(list(lines), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def label(line: Mapping[str, Any]) -> str:
    """A stored line in words."""
    if line["section"] in ("improvements",):
        return str(Status(line["key"]).label)
    said = [str(words(name, value)) for name, value in line["only"].items() if name != CONCERNED]
    if line["key"]:
        said.append(line["key"])
    measure = line["measure"]
    name = MEASURES[measure] if measure in MEASURES else FIGURES[measure].label if measure in FIGURES else measure
    return " · ".join([*said, str(name)] if line["section"] not in DIMENSIONS or measure != "received" else said)


def shown(line: Mapping[str, Any]) -> str:
    """The value of a stored line as people read it."""
    value = line["value"]
    if value is None:
        return "–"
    if line["unit"] == FEN:
        return f"¥{Decimal(value) / 100:,.2f}"
    return f"{value}%" if line["unit"] == PERCENT else str(value)
