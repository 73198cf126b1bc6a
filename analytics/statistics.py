"""What a handful of answers can bear: shares, means and net promoters with their 95 % intervals (domain G.1, H.7).

These figures are shown, never stored; they are the one place in analytics where floats are right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import fmean, stdev
from typing import NamedTuple

Z_95 = 1.959964
SUPPRESS_BELOW = 5
SMALL_BELOW = 30

# Student's t at 97.5 % for 1–30 degrees of freedom; beyond, the expansion below is right to four digits
_T_975 = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
    2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
)  # fmt: skip


class Estimate(NamedTuple):
    """A figure with its interval and the number of answers it rests on."""

    value: float
    low: float
    high: float
    n: int


class Showing(StrEnum):
    """How a figure with n answers may be shown."""

    SUPPRESSED = "SUPPRESSED"
    SMALL = "SMALL"
    FULL = "FULL"


def showing(n: int) -> Showing:
    """Fewer than five answers are not shown, fewer than thirty are marked as a small sample."""
    if n < SUPPRESS_BELOW:
        return Showing.SUPPRESSED
    return Showing.SMALL if n < SMALL_BELOW else Showing.FULL


def wilson(hits: int, n: int, *, z: float = Z_95) -> Estimate | None:
    """Share of hits with the Wilson interval, all within 0–1; None when nobody was asked."""
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n}")
    if n == 0:
        return None
    share = hits / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    # at the ends the interval touches 0 or 1 exactly; rounding must not push it over
    return Estimate(share, 0.0 if hits == 0 else centre - half, 1.0 if hits == n else centre + half, n)


def newcombe(hits: int, n: int, hits_before: int, n_before: int, *, z: float = Z_95) -> Estimate | None:
    """Difference of two shares (now − before) with Newcombe's hybrid interval; None when a group is empty."""
    now, before = wilson(hits, n, z=z), wilson(hits_before, n_before, z=z)
    if now is None or before is None:
        return None
    gap = now.value - before.value
    low = gap - math.hypot(now.value - now.low, before.high - before.value)
    high = gap + math.hypot(now.high - now.value, before.value - before.low)
    return Estimate(gap, low, high, n + n_before)


def is_change(difference: Estimate | None) -> bool:
    """Whether a difference may be called a change: its interval leaves out zero."""
    return difference is not None and (difference.low > 0 or difference.high < 0)


def csat(marks: Mapping[int, int]) -> Estimate | None:
    """Share of 4 and 5 among marks 1–5, given how often each was chosen."""
    return wilson(marks.get(4, 0) + marks.get(5, 0), sum(marks.values()))


def nps(promoters: int, passives: int, detractors: int, *, z: float = Z_95) -> Estimate | None:
    """Net promoter score −100…100 with the adjusted Wald interval (three answers added); None without answers.

    The value is the plain score; the interval is centred on the adjusted one and so does not sit evenly around it.
    """
    n = promoters + passives + detractors
    if n == 0:
        return None
    more = n + 3
    up, down = (promoters + 0.75) / more, (detractors + 0.75) / more
    centre = up - down
    half = z * math.sqrt((up + down - centre * centre) / more)
    low, high = max(-1.0, centre - half), min(1.0, centre + half)
    return Estimate(100 * (promoters - detractors) / n, 100 * low, 100 * high, n)


def nps_of(marks: Mapping[int, int]) -> Estimate | None:
    """Net promoter score of marks 0–10, given how often each was chosen: 9–10 promote, 0–6 detract."""
    promoters = sum(times for mark, times in marks.items() if mark >= 9)
    detractors = sum(times for mark, times in marks.items() if mark <= 6)
    return nps(promoters, sum(marks.values()) - promoters - detractors, detractors)


def mean(values: Sequence[float]) -> Estimate | None:
    """Mean with Student's interval; None without values. One value alone has no interval: low and high are infinite."""
    if not values:
        return None
    n, centre = len(values), fmean(values)
    if n == 1:
        return Estimate(centre, -math.inf, math.inf, 1)
    half = _t_975(n - 1) * stdev(values) / math.sqrt(n)
    return Estimate(centre, centre - half, centre + half, n)


def _t_975(freedom: int) -> float:
    if freedom <= len(_T_975):
        return _T_975[freedom - 1]
    cubed = Z_95**3
    return Z_95 + (cubed + Z_95) / (4 * freedom) + (5 * cubed * Z_95**2 + 16 * cubed + 3 * Z_95) / (96 * freedom**2)
