"""Figures about complaints: each defined once, as the set of complaints it counts (domain K; peers row 115–118).

A tile, a list, a report and an export that name the same figure ask the same function here, so they cannot disagree.
"""

from complaints.figures.asked import (
    CONCERNED,
    DIMENSIONS,
    LABELS,
    NOTHING,
    REFERRED,
    Asked,
    codes,
    from_params,
    moment,
    narrowed,
    standing,
    words,
)
from complaints.figures.counted import FIGURES, Figure
from complaints.figures.measured import Days, buckets, days, paid_fen, redress_fen, share, spread
from complaints.figures.period import DAY, Period, month_of, of_day, quarter_of, week_of

__all__ = [
    "CONCERNED",
    "DAY",
    "DIMENSIONS",
    "FIGURES",
    "LABELS",
    "NOTHING",
    "Asked",
    "Days",
    "Figure",
    "Period",
    "REFERRED",
    "buckets",
    "codes",
    "days",
    "from_params",
    "moment",
    "narrowed",
    "month_of",
    "of_day",
    "paid_fen",
    "quarter_of",
    "redress_fen",
    "share",
    "spread",
    "standing",
    "week_of",
    "words",
]
