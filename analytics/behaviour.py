"""What customers do: how often, with what, by which channel and when (handbook 9/1.1.48(1); R9.2).

The same figures for one customer and for everybody in a segment: sums over the last complete months. Amounts are told
as shares, never as money, so that whoever may open the page may read all of it.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from crm_site import bank_day
from customers.activity_math import first_of_month, last_complete_month, month_number
from customers.models import Activity, Customer, Interaction, MonthlyActivity, Product

MONTHS = 12
FEWEST_MONTHS = 3  # with less behind them nothing is said of habits
FEWEST_CONTACTS = 3
PARTS_OF_DAY = ((9, "NIGHT"), (12, "MORNING"), (14, "NOON"), (18, "AFTERNOON"), (22, "EVENING"), (24, "NIGHT"))
WORKING_WEEK = 5  # ISO weekdays up to this one
_NOT_THEIRS = (Interaction.Channel.SURVEY, Interaction.Channel.SYSTEM)


@dataclass(frozen=True, slots=True)
class Habits:
    """Sums over these customers: ``counts`` are transactions they began in each of the months that end with ``end``.

    ``channels`` and ``parts`` count how they came to us in those months and since; ``families`` how many hold what.
    ``card_part`` is the share of the amount that went by card, in 1/10,000; ``purchases`` counts those of investments.
    """

    customers: int
    end: str  # first day of the last month, ISO
    counts: tuple[int, ...]
    card_part: int | None = None
    purchases: int = 0
    active_days: int | None = None  # of one customer alone
    last_on: str = ""
    channels: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    weekend: int = 0
    families: Mapping[str, int] = field(default_factory=dict)

    @property
    def enough(self) -> bool:
        """Whether there is a habit to speak of."""
        return len(self.counts) >= FEWEST_MONTHS

    @property
    def contacts(self) -> int:
        """How often they came to us."""
        return sum(self.channels.values())

    @property
    def months(self) -> list[datetime.date]:
        """The first days of the months counted."""
        last = month_number(datetime.date.fromisoformat(self.end))
        return [first_of_month(last - back) for back in range(len(self.counts) - 1, -1, -1)]

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


def from_json(data: Mapping[str, Any]) -> Habits | None:
    """What was kept; None where nothing was."""
    return Habits(**{**data, "counts": tuple(data["counts"])}) if data else None


def habits(customers: QuerySet[Customer], as_of: datetime.date) -> Habits:
    """What these customers do, to the last month complete at ``as_of``. Five queries, however many they are."""
    end = last_complete_month(as_of)
    start = first_of_month(month_number(end) - MONTHS + 1)
    keys = customers.order_by().values("pk")
    rows = MonthlyActivity.objects.filter(customer__in=keys)
    first = rows.aggregate(first=Min("month"))["first"]
    known = min(MONTHS, month_number(end) - month_number(first) + 1) if first and first <= end else 0
    window = rows.filter(month__gte=start, month__lte=end)
    counts = {row["month"]: row["n"] for row in window.order_by().values("month").annotate(n=Sum("count"))}
    sums = window.aggregate(
        amount=Sum("amount_fen"), card=Sum("card_spend_fen"), bought=Sum("purchases"), last=Max("last_on")
    )
    channels, parts, weekend = _contacts(keys, bank_day.begins(start), bank_day.ends(as_of))
    families, n = _families(keys)
    return Habits(
        customers=n,
        end=end.isoformat(),
        counts=tuple(counts.get(first_of_month(month_number(end) - back), 0) for back in range(known - 1, -1, -1)),
        card_part=_part(sums["card"], sums["amount"]),
        purchases=sums["bought"] or 0,
        last_on=sums["last"].isoformat() if sums["last"] else "",
        channels=channels,
        parts=parts,
        weekend=weekend,
        families=families,
    )


def habits_of(customer: Customer, as_of: datetime.date) -> Habits:
    """Those of one customer, with the days on which something was begun."""
    found = habits(Customer.objects.filter(pk=customer.pk), as_of)
    months = found.months
    if not months:
        return found
    rows = MonthlyActivity.objects.filter(customer=customer, month__gte=months[0], month__lte=months[-1])
    days = sum(mask.bit_count() for mask in rows.values_list("days_mask", flat=True))
    return replace(found, active_days=days)


def _contacts(
    keys: QuerySet[Customer, Any], since: datetime.datetime, until: datetime.datetime
) -> tuple[dict[str, int], dict[str, int], int]:
    """How often by channel and by part of the day, and how often at a weekend; what they began themselves."""
    rows = Interaction.objects.filter(
        customer__in=keys, direction=Interaction.Direction.IN, at__gte=since, at__lt=until
    ).exclude(channel__in=_NOT_THEIRS)
    grouped = rows.order_by().annotate(hour=ExtractHour("at"), day=ExtractIsoWeekDay("at"))
    channels, parts, weekend = Counter[str](), Counter[str](), 0
    for row in grouped.values("channel", "hour", "day").annotate(n=Count("pk")):
        channels[row["channel"]] += row["n"]
        parts[part_of_day(row["hour"])] += row["n"]
        weekend += row["n"] if row["day"] > WORKING_WEEK else 0
    return dict(channels.most_common()), dict(parts.most_common()), weekend


def part_of_day(hour: int) -> str:
    """MORNING for 9 to 11 and so on, by the bank's clock."""
    return next(code for before, code in PARTS_OF_DAY if hour < before)


def _families(keys: QuerySet[Customer, Any]) -> tuple[dict[str, int], int]:
    """How many hold each family of products, and how many customers are known at all."""
    held, n = Counter[str](), 0
    masks = Activity.objects.filter(customer__in=keys).order_by().values("families_mask").annotate(n=Count("pk"))
    for row in masks:
        n += row["n"]
        for bit, family in enumerate(Product.Family.values):
            if row["families_mask"] >> bit & 1:
                held[family] += row["n"]
    return dict(held.most_common()), n


def _part(part: int | None, whole: int | None) -> int | None:
    """A share in 1/10,000; what came back by card may make it less than nothing, which is nothing."""
    if not whole or part is None or whole <= 0:
        return None
    return min(10_000, max(0, 10_000 * part // whole))


def trend(counts: Iterable[int]) -> int | None:
    """By how many percent the last three months are above (or below) those before; None with fewer than three before,
    or none begun in them."""
    every = list(counts)
    last, before = every[-FEWEST_MONTHS:], every[:-FEWEST_MONTHS]
    if len(before) < FEWEST_MONTHS or not sum(before):
        return None
    return round(100 * (sum(last) / len(last)) / (sum(before) / len(before)) - 100)
