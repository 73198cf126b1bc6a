"""Numbers and addresses people are known by: checked, and brought into one form (domain C.3; pure).

Every function takes what somebody typed (full-width digits, spaces and dashes included) and returns the form that is
stored and indexed, or raises Malformed with a sentence that says what to do.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Literal, NamedTuple

from django.utils.translation import gettext_lazy as _
from stdnum import luhn
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from crm_site.errors import Text

_NOISE = re.compile(r"[\s\u200b-\u200f\u2010-\u2015\u2060\ufeff()·.\-/]+")
EARLIEST = dt.date(1900, 1, 1)


class Malformed(ValueError):
    """What was typed cannot be right. ``message`` is translated when shown, ``code`` is for programs."""

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


def compact(text: str) -> str:
    """Half-width, upper-case, without spaces, dashes, brackets and invisible characters."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()


def last_four(text: str) -> str:
    """The last four characters of a number, as a caller reads them out; "" for fewer than four."""
    number = compact(text.partition(";")[0])
    return number[-4:] if len(number) >= 4 else ""


# --- documents --------------------------------------------------------------------------------------------------
class ResidentId(NamedTuple):
    """A resident identity number with what it says: ``sex`` 1 male, 2 female (GB/T 2261.1)."""

    number: str
    born: dt.date
    sex: Literal[1, 2]


def resident_id(text: str, *, today: dt.date) -> ResidentId:
    """A resident identity number of 18 characters (GB 11643): date, check character and form.

    The county is not looked up: codes were given at issue, so a table by birth year refuses good numbers.
    """
    number = compact(text)
    if re.fullmatch(r"\d{15}", number):
        raise Malformed(
            "id_15",
            _("This is a 15-digit number of the old form. Ask for the 18-character number on the current card."),
        )
    if not re.fullmatch(r"\d{17}[\dX]", number):
        raise Malformed("id_form", _("Enter the 18 characters of the identity number: 17 digits and a digit or X."))
    try:
        born: dt.date = ric.get_birth_date(number)
    except ValidationError as error:
        raise Malformed("id_date", _("Digits 7 to 14 are no date. Read the birth date in the number again.")) from error
    if not EARLIEST <= born <= today:
        raise Malformed("id_date", _("Digits 7 to 14 are no possible birth date. Read the number again."))
    if ric.calc_check_digit(number) != number[-1]:
        raise Malformed("id_check", _("The last character does not fit the others. Compare the number digit by digit."))
    return ResidentId(number, born, 1 if int(number[16]) % 2 else 2)


def credit_code(text: str) -> str:
    """A unified social credit code of 18 characters with its check character (GB 32100)."""
    number = compact(text)
    if not re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", number):
        raise Malformed(
            "uscc_form", _("Enter the 18 characters of the unified social credit code; I, O, S, V and Z do not occur.")
        )
    try:
        uscc.validate(number)
    except ValidationError as error:
        raise Malformed(
            "uscc_check", _("The last character of the code does not fit. Compare it with the business licence.")
        ) from error
    return number


_PATTERNS: dict[str, tuple[str, Text]] = {
    "PASSPORT": (
        r"(?=.*\d)[A-Z0-9]{5,17}",
        _("Enter the passport number: 5 to 17 letters and digits, for example E12345678."),
    ),
    "HK_MACAU_PERMIT": (
        r"[HMC][A-Z0-9]\d{7}(\d{2})?",
        _("Enter the permit number: H, M or C and 8 or 10 digits, for example H12345678."),
    ),
    "TAIWAN_PERMIT": (r"\d{8}|\d{10}[A-Z]?|T\d{8}", _("Enter the 8 digits of the Taiwan permit.")),
    "FOREIGN_PR_ID": (
        r"[A-Z]{3}\d{12}|9\d{16}[\dX]",
        _("Enter 3 letters and 12 digits, or the 18 characters of the card."),
    ),
    "MILITARY_ID": (r"[\u4e00-\u9fff]{0,6}第?[A-Z0-9]{6,12}号?", _("Enter the number of the military card.")),
    "OTHER": (r"[A-Z0-9\u4e00-\u9fff]{3,40}", _("Enter the number of the document: 3 to 40 letters and digits.")),
}


def document(kind: str, text: str, *, today: dt.date) -> str:
    """The number of a document of this kind (IdentityDocument.Type), as it is stored. Malformed if it cannot be one."""
    if kind == "RESIDENT_ID":
        return resident_id(text, today=today).number
    if kind == "RESIDENCE_PERMIT_HMT":
        return _residence_permit(text, today)
    if kind == "USCC":
        return credit_code(text)
    pattern, advice = _PATTERNS[kind]
    number = compact(text)
    if not re.fullmatch(pattern, number):
        raise Malformed("document_form", advice)
    return number


def _residence_permit(text: str, today: dt.date) -> str:
    """The residence permit of Hong Kong, Macau and Taiwan people: a resident number that begins 81, 82 or 83."""
    number = resident_id(text, today=today).number
    if number[:2] not in ("81", "82", "83"):
        raise Malformed("document_form", _("A residence permit number begins with 81, 82 or 83."))
    return number


# --- phones -----------------------------------------------------------------------------------------------------
class Phone(NamedTuple):
    """``e164``: +8613800138000. A landline may carry an extension, which is no part of the number looked up."""

    kind: Literal["MOBILE", "LANDLINE"]
    e164: str
    extension: str = ""

    def __str__(self) -> str:
        return f"{self.e164};ext={self.extension}" if self.extension else self.e164


_EXTENSION = re.compile(r"(?:转|轉|分机|分機|EXT\.?|[X#;])+\s*(?:EXT)?=?\s*(\d{1,6})$", re.IGNORECASE)
_AREA = r"(?:10|2\d|[3-9]\d{2})"
_ADVICE_PHONE = _(
    "Enter an 11-digit mobile number, a landline with area code such as 010-12345678, or + and country code."
)


def mobile(text: str) -> str:
    """A mobile number in E.164: 138 0013 8000, +86 …, 0086 … or another country's with its + sign."""
    found = phone(text)
    if found.kind != "MOBILE":
        raise Malformed("mobile_form", _("Enter an 11-digit mobile number that begins with 13 to 19."))
    return found.e164


def landline(text: str) -> str:
    """A landline in E.164, followed by ;ext=… when it has an extension."""
    found = phone(text)
    if found.kind != "LANDLINE":
        raise Malformed("landline_form", _("Enter area code and number, for example 010-12345678."))
    return str(found)


def phone(text: str) -> Phone:
    """A phone number of either kind. A foreign number counts as a mobile one."""
    folded = unicodedata.normalize("NFKC", text).strip()
    extension = _EXTENSION.search(folded)
    number = compact(folded[: extension.start()] if extension else folded)
    if not re.fullmatch(r"\+?\d+", number):
        raise Malformed("phone_form", _ADVICE_PHONE)
    number = re.sub(r"^00(?=[1-9])", "+", number)
    home = _at_home(number)
    if home is None:
        if re.fullmatch(r"\+[1-9]\d{6,14}", number):
            return Phone("MOBILE", number)
        raise Malformed("phone_form", _ADVICE_PHONE)
    return _mainland(home, extension.group(1) if extension else "")


def _at_home(number: str) -> str | None:
    """A mainland number as it is dialled at home, a landline with its 0; None for another country's."""
    if number.startswith("+") and not number.startswith("+86"):
        return None
    national = number.removeprefix("+86")
    if national == number and re.fullmatch(r"86(?:1[3-9]\d{9}|0?[2-9]\d{9,10}|0?10\d{8})", number):
        national = number[2:]
    if re.fullmatch(r"0?1[3-9]\d{9}", national):
        return national.removeprefix("0")
    return f"0{national}" if national != number and re.match(r"10|[2-9]", national) else national


def _mainland(number: str, extension: str) -> Phone:
    if re.fullmatch(r"1[3-9]\d{9}", number) and not extension:
        return Phone("MOBILE", f"+86{number}")
    if re.fullmatch(r"1\d{10}", number):
        raise Malformed("mobile_form", _("Enter an 11-digit mobile number that begins with 13 to 19."))
    if re.fullmatch(rf"0{_AREA}\d{{7,8}}", number):
        return Phone("LANDLINE", f"+86{number[1:]}", extension)
    if re.fullmatch(r"[2-9]\d{6,7}", number):
        raise Malformed("area_code", _("Put the area code before the number, for example 010-12345678."))
    raise Malformed("phone_form", _ADVICE_PHONE)


# --- the rest ---------------------------------------------------------------------------------------------------
def card(text: str) -> str:
    """A bank card number of 12 to 19 digits with its check digit (Luhn)."""
    number = compact(text)
    if not re.fullmatch(r"\d{12,19}", number):
        raise Malformed("card_form", _("Enter the 12 to 19 digits of the card number."))
    if not luhn.is_valid(number):
        raise Malformed("card_check", _("The card number is not right. Compare it digit by digit."))
    return number


_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f<>,;:\"()\[\]\\]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_](?:[\w-]*[^\W_])")


def email(text: str) -> str:
    """An e-mail address of at most 254 characters: domain in lower case, international names allowed."""
    address = unicodedata.normalize("NFKC", text).strip()
    if len(address) > 254 or not _EMAIL.fullmatch(address) or ".." in address:
        raise Malformed("email_form", _("Enter an e-mail address such as name@example.com."))
    local, _at, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def email_key(text: str) -> str:
    """What two spellings of one address share, for the blind index: all in lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()
