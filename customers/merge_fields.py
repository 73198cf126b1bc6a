"""The grammar of message texts: ``{{name}}`` from a fixed list, filled once, nothing else means anything (T17; pure).

No attribute, no call, no second look at what was filled in: whatever is no place of the list is text, in a template as
in a customer's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_PLACE = re.compile(r"\{\{ ?([a-z][a-z_]*) ?\}\}")
_BRACES = re.compile(r"\{\{.*?(?:\}\}|$)", re.DOTALL)
_INVISIBLE = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
SMS_LONG = 300  # characters from which a short message is called long (domain R5.2)


def places(text: str) -> list[str]:
    """Names of the places in a text, in order, each once."""
    return list(dict.fromkeys(_PLACE.findall(text)))


def unknown(text: str, fields: Iterable[str]) -> list[str]:
    """What stands in double braces and is no field of this list: it would reach the customer as it was typed."""
    known = set(fields)
    found = [braces.group() for braces in _BRACES.finditer(text)]
    return [each for each in dict.fromkeys(found) if not _is_place(each, known)]


def _is_place(braces: str, known: set[str]) -> bool:
    place = _PLACE.fullmatch(braces)
    return place is not None and place.group(1) in known


def fill(text: str, values: Mapping[str, str], *, escape: Callable[[str], str]) -> str:
    """The text with its places filled, in one pass; a place without a value stays as it stands."""
    return _PLACE.sub(lambda place: escape(values[place[1]]) if place[1] in values else place[0], text)


def plain(value: str) -> str:
    """A value as it may stand in a letter: no control characters, no signs that turn the direction of reading."""
    return "".join(each for each in value if each in "\n\t" or _visible(each))


def one_line(value: str) -> str:
    """A value as it may stand in a short message or a subject: as ``plain``, without a line break."""
    return re.sub(r"\s+", " ", plain(value)).strip()


def _visible(character: str) -> bool:
    return character not in _INVISIBLE and unicodedata.category(character) not in ("Cc", "Cs")


ESCAPES: dict[str, Callable[[str], str]] = {"SMS": one_line, "WECHAT": one_line, "EMAIL": plain}
"""How a value is made fit for a channel. None of them carries markup."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Size:
    """How long a short message is, and into how many parts networks cut it."""

    characters: int
    parts: int
    unicode: bool

    @property
    def long(self) -> bool:
        """Whether it should be shortened."""
        return self.characters > SMS_LONG


def size(text: str) -> Size:
    """Characters and parts: 160 or 153 a part in the basic alphabet, 70 or 67 as soon as one sign is outside it."""
    basic = all(each in _GSM or each in _GSM_TWICE for each in text)
    if basic:
        units, single, part = len(text) + sum(each in _GSM_TWICE for each in text), 160, 153
    else:
        units, single, part = len(text.encode("utf-16-le")) // 2, 70, 67
    parts = 0 if not units else 1 if units <= single else -(-units // part)
    return Size(len(text), parts, not basic)
