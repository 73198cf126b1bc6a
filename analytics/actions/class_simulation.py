"""Whom new rules of a classification would move: old and new on the same facts, by id ranges, in bounded memory (R3.8).

Everybody is classified twice from what the last night remembered; nothing is written. The result is what a person
reads before deciding: a matrix from class to class, how many move, and the fifty who matter most.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils import timezone

from analytics import class_rule_book as book
from analytics import deciding, reading
from analytics.actions import rfm_run
from analytics.classifying import classify, remember
from analytics.fixedpoint import Ints
from analytics.models import ClassRules
from analytics.segment_rules import SegmentRules
from crm_site import arrays
from customers.activity_math import last_complete_month, month_end
from customers.models import Customer, PublishedRun

TOP = 50
_Mover = tuple[int, int, int, int, dict[str, Any]]  # weight, −key, from, to, figures


def simulate(dimension: str, content: Mapping[str, Any], before: ClassRules | None) -> dict[str, Any]:
    """What these rules of one dimension would do in place of those in force, as it is kept on the version."""
    if dimension == "RFM":
        return _boxes(content, before)
    active = {row.dimension: row.rules for row in ClassRules.objects.filter(state=ClassRules.State.ACTIVE)}
    old, new = book.assembled(active), book.assembled(active | {dimension: dict(content)})
    on = _reference_date()
    choices = deciding.CLASSES[dimension]
    matrix = np.zeros((len(choices.values),) * 2, dtype=np.int64)
    top: list[_Mover] = []
    for first, last in Customer.objects.key_ranges(arrays.shard_rows()):
        part = _range(dimension, first, last, on=on, old=old, new=new, matrix=matrix)
        top = heapq.nlargest(TOP, [*top, *part])
    moved = int(matrix.sum() - np.trace(matrix))
    return {
        "at": timezone.now().isoformat(),
        "on": on.isoformat(),
        "against": before.content_hash if before else "",
        "against_version": before.version if before else 0,
        "classes": list(choices.values),
        "matrix": matrix.tolist(),
        "customers": int(matrix.sum()),
        "moved": moved,
        "top": _named(top, choices.values),
    }


def _boxes(content: Mapping[str, Any], before: ClassRules | None) -> dict[str, Any]:
    """From box to box, on the same purchases."""
    on = _reference_date()
    found = rfm_run.simulate(before.rules if before else book.default("RFM"), content, on)
    matrix = found["matrix"]
    return {
        "at": timezone.now().isoformat(),
        "on": on.isoformat(),
        "against": before.content_hash if before else "",
        "against_version": before.version if before else 0,
        "classes": found["classes"],
        "matrix": matrix.tolist(),
        "customers": int(matrix.sum()),
        "moved": int(matrix.sum() - np.trace(matrix)),
        "top": found["top"],
    }


def _reference_date() -> Any:
    """The date the last night looked from, or the one the next will."""
    published = PublishedRun.objects.filter(as_of__isnull=False).values_list("as_of", flat=True).first()
    return month_end(last_complete_month(published or timezone.localdate()))


def _range(
    dimension: str, first: int, last: int, *, on: Any, old: SegmentRules, new: SegmentRules, matrix: Ints
) -> list[_Mover]:
    facts = reading.facts(reading.rows(first, last))
    if not facts.n:
        return []
    memory = remember(facts)
    was = classify(facts, memory, on=on, rules=old).places()[dimension]
    became = classify(facts, memory, on=on, rules=new, anew=old.asset != new.asset).places()[dimension]
    np.add.at(matrix, (was, became), 1)
    rows = np.flatnonzero(was != became)
    if not len(rows):
        return []
    weight = facts["aum_fen"].filled(0)[rows]
    order = np.lexsort((facts.ids[rows], -weight))[:TOP]
    chosen = rows[order]
    moved = deciding.Moves(dimension, np.sort(chosen), was[np.sort(chosen)], became[np.sort(chosen)])
    figures = deciding.figures(moved, facts, on=on, rules=new)
    by_row = dict(zip(moved.rows.tolist(), figures, strict=True))
    return [
        (int(weight[at]), -int(facts.ids[row]), int(was[row]), int(became[row]), by_row[int(row)])
        for at, row in zip(order.tolist(), chosen.tolist(), strict=True)
    ]


def _named(top: list[_Mover], codes: list[str]) -> list[dict[str, Any]]:
    """The largest first, by customer number: keys mean nothing to a reader."""
    ordered = sorted(top, key=lambda mover: mover[:2], reverse=True)
    keys = [-mover[1] for mover in ordered]
    numbers = dict(Customer.objects.filter(pk__in=keys).values_list("pk", "customer_no"))
    return [
        {"customer": numbers.get(-key, ""), "was": codes[was], "became": codes[became], "figures": figures}
        for _weight, key, was, became, figures in ordered
    ]
