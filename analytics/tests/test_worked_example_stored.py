"""The five customers of the worked example, read from tables, scored by a night and explained (domain F.6, F.7)."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics import reading
from analytics.actions import scoring_run
from analytics.calibration import Calibration as Frozen
from analytics.default_model import DEFAULT_V1
from analytics.models import Calibration, ScoringModel
from analytics.scoring_model import content_hash
from analytics.stored import value_of
from analytics.tests import nights, worked_example
from analytics.tests.worked_example import _ANSWERS, _FACTS, _OCCUPATIONS, _RATINGS
from customers.models import Activity, Customer

pytestmark = pytest.mark.django_db

DIRECT = {
    "c1": "contribution_fen",
    "c2": "amount_12m_fen",
    "c3": "count_12m",
    "l1": "contracts_24m",
    "l2": "referrals_24m",
    "g1": "age_step",
    "g3": "income_growth_bp",
    "g4": "new_needs_6m",
    "k1": "dpd_24m",
    "k2": "debt_service_bp",
}


def five() -> list[Customer]:
    """A to E with tables that give the example's inputs at its reference date."""
    found = []
    for row in range(5):
        known: dict[str, Any] = {key: values[row] for key, values in _FACTS.items()}
        customer = Customer.objects.create(
            customer_no=f"C-2020-00000{row + 1}", status="ACTIVE", full_name="林晓彤", name_bidx=bytes(32)
        )
        Activity.objects.create(
            customer=customer,
            changed_at=timezone.now(),
            ever_holdings=1,
            families_mask=(1 << known["c4"]) - 1,
            opened_on=nights.ON - datetime.timedelta(days=known["l3"]),
            last_active_on=nights.ON - datetime.timedelta(days=known["l5"]),
            aum_3m_fen=known["l4"] * 100,
            aum_3m_year_ago_fen=1_000_000,
            aum_fen=(10_000 + known["g5"]) * 100,
            aum_year_ago_fen=1_000_000,
            occupation=_OCCUPATIONS[row],
            rating=_RATINGS[row],
            **{field: known[key] for key, field in DIRECT.items()},
        )
        found.append(customer)
    for row, points, percent, ago in _ANSWERS:
        nights.answered(found[row], points=points, weight=percent, ago=ago)
    return found


@pytest.fixture
def scored() -> list[Customer]:
    """The five after a night against themselves, with the mean answer the example gives."""
    with time_machine.travel(datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC), tick=False):
        found = five()
        frozen = worked_example.calibration()
        model = ScoringModel.objects.get()
        Calibration.objects.create(model=model, on=nights.ON, population=5, data=frozen.to_json())
        run = nights.night()
    assert run.state == "OK", run.error
    return found


@pytest.mark.parametrize(
    ("row", "unrounded", "shown", "grade"),
    [
        (0, "84.9138", "84.9", "A"),
        (1, "56.5938", "56.6", "C"),
        (2, "59.2563", "59.3", "C"),
        (3, "59.5013", "59.5", "C"),
        (4, "24.5900", "24.6", "E"),
    ],
)
def test_scores_and_grades(scored: list[Customer], row: int, unrounded: str, shown: str, grade: str) -> None:
    value = value_of(scored[row])
    assert value is not None
    assert value.explanation.score.quantize(Decimal("0.0001"), "ROUND_HALF_UP") == Decimal(unrounded)
    assert value.explanation.shown == Decimal(shown)
    standing = scored[row].standings.get()
    assert (standing.score_tenths, standing.grade) == (int(Decimal(shown) * 10), grade)


@pytest.mark.parametrize(
    ("row", "contributions"),
    [
        (0, ["14.00", "1.52", "7.65", "1.56", "3.21"]),
        (3, ["1.40", "1.52", "0.80", "-4.40", "3.21"]),
        (4, ["-14.00", "-1.66", "-7.40", "-3.54", "-5.79"]),
    ],
)
def test_contributions(scored: list[Customer], row: int, contributions: list[str]) -> None:
    value = value_of(scored[row])
    assert value is not None
    parts = [part.contribution.quantize(Decimal("0.01"), "ROUND_HALF_UP") for part in value.explanation.indicators]
    assert parts == [Decimal(part) for part in contributions]


@pytest.mark.parametrize("row", range(5))
def test_what_is_stored_adds_up_without_remainder(scored: list[Customer], row: int) -> None:
    value = value_of(scored[row])
    assert value is not None
    found = value.explanation
    assert sum(part.earned for part in found.indicators) == found.score
    assert sum(part.contribution for part in found.indicators) == found.score - found.baseline
    assert Decimal(value.row.score_e8).scaleb(-8) == found.score


def test_the_night_freezes_the_same_tables_from_the_database() -> None:
    five()
    found = [reading.rows(*piece) for piece in scoring_run._everybody()]
    made = scoring_run._freeze(DEFAULT_V1, nights.ON, found)
    wanted = worked_example.calibration()
    assert made.tables == wanted.tables
    assert made.model_hash == content_hash(DEFAULT_V1)
    assert made.answers_mean == (100 + 75 + 60 + 100 + 75 + 25) * 10**8 // 6 + 0  # every answer counts once
    assert Frozen.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_explain_score_gives_the_stored_reasons(scored: list[Customer], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("explain", "score", "C-2020-000001", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["score"], said["grade"], said["model"], said["as_of"]) == ("84.9", "A", "v1", "2026-11-15")
    assert sum(Decimal(part["earned"]) for part in said["indicators"]) == Decimal(said["unrounded"])
    assert said["text"][0].startswith("Score 84.9 (A), average 57.0.")


@pytest.mark.parametrize(
    ("number", "words"), [("C-2020-000009", "no customer C-2020-000009"), ("C-2020-000001", "no score yet")]
)
def test_explain_score_refuses_who_is_not_there_or_has_no_score(number: str, words: str) -> None:
    five()
    with pytest.raises(CommandError, match=words):
        call_command("explain", "score", number)
