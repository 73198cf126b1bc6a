"""How dates, money, names and time left are said, in the reader's language (pure: plain values in, words out)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

Moment = dt.date | dt.datetime | str | None
DateStyle = Literal["", "short", "long"]
State = Literal["over", "today", "soon", "ok", "pause", "met"]

_WEEKDAYS = "一二三四五六日"
_SOON_DAYS = 2


@dataclass(frozen=True, slots=True)
class DueState:
    """A deadline in one word family: ``state`` picks icon and colour, ``text`` says it."""

    state: State
    text: str


def due_state(days_left: int, *, paused: bool = False, met: bool = False, tomorrow: bool = True) -> DueState:
    """Words for a deadline ``days_left`` working days after today (0 = today, negative = late).

    ``tomorrow=False`` says that days off lie between today and the one working day left.
    """
    if met:
        return DueState("met", _("On time"))
    if paused:
        return DueState("pause", _("Paused"))
    if days_left < 0:
        late = -days_left
        return DueState("over", ngettext("%(n)d day late", "%(n)d days late", late) % {"n": late})
    if days_left == 0:
        return DueState("today", _("Due today"))
    if days_left == 1 and tomorrow:
        return DueState("soon", _("Due tomorrow"))
    text = ngettext("%(n)d day left", "%(n)d days left", days_left) % {"n": days_left}
    return DueState("soon" if days_left <= _SOON_DAYS else "ok", text)


def _chinese() -> str:
    """ "周" or "週" for a Chinese reader, "" for others."""
    language = (get_language() or "").lower()
    if not language.startswith("zh"):
        return ""
    return "週" if language.startswith(("zh-hant", "zh-tw", "zh-hk")) else "周"


def _local(value: Moment) -> dt.date | dt.datetime | None:
    if isinstance(value, str):
        value = (parse_datetime(value) if len(value) > 10 else None) or parse_date(value)
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def date_words(value: Moment, style: DateStyle = "") -> str:
    """ "Tue 14 Oct 2025" or 10月14日（周二） in the business time zone; "" for None.

    Chinese names the year only when it is not this year. ``short`` leaves a year out in English too unless it is
    another year; ``long`` always has it.
    """
    day = _local(value)
    if day is None:
        return ""
    same_year = day.year == timezone.localdate().year
    week = _chinese()
    if week:
        year = "" if same_year and style != "long" else f"{day.year}年"
        return f"{year}{day.month}月{day.day}日（{week}{_WEEKDAYS[day.weekday()]}）"
    return date_format(day, "D j M" if style == "short" and same_year else "D j M Y")


def moment_words(value: Moment, style: DateStyle = "") -> str:
    """The day in words and the time of day: "Tue 14 Oct 2025, 15:42", 10月14日（周二）15:42."""
    moment = _local(value)
    if not isinstance(moment, dt.datetime):
        return date_words(moment, style)
    return f"{date_words(moment, style)}{'' if _chinese() else ', '}{moment:%H:%M}"


def weekday_words(value: Moment) -> str:
    """ "Tue" or 周二."""
    day = _local(value)
    if day is None:
        return ""
    week = _chinese()
    return f"{week}{_WEEKDAYS[day.weekday()]}" if week else date_format(day, "D")


def day_words(value: Moment) -> str:
    """The shortest date: "14 Oct" or 10/14."""
    day = _local(value)
    if day is None:
        return ""
    return f"{day.month}/{day.day}" if _chinese() else date_format(day, "j M")


def money_words(value: Decimal | int | str | None) -> str:
    """¥1,286,400 or ¥3,200.50 from yuan; "" for None. Whole yuan carry no decimals; a minus stands before the sign."""
    if value is None or value == "":
        return ""
    amount = Decimal(value)
    size = abs(amount)
    digits = 0 if size == size.to_integral_value() else 2
    return f"{'−' if amount < 0 else ''}¥{size:,.{digits}f}"


def initials(name: str) -> str:
    """What stands in a person's circle: the first Han character, or the first letters of the first two words."""
    words = name.split()
    if not words:
        return ""
    if not words[0][0].isascii():
        return words[0][0]
    return "".join(word[0] for word in words[:2]).upper()
