"""The one reader and writer of tables: what it understands, what it refuses, and that nothing becomes a formula."""

from __future__ import annotations

import csv
import datetime
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from crm_site.tables import TableRefused, detect_encoding, read, workbook, write_csv, write_xlsx

NAMES = "客戶號,姓名,地址\n007,王小明,上海市浦東新區世紀大道一號\n008,歐陽娜,臺北市信義路五段七號\n"
PAYLOADS = [
    '=1+1', '+1', '-1+2', '@SUM(A1)', "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠A1",
    "=cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "-2+3+cmd|' /C calc'!A0",
]  # fmt: skip


def put(folder: Path, content: str | bytes, *, encoding: str = "utf-8", name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def cells(path: Path, **options: object) -> list[list[str]]:
    table = read(path, **options)  # type: ignore[arg-type]
    return [table.header, *(row.cells for row in table)]


# --- encodings --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "cp950"]
)
def test_chinese_text_reads_the_same_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    text = (
        NAMES.replace("客户号", "客戶號").replace("上海市浦东新区", "上海市浦東新區") if encoding == "cp950" else NAMES
    )
    path = put(tmp_path, text, encoding=encoding)
    assert cells(path) == [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("id,name\n1,Ann\n", "ascii", "utf-8"),
        ("编号,姓名\n1,欧阳娜\n", "gb18030", "gb18030"),
        ("編號,姓名\n1,歐陽娜\n", "cp950", "cp950"),
        ("编号,姓名\n1,㛃㐂𠮷\n", "gb18030", "gb18030"),
        ("x," * 40_000 + "\n1,王\n", "gb18030", "gb18030"),
    ],
)
def test_the_encoding_is_found_from_the_bytes(tmp_path: Path, text: str, encoding: str, found: str) -> None:
    assert detect_encoding(put(tmp_path, text, encoding=encoding)) == found


def test_an_unknown_encoding_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(TableRefused) as refusal:
        detect_encoding(put(tmp_path, b"a,b\n\xff\xff\xff\x80 caf\xe9 \xff,\n"))
    assert refusal.value.code == "table.encoding"


def test_a_named_encoding_is_taken_at_its_word(tmp_path: Path) -> None:
    path = put(tmp_path, "id,name\n1,Šárka\n", encoding="cp1250")
    assert cells(path, encoding="cp1250")[1] == ["1", "Šárka"]
    with pytest.raises(TableRefused):
        read(path, encoding="no-such-codec")


def test_bytes_that_stop_being_utf8_name_the_line(tmp_path: Path) -> None:
    path = put(tmp_path, b"a,b\n1,2\n\xff,3\n")
    with pytest.raises(TableRefused) as refusal:
        cells(path, encoding="utf-8")
    assert refusal.value.code == "table.encoding"


# --- shape ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = put(tmp_path, f'a{delimiter}b{delimiter}c\n1{delimiter}"x, y; z"{delimiter}3\n')
    assert cells(path) == [["a", "b", "c"], ["1", "x, y; z", "3"]]


def test_a_single_column_needs_no_delimiter(tmp_path: Path) -> None:
    assert cells(put(tmp_path, "id\n007\n\n008\n")) == [["id"], ["007"], [""], ["008"]]


def test_cells_of_several_lines_keep_their_breaks_and_the_line_they_begin_on(tmp_path: Path) -> None:
    rows = list(read(put(tmp_path, 'a,b\n1,"one\ntwo\r\nthree"\n2,x\n')))
    assert [(row.line, row.cells) for row in rows] == [(2, ["1", "one\ntwo\r\nthree"]), (5, ["2", "x"])]


def test_nothing_is_guessed_about_values(tmp_path: Path) -> None:
    kept = ["007", "NA", "null", "110101199003074514", "1e5", "TRUE", " padded ", "", "12,5"]
    write_csv(tmp_path / "t.csv", list("abcdefghi"), [kept])
    assert cells(tmp_path / "t.csv")[1] == kept


def test_names_of_columns_may_stand_below_a_title_or_be_missing(tmp_path: Path) -> None:
    path = put(tmp_path, "Report of May\n\nid;name\n1;Ann\n")
    assert cells(path, header_row=3) == [["id", "name"], ["1", "Ann"]]
    assert cells(put(tmp_path, "1;Ann\n2;Bob\n"), header_row=0) == [["1", "2"], ["1", "Ann"], ["2", "Bob"]]


def test_a_table_can_be_read_twice(tmp_path: Path) -> None:
    table = read(put(tmp_path, "a,b\n1,2\n"))
    assert list(table) == list(table) == [(2, ["1", "2"])]


def test_unquoted_tables_keep_their_quotation_marks(tmp_path: Path) -> None:
    assert cells(put(tmp_path, 'a;b\n5";6\n'), quoted=False)[1] == ['5"', "6"]


# --- refusals ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "table.empty", None),
        (b"id,name\n1,a\n2,b\0c\n", "table.nul", 3),
        (b"id,no\n1,2\n2,1.10105E+17\n", "table.scientific", 3),
        (b"id,no\n1,6.22202E+18 \n", "table.scientific", 2),
        (b'a,b\n1,2\n3,"never closed\n4,5\n', "table.quoting", 3),
        (b'a,b\n1,"x" y\n', "table.quoting", 2),
        (b"a,b\n" + b"x" * 1_100_000, "table.line_too_long", 2),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "table.old_excel", None),
        (b"PK\x03\x04 not really", "table.workbook", None),
    ],
)
def test_a_file_that_would_be_misread_is_refused_whole(
    tmp_path: Path, content: bytes, code: str, line: int | None
) -> None:
    with pytest.raises(TableRefused) as refusal:
        cells(put(tmp_path, content))
    assert (refusal.value.code, refusal.value.line) == (code, line)
    assert str(refusal.value)


@pytest.mark.parametrize("text", ["1.5E+3", "see E+17 above", "2E+10"])
def test_other_uses_of_an_exponent_are_read(tmp_path: Path, text: str) -> None:
    assert cells(put(tmp_path, f"a,b\n1,{text}\n"))[1][1] == text


# --- workbooks --------------------------------------------------------------------------------------------------
def test_a_workbook_is_known_by_content_not_by_name(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    rows = [["007", "王小明", 12, Decimal("-3.50"), datetime.date(2025, 9, 26), None, "110101199003074514"]]
    assert write_xlsx(path, list("abcdefg"), rows) == 1
    assert cells(path)[1] == ["007", "王小明", "12", "-3.5", "2025-09-26", "", "110101199003074514"]


def test_a_number_excel_has_already_changed_is_refused(tmp_path: Path) -> None:
    assert workbook._number(123456789012345.0, 2) == "123456789012345"
    with pytest.raises(TableRefused) as refusal:
        workbook._number(110101199003074510.0, 2)
    assert refusal.value.code == "table.number_too_long"


def test_the_sheet_asked_for_must_exist(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "t.xlsx", ["a"], [["1"]], sheet="Kunden")
    assert cells(tmp_path / "t.xlsx", sheet="Kunden") == [["a"], ["1"]]
    with pytest.raises(TableRefused) as refusal:
        read(tmp_path / "t.xlsx", sheet="Other")
    assert refusal.value.code == "table.sheet"


@pytest.mark.parametrize(
    ("limit", "value"), [("MAX_UNPACKED", 1_000), ("MAX_MEMBERS", 3)], ids=["unpacked size", "members"]
)
def test_a_workbook_that_unpacks_too_far_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    write_xlsx(tmp_path / "t.xlsx", ["a"], [["x"]])
    monkeypatch.setattr(workbook, limit, value)
    with pytest.raises(TableRefused) as refusal:
        read(tmp_path / "t.xlsx")
    assert refusal.value.code == "table.too_large"


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("clients.csv", "a,b\n1,2\n")
    with pytest.raises(TableRefused) as refusal:
        read(tmp_path / "t.xlsx")
    assert refusal.value.code == "table.workbook"


# --- writing ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_that_looks_like_a_formula_is_written_harmless_and_comes_back_as_it_was(
    tmp_path: Path, payload: str
) -> None:
    write_csv(tmp_path / "t.csv", ["a", "b"], [[payload, "x"]])
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert list(csv.reader(handle))[1][0] == f"'{payload}"
    assert cells(tmp_path / "t.csv")[1] == [payload, "x"]
    write_xlsx(tmp_path / "t.xlsx", ["a"], [[payload]])
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()


def test_numbers_stay_numbers_and_phone_numbers_survive(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "t.csv",
        ["n", "phone", "i", "d"],
        [[Decimal("-3.50"), "+8613812345678", -7, datetime.date(2025, 1, 2)]],
    )
    assert (tmp_path / "t.csv").read_bytes() == b"\xef\xbb\xbfn,phone,i,d\r\n-3.50,'+8613812345678,-7,2025-01-02\r\n"
    assert cells(tmp_path / "t.csv")[1] == ["-3.50", "+8613812345678", "-7", "2025-01-02"]


def test_quotes_commas_and_breaks_are_quoted_by_the_book(tmp_path: Path) -> None:
    row = ['say "hi"', "a,b", "one\r\ntwo", ""]
    write_csv(tmp_path / "t.csv", list("abcd"), [row])
    assert (tmp_path / "t.csv").read_bytes().endswith(b'"say ""hi""","a,b","one\r\ntwo",\r\n')
    assert cells(tmp_path / "t.csv")[1] == row


# --- files nobody here wrote ------------------------------------------------------------------------------------
@pytest.mark.realdata
@pytest.mark.parametrize("folder", ["csv-spectrum", "csv-test-data"])
def test_the_published_edge_cases_read_as_their_authors_say(realdata: Path, folder: str) -> None:
    checked = 0
    for path in sorted((realdata / "dirty" / folder).glob("*.csv")):
        answer = realdata / "dirty" / f"{folder}-json" / f"{path.stem}.json"
        # the copy of newlines_crlf.csv has lost the carriage returns its answer speaks of
        if not answer.exists() or path.stem == "newlines_crlf":
            continue
        expected = json.loads(answer.read_text(encoding="utf-8"))
        table = read(path)
        if not expected or isinstance(expected[0], dict):
            assert [dict(zip(table.header, row.cells, strict=True)) for row in table] == expected, path.name
        else:
            assert cells(path) == expected, path.name
        checked += 1
    assert checked >= 10


@pytest.mark.realdata
def test_chinese_web_pages_found_in_the_wild_are_known_as_gb18030(realdata: Path) -> None:
    pages = sorted((realdata / "dirty" / "enc" / "GB2312").iterdir())
    assert {detect_encoding(page) for page in pages} == {"gb18030"}
    assert len(pages) >= 20


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("zh/gov_hot_4326.xlsx", 7, 4326),
        ("cfpb/cfpb_2016_2020_268_multiline.csv", None, 268),
        ("berka/client.asc", 3, 5369),
        ("bank_marketing/bank.csv", 17, 4521),
        ("workflow/helpdesk.csv", 3, 13710),
    ],
)
def test_real_tables_have_the_rows_their_publishers_count(
    realdata: Path, name: str, columns: int | None, rows: int
) -> None:
    table = read(realdata / name)
    counted = sum(1 for row in table if any(row.cells))
    assert counted == rows
    assert columns in (None, len(table.header))


@pytest.mark.realdata
def test_a_call_log_spoilt_by_a_spreadsheet_is_refused_where_it_was_spoilt(realdata: Path) -> None:
    with pytest.raises(TableRefused) as refusal:
        list(read(realdata / "calls" / "first_week_1999_02_01_07.txt"))
    assert (refusal.value.code, refusal.value.line) == ("table.scientific", 333)
