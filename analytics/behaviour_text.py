"""Habits in words and as a chart: what a page shows of ``behaviour`` (R9.2)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from analytics import charts
from analytics.behaviour import FEWEST_CONTACTS, Habits, trend
from crm_site.errors import Text
from crm_site.wording import date_words
from customers.models import Interaction, Product

STEADY = 20  # percent up or down that is still "about as often"
_PARTS: dict[str, Text] = {
    "MORNING": gettext_lazy("in the morning (9–12)"),
    "NOON": gettext_lazy("at noon (12–14)"),
    "AFTERNOON": gettext_lazy("in the afternoon (14–18)"),
    "EVENING": gettext_lazy("in the evening (18–22)"),
    "NIGHT": gettext_lazy("at night (22–9)"),
}
_OFTEN: Text = pgettext_lazy("habit", "How often")


@dataclass(frozen=True, slots=True)
class Line:
    """One habit: what it is about, and what is known of it."""

    name: Text
    words: str


def shown(habits: Habits, key: str) -> dict[str, Any]:
    """What a template needs: whether there is enough to say anything, the lines, the chart by month."""
    if not habits.enough:
        return {"enough": False, "months": len(habits.counts)}
    return {"enough": True, "lines": list(_lines(habits)), "chart": _chart(habits, key), "to": habits.months[-1]}


def _lines(habits: Habits) -> Iterator[Line]:
    yield Line(_OFTEN, _often(habits))
    if habits.active_days is not None and habits.last_on:
        yield Line(gettext_lazy("Last active"), _last(habits))
    yield Line(pgettext_lazy("habit", "With what"), _spending(habits))
    if habits.contacts >= FEWEST_CONTACTS:
        yield Line(gettext_lazy("Comes to us"), _top(habits.channels, Interaction.Channel))
        yield Line(gettext_lazy("At what time"), _time(habits))
    else:
        yield Line(gettext_lazy("Comes to us"), _("too seldom to see a habit"))
    yield Line(gettext_lazy("Products"), _families(habits))


def _often(habits: Habits) -> str:
    each = sum(habits.counts) / len(habits.counts) / max(habits.customers, 1)
    said = _("%(n)s a month") % {"n": charts.decimals(each, 1)}
    change = trend(habits.counts)
    if change is None:
        return said
    if abs(change) <= STEADY:
        more = _("of late about as often as before")
    elif change > 0:
        more = _("of late more often than before (+%(n)s%%)") % {"n": change}
    else:
        more = _("of late less often than before (−%(n)s%%)") % {"n": -change}
    return said + _("; ") + more


def _last(habits: Habits) -> str:
    said = date_words(habits.last_on)
    if not habits.active_days:
        return said
    span = sum(_days(month) for month in habits.months)
    usual = max(1, round(span / habits.active_days))
    words = ngettext("on average every %(n)s day", "on average every %(n)s days", usual) % {"n": usual}
    return said + _("; ") + words


def _days(month: datetime.date) -> int:
    return ((month + datetime.timedelta(days=31)).replace(day=1) - month).days


def _spending(habits: Habits) -> str:
    found = []
    if habits.card_part is not None:
        found.append(_("%(n)s%% of the amount by card") % {"n": round(habits.card_part / 100)})
    bought = ngettext("%(n)s investment purchase", "%(n)s investment purchases", habits.purchases)
    found.append(bought % {"n": f"{habits.purchases:,}"})
    return _("; ").join(found)


def _top(counted: Mapping[str, int], labels: Any) -> str:
    """The two most frequent with their shares: "Phone 64%, Mobile app 27%"."""
    whole = sum(counted.values())
    first = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:2]
    return _(", ").join(f"{labels(code).label} {round(100 * n / whole)}%" for code, n in first)


def _time(habits: Habits) -> str:
    code, n = max(habits.parts.items(), key=lambda pair: (pair[1], pair[0]))
    share = {"when": _PARTS[code], "n": round(100 * n / habits.contacts)}
    said = _("mostly %(when)s (%(n)s%%)") % share
    at_weekends = round(100 * habits.weekend / habits.contacts)
    return said + _("; ") + _("%(n)s%% at weekends") % {"n": at_weekends}


def _families(habits: Habits) -> str:
    if not habits.families:
        return _("none")
    if habits.customers == 1:
        return _(", ").join(str(Product.Family(code).label) for code in habits.families)
    return _(", ").join(
        f"{Product.Family(code).label} {round(100 * n / habits.customers)}%" for code, n in habits.families.items()
    )


def _chart(habits: Habits, key: str) -> charts.BarChart:
    """Transactions a month; in a segment, a customer's mean."""
    alone = habits.customers == 1
    bars = [
        (f"{month.month}", n if alone else n / max(habits.customers, 1))
        for month, n in zip(habits.months, habits.counts, strict=True)
    ]
    first, last = habits.months[0], habits.months[-1]
    words = {"first": f"{first:%Y-%m}", "last": f"{last:%Y-%m}"}
    title = _("Transactions a month, %(first)s to %(last)s") % words
    return charts.bar_chart(
        bars, key=key, title=title, caption=title, name=_("Month"), unit=_("Transactions"), places=0 if alone else 1
    )
