"""What was found out of a version, ready to be shown: who moves, and how well it would have told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from analytics import charts, drift
from analytics.explanation_text import signed
from analytics.models import ScoringModel
from analytics.wording import INDICATOR_LABELS
from crm_site.wording import money_words
from customers.classes import Grade
from customers.models import Customer

LEVELS = {"stable": lambda: _("stable"), "watch": lambda: _("watch"), "alert": lambda: _("alert")}


def what_if_of(row: ScoringModel, *, movers: bool = False) -> dict[str, Any] | None:
    """What the simulation found; None before one."""
    found = row.simulation
    if found is None:
        return None
    heads = [*Grade.values, "–"]
    customers = found["customers"]
    shown = {
        **{name: found[name] for name in ("model", "on", "run", "customers", "moved", "rank_correlation")},
        "percent": _percent(found["moved"], customers),
        "heads": heads,
        "rows": [_matrix_row(place, found["matrix"], heads) for place in range(len(heads))],
        "means": found["means"],
        "shift": signed(Decimal(str(found["means"][1])) - Decimal(str(found["means"][0]))),
        "psi": [_index(_("Grades"), found["psi_grades"]), _index(_("Tenths of the scores"), found["psi_deciles"])],
        "chart": _chart(found["matrix"]),
    }
    if movers:
        shown["movers"] = _movers(found["movers"])
    return shown


def _matrix_row(place: int, matrix: list[list[int]], heads: list[str]) -> dict[str, Any]:
    total = sum(matrix[place])
    cells = [
        {"n": n, "shade": "same" if column == place else _shade(n, total)} for column, n in enumerate(matrix[place])
    ]
    return {"grade": heads[place], "cells": cells, "total": total}


def _shade(n: int, total: int) -> str:
    """How strongly a cell off the diagonal is drawn: nothing, few, some, many."""
    if not n:
        return "none"
    return "many" if 4 * n > total else "some" if 20 * n > total else "few"


def _index(label: str, value: float) -> dict[str, Any]:
    level = drift.level(value)
    return {"label": label, "value": f"{value:.4f}", "level": level, "words": LEVELS[level]()}


def _chart(matrix: list[list[int]]) -> charts.BarChart:
    bars = []
    for place, grade in enumerate(Grade.values):
        bars += [
            (f"{grade} {_('now')}", sum(matrix[place])),
            (f"{grade} {_('draft')}", sum(row[place] for row in matrix)),
        ]
    return charts.bar_chart(
        bars, key="grades", title=_("Customers by grade, now and by the draft"), caption="", name=_("Grade"),
        unit=_("Customers"),
    )  # fmt: skip


def _movers(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those who are still customers, by number."""
    numbers = dict(Customer.objects.filter(pk__in=[row["customer"] for row in found]).values_list("pk", "customer_no"))
    return [
        {
            "number": numbers[row["customer"]],
            "old": f"{row['old'] / 10:.1f}",
            "new": f"{row['new'] / 10:.1f}",
            "grades": row["grades"],
            "moved": signed(Decimal(row["moved_e8"]).scaleb(-8)),
            "indicator": INDICATOR_LABELS[row["indicator"]],
            "points": signed(Decimal(row["points_e8"]).scaleb(-8)),
        }
        for row in found
        if row["customer"] in numbers
    ]


def backtest_of(row: ScoringModel) -> dict[str, Any] | None:
    """What the back-test found; None before one."""
    found = row.backtest
    if found is None:
        return None
    return {
        **{name: found[name] for name in ("then", "on", "months", "asked", "n")},
        "rho": _figure(found["rho"], 2),
        "lift": _figure(found["lift"], 2),
        "gini": _figure(found["gini"], 2),
        "violations": [{"better": better, "worse": worse} for better, worse in found["violations"]],
        "grades": [
            {
                "grade": of["grade"],
                "n": of["n"],
                "mean": money_words(Decimal(of["mean_fen"]) / 100),
                "stayed": f"{of['stayed'] / 100:.1f}%",
                "complaints": of["complaints"],
            }
            for of in found["grades"]
        ],
        "chart": charts.bar_chart(
            [(of["grade"], max(0, of["mean_fen"]) / 100) for of in found["grades"]],
            key="outcome",
            title=_("Mean contribution after, by grade"),
            caption="",
            name=_("Grade"),
            unit=_("Yuan"),
        ),
    }


def _figure(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "0.0"
