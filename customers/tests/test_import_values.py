"""Texts of files as values: what is understood, and what is refused and why."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from customers.actions.imports import values
from customers.identity import Malformed
from customers.models import Transaction

D = datetime.date
READER = values.Reader(date_formats=(), decimal=".", book_currency="CNY", today=D(2025, 9, 26))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("700", 700_00),
        ("12.5", 12_50),
        ("12.", 12_00),
        ("1,234,567.89", 123_456_789),
        ("-3.50", -3_50),
        ("−3.50", -3_50),
        ("+7", 7_00),
        ("１２．３４", 12_34),
        (" 5 ", 5_00),
        ("9999999999999999.99", 999_999_999_999_999_999),
    ],
)
def test_amounts_are_whole_fen(text: str, amount: int) -> None:
    assert values.fen(text) == amount


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.234", "money_decimals"),
        ("12,34", "money"),
        ("1.000,00", "money"),
        ("10000000000000000", "money_size"),
        ("abc", "money"),
        ("1e5", "money"),
        ("NaN", "money"),
        ("", "money"),
        ("¥5", "money"),
    ],
)
def test_amounts_that_could_be_misread_are_refused(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        values.fen(text)
    assert refusal.value.code == code


def test_a_comma_may_be_the_decimal_sign() -> None:
    assert values.fen("1.234,56", ",") == 123_456


@pytest.mark.parametrize("text", ["2025-09-26", "2025/9/26", "20250926", "２０２５-09-26"])
def test_days_are_read_in_the_usual_forms(text: str) -> None:
    assert READER.past_day(text) == D(2025, 9, 26)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2025-09-27", "date_future"),
        ("1899-12-31", "date_early"),
        ("2025-02-29", "date"),
        ("26.09.2025", "date"),
        ("25-09-26", "date"),
        ("", "date"),
    ],
)
def test_days_that_cannot_be_are_refused(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        READER.past_day(text)
    assert refusal.value.code == code


@pytest.mark.parametrize("text", ["2025-09", "2025-09-01", "2025-09-26"])
def test_a_month_is_its_first_day(text: str) -> None:
    assert READER.month(text) == D(2025, 9, 1)


def test_a_profile_may_name_other_forms_of_days() -> None:
    reader = values.Reader(date_formats=("%y%m%d",), decimal=".", book_currency="CZK", today=D(2025, 9, 26))
    assert reader.day("930101") == D(1993, 1, 1)
    with pytest.raises(Malformed):
        reader.day("1993-01-01")


@pytest.mark.parametrize(("text", "code"), [("USD", "currency_rate"), ("XYZ", "currency"), ("人民币", "currency")])
def test_only_the_book_currency_is_taken(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        READER.currency(text)
    assert refusal.value.code == code
    assert READER.currency("cny") == "CNY"


@pytest.mark.parametrize(
    ("parse", "text", "code"),
    [
        (values.flag, "maybe", "flag"),
        (values.choice(Transaction.Direction), "in", "choice"),
        (values.text(5), "abcdef", "text_long"),
        (values.text(5), "a\tb", "text_control"),
        (values.text(5), "a\nb", "text_control"),
        (values.text(5), "a\x1b[1m", "text_control"),
        (values.number_text(r"\d+", lambda: "digits"), "12a", "number_form"),
        (READER.owed_money, "-1", "money_negative"),
    ],
)
def test_other_values_are_refused_by_their_own_rule(parse: Any, text: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse(text)
    assert refusal.value.code == code
    assert str(refusal.value)


@pytest.mark.parametrize("text", ["NA", "null", "007", "=1+1", "王小明", "𠮷野", "é"])
def test_texts_are_kept_as_they_are(text: str) -> None:
    assert values.text(10)(text) == text
