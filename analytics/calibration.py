"""The population frozen at one date, against which scores are measured until the next one (docs/decisions/0003).

Between two calibrations a score moves only when the customer moves: ranks, the mean answer and everything that depends
on "today" (silence, tenure, age of an answer) are measured at the calibration's reference date.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from analytics.fixedpoint import Ints
from analytics.ranking import RankTable, Ruler, rank_table
from analytics.scoring_model import INDICATORS, Metric
from crm_site.columns import Column

TOO_FEW = 30  # below this ranks are coarse, and the run says so
EVERYBODY = "ALL"


@dataclass(frozen=True)
class Calibration:
    """``on`` is the reference date. All points in 1/100,000,000; ``answers_mean`` is μ.

    ``indicator_means`` are the baseline of explanations; ``medians`` hold the middle of each indicator for
    everybody and for each group asked for, in the order of ``INDICATORS``.
    """

    on: datetime.date
    model_hash: str
    population: int
    answers_mean: int
    tables: Mapping[str, RankTable] = field(default_factory=dict)
    indicator_means: tuple[int, ...] = (0, 0, 0, 0, 0)
    metric_means: Mapping[str, int] = field(default_factory=dict)
    medians: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def coarse(self) -> bool:
        """Whether the population is too small for fine ranks."""
        return self.population < TOO_FEW

    @cached_property
    def rulers(self) -> dict[str, Ruler]:
        """The tables made ready to measure with; built once."""
        return {key: Ruler(table) for key, table in self.tables.items()}

    def mean(self, indicator: str) -> int:
        """The mean points of one indicator."""
        return self.indicator_means[INDICATORS.index(indicator)]

    def to_json(self) -> dict[str, Any]:
        """Whole numbers, words and one ISO date."""
        return {
            "on": self.on.isoformat(),
            "model_hash": self.model_hash,
            "population": self.population,
            "answers_mean": self.answers_mean,
            "indicator_means": list(self.indicator_means),
            "metric_means": dict(self.metric_means),
            "medians": {group: list(points) for group, points in self.medians.items()},
            "tables": {key: table.to_json() for key, table in self.tables.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Calibration:
        """Back from ``to_json``."""
        return cls(
            on=datetime.date.fromisoformat(data["on"]),
            model_hash=data["model_hash"],
            population=data["population"],
            answers_mean=data["answers_mean"],
            indicator_means=tuple(data["indicator_means"]),
            metric_means=dict(data["metric_means"]),
            medians={group: tuple(points) for group, points in data["medians"].items()},
            tables={key: RankTable.from_json(table) for key, table in data["tables"].items()},
        )


def ranked_values(metric: Metric, values: Ints, table: RankTable | None = None) -> Ints:
    """Values as they are ranked: capped, their tails cut as the population's were, turned when fewer is better."""
    if metric.cap is not None:
        values = np.minimum(values, metric.cap)
    if metric.fewer_is_better:
        values = -values
    if table is not None and table.low is not None and table.high is not None:
        values = np.clip(values, table.low, table.high)
    return values


def metric_table(metric: Metric, column: Column) -> RankTable:
    """The table of one ranked metric over those who have it; for ``zero_is_zero`` over the positive ones only."""
    values = column.values[column.known]
    if metric.zero_is_zero:
        values = values[values > 0]
    return rank_table(ranked_values(metric, values), tail=metric.tail)


def elapsed_days(dates: Column, on: datetime.date) -> Column:
    """Days from each date (``date.toordinal()``) to ``on``, never below zero.

    ``on`` is the reference date of the calibration, not today: so a score moves only when the customer moves
    (docs/decisions/0003).
    """
    return Column(np.maximum(np.int64(on.toordinal()) - dates.values, 0), dates.missing)


def elapsed_months(dates: Column, on: datetime.date) -> Column:
    """Whole calendar months from each date to ``on``, never below zero: from 31 August to 28 February they are six."""
    days = np.where(dates.missing, 1, dates.values) - datetime.date(1970, 1, 1).toordinal()
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    day = (days.astype("datetime64[D]") - months).astype(np.int64) + 1
    last = on.day == calendar.monthrange(on.year, on.month)[1]
    begun = (on.year - 1970) * 12 + on.month - 1 - months.astype(np.int64)
    return Column(np.maximum(begun - ((day > on.day) & (not last)), 0), dates.missing)
