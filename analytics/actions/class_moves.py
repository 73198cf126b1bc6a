"""Writing whose class moved in a night, with the figures that decided it (docs/decisions/0045)."""

from __future__ import annotations

import json
from collections.abc import Collection

import numpy as np

from analytics import deciding
from analytics.models import ClassMove, ScoreRun
from analytics.reading import Facts
from analytics.segment_rules import SegmentRules
from crm_site import arrays
from crm_site.cells import Cells


def stage(night: ScoreRun, facts: Facts, moves: Collection[deciding.Moves], *, rules: SegmentRules) -> None:
    """Keep whose class moved and by which figures, in the transaction that classified them.

    Texts that many share are made once.
    """
    on = night.calibration.on
    for moved in moves:
        n, classes = len(moved.rows), tuple(deciding.CLASSES[moved.dimension].values)
        said = [json.dumps(one, separators=(",", ":")) for one in deciding.figures(moved, facts, on=on, rules=rules)]
        book = {text: at for at, text in enumerate(dict.fromkeys(said))}
        version = night.class_rules.get(moved.dimension)
        columns = {
            "customer_id": Cells(facts.ids[moved.rows]),
            "run_no": Cells.same(night.no, n),
            "on": Cells.same(on.toordinal(), n),
            "dimension": Cells(np.zeros(n, dtype=np.int64), (moved.dimension,)),
            "was": Cells(moved.was, classes),
            "became": Cells(moved.became, classes),
            "figures": Cells(np.array([book[text] for text in said], dtype=np.int64), tuple(book)),
            "rules_id": Cells(
                np.full(n, version["id"] if version else 0, dtype=np.int64), missing=np.full(n, version is None)
            ),
        }
        arrays.write(ClassMove, columns)
