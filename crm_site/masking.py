"""How personal data is shown by default (domain J.3). Pure: text in, masked text out, on the server only.

Where a rule would hide fewer than two characters, everything is hidden.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm_site.errors import Text
from crm_site.surnames import surname_length

_HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def _hide_all(value: str) -> str:
    return "*" * len(value)


def _ends(value: str, first: int, last: int) -> str:
    """Keep the ends; when fewer than two characters would be hidden, hide all."""
    hidden = len(value) - first - last
    if hidden < 2:
        return _hide_all(value)
    return value[:first] + "*" * hidden + (value[-last:] if last else "")


def name(value: str) -> str:
    """王* · 欧阳** · 阿*** for Chinese names, J*** S*** for others. A name of one character is hidden."""
    text = value.strip()
    if not _HAN.match(text):
        return " ".join(f"{word[0]}***" for word in text.split())
    if len(text) == 1:
        return "*"
    kept = surname_length(text)
    return text[:kept] + "*" * (len(text) - kept)


def resident_id(value: str) -> str:
    """110***********002X: first three and last four."""
    return _ends(value, 3, 4)


def document(value: str) -> str:
    """E******78: first one and last two, at least half hidden."""
    return _hide_all(value) if len(value) < 6 else _ends(value, 1, 2)


def mobile(value: str) -> str:
    """138****5678, from any notation with or without +86; of a foreign number the first three and last four."""
    text = re.sub(r"[\s-]", "", value).removeprefix("+86")
    return _ends(text, 3, 4)


def landline(value: str) -> str:
    """010-******78: area code and last two digits, from 010-12345678 or +861012345678; extensions are left out."""
    text = re.split(r"[;x转轉]", value.strip(), maxsplit=1)[0]
    text = "0" + text.removeprefix("+86").strip() if text.startswith("+86") else text
    digits = re.sub(r"\D", "", text)
    area = 3 if digits[:2] in ("01", "02") else 4
    rest = digits[area:]
    if len(rest) < 4:
        return _hide_all(digits)
    return f"{digits[:area]}-{'*' * (len(rest) - 2)}{rest[-2:]}"


def card(value: str) -> str:
    """**** **** **** 4562: the last four only."""
    text = re.sub(r"[\s-]", "", value)
    return f"**** **** **** {text[-4:]}" if len(text) >= 6 else _hide_all(text)


def email(value: str) -> str:
    """z***@example.com; nothing of a local part shorter than three characters."""
    local, at, domain = value.strip().rpartition("@")
    if not at:
        return _hide_all(value.strip())
    return f"{local[0] if len(local) > 2 else ''}***@{domain}"


_DISTRICT = re.compile(
    r"^(?:[^\d\s]{2,8}?(?:自治区|自治區|特别行政区|特別行政區|省))?"
    r"(?:[^\d\s]{1,10}?(?:自治州|地区|地區|盟|市))?"
    r"(?:[^\d\s]{1,8}?(?:自治县|自治縣|(?<![小社园園街])[区區]|[县縣旗]))?"
)


def address(value: str) -> str:
    """北京市海淀区***: province, city and district; an address that names none of them is hidden whole."""
    text = value.strip()
    found = _DISTRICT.match(text)
    kept = found.group(0) if found else ""
    return f"{kept}***" if text else ""


def age(born: datetime.date | None, today: datetime.date) -> int | None:
    """Completed years: what is shown instead of a birth date. A 29 February birthday completes on 1 March."""
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def birth_date(born: datetime.date | None, today: datetime.date) -> str:
    """35 岁, "35 years old"; "" when it is not known."""
    years = age(born, today)
    if years is None:
        return ""
    return ngettext("%(n)d year old", "%(n)d years old", years) % {"n": years}


_BANDS: tuple[tuple[int, Text], ...] = (
    (0, _("below zero")),
    (50_000, _("under ¥50,000")),
    (100_000, _("¥50,000–100,000")),
    (500_000, _("¥100,000–500,000")),
    (1_000_000, _("¥500,000–1 million")),
    (6_000_000, _("¥1–6 million")),
)


def money_band(yuan: int | Decimal) -> Text:
    """50万–100万, "¥500,000–1 million": a band for roles without the right to see amounts."""
    return next((label for limit, label in _BANDS if yuan < limit), _("¥6 million or more"))


_RULES = {"MOBILE": mobile, "LANDLINE": landline, "EMAIL": email, "ADDRESS": address, "RESIDENT_ID": resident_id}


def contact(kind: str, value: str) -> str:
    """A contact point or document by its kind: MOBILE, LANDLINE, EMAIL, ADDRESS, RESIDENT_ID, else as a document."""
    return _RULES.get(kind, document)(value)


_PERSONAL = re.compile(
    r"(?<!\d)(?:\d{17}[\dXx]|(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\d{15,19})(?![\dXx])|[\w.+-]+@[\w-]+\.[\w.]+"
)


def carries_personal_data(text: str, *names: str) -> bool:
    """Whether free text holds what looks like an identity, phone or card number or an e-mail address, or a name of
    these persons: no pattern finds a name, so who knows whom the text is about says so."""
    return bool(_PERSONAL.search(text)) or any(each in text for each in names if each)


def redact(text: str, *names: str) -> str:
    """The same text with such numbers replaced by ***, and these persons' names masked, for logs and titles."""
    for each in filter(None, names):
        text = text.replace(each, name(each))
    return _PERSONAL.sub("***", text)
