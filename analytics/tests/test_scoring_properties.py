"""What holds of every score whatever the facts: weights, ties, what is no number, nobody, one (domain F.1–F.4)."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.actions import tuning
from analytics.answers import AnswerSums, aggregate
from analytics.calibrating import calibrate
from analytics.default_model import DEFAULT_V1
from analytics.fixedpoint import NEUTRAL, WHOLE
from analytics.model_checks import WAIVE_WEIGHT, normalised, validate
from analytics.scoring import Inputs, Scores, score
from analytics.scoring_model import INDICATORS, ScoreModel, Transform, content_hash, from_json, to_json
from analytics.tests.test_scoring_reference import _METRICS, ON, answer, inputs_of, person
from crm_site.columns import Column
from crm_site.errors import RuleBroken
from customers.tests.test_import import ACCOUNTS, HOLDINGS, PEOPLE, TRANSACTIONS, Import, refused, take
from customers.tests.test_import import CUSTOMERS as PEOPLE_PROFILE

__all__ = ["take"]

Population = list[tuple[dict[str, int | None], tuple[int, int]]]
populations = st.lists(st.tuples(person, answer), min_size=1, max_size=10)
shares = st.lists(st.integers(0, 1_000), min_size=5, max_size=5).filter(any)


def of(population: Population) -> Inputs:
    return inputs_of([someone for someone, _given in population], [given for _someone, given in population])


def scored(facts: Inputs, model: ScoreModel = DEFAULT_V1, among: Inputs | None = None) -> Scores:
    return score(facts, model, calibrate(facts if among is None else among, model, on=ON))


def weighing(parts: list[int]) -> ScoreModel:
    """A version whose five weights stand to one another as these numbers do, and add up to one."""
    whole = [part * WHOLE // sum(parts) for part in parts]
    whole[0] += WHOLE - sum(whole)
    return replace(DEFAULT_V1, weights=tuple(whole), waivers=(*DEFAULT_V1.waivers, WAIVE_WEIGHT))


# --- weights ----------------------------------------------------------------------------------------------------------
@given(populations, shares)
def test_the_score_is_the_sum_of_its_five_parts_and_lies_between_them(population: Population, parts: list[int]) -> None:
    model, facts = weighing(parts), of(population)
    assert validate(model) == []
    found = scored(facts, model)
    weights = np.array(model.weights)[:, None]
    earned = (weights * found.indicators * 2 + WHOLE) // (2 * WHOLE)
    assert found.score_e8[found.scored].tolist() == earned.sum(axis=0)[found.scored].tolist()
    slack = len(INDICATORS)  # each part is rounded by itself
    for row in np.flatnonzero(found.scored):
        heard = found.indicators[:, row][np.array(model.weights) > 0]
        assert heard.min() - slack <= found.score_e8[row] <= heard.max() + slack


@given(populations, st.integers(0, 4))
def test_an_indicator_of_weight_one_is_the_score(population: Population, place: int) -> None:
    facts = of(population)
    found = scored(facts, weighing([int(place == other) for other in range(5)]))
    assert found.score_e8[found.scored].tolist() == found.indicators[place][found.scored].tolist()
    assert found.coverage.tolist() == found.coverages[place].tolist()


@given(populations, shares, st.integers(2, 9))
def test_weights_times_the_same_number_are_the_same_weights(population: Population, parts: list[int], by: int) -> None:
    once, often = weighing(parts), weighing([part * by for part in parts])
    assert once.weights == often.weights
    facts = of(population)
    assert scored(facts, once).score_e8.tolist() == scored(facts, often).score_e8.tolist()


@given(st.permutations(range(5)), st.integers(-1, 1))
def test_a_ten_thousandth_too_much_or_too_little_is_made_good(order: list[int], over: int) -> None:
    weights = [DEFAULT_V1.weights[place] for place in order]
    weights[weights.index(max(weights))] += over
    found = normalised(replace(DEFAULT_V1, weights=tuple(weights)))
    assert found.weights == tuple(DEFAULT_V1.weights[place] for place in order)


# --- ties, order ------------------------------------------------------------------------------------------------------
@given(populations, st.tuples(person, answer), st.randoms(use_true_random=False))
def test_who_has_the_same_facts_has_the_same_score(population: Population, twin: Any, chance: Random) -> None:
    people = [*population, twin, twin, twin]
    chance.shuffle(people)
    found = scored(of(people))
    rows = [row for row, other in enumerate(people) if other == twin]
    assert len(rows) >= 3
    for values in (found.score_e8, found.tenths, found.grade, found.coverage):
        assert len({int(values[row]) for row in rows}) == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100), st.sampled_from([25, 50, 100]), st.integers(0, 900)),
                max_size=40), st.randoms(use_true_random=False))  # fmt: skip
def test_the_order_in_which_answers_are_added_moves_no_score(rows: list[tuple[int, ...]], chance: Random) -> None:
    def summed(answers: list[tuple[int, ...]]) -> AnswerSums:
        who, points, percent, ago = np.array(answers, dtype=np.int64).reshape(-1, 4).T
        return aggregate(who, points, percent, ON.toordinal() - ago, n=4, on=ON, model=DEFAULT_V1)

    shuffled = list(rows)
    chance.shuffle(shuffled)
    one, other = summed(rows), summed(shuffled)
    assert (one.weight.tolist(), one.weighted.tolist(), one.mean) == (
        other.weight.tolist(), other.weighted.tolist(), other.mean,
    )  # fmt: skip
    scores = [scored(Inputs(4, {}, sums), weighing([0, 1, 0, 0, 0])) for sums in (one, other)]
    assert scores[0].score_e8.tolist() == scores[1].score_e8.tolist()


@given(st.randoms(use_true_random=False), populations)
def test_the_order_of_metrics_in_a_version_moves_no_score(chance: Random, population: Population) -> None:
    metrics = list(DEFAULT_V1.metrics)
    chance.shuffle(metrics)
    facts = of(population)
    assert (
        scored(facts, replace(DEFAULT_V1, metrics=tuple(metrics))).score_e8.tolist() == scored(facts).score_e8.tolist()
    )


def test_the_order_of_the_entries_of_its_json_is_not_part_of_a_version() -> None:
    data = to_json(DEFAULT_V1)
    backwards = json.loads(json.dumps(dict(reversed(data.items()))))
    assert content_hash(from_json(backwards)) == content_hash(DEFAULT_V1)


# --- what is no number ------------------------------------------------------------------------------------------------
NO_NUMBERS = [math.nan, -math.nan, math.inf, -math.inf]


@given(populations, st.data())
def test_what_is_no_number_is_missing_and_counted(population: Population, data: st.DataObject) -> None:
    """Not zero, not the best: the scores are those of a bank that does not know the value."""
    facts = of(population)
    strange, unknown, lost = {}, {}, {}
    for metric in _METRICS:
        values: list[int | None] = [someone[metric.key] for someone, _given in population]
        spoilt: list[float | None] = list(values)
        for row in data.draw(st.sets(st.integers(0, len(values) - 1), max_size=3)):
            spoilt[row], values[row] = data.draw(st.sampled_from(NO_NUMBERS)), None
        strange[metric.key], unknown[metric.key] = Column.of(spoilt), Column.of(values)
        lost[metric.key] = sum(value is None for value in values)
    found = scored(replace(facts, columns=strange))
    assert found.score_e8.tolist() == scored(replace(facts, columns=unknown)).score_e8.tolist()
    for metric in _METRICS:
        assert int(strange[metric.key].missing.sum()) == lost[metric.key]
        assert int(found.metrics[metric.key].missing.sum()) >= lost[metric.key]  # g1 tells nothing of children


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
@pytest.mark.parametrize("text", ["NaN", "nan", "inf", "-inf", "Infinity", "1e308", "∞", "NULL"])
def test_a_file_that_holds_no_number_is_refused_at_the_row_and_counted(take: Import, text: str) -> None:
    take(PEOPLE_PROFILE, PEOPLE)
    take(HOLDINGS, ACCOUNTS)
    rows = f"id,acc,day,amount,type\nT1,A1,2025-08-01,{text},DEPOSIT\nT2,A2,2025-08-01,5,DEPOSIT\n"
    result = take(TRANSACTIONS, rows)
    assert (result["created"], result["rejected"], result["control"]) == (1, 1, {"in_fen": 500})
    assert (refused(result)[0]["column"], refused(result)[0]["value"]) == ("amount", text)


@pytest.mark.parametrize("no_number", ["NaN", "Infinity", "-Infinity"])
def test_a_version_with_a_weight_that_is_no_number_is_refused(no_number: str, tmp_path: Path) -> None:
    text = json.dumps(to_json(DEFAULT_V1)).replace('"C": 3500', f'"C": {no_number}')
    assert no_number in text
    with pytest.raises(RuleBroken):
        tuning.read(json.loads(text))


# --- nobody, one ------------------------------------------------------------------------------------------------------
@given(st.tuples(person, answer))
def test_measured_against_nobody_every_rank_is_the_middle(someone: Any) -> None:
    facts, nobody = of([someone]), of([])
    found = scored(facts, among=nobody)
    assert scored(nobody).score_e8.tolist() == []
    for metric in DEFAULT_V1.metrics:
        if metric.ranked and not found.metrics[metric.key].missing[0]:
            points, value = int(found.metrics[metric.key].values[0]), someone[0][metric.key]
            assert points == (0 if metric.zero_is_zero and value <= 0 else NEUTRAL)
    assert -1 <= found.tenths[0] <= 1_000


@given(st.tuples(person, answer))
def test_the_only_customer_is_the_middle_of_all(someone: Any) -> None:
    facts = of([someone])
    frozen = calibrate(facts, DEFAULT_V1, on=ON)
    found = score(facts, DEFAULT_V1, frozen)
    assert (frozen.population, frozen.coarse) == (1, True)
    for metric in DEFAULT_V1.metrics:
        column = found.metrics[metric.key]
        if metric.transform is Transform.PERCENTILE and not column.missing[0]:
            zero = metric.zero_is_zero and someone[0][metric.key] <= 0
            assert column.values[0] == (0 if zero else NEUTRAL)
    if found.scored[0]:  # and stands exactly at the average, which is their own
        assert frozen.indicator_means == tuple(found.indicators[:, 0].tolist())
