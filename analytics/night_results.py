"""The figures of a night, ready to be shown (analytics.actions.run_figures counts them)."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics import charts, drift
from analytics.models import ScoreRun
from analytics.tuning_results import LEVELS
from analytics.wording import metric_word
from customers.classes import Grade

BANDS = 10  # bars of the chart, ten points wide each


def results_of(run: ScoreRun) -> dict[str, Any] | None:
    """Spread, grades, what is missing and drift; None for a night nobody has counted."""
    found = run.summary
    if "scores" not in found:
        return None
    counts = np.array(found["scores"], dtype=np.int64)
    spread = drift.spread(counts)
    return {
        "scored": spread.n,
        "unscored": found["grades"][""],
        "mean": f"{spread.mean:.1f}",
        "sd": f"{spread.sd:.1f}",
        "deciles": [f"{cut / 10:.1f}" for cut in spread.deciles],
        "grades": [
            (grade, found["grades"][grade], _percent(found["grades"][grade], spread.n)) for grade in Grade.values
        ],
        "chart": _chart(counts),
        "missing": _missing(found),
        "beside": [_beside(name, found[name]) for name in ("before", "baseline") if name in found],
        "alerts": alert_words(run),
    }


def alert_words(run: ScoreRun) -> list[str]:
    """What moved too far, a sentence each."""
    return [_alert(str(kind), figure) for kind, figure in run.summary.get("alerts", ())]


def unmarked_words(run: ScoreRun) -> str:
    """Whose result was another although no fact of theirs had moved, in a sentence; "" where everything agreed."""
    n = run.job_run.counts.get("drifted", 0)
    said = ngettext(
        "%(n)s customer was scored otherwise than the nights before had left them, and no fact had moved.",
        "%(n)s customers were scored otherwise than the nights before had left them, and no fact had moved.",
        n,
    )
    return said % {"n": n} if n else ""


def _alert(kind: str, figure: object) -> str:
    values = {"figure": figure}
    if kind == "psi":
        return _("The distribution has shifted against the night before: PSI %(figure)s.") % values
    if kind == "psi_baseline":
        return _("The distribution has shifted against the first night of this version: PSI %(figure)s.") % values
    if kind == "mean":
        return _("The mean score moved by %(figure)s points.") % values
    if kind == "rank":
        return _("The order of customers changed: rank correlation %(figure)s.") % values
    return _("%(metric)s: the share of customers without it changed by %(figure)s points.") % {
        "metric": metric_word(kind.removeprefix("missing ")),
        **values,
    }


def _chart(counts: Any) -> charts.BarChart:
    wide = (len(counts) - 1) // BANDS
    bars = [
        (f"{band * 10}–{band * 10 + 10}", int(counts[band * wide : (band + 1) * wide + (band == BANDS - 1)].sum()))
        for band in range(BANDS)
    ]
    return charts.bar_chart(
        bars, key="scores", title=_("Customers by score"), caption="", name=_("Score"), unit=_("Customers")
    )


def _missing(found: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Metrics somebody lacks, the most missed first."""
    of = found["missing"]["scored"]
    missed: dict[str, int] = {}
    for key, n in found["missing"].items():
        if key != "scored" and n:
            missed[metric_word(key)] = max(n, missed.get(metric_word(key), 0))  # age and occupation are one to the eye
    rows = [(word, n, _percent(n, of)) for word, n in missed.items()]
    return sorted(rows, key=lambda row: -row[1])


def _beside(name: str, one: dict[str, Any]) -> dict[str, Any]:
    title = _("Against the night before") if name == "before" else _("Against the first night of this version")
    return {
        "title": title,
        "run": one["run"],
        "psi": [
            (label, f"{value:.4f}", LEVELS[drift.level(value)]())
            for label, value in ((_("Grades"), one["psi_grades"]), (_("Tenths of the scores"), one["psi_deciles"]))
        ],
        "mean_shift": f"{one['mean_shift']:+.2f}".replace("-", "−"),
        "rank_correlation": one.get("rank_correlation"),
    }


def _percent(n: int, of: int) -> str:
    return f"{100 * n / of:.1f}%" if of else "–"
