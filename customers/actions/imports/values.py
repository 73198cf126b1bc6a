"""Texts of a file made into values, or refused with a sentence that says what to do (domain C.3, R2.2)."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.identity import Malformed

Parser = Callable[[str], Any]

EARLIEST = datetime.date(1900, 1, 1)
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")
MOMENT_FORMATS = tuple(f"{day} {time}" for day in DATE_FORMATS for time in ("%H:%M:%S", "%H:%M"))
_AMOUNT = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?")
_DIGITS = 16
_TRUE = frozenset({"1", "true", "yes", "y", "t", "是"})
_FALSE = frozenset({"0", "false", "no", "n", "f", "否"})
# ISO 4217, the currencies a bank's books may hold
CURRENCIES = frozenset(
    "AED AUD BGN BRL CAD CHF CLP CNY CSK CZK DEM DKK EUR FRF GBP HKD HUF IDR ILS INR ITL JPY KRW KZT MOP MXN MYR NOK "
    "NZD PHP PLN PTE RON RUB SAR SEK SGD SKK THB TRY TWD UAH USD VND ZAR".split()
)


def folded(text: str) -> str:
    """Half-width and without spaces around; figures typed with a Chinese keyboard become figures."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def fen(text: str, decimal: str = ".") -> int:
    """An amount with at most two decimals, in fen; thousands may be grouped."""
    if decimal == "." and text.isascii():  # nearly all amounts are of this plain form
        whole, _point, part = text.partition(".")
        if whole.isdigit() and len(whole) <= _DIGITS and len(part) <= 2 and (part.isdigit() or not part):
            return int(whole + part.ljust(2, "0"))
    plain = folded(text).replace("−", "-")
    if decimal == ",":
        plain = plain.replace(".", "").replace(" ", "").replace(",", ".")
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise Malformed("money", _("“%(text)s” is not an amount; write it as 1234.56.") % {"text": text})
    sign, whole, part = found.groups()
    if part and len(part) > 2:
        raise Malformed("money_decimals", _("“%(text)s” has more than two decimals.") % {"text": text})
    whole = whole.replace(",", "")
    if len(whole) > _DIGITS:
        raise Malformed("money_size", _("“%(text)s” has more than 16 digits before the point.") % {"text": text})
    amount = int(whole) * 100 + int((part or "").ljust(2, "0"))
    return -amount if sign == "-" else amount


def clean(text: str, *, limit: int) -> str:
    """A text of one line as it is stored: NFC, no control characters, at most ``limit`` characters."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text.strip()
    kept = (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()
    if not kept.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in kept):
        raise Malformed("text_control", _("Remove line breaks and control characters."))
    if len(kept) > limit:
        raise Malformed("text_long", _("Shorten this to %(limit)s characters.") % {"limit": limit})
    return kept


def text(limit: int) -> Parser:
    """Parser of a text of at most ``limit`` characters."""
    return lambda value: clean(value, limit=limit)


def number_text(pattern: str, advice: Callable[[], str]) -> Parser:
    """Parser of an identifier: half-width, and of the given form."""
    form = re.compile(pattern)

    def parse(value: str) -> str:
        plain = folded(value)
        if not form.fullmatch(plain):
            raise Malformed("number_form", advice())
        return plain

    return parse


def choice(options: type[TextChoices]) -> Parser:
    """Parser of a code of ours; other codes belong into the profile's ``values``."""
    codes = frozenset(options.values)

    def parse(value: str) -> str:
        code = value if value in codes else folded(value)
        if code not in codes:
            known = ", ".join(options.values)
            raise Malformed(
                "choice",
                _("“%(value)s” is not one of %(known)s; map it in the profile.") % {"value": value, "known": known},
            )
        return code

    return parse


def flag(value: str) -> bool:
    """Yes or no."""
    plain = folded(value).lower()
    if plain in _TRUE:
        return True
    if plain in _FALSE:
        return False
    raise Malformed("flag", _("“%(value)s” is neither yes nor no; write 1 or 0.") % {"value": value})


class Reader:
    """The parsers that depend on the profile and on today."""

    def __init__(
        self, *, date_formats: tuple[str, ...], decimal: str, book_currency: str, today: datetime.date
    ) -> None:
        self.today = today
        self._told = bool(date_formats)
        self._formats = date_formats or DATE_FORMATS
        self._decimal = decimal
        self._currency = book_currency
        # the same days come again and again; a bounded memory of them saves most of the parsing
        self.day: Callable[[str], datetime.date] = lru_cache(maxsize=20_000)(self._day)
        # an instant of the bank's time zone; a day alone is its first
        self.moment: Callable[[str], datetime.datetime] = lru_cache(maxsize=20_000)(self._moment)

    def _day(self, value: str) -> datetime.date:
        plain = folded(value)
        for form in self._formats:
            try:
                found = datetime.datetime.strptime(plain, form).date()
            except ValueError:
                continue
            if found < EARLIEST:
                raise Malformed("date_early", _("%(value)s lies before 1900.") % {"value": value})
            return found
        forms = ", ".join(self._formats)
        raise Malformed(
            "date", _("“%(value)s” is not a date of the form %(forms)s.") % {"value": value, "forms": forms}
        )

    def _moment(self, value: str) -> datetime.datetime:
        plain = folded(value)
        for form in self._formats if self._told else (*self._formats, *MOMENT_FORMATS):
            try:
                found = datetime.datetime.strptime(plain, form)
            except ValueError:
                continue
            if found.date() < EARLIEST:
                raise Malformed("date_early", _("%(value)s lies before 1900.") % {"value": value})
            return timezone.make_aware(found)
        forms = ", ".join(self._formats)
        raise Malformed(
            "date", _("“%(value)s” is not a date of the form %(forms)s.") % {"value": value, "forms": forms}
        )

    def past_day(self, value: str) -> datetime.date:
        """A day that has come."""
        found = self.day(value)
        if found > self.today:
            raise Malformed("date_future", _("%(value)s is still to come.") % {"value": value})
        return found

    def month(self, value: str) -> datetime.date:
        """The first day of a month that has begun, given as any of its days or as YYYY-MM."""
        plain = folded(value)
        return self.past_day(f"{plain}-01" if re.fullmatch(r"\d{4}-\d\d", plain) else plain).replace(day=1)

    def money(self, value: str) -> int:
        """An amount in fen, of either sign."""
        return fen(value, self._decimal)

    def owed_money(self, value: str) -> int:
        """An amount in fen that cannot be negative."""
        amount = self.money(value)
        if amount < 0:
            raise Malformed("money_negative", _("“%(value)s” is negative; this amount cannot be.") % {"value": value})
        return amount

    def currency(self, value: str) -> str:
        """The bank's book currency; nothing else, because there is no rate to convert by."""
        code = folded(value).upper()
        if code not in CURRENCIES:
            raise Malformed("currency", _("“%(value)s” is not a currency code such as CNY.") % {"value": value})
        if code != self._currency:
            raise Malformed(
                "currency_rate",
                _("There is no rate from %(code)s to %(book)s; convert the amount first.")
                % {"code": code, "book": self._currency},
            )
        return code
