"""A person is found by characters, pinyin or initials, in either script, however the surname is read."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_site.surnames import COMPOUND
from customers import names
from customers.hanzi import SIMPLIFIED
from customers.identity import Malformed


def found(name: str, typed: str) -> bool:
    """Whether the index finds the name by what was typed."""
    key = names.query_key(typed)
    return key is not None and str(key) in names.search_keys(name)


# name, its pinyin, its initials, another reading that finds it too ("" for none)
READ = [
    ("单雄信", "shan xiong xin", "sxx", "danxiongxin"),
    ("曾国藩", "zeng guo fan", "zgf", "cengguofan"),
    ("仇英", "qiu ying", "qy", "chouying"),
    ("解缙", "xie jin", "xj", "jiejin"),
    ("查良镛", "zha liang yong", "zly", "chaliangyong"),
    ("朴智星", "piao zhi xing", "pzx", "puzhixing"),
    ("区志伟", "ou zhi wei", "ozw", "quzhiwei"),
    ("盖叫天", "ge jiao tian", "gjt", "gaijiaotian"),
    ("任正非", "ren zheng fei", "rzf", ""),
    ("华罗庚", "hua luo geng", "hlg", ""),
    ("翟志刚", "zhai zhi gang", "zzg", "dizhigang"),
    ("乐嘉", "yue jia", "yj", "lejia"),
    ("缪荃孙", "miao quan sun", "mqs", "mouquansun"),
    ("种师道", "chong shi dao", "csd", "zhongshidao"),
    ("牟宗三", "mu zong san", "mzs", "mouzongsan"),
    ("员半千", "yun ban qian", "ybq", "yuanbanqian"),
    ("尉迟恭", "yu chi gong", "ycg", "weichigong"),
    ("万俟卨", "mo qi xie", "mqx", "wanqixie"),
    ("长孙无忌", "zhang sun wu ji", "zswj", "changsunwuji"),
    ("单于夫罗", "chan yu fu luo", "cyfl", "shanyufuluo"),
    ("欧阳娜娜", "ou yang na na", "oynn", "ouyangnuonuo"),
    ("司马光", "si ma guang", "smg", ""),
    ("诸葛亮", "zhu ge liang", "zgl", ""),
    ("吕布", "lv bu", "lb", "lyubu"),
    ("张伟", "zhang wei", "zw", ""),
    ("王行", "wang xing", "wx", "wanghang"),
    ("買買提", "mai mai ti", "mmt", ""),
    ("Zoë Müller", "zoe muller", "zm", ""),
]


@pytest.mark.parametrize(("name", "pinyin", "initials", "other"), READ)
def test_a_name_is_read_as_its_bearer_reads_it_and_found_as_callers_read_it(
    name: str, pinyin: str, initials: str, other: str
) -> None:
    assert (names.pinyin(name), names.initials(name)) == (pinyin, initials)
    assert found(name, pinyin)
    assert found(name, pinyin.replace(" ", ""))
    assert found(name, initials.upper())
    assert not other or found(name, other)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("张伟明", "张"),
        ("张伟明", "张伟"),
        ("张伟明", "伟明"),
        ("张伟明", "张伟明"),
        ("张伟明", "張偉明"),
        ("張偉明", "张伟"),
        ("张伟明", "zhang"),
        ("张伟明", "weiming"),
        ("张伟明", " Zhang Weiming "),
        ("欧阳娜娜", "歐陽"),
        ("欧阳娜娜", "欧阳娜"),
        ("欧阳娜娜", "娜娜"),
        ("买买提·吐尔逊", "吐尔"),
        ("买买提·吐尔逊", "买买提吐尔逊"),
        ("买买提·吐尔逊", "买买提•吐尔逊"),
        ("𠮷野家", "𠮷野"),
        ("John Smith", "smith"),
        ("John Smith", "Smi"),
        ("John Smith", "john smith"),
        ("John Smith", "js"),
        ("上海明珠贸易有限公司", "明珠"),
        ("上海明珠贸易有限公司", "上海明珠貿易"),
        ("吕布", "lubu"),
    ],
)
def test_parts_of_a_name_find_it(name: str, typed: str) -> None:
    assert found(name, typed)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("张伟明", "伟"),
        ("张伟明", "张明"),
        ("张伟明", "李伟"),
        ("张伟明", "zwn"),
        ("John Smith", "mith"),
        ("张伟", "张伟明"),
    ],
)
def test_other_names_are_not_found(name: str, typed: str) -> None:
    assert not found(name, typed)


@pytest.mark.parametrize("typed", ["", "  ", "a", "1380", "·", "!?"])
def test_what_would_find_everybody_or_nothing_has_no_key(typed: str) -> None:
    assert names.query_key(typed) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("張偉", "张伟"),
        ("歐陽娜娜", "欧阳娜娜"),
        ("John Smith", "JOHN  SMITH"),
        ("买买提·吐尔逊", "买买提吐尔逊"),
        ("張 偉", "张伟"),
    ],
)
def test_two_spellings_of_one_name_fold_to_the_same(one: str, other: str) -> None:
    assert names.fold(one) == names.fold(other)
    assert names.search_keys(one) == names.search_keys(other) or not one.isascii()


def test_different_names_do_not_fold_to_the_same() -> None:
    assert names.fold("张伟") != names.fold("章伟")


def test_folding_is_settled_after_one_pass() -> None:
    assert all(ord(simplified) not in SIMPLIFIED for simplified in SIMPLIFIED.values())
    assert all(len(simplified) == 1 for simplified in SIMPLIFIED.values())


# --- what may be a name -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  张  伟 ", "张 伟"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("𠮷野家", "𠮷野家"),
        ("Anne-Marie O’Neil", "Anne-Marie O’Neil"),
        ("Zoe\u0308", "Zoë"),
    ],
)
def test_a_name_is_kept_as_it_was_written(typed: str, stored: str) -> None:
    assert names.clean(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name_missing"),
        ("   ", "name_missing"),
        ("张3", "name_letters"),
        ("张\x00伟", "name_letters"),
        ("=HYPERLINK(1)", "name_letters"),
        ("张伟😀", "name_letters"),
        ("张\u202e伟", "name_letters"),
        ("张" * 61, "name_long"),
    ],
)
def test_what_is_no_name_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        names.clean(typed)
    assert refused.value.code == code


def test_an_organisation_may_have_digits_and_brackets() -> None:
    assert names.clean("中铁第4工程(集团)有限公司", organisation=True) == "中铁第4工程(集团)有限公司"
    with pytest.raises(Malformed):
        names.clean("中铁第4工程<集团>", organisation=True)


@settings(max_examples=500)
@given(text=st.text(max_size=70))
def test_nothing_typed_breaks_a_key(text: str) -> None:
    keys = names.search_keys(text)
    key = names.query_key(text)
    assert all(item.startswith(("han:", "latin:")) and len(item) > 5 for item in keys if item.startswith("latin:"))
    assert key is None or len(key.key) <= 24
    assert len(keys) < 600


@pytest.mark.realdata
def test_real_surnames_are_known_and_every_real_name_is_found_by_its_reading(realdata: Path) -> None:
    with (realdata / "names" / "familyname.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    compound = {row["surname"] for row in rows if row["compound"] == "1"}
    assert len(compound & COMPOUND) >= 0.8 * len(compound) > 40
    frequent = sorted(rows, key=lambda row: -float(row["ppm.1930_2008"] or 0))[:1000]
    unread: list[str] = []
    for row in frequent:
        name = f"{row['surname']}志明"
        assert found(name, row["surname"] + "志")
        assert found(name, names.initials(name))
        if row["compound"] == "0" and not found(name, f"{row['initial']}zm"):
            unread.append(row["surname"])
        assert found(name, names.pinyin(name))
    assert unread == []
