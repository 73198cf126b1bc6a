"""Charts: right coordinates, words for those who cannot see them, and markup our content policy allows (ux.md §8)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # noqa: S405 - reads our own markup
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from analytics.charts import (
    BarChart,
    LineChart,
    SplitChart,
    ValueChart,
    ValueRow,
    bar_chart,
    decimals,
    line_chart,
    split_chart,
    value_chart,
)

WORDS = {"title": "Title <&>", "caption": "Caption"}


def value() -> ValueChart:
    rows = [
        ValueRow("Contribution", Decimal("30.8"), Decimal(35), Decimal("21.35")),
        ValueRow("Satisfaction", Decimal("14.8"), Decimal(20), Decimal("15.6")),
        ValueRow("Nothing", Decimal(0), Decimal(0), Decimal(0)),
    ]
    return value_chart(rows, key="vs", **WORDS)


def split() -> SplitChart:
    parts = [("Deposits", 128_640_000, "¥1,286,400"), ("Wealth", 215_000_000, "¥2,150,000"), ("Bonds", 0, "¥0"),
             ("Funds", 46_820_000, "¥468,200")]  # fmt: skip
    return split_chart(parts, key="hd", name="Product", **WORDS)


def line() -> LineChart:
    points = [("May", 4.2), ("Jun", 4.4), ("Jul", Decimal("4.0"))]
    return line_chart(points, key="ln", name="Month", unit="Mean", **WORDS)


def bars() -> BarChart:
    return bar_chart([("A", 50), ("B", 25), ("C", 0)], key="br", name="Grade", unit="Customers", **WORDS)


def test_a_bar_is_as_long_as_its_points_and_its_track_as_its_weight() -> None:
    contribution, satisfaction, nothing = value().bars
    assert (contribution.track, contribution.bar, contribution.tick) == ("78.00%", "68.64%", "47.58%")
    assert (satisfaction.track, satisfaction.bar, satisfaction.tick) == ("44.57%", "32.98%", "34.77%")
    assert (nothing.track, nothing.bar, nothing.text) == ("0.00%", "0.00%", "0.0 / 0")
    assert (satisfaction.label_y, satisfaction.bar_y) == (56, 63)
    assert value().frame.description == "Contribution 30.8 / 35; Satisfaction 14.8 / 20; Nothing 0.0 / 0"


def test_a_split_bar_is_filled_and_its_shares_add_up() -> None:
    parts = split().parts
    assert [(part.x, part.width, part.share) for part in parts] == [
        ("0.00%", "32.95%", "33%"),
        ("32.95%", "55.06%", "55%"),
        ("88.01%", "11.99%", "12%"),
    ]
    assert [part.shade for part in parts] == [1, 2, 4]  # a colour stays with its product
    assert split().frame.table.rows[2] == ("Bonds", "¥0", "0%")


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=9))
def test_shares_of_a_whole_are_a_hundred(sizes: list[int]) -> None:
    rows = split_chart([("x", size, "") for size in sizes], key="k", name="n", **WORDS).frame.table.rows
    assert sum(int(row[2].rstrip("%")) for row in rows) == (100 if sum(sizes) else 0)


def test_a_line_runs_between_its_lowest_and_highest_value() -> None:
    chart = line()
    assert chart.points == "0.00,50.00 50.00,0.00 100.00,100.00"
    assert [dot.text for dot in chart.dots] == ["", "", "4.0"]
    assert [tick.text for tick in chart.ticks] == ["4.0", "4.1", "4.2", "4.3", "4.4"]
    assert chart.frame.table.rows == (("May", "4.2"), ("Jun", "4.4"), ("Jul", "4.0"))


def test_a_long_line_labels_every_few_steps_and_always_the_last() -> None:
    chart = line_chart([(str(week), week) for week in range(26)], key="k", name="n", unit="u", **WORDS)
    labels = [dot.label for dot in chart.dots if dot.label]
    assert len(labels) <= 8
    assert labels[-1] == "25"


@pytest.mark.parametrize("points", [[], [("only", 3)], [("a", 3), ("b", 3)]])
def test_a_line_without_spread_is_still_drawn(points: list[tuple[str, int]]) -> None:
    chart = line_chart(points, key="k", name="n", unit="u", **WORDS)
    assert len(chart.dots) == len(points)


def test_the_tallest_bar_fills_the_height() -> None:
    tall, half, none = bars().bars
    assert (tall.height, half.height, none.height) == ("124.0", "62.0", "0.0")
    assert tall.y == "20.0"
    assert float(half.y) + float(half.height) == bars().ground
    assert bar_chart([], key="k", name="n", unit="u", **WORDS).bars == ()


@pytest.mark.parametrize(
    ("labels", "crowded"),
    [([str(month) for month in range(1, 13)], False), ([f"{low}–{low + 10}" for low in range(0, 100, 10)], True)],
)
def test_ten_ranges_below_bars_are_written_smaller_on_a_telephone_and_twelve_months_are_not(
    labels: list[str], crowded: bool
) -> None:
    chart = bar_chart([(label, 1) for label in labels], key="k", name="n", unit="u", **WORDS)
    assert chart.crowded == crowded
    assert ("ch--crowded" in render_to_string("_components/chart_bars.html", {"chart": chart})) == crowded


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [(Decimal("0.005"), 2, "0.01"), (Decimal("-0.001"), 2, "0.00"), (12345.678, 1, "12345.7"), (3, 0, "3")],
)
def test_numbers_are_written_the_same_in_every_language(value: Decimal, places: int, written: str) -> None:
    assert decimals(value, places) == written


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    ("kind", "chart"), [("value", value()), ("split", split()), ("line", line()), ("bars", bars())]
)
def test_markup_is_accessible_and_allowed(kind: str, chart: ValueChart, language: str) -> None:
    with translation.override(language):
        text = render_to_string(f"_components/chart_{kind}.html", {"chart": chart})
    assert "style=" not in text and "<script" not in text
    assert not re.search(r'"(?:None|)%?"', text.replace('overflow="visible"', ""))  # no attribute without a value
    figure = ET.fromstring(text)  # noqa: S314 - our own markup; fails when a tag is left open
    assert figure.tag == "figure"
    svg = figure.find("svg")
    assert svg is not None and svg.get("role") == "img"
    names = [part.get("id") for part in (svg.find("title"), svg.find("desc")) if part is not None]
    assert svg.get("aria-labelledby") == " ".join(str(name) for name in names)
    assert svg.findtext("title") == "Title <&>"
    assert figure.findtext("figcaption") == "Caption"
    cells = [cell.text for cell in figure.iter("td")]
    assert cells == [cell for row in chart.frame.table.rows for cell in row[1:]]
