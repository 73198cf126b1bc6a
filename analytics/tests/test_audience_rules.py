"""Rules of saved segments: what can be asked, what is refused and why, and how they are said."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.utils import translation

from analytics import audience, audience_book
from analytics.audience_rules import Group, conditions, content_hash, depth, negated, parse, plain, read
from analytics.audience_words import changes, sentence
from crm_site.classification import Grade
from crm_site.errors import RuleBroken
from customers import classification

FIELDS = audience_book.FIELDS


def rules(*parts: dict[str, Any], how: str = "all") -> Group:
    return parse({"how": how, "parts": list(parts)}, FIELDS)


def nested(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {"field": "open_complaint", "op": "yes"}
    for _n in range(levels):
        found = {"how": "all", "parts": [found]}
    return found


GRADE = {"field": "grade", "op": "in", "values": ["A"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "condition or a group"),
        (GRADE, "begin with a group"),
        ({"how": "all", "parts": []}, "at least one condition"),
        ({"how": "some", "parts": [GRADE]}, "all, any or none"),
        ({"how": "all", "parts": [GRADE], "more": 1}, "all, any or none"),
        ({"how": "all", "parts": ["grade"]}, "condition or a group"),
        ({"how": "all", "parts": [GRADE] * 41}, "at most 40"),
        ({"how": "any", "parts": [{"how": "all", "parts": [GRADE] * 21}] * 2}, "at most 40"),
        (nested(6), "5 deep"),
    ],
)
def test_a_tree_that_is_none_is_refused_with_what_to_mend(given: object, said: str) -> None:
    with translation.override("en"), pytest.raises(RuleBroken) as refused:
        parse(given, FIELDS)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"field": "full_name", "op": "in", "values": ["林"]}, "cannot be asked"),
        ({"field": "birth_date", "op": "before", "high": "1990-01-01"}, "cannot be asked"),
        ({"field": "annual_income", "op": "at_least", "low": "1"}, "cannot be asked"),
        ({"field": "grade", "op": "in", "values": ["A"], "sql": "x"}, "cannot be asked"),
        ({"field": "grade", "op": "like", "values": ["A"]}, "how to compare"),
        ({"field": "status", "op": "unknown"}, "how to compare"),
        ({"field": "grade", "op": "in", "values": []}, "at least one value"),
        ({"field": "grade", "op": "in", "values": "A"}, "at least one value"),
        ({"field": "grade", "op": "in", "values": ["F"]}, "no value “F”"),
        ({"field": "asset_class", "op": "in", "values": ["UNKNOWN"]}, "no value “UNKNOWN”"),
        ({"field": "status", "op": "in", "values": ["ERASED"]}, "no value “ERASED”"),
        ({"field": "region", "op": "in", "values": ["3"]}, "2, 4 or 6 digits"),
        ({"field": "region", "op": "in", "values": ["上海"]}, "2, 4 or 6 digits"),
        ({"field": "consent", "op": "given", "values": ["SERVICE", "ALL"]}, "purpose and a channel"),
        ({"field": "consent", "op": "given", "values": ["MARKETING"]}, "purpose and a channel"),
        ({"field": "score", "op": "at_least", "low": "100.1"}, "0 to 100"),
        ({"field": "score", "op": "at_least", "low": "60.55"}, "one decimal"),
        ({"field": "score", "op": "at_least", "low": "NaN"}, "0 to 100"),
        ({"field": "score", "op": "between", "low": "60", "high": "60"}, "below the second"),
        ({"field": "aum", "op": "at_least", "low": "123456"}, "steps of 10,000"),
        ({"field": "aum", "op": "at_least", "low": "-10000"}, "steps of 10,000"),
        ({"field": "inactive", "op": "at_least", "low": "1.5"}, "whole days"),
        ({"field": "inactive", "op": "at_least", "low": "3651"}, "0 to 3,650"),
        ({"field": "complaint", "op": "yes", "low": "0"}, "from 1 to"),
        ({"field": "opened_on", "op": "last_days", "low": "0"}, "from 1 to"),
        ({"field": "opened_on", "op": "from", "low": "31.12.2025"}, "YYYY-MM-DD"),
        ({"field": "opened_on", "op": "between", "low": "2025-02-01", "high": "2025-01-01"}, "below the second"),
    ],
)
def test_a_condition_that_cannot_be_asked_is_refused_with_what_to_mend(given: dict[str, Any], said: str) -> None:
    with translation.override("en"), pytest.raises(RuleBroken) as refused:
        rules(given)
    assert said in str(refused.value)
    assert refused.value.field == "rules"


def test_the_same_rules_have_the_same_fingerprint_however_they_were_typed() -> None:
    one = rules(
        {"field": "grade", "op": "in", "values": ["B", "A", "B"]},
        {"field": "aum", "op": "at_least", "low": "500,000"},
        {"field": "region", "op": "in", "values": ["310000", "31"]},
        {"field": "score", "op": "below", "high": "60"},
    )
    other = rules(
        {"op": "in", "field": "grade", "values": ["A", "B"]},
        {"field": "aum", "op": "at_least", "low": "500000"},
        {"field": "region", "op": "in", "values": ["31"]},
        {"field": "score", "op": "below", "high": "60.0"},
    )
    assert content_hash(one) == content_hash(other)
    assert content_hash(one) != content_hash(rules({"field": "grade", "op": "in", "values": ["A"]}))


def test_what_is_stored_reads_back_as_it_was() -> None:
    tree = parse(nested(5), FIELDS)
    assert read(plain(tree)) == tree
    assert depth(tree) == 5
    assert [one.field for one in conditions(tree)] == ["open_complaint"]


def test_a_not_is_found_through_the_groups_around_it() -> None:
    not_a = {"field": "grade", "op": "not_in", "values": ["A"]}
    young = {"field": "age_band", "op": "in", "values": ["YOUNG"]}
    unknown = {"field": "need_type", "op": "unknown"}
    assert list(negated(rules(not_a, young))) == ["grade"]
    assert list(negated(rules(not_a, young, unknown, how="none"))) == ["age_band"]
    assert list(negated(rules({"how": "none", "parts": [young]}, how="none"))) == []


SAID = [
    (
        [{"field": "grade", "op": "in", "values": ["A", "B"]}, {"field": "aum", "op": "at_least", "low": "500000"}],
        "all",
        "Customers for whom this is true: value grade is A or B, and assets in the last full month at least ¥500,000.",
        "符合以下规则的客户：价值等级为A或B，且上一完整月资产不低于¥500,000。",
    ),
    (
        [{"field": "open_complaint", "op": "yes"}, {"field": "complaint", "op": "yes", "low": "30"}],
        "any",
        "Customers for whom this is true: has an open complaint, or complained within the last 30 days.",
        "符合以下规则的客户：有未结投诉，或最近30 天内投诉过。",
    ),
    (
        [{"field": "loyalty", "op": "in", "values": ["LOST"]}, {"field": "no_contact", "op": "yes"}],
        "none",
        "Customers for whom this is true: none of this: loyalty class is Lost; asked not to be contacted."
        " Not known is not “no”: a customer whose loyalty class is not known does not meet a “not” about it.",
        "符合以下规则的客户：以下各项全不符合：忠诚度为流失；要求勿扰。“未知”不等于“不是”：忠诚度未知的客户不算符合其否定条件。",
    ),
    (
        [
            {"field": "consent", "op": "given", "values": ["MARKETING", "SMS"]},
            {"how": "any", "parts": [GRADE, {"field": "opened_on", "op": "from", "low": "2026-01-05"}]},
        ],
        "all",
        "Customers for whom this is true: allows Marketing by SMS, and (value grade is A, or customer since from"
        " Mon 5 Jan 2026 on).",
        "符合以下规则的客户：同意“营销”（短信），且（价值等级为A，或开户日期在2026年1月5日（周一）或之后）。",
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("parts", "how", "english", "chinese"), SAID)
def test_every_rule_set_is_said_as_a_sentence(parts: list[Any], how: str, english: str, chinese: str) -> None:
    tree = rules(*parts, how=how)
    with translation.override("en"):
        assert sentence(tree, FIELDS) == english
    with translation.override("zh-hans"):
        assert sentence(tree, FIELDS) == chinese


def test_every_field_is_said_with_every_operator_in_both_languages() -> None:
    values = {"consent": ["MARKETING", "ALL"], "region": ["31"]}
    for known in FIELDS.values():
        for op in known.ops:
            first = list(known.options)[:1]
            bounds = ("2025-01-01", "2026-01-01") if known.kind == "date" else ("10000", "20000")
            low, high = ("10", "20") if known.kind in ("score", "days", "recent") else bounds
            low = "10" if op in ("last_days", "older_days") else low
            one = {"field": known.code, "op": op, "values": values.get(known.code, first), "low": low, "high": high}
            for language in ("en", "zh-hans", "zh-hant"):
                with translation.override(language):
                    said = sentence(rules(one), FIELDS)
                    assert "%(" not in said, (known.code, op)
                    assert language == "en" or not {"at", "least", "below", "is"} & set(said.split())


def test_versions_tell_what_is_gone_and_what_is_new() -> None:
    old = rules(GRADE, {"field": "open_complaint", "op": "no"})
    new = rules({"field": "open_complaint", "op": "no"}, {"field": "no_contact", "op": "no"}, how="any")
    with translation.override("en"):
        gone, come = changes(old, new, FIELDS)
    assert gone == ["all of these", "value grade is A"]
    assert come == ["at least one of these", "did not ask to be left alone"]


def test_nobody_can_ask_for_what_is_kept_sealed() -> None:
    closed = {
        name
        for table in classification.FIELDS.values()
        for grade in (Grade.SEALED, Grade.SPECIAL, Grade.KEY)
        for name in table.get(grade, "").split()
    }
    assert {"full_name", "birth_date", "employer", "annual_income", "account_no"} <= closed
    asked = {str(asker) for code in FIELDS for asker in _columns(code)}
    assert {"grade", "aum_fen", "region_code"} <= asked
    assert asked & closed == set()


def _columns(code: str) -> set[str]:
    """Names of every column a field's two questions look at, those inside subqueries included."""
    known = FIELDS[code]
    op = known.ops[0]
    values = {"consent": ["MARKETING", "ALL"], "region": ["31"]}.get(code, list(known.options)[:1])
    low = "2025-01-01" if known.kind == "date" else "10000" if known.kind == "money" else "10"
    one = rules({"field": code, "op": op, "values": values, "low": low})
    sql = str(audience.customers(one, _when()).query).split(" WHERE ", 1)[1]
    return set(re.findall(r'"(\w+)"', sql))  # what is not quoted is a word of SQL, as in ::text


def _when() -> audience.When:
    return audience.When(datetime.date(2026, 11, 15), datetime.datetime(2026, 11, 15, 2, tzinfo=datetime.UTC), 1)
