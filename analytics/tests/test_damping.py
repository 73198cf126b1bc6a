"""The shown grade follows the score once a band is clearly crossed, or crossed for two month-ends (domain F.5)."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.damping import NONE, GradeState, damped
from analytics.default_model import DEFAULT_V1

PLACES = {"A": 0, "B": 1, "C": 2, "D": 3, "E": 4, "": NONE}
Night = tuple[int | None, bool, str, int]


def raw_of(tenths: int | None) -> str:
    if tenths is None:
        return ""
    return next((grade for grade, low in DEFAULT_V1.bands if tenths >= low), "E")


def ints(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def after(state: GradeState, tenths: int | None, *, month_end: bool) -> GradeState:
    raw = ints(PLACES[raw_of(tenths)])
    return damped(state, raw, ints(-1 if tenths is None else tenths), DEFAULT_V1, month_end=np.array([month_end]))


@pytest.mark.parametrize(
    "nights",
    [
        # (score in tenths, a month has closed, grade shown, month-ends held)
        pytest.param([(605, True, "B", 0), (595, False, "B", 0), (605, False, "B", 0)], id="over the edge and back"),
        pytest.param(
            [(605, True, "B", 0), (591, False, "B", 0), (590, False, "C", 0)], id="1.0 below the edge is clear"
        ),
        pytest.param(
            [(605, True, "B", 0), (759, False, "B", 0), (760, False, "A", 0)], id="1.0 above the edge is clear"
        ),
        pytest.param([(605, True, "B", 0), (750, False, "B", 0)], id="the edge itself is held"),
        pytest.param([(605, True, "B", 0), (595, True, "B", 1), (595, True, "C", 0)], id="two month-ends"),
        pytest.param(
            [(605, True, "B", 0), (595, False, "B", 0), (595, True, "B", 1), (594, False, "B", 1), (595, True, "C", 0)],
            id="nights between month-ends do not count",
        ),
        pytest.param(
            [(605, True, "B", 0), (595, True, "B", 1), (600, False, "B", 0), (595, True, "B", 1)],
            id="coming back begins anew",
        ),
        pytest.param(
            [(605, True, "B", 0), (595, True, "B", 1), (755, True, "B", 1), (755, True, "A", 0)],
            id="the other side begins anew",
        ),
        pytest.param([(605, True, "B", 0), (449, False, "D", 0)], id="clear of its own band it follows all the way"),
        pytest.param([(605, True, "B", 0), (None, False, "", 0), (595, False, "C", 0)], id="no score, no grade"),
        pytest.param([(295, True, "E", 0), (305, False, "E", 0), (310, False, "D", 0)], id="up from the lowest"),
        pytest.param([(755, True, "A", 0), (745, False, "A", 0), (740, False, "B", 0)], id="down from the highest"),
    ],
)
def test_night_after_night(nights: list[Night]) -> None:
    state = GradeState.first(1)
    for tenths, month_end, shown, held in nights:
        state = after(state, tenths, month_end=month_end)
        assert (state.shown[0], state.months[0], state.raw[0]) == (PLACES[shown], held, PLACES[raw_of(tenths)])


def test_everybody_is_judged_by_their_own_row() -> None:
    before = GradeState(ints(1, 1, 1), ints(1, 2, 1), ints(0, 1, 0))
    found = damped(before, ints(2, 2, 1), ints(595, 595, 700), DEFAULT_V1, month_end=np.array([False, True, True]))
    assert found.shown.tolist() == [1, 2, 1]
    assert found.months.tolist() == [0, 0, 0]
