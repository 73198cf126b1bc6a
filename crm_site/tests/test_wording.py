"""Dates, money, names and deadlines as people read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.utils import translation

from crm_site.wording import date_words, day_words, due_state, initials, moment_words, money_words, weekday_words

OCTOBER = dt.date(2025, 10, 14)


@pytest.mark.parametrize(
    ("language", "day", "style", "words"),
    [
        ("en", OCTOBER, "", "Tue 14 Oct 2025"),
        ("en", OCTOBER, "short", "Tue 14 Oct"),
        ("en", OCTOBER, "long", "Tue 14 Oct 2025"),
        ("en", dt.date(2024, 2, 29), "short", "Thu 29 Feb 2024"),
        ("zh-hans", OCTOBER, "", "10月14日（周二）"),
        ("zh-hans", OCTOBER, "long", "2025年10月14日（周二）"),
        ("zh-hans", dt.date(2026, 1, 1), "", "2026年1月1日（周四）"),
        ("zh-hant", dt.date(2025, 10, 12), "", "10月12日（週日）"),
        ("en", "2025-10-14", "", "Tue 14 Oct 2025"),
        ("en", None, "", ""),
        ("zh-hans", None, "long", ""),
    ],
)
@time_machine.travel("2025-10-09T10:24:00+08:00", tick=False)
def test_a_date_is_said_in_words(language: str, day: dt.date | str | None, style: str, words: str) -> None:
    with translation.override(language):
        assert date_words(day, style) == words


@time_machine.travel("2025-10-09T10:24:00+08:00", tick=False)
def test_a_moment_is_said_in_business_time_whatever_zone_it_came_in() -> None:
    evening = dt.datetime(2025, 10, 13, 23, 42, tzinfo=dt.UTC)
    with translation.override("en"):
        assert moment_words(evening) == "Tue 14 Oct 2025, 07:42"
        assert moment_words("2025-10-13T23:42:00+00:00", "short") == "Tue 14 Oct, 07:42"
    with translation.override("zh-hans"):
        assert moment_words(evening) == "10月14日（周二）07:42"
        assert date_words(evening) == "10月14日（周二）"


def test_the_ribbon_has_the_shortest_dates() -> None:
    with translation.override("en"):
        assert (weekday_words(OCTOBER), day_words(OCTOBER)) == ("Tue", "14 Oct")
    with translation.override("zh-hans"):
        assert (weekday_words(OCTOBER), day_words(OCTOBER)) == ("周二", "10/14")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Decimal("1286400"), "¥1,286,400"),
        (Decimal("1286400.00"), "¥1,286,400"),
        (Decimal("3200.5"), "¥3,200.50"),
        (Decimal("-96"), "−¥96"),
        (0, "¥0"),
        (Decimal("99999999999999.99"), "¥99,999,999,999,999.99"),
        (None, ""),
    ],
)
def test_money_is_grouped_and_whole_yuan_have_no_decimals(amount: Decimal | int | None, words: str) -> None:
    assert money_words(amount) == words


@pytest.mark.parametrize(
    ("days_left", "state", "text"),
    [
        (-2, "over", "2 days late"),
        (-1, "over", "1 day late"),
        (0, "today", "Due today"),
        (1, "soon", "Due tomorrow"),
        (2, "soon", "2 days left"),
        (3, "ok", "3 days left"),
    ],
)
def test_days_left_count_days_after_today(days_left: int, state: str, text: str) -> None:
    with translation.override("en"):
        due = due_state(days_left)
    assert (due.state, due.text) == (state, text)


def test_a_kept_promise_is_never_called_late_and_a_paused_one_shows_no_figure() -> None:
    with translation.override("en"):
        assert due_state(-3, met=True).state == "met"
        assert due_state(-3, paused=True).text == "Paused"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("林晓彤", "林"), ("阿依古丽·吐尔逊", "阿"), ("Shen Jia", "SJ"), ("Madonna", "M"), ("", ""), ("  ", "")],
)
def test_a_circle_holds_one_han_character_or_two_letters(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_one_working_day_left_is_not_tomorrow_when_days_off_lie_between() -> None:
    with translation.override("en"):
        assert due_state(1).text == "Due tomorrow"
        assert due_state(1, tomorrow=False).text == "1 day left"
        assert due_state(1, tomorrow=False).state == "soon"
