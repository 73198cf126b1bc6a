"""Which files the house takes in: told by what is in them (reliability T6)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from crm_site import uploads


def office(members: Mapping[str, bytes]) -> bytes:
    """A zip file of these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return packed.getvalue()


WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}
TABLE = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("letter.pdf", b"%PDF-1.7 ...", "pdf"),
        ("投诉信.PDF", b"%PDF-1.4", "pdf"),
        ("scan.jpeg", b"\xff\xd8\xff\xe0", "jpg"),
        ("scan.jpg", b"\xff\xd8\xff\xe1", "jpg"),
        ("shot.png", PNG, "png"),
        ("note.txt", "手续费重复扣收".encode(), "txt"),
        ("note.txt", "手续费重复扣收".encode("gb18030"), "txt"),
        ("letter.docx", office(WORD), "docx"),
        ("table.xlsx", office(TABLE), "xlsx"),
    ],
)
def test_ordinary_files_are_taken_in(name: str, content: bytes, kind: str) -> None:
    assert uploads.kind_of(name, content) == kind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("letter.pdf", b"<html><script>alert(1)</script>"),
        ("letter.pdf", b"MZ\x90\x00"),
        ("letter.pdf", b""),
        ("page.html", b"<html></html>"),
        ("drawing.svg", b"<svg onload='alert(1)'/>"),
        ("note.txt", b"<svg onload='alert(1)'/>"),
        ("note.txt", b"  <!DOCTYPE html><p>"),
        ("note.txt", b"\xef\xbb\xbf<script>alert(1)</script>"),
        ("note.txt", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"),
        ("note.txt", b"a\x00b"),
        ("note.txt", b"\xff\xfe\xff"),
        ("scan.jpg", PNG),
        ("scan.png", b"GIF89a"),
        ("run.exe", b"MZ\x90\x00"),
        ("run.pdf.exe", b"%PDF-1.7"),
        ("letter.docx", b"PK\x03\x04 broken"),
        ("letter.docx", office(TABLE)),
        ("table.xlsx", office(WORD)),
        ("letter.docx", office({**WORD, "word/vbaProject.bin": b"macro"})),
        ("letter.docx", office({**WORD, "../../etc/cron.d/x": b"evil"})),
        ("letter.docx", office({**WORD, "/etc/passwd": b"evil"})),
        ("letter.docx", office({**WORD, "word/big.xml": b"\0" * (uploads.MAX_UNPACKED + 1)})),
        ("letter.docx", office({**WORD, **{f"word/{n}.xml": b"" for n in range(uploads.MAX_MEMBERS)}})),
        ("archive.zip", office({"a.txt": b"a"})),
        ("noending", b"%PDF-1.7"),
        ("", b"%PDF-1.7"),
    ],
)
def test_everything_else_stays_out(name: str, content: bytes) -> None:
    assert uploads.kind_of(name, content) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\letter.pdf", "letter.pdf"),
        ("投诉信.pdf", "投诉信.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ("...", ""),
        (f"{'长' * 200}.pdf", f"{'长' * 116}.pdf"),
    ],
)
def test_a_name_is_only_a_name(given: str, kept: str) -> None:
    assert uploads.safe_name(given) == kept
