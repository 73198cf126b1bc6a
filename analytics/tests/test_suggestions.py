"""A learnt model as plain numbers: how it judges, what it says each fact adds, how its figures are counted."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest

from analytics.suggestions.figures import figures
from analytics.suggestions.learnt import LEAF, POINTS, TREES, Learnt, Points, Trees, chance, from_json
from analytics.suggestions.table import Feature, Table
from tests.test_house import imports, product

NAN = float("nan")


def a_model() -> Learnt:
    """One tree that asks for the days and then for the branch, and points for the days."""
    trees = Trees(
        baseline=-1.0,
        roots=np.array([0]),
        feature=np.array([0, LEAF, 1, LEAF, LEAF]),
        threshold=np.array([10.0, 0, 0.5, 0, 0]),
        left=np.array([1, 0, 3, 0, 0]),
        right=np.array([2, 0, 4, 0, 0]),
        unknown_left=np.array([False, False, True, False, False]),
        value=np.array([0, 0.5, 0, -0.25, 1.0]),
        count=np.array([100, 60, 40, 30, 10]),
    )
    points = Points(
        intercept=-2.0,
        edges=(np.array([5.0, 20.0]), np.array([1.0])),
        weights=(np.array([0.1, 0.2, 0.3, 0.9]), np.array([0.0, 0.4, 0.0])),
        means=np.array([0.2, 0.1]),
    )
    return Learnt((Feature("days"), Feature("branch", "north")), trees, points, {"days": 8.0})


def of(days: list[float], branch: list[str]) -> Table:
    return Table({"days": np.array(days), "branch": np.array(branch)})


@pytest.mark.parametrize(
    ("days", "branch", "leaf", "points"),
    [
        (10, "north", 0.5, 0.2 + 0.4),
        (10.5, "south", -0.25, 0.2),
        (10.5, "north", 1.0, 0.2 + 0.4),
        (5, "", 0.5, 0.2),  # an edge belongs to the piece above it
        (4.9, "", 0.5, 0.1),
        (20, "", -0.25, 0.3),
        (NAN, "north", 1.0, 0.9 + 0.4),
    ],
)
def test_a_row_goes_down_the_tree_and_gets_its_points(days: float, branch: str, leaf: float, points: float) -> None:
    odds = TREES * (-1.0 + leaf) + POINTS * (-2.0 + points)
    assert a_model().judge(of([days], [branch])) == pytest.approx([float(chance(np.array(odds)))], abs=1e-12)


def test_what_each_fact_adds_sums_to_the_distance_from_the_mean_customer() -> None:
    model, row = a_model(), of([30.0], ["north"])
    added = model.added(row)
    mean_leaf = (60 * 0.5 + 30 * -0.25 + 10 * 1.0) / 100
    mean = TREES * (-1.0 + mean_leaf) + POINTS * (-2.0 + 0.3)
    odds = TREES * (-1.0 + 1.0) + POINTS * (-2.0 + 0.3 + 0.4)
    assert sum(added.values()) == pytest.approx(odds - mean)
    assert added["branch"] == pytest.approx(TREES * (1.0 - 0.0625) + POINTS * 0.3)


def test_a_model_read_from_its_json_judges_the_same() -> None:
    model, rows = a_model(), of([1.0, 12.0, NAN], ["north", "", "south"])
    again = from_json(json.loads(json.dumps(model.to_json())))
    assert again.judge(rows).tolist() == model.judge(rows).tolist()
    assert again.added(rows.take(slice(1, 2))) == model.added(rows.take(slice(1, 2)))
    with pytest.raises(ValueError, match="format"):
        from_json({**model.to_json(), "format": 99})


def test_a_column_of_a_file_is_numbers_unless_a_cell_says_a_word_and_nothing_where_all_are_empty() -> None:
    table = Table.of([{"a": "1", "b": "x", "c": "", "d": ""}, {"a": "", "b": "2", "c": "9", "d": ""}], without=["c"])
    assert table.features() == [Feature("a"), Feature("b", "2"), Feature("b", "x")]
    assert np.array_equal(table.matrix(table.features()), [[1, 0, 1], [NAN, 1, 0]], equal_nan=True)


def test_the_figures_of_twenty_rows_by_hand() -> None:
    judged = np.arange(20, 0, -1) / 20
    happened = np.isin(np.arange(20), [0, 1, 2, 5])
    found = figures(judged, happened)
    assert (found.n, found.hits, found.base) == (20, 4, 0.2)
    assert found.auc == pytest.approx(1 - 2 / (4 * 16))  # the sixth stands below two it should stand above
    assert found.lift == pytest.approx(5)
    assert [(step.n, step.hits) for step in found.bands] == [(2, 2), (4, 2), (14, 0)]
    assert [step.n for step in found.tenths] == [2] * 10
    assert found.tenths[0].mean == pytest.approx(0.975)


@pytest.mark.parametrize(
    ("judged", "happened", "auc"),
    [([0.5] * 4, [1, 0, 1, 0], 0.5), ([0.1, 0.2], [0, 0], None), ([0.1, 0.9], [1, 0], 0.0)],
)
def test_ties_count_half_and_without_pairs_nothing_is_said(
    judged: list[float], happened: list[int], auc: float | None
) -> None:
    assert figures(np.array(judged), np.array(happened, dtype=bool)).auc == auc


def test_only_the_trainer_names_the_extra_and_only_when_it_trains() -> None:
    extra = {"sklearn", "threadpoolctl", "scipy", "joblib"}

    def named(tree: ast.AST) -> set[str]:
        return {name.split(".")[0] for name in imports(tree)} & extra

    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in product()}
    assert [path.name for path, tree in trees.items() if named(tree)] == ["training.py"]
    trainer = next(tree for path, tree in trees.items() if path.name == "training.py" and named(tree))
    assert [node for node in trainer.body if isinstance(node, ast.Import | ast.ImportFrom) and named(node)] == []


def test_the_extra_is_pinned_and_says_why() -> None:
    lines = Path("requirements-ml.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and line[0] not in "#-"]
    assert [("==" in line, "#" in line) for line in pins] == [(True, True)]
