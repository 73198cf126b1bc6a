"""Finding a person by name: one spelling for both scripts, pinyin, initials, and the keys of an index (pure).

Names are stored sealed, so they are found by keys: what an agent types is folded and turned into one key by
``query_key``, and a name carries all keys by which it should be found (``search_keys``). Limits, on purpose: folding
from traditional to simplified knows the characters of names, not the language; readings are those of surnames.py and,
for the rest, the most common one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from pypinyin import Style, lazy_pinyin

from crm_site.surnames import surname_length
from customers.hanzi import SIMPLIFIED
from customers.identity import Malformed
from customers.surnames import GIVEN, READINGS

MAX_LENGTH = 60
LONGEST_HAN, LONGEST_LATIN = 12, 24
_READINGS_PER_NAME = 16
_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_DOTS = "·・•‧∙･．."
_NOT_A_LETTER = re.compile(r"[\W\d_]+")


class Key(NamedTuple):
    """``kind`` is "han" or "latin"; ``str(key)`` is what is hashed into the index."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


def clean(text: str, *, organisation: bool = False) -> str:
    """A name as it is stored: NFC, single spaces, one kind of dot. Malformed for signs, or a wrong length.

    Digits and brackets belong to the names of organisations only.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    name = re.sub(f"[{_DOTS}]", "·", name) if _HAN.search(name) else name
    if not name:
        raise Malformed("name_missing", _("Enter the name."))
    if len(name) > MAX_LENGTH:
        raise Malformed("name_long", _("Shorten the name to 60 characters."))
    marks = " ·.'’-" + ("0123456789()（）&,，、《》" if organisation else "")
    if any(unicodedata.category(char)[0] not in "LM" and char not in marks for char in name):
        raise Malformed("name_letters", _("Write the name in letters or characters only, without digits and signs."))
    return name


def fold(text: str) -> str:
    """One spelling for all ways to write a name: NFKC, simplified characters, lower case, no spaces, dots or dashes.

    Two names with equal folds are the same name to the blind index (張偉 and 张伟).
    """
    plain = unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).casefold()
    return _NOT_A_LETTER.sub("", plain)


def _split(folded: str) -> tuple[str, str]:
    """Surname and given name of a Chinese name; longer names of other peoples count as all surname."""
    kept = surname_length(folded) if len(folded) <= 4 else len(folded)
    return folded[:kept], folded[kept:]


@lru_cache(maxsize=8192)
def _syllables(char: str) -> tuple[str, ...]:
    """How one character of a given name is read; an empty syllable where nobody knows."""
    return GIVEN.get(char) or tuple(lazy_pinyin(char, style=Style.NORMAL, errors="ignore")[:1]) or ("",)


def _readings(surname: str, given: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every way to read a name, as syllables of surname and given name; the most likely first."""
    families = READINGS.get(surname) or (tuple(_syllables(char)[0] for char in surname),)
    rest = product(*(_syllables(char) for char in given))
    return list(islice(((family, tail) for tail in rest for family in families), _READINGS_PER_NAME))


def _han_only(folded: str) -> str:
    return "".join(_HAN.findall(folded))


def pinyin(name: str) -> str:
    """ "shan xiong xin": the likeliest reading in syllables, ü as v; a name in Latin letters in lower case."""
    han = _han_only(fold(name))
    if not han:
        return " ".join(_latin_words(name))
    family, given = _readings(*_split(han))[0]
    return " ".join(syllable for syllable in (*family, *given) if syllable)


def initials(name: str) -> str:
    """ "sxx": the first letter of each syllable, or of each word."""
    return "".join(part[0] for part in pinyin(name).split())


def search_keys(name: str) -> set[str]:
    """Every key a name is found by.

    Characters: the first one, every pair, every beginning of three or more. Letters: pinyin of the whole, of the
    surname and of the given name, initials, in each reading; of Latin words every beginning of two or more letters.
    """
    han = _han_only(fold(name))
    keys = {Key("latin", word[:n]) for word in _latin_words(name) for n in range(2, min(len(word), LONGEST_LATIN) + 1)}
    if len(words := _latin_words(name)) > 1:
        keys |= {Key("latin", "".join(words)[:LONGEST_LATIN]), Key("latin", "".join(word[0] for word in words))}
    if han:
        keys |= {Key("han", han[0])} | {Key("han", han[i : i + 2]) for i in range(len(han) - 1)}
        keys |= {Key("han", han[:n]) for n in range(3, min(len(han), LONGEST_HAN) + 1)}
        keys |= {Key("latin", text[:LONGEST_LATIN]) for text in _spoken(han)}
    return {str(key) for key in keys}


def query_key(text: str) -> Key | None:
    """The key of what an agent typed: characters or letters (a tone-less pinyin, initials, a Latin word).

    None when there is nothing in it to look for, or a single letter, which would find half the bank.
    """
    folded = fold(text)
    han = _han_only(folded)
    if han:
        return Key("han", han[:LONGEST_HAN])
    latin = _plain_letters(folded)
    return Key("latin", latin[:LONGEST_LATIN]) if len(latin) >= 2 else None


def _spoken(han: str) -> set[str]:
    """The letters a Chinese name may be typed with; ü as v, u and yu."""
    found: set[str] = set()
    for family, given in _readings(*_split(han)):
        for parts in ((*family, *given), family, given):
            text = "".join(parts)
            found.add(text)
            found |= {text.replace("lv", f"l{vowel}").replace("nv", f"n{vowel}") for vowel in ("u", "yu")}
        found.add("".join(part[0] for part in (*family, *given) if part))
    return {text for text in found if len(text) > 1}


def _plain_letters(text: str) -> str:
    """Letters without accents: zoë and zoe are one."""
    bare = unicodedata.normalize("NFD", text)
    return "".join(char for char in bare if char.isalpha() and not _HAN.match(char))


def _latin_words(name: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", name).casefold()
    words = (_plain_letters(word) for word in re.split(r"[\s·\-]+", folded))
    return [word for word in words if word]
