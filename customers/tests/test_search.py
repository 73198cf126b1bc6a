"""Finding a customer by what a caller says."""

from __future__ import annotations

import pytest
from django.test.utils import CaptureQueriesContext

from customers.models.search import By, find

from .factories import ContactPointFactory, CustomerFactory, HoldingFactory, UserFactory

pytestmark = pytest.mark.django_db

ID = "11010519491231002X"

# name → full pinyin, initials: common names, rare readings, compound surnames, names of other peoples
NAMES = """
王小明 wangxiaoming wxm|李娜 lina ln|张伟 zhangwei zw|刘洋 liuyang ly|陈静 chenjing cj|杨秀英 yangxiuying yxy
赵磊 zhaolei zl|黄敏 huangmin hm|周杰 zhoujie zj|吴艳 wuyan wy|徐丽丽 xulili xll|孙强 sunqiang sq|马超 machao mc
朱婷 zhuting zt|胡军 hujun hj|郭芳 guofang gf|何平 heping hp|林晓彤 linxiaotong lxt|高峰 gaofeng gf|罗刚 luogang lg
郑海峰 zhenghaifeng zhf|梁燕 liangyan ly|谢霞 xiexia xx|宋玲 songling sl|唐勇 tangyong ty|许晴 xuqing xq
邓斌 dengbin db|冯雪 fengxue fx|韩梅 hanmei hm|曹颖 caoying cy|曾志伟 zengzhiwei zzw|彭博 pengbo pb|萧红 xiaohong xh
蔡琴 caiqin cq|潘虹 panhong ph|田震 tianzhen tz|董洁 dongjie dj|袁泉 yuanquan yq|于谦 yuqian yq|余华 yuhua yh
单雄信 shanxiongxin sxx|仇英 qiuying qy|解晓东 xiexiaodong xxd|查良镛 zhaliangyong zly|任贤齐 renxianqi rxq
欧阳娜娜 ouyangnana oynn|司马光 simaguang smg|尉迟恭 yuchigong ycg|吕布 lvbu lb|阿依古丽·吐尔逊 ayigulituerxun aygltex
""".replace("\n", "|")
PAIRS = [tuple(line.split()) for line in NAMES.split("|") if line.strip()]


def test_there_are_fifty_names() -> None:
    assert len(PAIRS) == 50


@pytest.fixture(scope="module")
def bank(django_db_setup: None, django_db_blocker: object) -> object:
    """Fifty customers, made once for the tests of this file and taken away after them."""
    from django.db import transaction

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        with transaction.atomic():
            user = UserFactory()
            made = {name: CustomerFactory(full_name=name) for name, *_spoken in PAIRS}
            yield user, made
            transaction.set_rollback(True)


def found(text: str, user: object) -> list[str]:
    return [hit.customer.full_name for hit in find(text, user=user)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "spoken", "short"), PAIRS)
def test_a_name_is_found_by_characters_pinyin_and_initials(bank: tuple, name: str, spoken: str, short: str) -> None:
    user, _made = bank
    for typed in (name, name[:2], name[-2:], spoken, spoken.upper()):
        assert name in found(typed, user), typed
    assert name in found(short, user)


@pytest.mark.parametrize(
    "typed", ["晓彤", "林晓", "linxiaotong", "lin xiao tong", "Lin Xiaotong", "LXT", "lxt", "xiaotong", "林曉彤"]
)
def test_the_ways_to_say_one_name(bank: tuple, typed: str) -> None:
    assert found(typed, bank[0]) == ["林晓彤"]


@pytest.mark.parametrize("typed", ["", " ", "l", "??", "·", "王五五", "zzzz"])
def test_what_names_nobody_finds_nobody(bank: tuple, typed: str) -> None:
    assert found(typed, bank[0]) == []


PHONE = "+8613800138000"


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "+86 138 0013 8000",
        "0086-138-0013-8000",
        "138-0013-8000",
        "１３８００１３８０００",
        "8613800138000",
        "(+86)13800138000",
    ],
)
def test_a_mobile_number_is_found_in_every_notation(typed: str) -> None:
    made = CustomerFactory(phone=PHONE)
    CustomerFactory()
    [hit] = find(typed, user=UserFactory())
    assert (hit.customer, hit.by) == (made, By.CONTACT)


@pytest.mark.parametrize("typed", ["010-12345678", "01012345678", "+86 10 1234 5678", "010 1234 5678 转 801"])
def test_a_landline_is_found_with_and_without_its_extension(typed: str) -> None:
    made = CustomerFactory(phone=False)
    ContactPointFactory(customer=made, type="LANDLINE", value="+861012345678;ext=801")
    assert [hit.customer for hit in find(typed, user=UserFactory())] == [made]


@pytest.mark.parametrize("typed", ["13800138001", "1380013800", "8001"])
def test_one_wrong_digit_finds_nobody(typed: str) -> None:
    CustomerFactory(phone=PHONE, document=ID)
    assert find(typed, user=UserFactory()) == []


@pytest.mark.parametrize(
    ("typed", "by"),
    [
        ("8000", By.CONTACT_LAST4),
        ("002X", By.DOCUMENT_LAST4),
        ("002x", By.DOCUMENT_LAST4),
        ("4562", By.ACCOUNT_LAST4),
        (ID, By.DOCUMENT),
        (ID.lower(), By.DOCUMENT),
        ("110105 19491231 002x", By.DOCUMENT),
        ("6222 0200 0123 4562", By.ACCOUNT),
        ("C-2019-004217", By.NUMBER),
        ("c-2019-004217", By.NUMBER),
        ("C2019004217", By.NUMBER),
        ("Lin@Example.com", By.CONTACT),
        ("lin2@example.com", None),
    ],
)
def test_the_numbers_a_caller_may_give(typed: str, by: By | None) -> None:
    made = CustomerFactory(customer_no="C-2019-004217", phone=PHONE, document=ID)
    ContactPointFactory(customer=made, type="EMAIL", value="lin@example.com")
    HoldingFactory(customer=made, account_no="6222020001234562")
    CustomerFactory()
    assert [(hit.customer, hit.by) for hit in find(typed, user=UserFactory())] == ([(made, by)] if by else [])


def test_the_last_four_find_all_who_share_them_the_phone_first() -> None:
    by_account = CustomerFactory()
    HoldingFactory(customer=by_account, account_no="6222020001235678")
    by_phone = [CustomerFactory(phone=f"+8613{n}00005678") for n in (8, 6)]
    hits = find("5678", user=UserFactory())
    assert {hit.customer for hit in hits[:2]} == set(by_phone)
    assert hits[2].customer == by_account


@pytest.mark.parametrize(("status", "seen"), [("ACTIVE", 1), ("DECEASED", 1), ("MERGED", 0), ("ERASED", 0)])
def test_records_that_stand_for_nobody_any_more_are_not_found(status: str, seen: int) -> None:
    CustomerFactory(status=status, phone=PHONE)
    assert len(find(PHONE, user=UserFactory())) == seen


def test_a_restricted_customer_is_found_by_their_manager_and_by_leaders_only() -> None:
    owner = UserFactory()
    CustomerFactory(restricted=True, owner=owner, phone=PHONE)
    people = {"owner": owner, "agent": UserFactory(), "senior": UserFactory(role="senior")}
    assert {name: len(find(PHONE, user=user)) for name, user in people.items()} == {"owner": 1, "agent": 0, "senior": 1}


@pytest.mark.parametrize(("typed", "asked"), [("8000", 2), ("晓彤", 1), (PHONE, 2), (ID, 2), ("lxt", 1)])
def test_a_search_takes_two_queries_and_a_name_one(typed: str, asked: int, django_assert_num_queries: object) -> None:
    from django.db import connection

    CustomerFactory(phone=PHONE, document=ID)
    user = UserFactory()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert find(typed, user=user)
    assert len(queries) == asked


def test_ones_own_customers_come_first_then_by_number() -> None:
    user = UserFactory()
    others = [CustomerFactory(full_name="王芳") for _n in range(2)]
    mine = CustomerFactory(full_name="王芳", owner=user)
    assert [hit.customer for hit in find("王芳", user=user)] == [mine, *others]
    assert [hit.customer for hit in find("王芳", user=user, limit=2)] == [mine, others[0]]


def test_no_more_than_the_limit_comes_back() -> None:
    for n in range(25):
        CustomerFactory(full_name="王芳", phone=f"+86138000{n:02d}5678", document=False)
    assert len(find("5678", user=UserFactory())) == 20
    assert len(find("王芳", user=UserFactory(), limit=5)) == 5
