"""How well a probability told who from whom, on rows the model never saw: each figure with its n."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analytics.backtesting import gini, lift
from analytics.fixedpoint import Bools, Ints
from analytics.suggestions.table import Floats

TENTHS = 10
BANDS = (0.9, 0.7)  # the highest tenth, the two tenths below it, the rest


@dataclass(frozen=True, slots=True)
class Step:
    """Rows from this probability on, up to the next step above: how many, the mean probability, how many it became."""

    least: float
    n: int
    mean: float
    hits: int


@dataclass(frozen=True, slots=True)
class Figures:
    """``auc`` is the share of pairs told apart, 0.5 a coin (None where there are no pairs); ``lift`` what the highest
    tenth holds more than all. ``tenths`` and ``bands`` begin with the highest."""

    n: int
    hits: int
    auc: float | None
    lift: float | None
    tenths: tuple[Step, ...]
    bands: tuple[Step, ...]

    @property
    def base(self) -> float:
        """How often it happens anyway."""
        return self.hits / self.n if self.n else 0.0

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


def area(judged: Floats, happened: Bools) -> float | None:
    """Area under the receiver operating characteristic; ties count half."""
    found = gini(_ranks(judged), happened)
    return None if found is None else (found + 1) / 2


def top_lift(judged: Floats, happened: Bools) -> float | None:
    """How much more often it happened in the highest tenth than among all."""
    return lift(_ranks(judged), happened.astype(np.int64))


def figures(judged: Floats, happened: Bools) -> Figures:
    """All of them."""
    cuts = np.quantile(judged, np.arange(TENTHS - 1, 0, -1) / TENTHS) if len(judged) else np.zeros(0)
    limits = np.quantile(judged, BANDS) if len(judged) else np.zeros(0)
    return Figures(
        n=len(judged),
        hits=int(happened.sum()),
        auc=area(judged, happened),
        lift=top_lift(judged, happened),
        tenths=_steps(judged, happened, cuts),
        bands=_steps(judged, happened, limits),
    )


def _steps(judged: Floats, happened: Bools, cuts: Floats) -> tuple[Step, ...]:
    """Cut at these probabilities, the highest first; steps nobody is in are left out."""
    least = [*np.unique(cuts)[::-1].tolist(), 0.0]
    place = np.searchsorted(-np.array(least), -judged, side="left")
    found = []
    for number, limit in enumerate(least):
        here = place == number
        if n := int(here.sum()):
            found.append(Step(limit, n, float(judged[here].mean()), int(happened[here].sum())))
    return tuple(found)


def _ranks(judged: Floats) -> Ints:
    return np.unique(judged, return_inverse=True)[1].astype(np.int64)
