"""Which encoding a text file is in: UTF-8, UTF-16, GB18030 (GBK) or Big5, from its bytes alone.

UTF-8 and UTF-16 prove themselves. GB18030 and Big5 share most of their byte pairs, so both are tried on the whole
file, and the one whose characters are the common ones of its own standard (GB 2312 level 1, Big5 level 1) wins.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from crm_site.tables.errors import TableRefused

_BLOCK = 1 << 20
_SAMPLE = 100_000  # characters outside ASCII are enough to tell GB18030 from Big5
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STRUCTURE = frozenset("0123456789,;|\t\r\n")
# codec, then the ranges of lead bytes that hold its punctuation and its everyday characters, then the lowest trail byte
_CHINESE = (
    ("gb18030", ((0xA1, 0xA3), (0xB0, 0xD7)), 0xA1),
    ("cp950", ((0xA1, 0xA3), (0xA4, 0xC6)), 0x40),
)


def detect_encoding(path: Path) -> str:
    """The Python codec name of a text file; plain ASCII is ``utf-8``.

    Raises TableRefused when it is none of the encodings above.
    """
    with path.open("rb") as handle:
        head = handle.read(4096)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if wide := _utf16_without_bom(head):
        return wide
    if _sample(path, "utf-8") is not None:
        return "utf-8"
    scores = {}
    for name, leads, lowest_trail in _CHINESE:
        text = _sample(path, name)
        if text is not None:
            scores[name] = _common_share(text, name, leads, lowest_trail)
    if not scores:
        raise TableRefused("table.encoding", _unknown(head))
    return max(scores, key=lambda name: scores[name])


def _unknown(head: bytes) -> str:
    best = from_bytes(head).best()
    guess = best.encoding if best else "?"
    return _(
        "The file is not UTF-8, UTF-16, GB18030 or Big5 (it may be %(guess)s). "
        "Save it as UTF-8, or name its encoding in the profile."
    ) % {"guess": guess}


def _utf16_without_bom(head: bytes) -> str:
    """Read the right way round, a table in UTF-16 shows its digits, separators and line ends; else it shows none."""
    even = head[: len(head) // 2 * 2]
    if 0 not in even:
        return ""
    seen = {name: _structure(even.decode(name, "replace")) for name in ("utf-16-le", "utf-16-be")}
    best = max(seen, key=lambda name: seen[name])
    return best if seen[best] >= 0.05 else ""


def _structure(text: str) -> float:
    return sum(character in _STRUCTURE for character in text) / len(text) if text else 0.0


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            yield block


def _sample(path: Path, codec: str) -> str | None:
    """The first characters outside ASCII, or None when the file as a whole does not decode."""
    decoder = codecs.getincrementaldecoder(codec)()
    kept: list[str] = []
    count = 0
    try:
        for block in _blocks(path):
            text = decoder.decode(block)
            if count < _SAMPLE and not text.isascii():
                kept.append("".join(character for character in text if character > "\x7f")[:_SAMPLE])
                count += len(kept[-1])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return "".join(kept)


def _common_share(text: str, codec: str, leads: tuple[tuple[int, int], ...], lowest_trail: int) -> float:
    """Share of characters that lie in the everyday part of the codec's own standard."""
    if not text:
        return 0.0
    common = 0
    for character in text:
        raw = character.encode(codec, "replace")
        if len(raw) == 2 and raw[1] >= lowest_trail and any(low <= raw[0] <= high for low, high in leads):
            common += 1
    return common / len(text)
