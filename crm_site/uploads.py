"""Which files the house takes in, told by what is in them and not by what they are called (reliability T6; pure)."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from pathlib import PurePosixPath

PDF, JPEG, PNG, TEXT, DOCX, XLSX = "pdf", "jpg", "png", "txt", "docx", "xlsx"
KINDS = (PDF, JPEG, PNG, TEXT, DOCX, XLSX)
MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 50 * 1024 * 1024  # bytes of an Office file when its members are unpacked
MAX_MEMBERS = 2_000
NAME_LENGTH = 120
MEDIA_TYPES = {
    PDF: "application/pdf",
    JPEG: "image/jpeg",
    PNG: "image/png",
    TEXT: "text/plain; charset=utf-8",
    DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ENDINGS = {"jpeg": JPEG}
_MAGIC = {PDF: b"%PDF-", JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}
_MAIN_PART = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml"}
_MACROS = ("vbaproject.bin",)
_MARKUP = ("<!doctype", "<html", "<svg", "<script", "<?xml")


def safe_name(name: str) -> str:
    """The file's own name without folders and control characters, shortened in front of its ending."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: NAME_LENGTH - len(ending) - 1]}{dot}{ending}" if dot else kept[:NAME_LENGTH]


def kind_of(name: str, content: bytes) -> str | None:
    """One of KINDS when ending and content agree; None for everything the house does not take in.

    Office files are looked into without being unpacked: too many or too large members, macros and members that
    leave the folder are refused. Text has to be text, and no markup a browser might run.
    """
    ending = safe_name(name).rpartition(".")[2].lower()
    kind = _ENDINGS.get(ending, ending)
    if kind in _MAGIC:
        return kind if content.startswith(_MAGIC[kind]) else None
    if kind in _MAIN_PART:
        return kind if _is_office(content, _MAIN_PART[kind]) else None
    return kind if kind == TEXT and _is_text(content) else None


def _is_office(content: bytes, main_part: str) -> bool:
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    names = {member.filename for member in members}
    small = len(members) <= MAX_MEMBERS and sum(member.file_size for member in members) <= MAX_UNPACKED
    inside = not any(name.startswith("/") or ".." in PurePosixPath(name).parts for name in names)
    macros = any(name.lower().endswith(_MACROS) for name in names)
    return small and inside and not macros and main_part in names


def _is_text(content: bytes) -> bool:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        plain = not any(sign < " " and sign not in "\t\r\n\f" for sign in text)
        return plain and not text.lstrip().lower().startswith(_MARKUP)
    return False
