"""Writing a night's rows where nobody sees them yet: only customers whose result changed (docs/decisions/0004)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

import numpy as np

from analytics import deciding
from analytics.actions import class_moves
from analytics.classifying import Classes, Memory, classify, remember
from analytics.damping import GradeState, damped
from analytics.fixedpoint import Ints
from analytics.models import Score, ScoreRun
from analytics.reading import Facts
from analytics.scoring import Scores
from analytics.scoring_model import INDICATORS, ScoreModel
from analytics.segment_rules import SegmentRules
from crm_site import arrays
from crm_site.cells import Cells
from crm_site.columns import MISSING
from customers.actions import standing
from customers.classes import (
    AgeBand,
    AssetClass,
    Confidence,
    CreditRisk,
    Grade,
    LoyaltyClass,
    NeedType,
    OccupationGroup,
)

METRICS = ("c1", "c2", "c3", "c4", "s1", "l1", "l2", "l3", "l4", "l5", "g1", "g2", "g3", "g4", "g5", "k1", "k2", "k3")
_GRADES = (*Grade.values, "")
_UNGRADED = len(Grade.values)  # the place of "" behind the grades


def stage(
    night: ScoreRun, facts: Facts, scores: Scores, *, spec: ScoreModel, rules: SegmentRules, anew: bool = False
) -> Ints:
    """Classify these customers, and write score and standing of those whose result is not what stands; their keys.

    Organisations are classified and not scored. The caller holds the transaction.
    """
    on, before = night.calibration.on, remember(facts)
    columns = _score_columns(facts, scores)
    found = classify(facts, before, on=on, rules=rules, anew=anew)
    columns |= {f"standing {name}": cells for name, cells in _classes(found).items()}
    graded = _graded(spec, before, columns, on=on)
    columns |= {"standing grade": Cells(graded.shown, _GRADES), "standing grade_months": Cells(graded.months)}
    prints = _fingerprints(columns.values(), night.basis)
    changed = np.flatnonzero((prints != before.prints) | (before.keys == 0))
    if not len(changed):
        return facts.ids[changed]
    replaced = before.keys[changed]
    standing.close(run_no=night.no, keys=replaced[replaced != 0])
    chosen = slice(None) if len(changed) == facts.n else changed
    written = {name: cells.take(chosen) for name, cells in columns.items()}
    classes = {name.partition(" ")[2]: written.pop(name) for name in list(written) if " " in name}
    n = len(changed)
    customer = {"customer_id": Cells(facts.ids[changed])}
    of_night = {"run_from": Cells.same(night.no, n), "calibration_id": Cells.same(night.calibration_id, n)}
    class_moves.stage(night, facts, deciding.moves(before.places(), found.places(), before.keys != 0), rules=rules)
    arrays.write(Score, {**customer, **of_night, **written})
    dates = {
        "as_of": Cells.same(night.as_of.toordinal(), n),
        "judged_month": Cells.same(on.replace(day=1).toordinal(), n),
    }
    figures = {"score_tenths": _or_null(written["score_tenths"]), "raw_grade": written["grade"]}
    figures |= {"confidence": written["confidence"], "fingerprint": Cells(prints[changed])}
    standing.stage(run_no=night.no, columns={**customer, **dates, **classes, **figures})
    return facts.ids[changed]


def _graded(spec: ScoreModel, before: Memory, columns: Mapping[str, Cells], *, on: datetime.date) -> GradeState:
    """The grades people see: they follow the score's own once a band is clearly crossed, or crossed for long."""
    month_end = before.judged < on.replace(day=1).toordinal()
    raw, tenths = columns["grade"].values, columns["score_tenths"].values
    return damped(before.grade, raw, tenths, spec, month_end=month_end)


def _score_columns(facts: Facts, scores: Scores) -> dict[str, Cells]:
    """The columns of score rows that say something about the customer, by name."""
    scored = scores.scored & facts.scorable
    none = np.int64(MISSING)
    return {
        "score_e8": Cells(np.where(scored, scores.score_e8, none)),
        "score_tenths": Cells(np.where(scored, scores.tenths, none)),
        "grade": Cells(np.where(scored, scores.grade, np.int64(_UNGRADED)), _GRADES),
        "coverage": Cells(scores.coverage),
        "confidence": Cells(scores.confidence, tuple(Confidence.values)),
        "provisional": Cells(scores.provisional.astype(np.int64)),
        **{f"i_{key.lower()}": Cells(scores.indicators[row]) for row, key in enumerate(INDICATORS)},
        **{f"cov_{key.lower()}": Cells(scores.coverages[row]) for row, key in enumerate(INDICATORS)},
        **{key: Cells(scores.metric_e4(key)) for key in METRICS},
    }


def _classes(found: Classes) -> dict[str, Cells]:
    """The columns of standings that classification gives, by name."""
    return {
        "asset_class": Cells(found.asset.asset_class, tuple(AssetClass.values)),
        "asset_watch": Cells(found.asset.watch),
        "asset_best": Cells(found.asset.best, tuple(AssetClass.values)),
        "age_band": Cells(found.age, tuple(AgeBand.values)),
        "occupation_group": Cells(found.occupation, tuple(OccupationGroup.values)),
        "need_type": Cells(found.need, tuple(NeedType.values)),
        "loyalty": Cells(found.loyalty.loyalty, tuple(LoyaltyClass.values)),
        "credit_risk": Cells(found.credit_risk, tuple(CreditRisk.values)),
        "risk": Cells(found.risk),
        "loyalty_missed": Cells(found.loyalty.missed),
        "flags": Cells(*found.flags),
    }


def _or_null(tenths: Cells) -> Cells:
    missing = tenths.values == MISSING
    return Cells(tenths.values, missing=missing if missing.any() else None)


def _fingerprints(columns: Iterable[Cells], basis: int) -> Ints:
    """64 bits of everything written for a customer; equal prints mean an unchanged row.

    Texts count by what they say, the calibration by its model and date: so the print is the same on every database.
    """
    found = [_printable(column) for column in columns]
    prime, shift = np.uint64(0x100000001B3), np.uint64(29)
    mixed = np.full(len(found[0]), 0xCBF29CE484222325 ^ basis, dtype=np.uint64)
    for values in found:
        mixed = (mixed ^ values.view(np.uint64)) * prime
        mixed ^= mixed >> shift
    return np.where(mixed == 0, np.uint64(1), mixed).view(np.int64)


def _printable(column: Cells) -> Ints:
    if column.book is None:
        return np.ascontiguousarray(column.values)
    prints = [int.from_bytes(text.encode(), "big") % (2**61 - 1) for text in column.book]
    return np.array(prints, dtype=np.int64)[column.values]
