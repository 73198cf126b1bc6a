"""What is left of personal data when it is shown by default."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from crm_site import masking


@pytest.mark.parametrize(
    ("rule", "value", "shown"),
    [
        (masking.name, "王伟", "王*"),
        (masking.name, "王", "*"),
        (masking.name, "欧阳娜娜", "欧阳**"),
        (masking.name, "歐陽娜娜", "歐陽**"),
        (masking.name, "欧阳", "欧*"),
        (masking.name, "阿卜杜拉", "阿***"),
        (masking.name, "尉迟恭", "尉迟*"),
        (masking.name, "𠮷野家", "𠮷**"),
        (masking.name, "John Smith", "J*** S***"),
        (masking.name, "", ""),
        (masking.resident_id, "11010519491231002X", "110***********002X"),
        (masking.resident_id, "12345678", "********"),
        (masking.document, "E12345678", "E******78"),
        (masking.document, "E1234", "*****"),
        (masking.mobile, "13800138000", "138****8000"),
        (masking.mobile, "+8613800138000", "138****8000"),
        (masking.mobile, "+85291234567", "+85*****4567"),
        (masking.landline, "010-12345678", "010-******78"),
        (masking.landline, "+861012345678;ext=12", "010-******78"),
        (masking.landline, "0755-1234567", "0755-*****67"),
        (masking.card, "6222020200001234562", "**** **** **** 4562"),
        (masking.card, "12345", "*****"),
        (masking.email, "zhang@x.com", "z***@x.com"),
        (masking.email, "ab@x.com", "***@x.com"),
        (masking.email, "nonsense", "********"),
        (masking.address, "北京市海淀区中关村大街27号", "北京市海淀区***"),
        (masking.address, "广东省深圳市南山区科技园路1号", "广东省深圳市南山区***"),
        (masking.address, "上海市浦东新区世纪大道", "上海市浦东新区***"),
        (masking.address, "幸福小区3栋", "***"),
        (masking.address, "12 Elm Street", "***"),
    ],
)
def test_personal_data_is_masked_by_its_rule(rule: object, value: str, shown: str) -> None:
    assert callable(rule)
    assert rule(value) == shown


@pytest.mark.parametrize("value", ["", "1", "12", "123", "1234", "12345", "123456", "1234567", "12345678"])
@pytest.mark.parametrize("rule", [masking.resident_id, masking.document, masking.mobile])
def test_a_short_value_is_hidden_whole_rather_than_nearly_shown(rule: object, value: str) -> None:
    assert callable(rule)
    hidden = rule(value).count("*")
    assert hidden == len(value) or hidden >= 2


def test_a_birth_date_becomes_an_age() -> None:
    with translation.override("en"):
        assert masking.birth_date(dt.date(1990, 3, 7), dt.date(2025, 10, 9)) == "35 years old"
    assert masking.birth_date(None, dt.date(2025, 10, 9)) == ""
    assert masking.age(dt.date(2000, 2, 29), dt.date(2026, 2, 28)) == 25
    assert masking.age(dt.date(2000, 2, 29), dt.date(2026, 3, 1)) == 26


@pytest.mark.parametrize(
    ("yuan", "band"),
    [(-1, "below zero"), (0, "under ¥50,000"), (499_999, "¥100,000–500,000"), (500_000, "¥500,000–1 million")],
)
def test_an_amount_becomes_a_band(yuan: int, band: str) -> None:
    with translation.override("en"):
        assert str(masking.money_band(yuan)) == band


def test_every_amount_from_six_million_looks_the_same() -> None:
    assert str(masking.money_band(6_000_000)) == str(masking.money_band(10**12))


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("call 13800138000 now", "call *** now"),
        ("id 11010519491231002X", "id ***"),
        ("card 6222020200001234562.", "card ***."),
        ("mail zhang@x.com", "mail ***"),
        ("order 2025092600180 of 12 Oct", "order 2025092600180 of 12 Oct"),
    ],
)
def test_free_text_loses_numbers_that_name_a_person(text: str, redacted: str) -> None:
    assert masking.redact(text) == redacted
    assert masking.carries_personal_data(text) is (text != redacted)
