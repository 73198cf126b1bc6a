"""Numbers and addresses people are known by: what is taken, in which form it is kept, and what is said otherwise."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from customers import identity
from customers.identity import Malformed

TODAY = dt.date(2025, 10, 9)


def code_of(rule: object, *args: object, **more: object) -> str:
    assert callable(rule)
    with pytest.raises(Malformed) as refused:
        rule(*args, **more)
    assert isinstance(refused.value, ValueError)
    assert len(str(refused.value)) > 10
    return refused.value.code


# --- documents --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "number", "born", "sex"),
    [
        ("11010519491231002X", "11010519491231002X", "1949-12-31", 2),
        ("11010519491231002x", "11010519491231002X", "1949-12-31", 2),
        (" 110105 19491231 002x ", "11010519491231002X", "1949-12-31", 2),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", "1949-12-31", 2),
        ("110101199003074514", "110101199003074514", "1990-03-07", 1),
    ],
)
def test_a_resident_number_tells_birth_and_sex(typed: str, number: str, born: str, sex: int) -> None:
    assert identity.resident_id(typed, today=TODAY) == (number, dt.date.fromisoformat(born), sex)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("110101199003074515", "id_check"),
        ("110105194912310021", "id_check"),
        ("110105491231002", "id_15"),
        ("110105194902310021", "id_date"),
        ("110105189912310021", "id_date"),
        ("110105202512310021", "id_date"),
        ("1101051949123100", "id_form"),
        ("11010519491231002Y", "id_form"),
        ("1.10105E+17", "id_form"),
        ("", "id_form"),
    ],
)
def test_a_wrong_resident_number_is_refused_with_advice(typed: str, code: str) -> None:
    assert code_of(identity.resident_id, typed, today=TODAY) == code


@pytest.mark.parametrize("county", ["420199", "830000", "810000", "659099", "000000"])
def test_a_county_nobody_lists_is_no_reason_to_refuse(county: str) -> None:
    body = f"{county}19560704123"
    assert identity.resident_id(body + ric.calc_check_digit(f"{body}0"), today=TODAY).born == dt.date(1956, 7, 4)


@settings(max_examples=300)
@given(born=st.dates(dt.date(1900, 1, 1), TODAY), tail=st.integers(0, 999), place=st.integers(0, 16))
def test_one_wrong_digit_never_passes_the_check_character(born: dt.date, tail: int, place: int) -> None:
    body = f"110105{born:%Y%m%d}{tail:03d}"
    number = body + ric.calc_check_digit(f"{body}0")
    found = identity.resident_id(number, today=TODAY)
    assert (found.born, found.sex) == (born, 1 if tail % 2 else 2)
    wrong = f"{number[:place]}{(int(number[place]) + 1) % 10}{number[place + 1 :]}"
    assert code_of(identity.resident_id, wrong, today=TODAY) in ("id_check", "id_date")


@pytest.mark.parametrize(
    ("kind", "typed", "number"),
    [
        ("RESIDENT_ID", "11010519491231002x", "11010519491231002X"),
        ("PASSPORT", " e 1234 5678", "E12345678"),
        ("HK_MACAU_PERMIT", "h12345678", "H12345678"),
        ("HK_MACAU_PERMIT", "C12345678", "C12345678"),
        ("TAIWAN_PERMIT", "0123 4567", "01234567"),
        ("RESIDENCE_PERMIT_HMT", "830000199201300022", "830000199201300022"),
        ("FOREIGN_PR_ID", "CHN110100123456", "CHN110100123456"),
        ("USCC", "91110000600037341l", "91110000600037341L"),
        ("MILITARY_ID", "军字第1234567号", "军字第1234567号"),
        ("OTHER", "ab-123/45", "AB12345"),
    ],
)
def test_each_document_has_its_form(kind: str, typed: str, number: str) -> None:
    assert identity.document(kind, typed, today=TODAY) == number


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("PASSPORT", "E1", "document_form"),
        ("PASSPORT", "ABCDEFGH", "document_form"),
        ("HK_MACAU_PERMIT", "E12345678", "document_form"),
        ("TAIWAN_PERMIT", "1234567", "document_form"),
        ("RESIDENCE_PERMIT_HMT", "110101199003074514", "document_form"),
        ("RESIDENCE_PERMIT_HMT", "12", "id_form"),
        ("FOREIGN_PR_ID", "12345", "document_form"),
        ("USCC", "91110000600037341M", "uscc_check"),
        ("USCC", "9111000060003734OI", "uscc_form"),
        ("OTHER", "", "document_form"),
    ],
)
def test_a_document_of_another_form_is_refused(kind: str, typed: str, code: str) -> None:
    assert code_of(identity.document, kind, typed, today=TODAY) == code


# --- phones -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138.0013.8000",
        "+86 138-0013-8000",
        "+8613800138000",
        "8613800138000",
        "0086 138 0013 8000",
        "(+86)13800138000",
        "１３８００１３８０００",
        "＋８６１３８００１３８０００",
        "013800138000",
        "138\u00a00013\u200b8000",
    ],
)
def test_a_mobile_number_is_one_in_every_notation(typed: str) -> None:
    assert identity.mobile(typed) == "+8613800138000"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("010-12345678", "+861012345678"),
        ("(010) 6234 5678", "+861062345678"),
        ("+86 10 6234 5678", "+861062345678"),
        ("0755-1234567", "+867551234567"),
        ("０７５５－８２３４５６７８", "+8675582345678"),
        ("010-62345678转123", "+861062345678;ext=123"),
        ("010-62345678 ext. 5", "+861062345678;ext=5"),
        ("+861062345678;ext=123", "+861062345678;ext=123"),
    ],
)
def test_a_landline_keeps_area_code_and_extension(typed: str, stored: str) -> None:
    assert identity.landline(typed) == stored
    assert identity.phone(typed).kind == "LANDLINE"
    assert identity.phone(typed).e164 == stored.partition(";")[0]


@pytest.mark.parametrize("typed", ["+85291234567", "+852 9123 4567", "0085291234567"])
def test_another_countrys_number_is_kept_whole(typed: str) -> None:
    assert identity.mobile(typed) == "+85291234567"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("12800138000", "mobile_form"),
        ("1380013800", "phone_form"),
        ("138001380001", "phone_form"),
        ("23456789", "area_code"),
        ("95588", "phone_form"),
        ("4008001234", "phone_form"),
        ("+0123456789", "phone_form"),
        ("+86", "phone_form"),
        ("13800138000x", "phone_form"),
        ("phone", "phone_form"),
        ("", "phone_form"),
    ],
)
def test_what_cannot_be_a_phone_number_is_refused_with_advice(typed: str, code: str) -> None:
    assert code_of(identity.phone, typed) == code


def test_a_mobile_field_wants_a_mobile_and_a_landline_field_a_landline() -> None:
    assert code_of(identity.mobile, "010-12345678") == "mobile_form"
    assert code_of(identity.landline, "13800138000") == "landline_form"


@settings(max_examples=300)
@given(typed=st.text(max_size=40))
@example("٣٨٠٠١٣٨٠٠٠")
@example("１" * 40)
def test_nothing_typed_breaks_a_rule(typed: str) -> None:
    for rule in (identity.phone, identity.card, identity.email, identity.credit_code):
        try:
            rule(typed)
        except Malformed as refused:
            assert str(refused)
    for kind in ("RESIDENT_ID", "RESIDENCE_PERMIT_HMT", "PASSPORT", "TAIWAN_PERMIT", "MILITARY_ID", "OTHER"):
        try:
            identity.document(kind, typed, today=TODAY)
        except Malformed as refused:
            assert str(refused)
    assert len(identity.last_four(typed)) in (0, 4)


@settings(max_examples=200)
@given(seed=st.integers(0, 10**9))
def test_a_stored_phone_is_its_own_normal_form(seed: int) -> None:
    chance = random.Random(seed)
    number = f"1{chance.randint(3, 9)}{chance.randrange(10**9):09d}"
    stored = identity.mobile(number)
    assert identity.mobile(stored) == stored == f"+86{number}"


# --- cards and addresses ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed", ["6222020200001234562", "6222 0202 0000 1234 562", "６２２２０２０２００００１２３４５６２"]
)
def test_a_card_number_passes_its_check_digit(typed: str) -> None:
    assert identity.card(typed) == "6222020200001234562"


@pytest.mark.parametrize(
    ("typed", "code"), [("6222020200001234561", "card_check"), ("12345678901", "card_form"), ("6.22E+18", "card_form")]
)
def test_a_wrong_card_number_is_refused(typed: str, code: str) -> None:
    assert code_of(identity.card, typed) == code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("zhang@x.com", "zhang@x.com"),
        (" Zhang.San+bank@X.COM ", "Zhang.San+bank@x.com"),
        ("ｚｈａｎｇ＠ｘ．ｃｏｍ", "zhang@x.com"),
        ("张三@例子.中国", "张三@例子.中国"),
    ],
)
def test_an_email_address_is_kept_with_its_domain_in_lower_case(typed: str, stored: str) -> None:
    assert identity.email(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "a@b", "a b@x.com", "a@x..com", "@x.com", "a@x.com\x00", "a@@x.com", "a" * 250 + "@x.com"]
)
def test_what_is_no_email_address_is_refused(typed: str) -> None:
    assert code_of(identity.email, typed) == "email_form"


def test_two_spellings_of_an_address_share_one_key() -> None:
    assert identity.email_key("A@X.com") == identity.email_key("a@x.com")


@pytest.mark.parametrize(
    ("typed", "four"),
    [
        ("+8613800138000", "8000"),
        ("11010519491231002x", "002X"),
        ("6222 0202 0000 1234 562", "4562"),
        ("+861062345678;ext=123", "5678"),
        ("１２３４", "1234"),
        ("123", ""),
    ],
)
def test_the_last_four_are_what_a_caller_reads_out(typed: str, four: str) -> None:
    assert identity.last_four(typed) == four
