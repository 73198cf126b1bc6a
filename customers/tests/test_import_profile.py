"""Profiles: what they may say, what their computed columns do, and what is said of a wrong one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from customers.actions.imports.expressions import ProfileInvalid, compile_expression
from customers.actions.imports.profile import load, parse

CELLS = {"number": "706213", "name": " Ann ", "blank": "", "amount": "12"}
GOOD: dict[str, Any] = {
    "name": "Ours",
    "kind": "customers",
    "source_system": "CORE",
    "columns": {"customer_no": "no", "full_name": "name"},
}


def value(expression: Any, line: int = 7) -> object:
    """What an expression gives for the row above."""
    places = {name: place for place, name in enumerate(CELLS)}
    return compile_expression(expression, places, "computed.x")(list(CELLS.values()), line)


NUMBER, AMOUNT = {"column": "number"}, {"column": "amount"}


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("text", "text"),
        (5, 5),
        (NUMBER, "706213"),
        ({"line": True}, 7),
        ({"concat": ["C-", NUMBER, 1]}, "C-7062131"),
        ({"substr": [NUMBER, 2, 2]}, "62"),
        ({"strip": {"column": "name"}}, "Ann"),
        ({"upper": {"column": "name"}}, " ANN "),
        ({"pad": [AMOUNT, 5]}, "00012"),
        ({"int": "007"}, 7),
        ({"add": [AMOUNT, 1]}, 13),
        ({"subtract": [AMOUNT, 20]}, -8),
        ({"multiply": [AMOUNT, 3]}, 36),
        ({"divide": [AMOUNT, 5]}, 2),
        ({"modulo": [AMOUNT, 5]}, 2),
        ({"date": [1970, "2", 3]}, "1970-02-03"),
        ({"year": "1970-02-03"}, 1970),
        ({"month": "1970-02-03"}, 2),
        ({"day": "1970-02-03"}, 3),
        ({"month_end": "1972-02-03"}, "1972-02-29"),
        ({"equal": [AMOUNT, 12]}, 1),
        ({"greater": [AMOUNT, 50]}, 0),
        ({"empty": {"column": "blank"}}, 1),
        ({"if": [{"greater": [AMOUNT, 5]}, "big", "small"]}, "big"),
        ({"if": ["0", "yes", "no"]}, "no"),
        ({"lookup": AMOUNT, "in": {"12": "dozen"}}, "dozen"),
        ({"lookup": AMOUNT, "in": {}, "else": {"concat": [AMOUNT, "?"]}}, "12?"),
    ],
    ids=str,
)
def test_computed_columns_compute(expression: Any, result: object) -> None:
    assert value(expression) == result


@pytest.mark.parametrize(
    "expression",
    [
        {"int": "seven"},
        {"date": [1971, 2, 29]},
        {"date": ["x", 2, 1]},
        {"year": "yesterday"},
        {"divide": [1, 0]},
        {"lookup": AMOUNT, "in": {"13": "no"}},
    ],
    ids=str,
)
def test_a_row_a_computed_column_cannot_be_made_of_is_refused_with_a_sentence(expression: Any) -> None:
    with pytest.raises(ValueError, match=r".{10}"):
        value(expression)


@pytest.mark.parametrize(
    "expression",
    [
        None,
        True,
        [],
        {},
        {"eval": "1"},
        {"__class__": "x"},
        {"column": "no such"},
        {"concat": ["a"], "upper": "b"},
        {"substr": [NUMBER, 1]},
        {"if": [1, 2]},
        {"lookup": NUMBER},
        {"lookup": NUMBER, "in": {}, "otherwise": 1},
    ],
    ids=str,
)
def test_expressions_outside_the_language_are_refused_before_the_file_is_read(expression: Any) -> None:
    with pytest.raises(ProfileInvalid) as refusal:
        value(expression)
    assert refusal.value.where.startswith("computed.x")


def test_a_good_profile_has_sensible_silence() -> None:
    profile = parse(GOOD)
    assert (profile.encoding, profile.delimiter, profile.header_row, profile.on_duplicate) == ("", "", 1, "update")
    assert parse(GOOD | {"encoding": "auto", "delimiter": "auto"}) == profile


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"colums": {}}, "profile"),
        ({"kind": None}, "kind"),
        ({"columns": []}, "columns"),
        ({"source_system": ""}, "source_system"),
        ({"source_system": "x" * 21}, "source_system"),
        ({"delimiter": "||"}, "delimiter"),
        ({"header_row": -1}, "header_row"),
        ({"header_row": True}, "header_row"),
        ({"on_duplicate": "merge"}, "on_duplicate"),
        ({"quoting": "sometimes"}, "quoting"),
        ({"names": "any"}, "names"),
        ({"date_format": [1]}, "date_format"),
        ({"book_currency": "XXX"}, "book_currency"),
        ({"values": {"sex": "F"}}, "values.sex"),
        ({"joins": [{"file": "../disp.asc"}]}, "joins.0.file"),
        ({"joins": [{"file": "disp.asc"}]}, "joins.0.on"),
        ({"joins": [{"file": "d", "on": {"a": "b"}, "take": ["c"], "how": "left"}]}, "joins.0"),
        ({"products": {"X": {"name": "X", "family": "GOLD"}}}, "products.X.family"),
    ],
    ids=str,
)
def test_a_wrong_profile_names_the_entry(change: dict[str, Any], where: str) -> None:
    with pytest.raises(ProfileInvalid) as refusal:
        parse({name: entry for name, entry in (GOOD | change).items() if entry is not None})
    assert refusal.value.where == where
    assert str(refusal.value).startswith(f"{where}: ")


@pytest.mark.parametrize("content", [b'{"name": ', "名字".encode("gb18030")], ids=["no JSON", "no UTF-8"])
def test_a_file_that_is_no_profile_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(content)
    with pytest.raises(ProfileInvalid) as refusal:
        load(path)
    assert refusal.value.where == "p.json"


def test_loans_do_not_count_as_assets_unless_a_profile_says_so() -> None:
    products = parse(
        GOOD
        | {
            "products": {
                "L": {"name": "Loan", "family": "LOAN"},
                "D": {"name": "Current", "family": "DEPOSIT"},
                "I": {"name": "Savings policy", "family": "INSURANCE", "counts_in_aum": True},
            }
        }
    ).products
    assert [products[code]["counts_in_aum"] for code in "LDI"] == [False, True, True]


@pytest.mark.parametrize("path", sorted(Path("docs/profiles").glob("*.json")), ids=lambda path: path.stem)
def test_the_profiles_we_ship_are_good(path: Path) -> None:
    assert load(path).columns
    assert json.loads(path.read_text(encoding="utf-8"))["about"]
