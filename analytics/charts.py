"""Charts as plain data: coordinates already written for SVG, words for those who cannot see it, and the table behind.

Coordinates across are percentages, so that text never stretches; only lines live in an inner drawing of 100 × 100.
Templates ``_components/chart_*.html`` turn these into markup; colours are classes (ux.md §8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

Number = Decimal | int | float

TELEPHONE = 48  # characters side by side


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a chart: the first cell of a row is its heading."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What every chart has: a name unique on its page, its height in pixels, title, description, caption and table."""

    key: str
    height: int
    title: str
    description: str
    caption: str
    table: Table


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One indicator: what it earned of what it could, against a middle. All in points of the score."""

    label: str
    earned: Decimal
    most: Decimal
    middle: Decimal


@dataclass(frozen=True, slots=True)
class ValueBar:
    """Where one indicator's bar, track and tick stand. ``y`` are pixels from the top."""

    label: str
    label_y: int
    bar_y: int
    track: str
    bar: str
    tick: str
    tick_top: int
    tick_end: int
    text_y: int
    text: str


@dataclass(frozen=True, slots=True)
class ValueChart:
    """The five indicators: length = points, pale track = most possible, tick = the middle of the group."""

    frame: Frame
    bars: tuple[ValueBar, ...]


@dataclass(frozen=True, slots=True)
class SplitPart:
    """One piece of a whole, in colour ``shade`` 1–6."""

    label: str
    shade: int
    x: str
    width: str
    amount: str
    share: str


@dataclass(frozen=True, slots=True)
class SplitChart:
    """One bar cut into its parts."""

    frame: Frame
    parts: tuple[SplitPart, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """One value at its place, with its label underneath and its number above; an empty text is not drawn."""

    x: str
    y: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One level of the scale."""

    y: str
    text: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line over equal steps. ``points`` are in the inner drawing, dots and ticks in the outer one."""

    frame: Frame
    points: str
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    top: int
    depth: int
    label_y: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One upright bar with its number on top."""

    x: str
    width: str
    y: str
    height: str
    middle: str
    text_y: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """Upright bars on a ground line."""

    frame: Frame
    bars: tuple[Bar, ...]
    ground: int
    label_y: int

    @property
    def crowded(self) -> bool:
        """Whether the words below the bars would run into one another on a telephone."""
        return sum(len(bar.label) + 1 for bar in self.bars) > TELEPHONE


def value_chart(
    rows: Sequence[ValueRow], *, key: str, title: str, caption: str, head: Sequence[str] | None = None
) -> ValueChart:
    """Bars of the indicators, the widest track three quarters of the drawing, numbers at the right edge."""
    widest = max((row.most for row in rows), default=Decimal(0)) or Decimal(1)
    bars = []
    for place, row in enumerate(rows):
        top, track = 43 * place, Decimal(78) * row.most / widest
        scale = track / row.most if row.most else Decimal(0)
        bars.append(
            ValueBar(
                label=row.label,
                label_y=top + 13,
                bar_y=top + 20,
                track=percent(track),
                bar=percent(row.earned * scale),
                tick=percent(row.middle * scale),
                tick_top=top + 17,
                tick_end=top + 35,
                text_y=top + 31,
                text=f"{decimals(row.earned, 1)} / {decimals(row.most, 0)}",
            )
        )
    said = [f"{row.label} {bar.text}" for row, bar in zip(rows, bars, strict=True)]
    names = tuple(head or (_("Indicator"), _("Points"), _("Most possible"), _("Median")))
    figures = tuple(
        (row.label, decimals(row.earned, 1), decimals(row.most, 1), decimals(row.middle, 1)) for row in rows
    )
    return ValueChart(
        Frame(key, 43 * len(rows) - 6, title, "; ".join(said), caption, Table(names, figures)), tuple(bars)
    )


def split_chart(
    parts: Sequence[tuple[str, int, str]], *, key: str, title: str, caption: str, name: str, height: int = 18
) -> SplitChart:
    """A bar split by (label, size ≥ 0, size in words). Parts of nothing are left out of the bar, not of the table.

    The shares add up to 100 %: what rounding leaves over goes to the parts that lost most by it.
    """
    total = sum(size for _label, size, _words in parts)
    shares = _shares([size for _label, size, _words in parts])
    drawn, edge = [], 0
    for place, (label, size, words) in enumerate(parts):
        start, edge = edge, edge + size
        if size:
            x, width = Decimal(100 * start) / total, Decimal(100 * size) / total
            drawn.append(SplitPart(label, place % 6 + 1, percent(x), percent(width), words, f"{shares[place]}%"))
    said = "; ".join(f"{part.label} {part.share}" for part in drawn)
    rows = tuple((label, words, f"{share}%") for (label, _size, words), share in zip(parts, shares, strict=True))
    table = Table((name, _("Amount"), _("Share")), rows)
    return SplitChart(Frame(key, height, title, said, caption, table), tuple(drawn))


def line_chart(
    points: Sequence[tuple[str, Number]],
    *,
    key: str,
    title: str,
    caption: str,
    name: str,
    unit: str,
    low: Number | None = None,
    high: Number | None = None,
    places: int = 1,
    height: int = 180,
) -> LineChart:
    """A line through (label, value) with a dot at each; the scale runs from ``low`` to ``high`` or fits."""
    values = [Decimal(str(value)) for _label, value in points]
    bottom, ceiling = _scale(values, low, high)
    top, depth, left, width = 14, height - 46, Decimal(8), Decimal(89)
    steps = max(len(values) - 1, 1)
    across = [Decimal(100 * place) / steps for place in range(len(values))]
    down = [100 * (1 - (value - bottom) / (ceiling - bottom)) for value in values]
    every = max(1, -(-len(values) // 8))
    last = len(values) - 1
    dots = tuple(
        Dot(
            x=percent(left + width * x / 100),
            y=decimals(top + depth * y / 100, 1),
            label=label if (last - place) % every == 0 else "",
            text=decimals(values[place], places) if place == last else "",
        )
        for place, ((label, _value), x, y) in enumerate(zip(points, across, down, strict=True))
    )
    levels = [bottom + (ceiling - bottom) * step / 4 for step in range(5)]
    ticks = tuple(
        Tick(decimals(top + depth * (ceiling - level) / (ceiling - bottom), 1), decimals(level, places))
        for level in levels
    )
    rows = tuple((label, decimals(value, places)) for (label, _value), value in zip(points, values, strict=True))
    said = "; ".join(" ".join(row) for row in rows)
    inner = " ".join(f"{decimals(x, 2)},{decimals(y, 2)}" for x, y in zip(across, down, strict=True))
    frame = Frame(key, height, title, said, caption, Table((name, unit), rows))
    return LineChart(frame, inner, dots, ticks, top, depth, top + depth + 20)


def bar_chart(
    bars: Sequence[tuple[str, Number]],
    *,
    key: str,
    title: str,
    caption: str,
    name: str,
    unit: str,
    places: int = 0,
    height: int = 170,
) -> BarChart:
    """Upright bars of (label, value ≥ 0), the tallest filling the height, the number printed on each."""
    values = [Decimal(str(value)) for _label, value in bars]
    tallest = max(values, default=Decimal(0)) or Decimal(1)
    top, depth = 20, height - 46
    slot = Decimal(100) / max(len(values), 1)
    width = slot * Decimal("0.56")
    drawn = []
    for place, ((label, _value), value) in enumerate(zip(bars, values, strict=True)):
        tall = depth * value / tallest
        y = top + depth - tall
        x = slot * place + (slot - width) / 2
        words = decimals(value, places)
        drawn.append(
            Bar(percent(x), percent(width), decimals(y, 1), decimals(tall, 1), percent(x + width / 2),
                decimals(y - 5, 1), label, words)
        )  # fmt: skip
    rows = tuple((bar.label, bar.text) for bar in drawn)
    said = "; ".join(" ".join(row) for row in rows)
    frame = Frame(key, height, title, said, caption, Table((name, unit), rows))
    return BarChart(frame, tuple(drawn), top + depth, top + depth + 18)


def decimals(value: Number, places: int) -> str:
    """A number with so many decimals, rounded HALF_UP, never "-0", the same in every language."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:f}"


def percent(value: Number) -> str:
    """A coordinate across the drawing."""
    return f"{decimals(value, 2)}%"


def _shares(sizes: Sequence[int]) -> list[int]:
    total = sum(sizes)
    if not total:
        return [0 for _size in sizes]
    shares = [100 * size // total for size in sizes]
    losers = sorted(range(len(sizes)), key=lambda place: (-(100 * sizes[place] % total), place))
    for place in losers[: 100 - sum(shares)]:
        shares[place] += 1
    return shares


def _scale(values: Sequence[Decimal], low: Number | None, high: Number | None) -> tuple[Decimal, Decimal]:
    bottom = Decimal(str(low)) if low is not None else min(values, default=Decimal(0))
    ceiling = Decimal(str(high)) if high is not None else max(values, default=Decimal(1))
    if ceiling <= bottom:
        return bottom - 1, bottom + 1
    return bottom, ceiling
