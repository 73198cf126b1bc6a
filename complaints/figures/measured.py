"""What is measured on the complaints counted: days to the answer, money given. Sums and ranks come out of SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Sum

from complaints.figures.asked import Asked
from complaints.figures.counted import answers, first_answers, payments

WORKING, CALENDAR = "took_days", "took_calendar_days"
BUCKETS = ((0, 15), (16, 30), (31, 60), (61, None))
"""Calendar days to the answer as the regulator asks for them (domain K.13)."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days to the first answer: how many answers, their mean to one decimal, the middle one and the ninth of ten.

    ``median`` and ``p90`` are days that were really taken: the smallest that half, or nine tenths, did not exceed."""

    n: int
    mean: Decimal | None
    median: int | None
    p90: int | None


def spread(asked: Asked, field: str = WORKING) -> dict[int, int]:
    """How many first answers of the period took how many days; one row a number of days, however many answers."""
    rounds = first_answers(asked.period).filter(complaint__in=asked.named("fed_back").rows().order_by().values("pk"))
    return dict(rounds.order_by(field).values_list(field).annotate(n=Count("pk")))


def days(taken: Mapping[int, int]) -> Days:
    """The figures of a spread."""
    n = sum(taken.values())
    if not n:
        return Days(0, None, None, None)
    total = Decimal(sum(day * times for day, times in taken.items()))
    mean = (total / n).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Days(n, mean, rank(taken, n, 50), rank(taken, n, 90))


def rank(taken: Mapping[int, int], n: int, percent: int) -> int:
    """The smallest number of days that this share of answers did not exceed."""
    wanted, seen = -(-n * percent // 100), 0
    for day in sorted(taken):
        seen += taken[day]
        if seen >= wanted:
            return day
    return max(taken)


def buckets(taken: Mapping[int, int]) -> list[tuple[int, int | None, int]]:
    """(from, to, answers) by calendar days, as BUCKETS."""
    return [
        (low, high, sum(n for day, n in taken.items() if day >= low and (high is None or day <= high)))
        for low, high in BUCKETS
    ]


def redress_fen(asked: Asked) -> int:
    """Money given with results of the period, in fen."""
    given = answers(asked.period).filter(
        redress_fen__gt=0, round__complaint__in=asked.named("redressed").rows().order_by().values("pk")
    )
    return int(given.aggregate(sum=Sum("redress_fen"))["sum"] or 0)


def paid_fen(asked: Asked) -> int:
    """Agreed redress paid in the period, in fen."""
    went = payments(asked.period).filter(plan__round__complaint__in=asked.named("paid").rows().order_by().values("pk"))
    return int(went.aggregate(sum=Sum("paid_fen"))["sum"] or 0)


def share(hits: int, n: int) -> Decimal | None:
    """Percent to one decimal; None of nothing."""
    return (Decimal(100 * hits) / n).quantize(Decimal("0.1"), ROUND_HALF_UP) if n else None
