"""What a profile says about a file, checked before the file is opened (docs/IMPORT.md is the reference)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from customers.actions.imports.expressions import ProfileInvalid
from customers.actions.imports.values import CURRENCIES
from customers.models import Product

ON_DUPLICATE = ("update", "skip", "reject")
NAMES = ("strict", "as_given")
QUOTING = ("minimal", "none")


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of a second file in the same folder, found by a key; its columns are named ``name.column``."""

    name: str
    file: str
    on: dict[str, str]  # column of the table → column of the joined file
    where: dict[str, str]
    take: tuple[str, ...]
    required: bool = True
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One checked profile. Empty encoding, delimiter and sheet are found out from the file."""

    name: str
    kind: str
    source_system: str
    columns: dict[str, Any]  # our column → a column of the file, or an expression
    encoding: str = ""
    delimiter: str = ""
    quoted: bool = True
    header_row: int = 1
    sheet: str | int | None = None
    date_formats: tuple[str, ...] = ()
    decimal: str = "."
    book_currency: str = "CNY"
    names: str = "strict"
    accounts_from: str = ""  # source system of the accounts that rows refer to, when it is another one
    on_duplicate: str = "update"
    key: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    defaults: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    computed: dict[str, Any] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    products: dict[str, dict[str, Any]] = field(default_factory=dict)


def load(path: Path) -> Profile:
    """Read a profile. Raises ProfileInvalid with the place and what to do, OSError when there is no such file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ProfileInvalid(path.name, _("Save the profile as UTF-8.")) from error
    except json.JSONDecodeError as error:
        message = _("Line %(line)s, column %(column)s is not JSON: %(reason)s.")
        raise ProfileInvalid(
            path.name, message % {"line": error.lineno, "column": error.colno, "reason": error.msg}
        ) from error
    return parse(data)


class _Checked:
    """The entries of one JSON object, taken out one by one; what is left at the end nobody knows."""

    def __init__(self, data: Any, where: str = "") -> None:
        if not isinstance(data, dict):
            raise ProfileInvalid(where or "profile", _("Write an object in braces."))
        self._data, self._where = dict(data), where

    def path(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def take(self, name: str, kind: type | tuple[type, ...], default: Any = None, *, needed: bool = False) -> Any:
        if name not in self._data:
            if needed:
                raise ProfileInvalid(self.path(name), _("This entry is missing."))
            return default
        value = self._data.pop(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            wanted = "/".join(item.__name__ for item in (kind if isinstance(kind, tuple) else (kind,)))
            raise ProfileInvalid(self.path(name), _("This entry must be of type %(kind)s.") % {"kind": wanted})
        return value

    def one_of(self, name: str, options: tuple[str, ...]) -> str:
        value = str(self.take(name, str, options[0]))
        if value not in options:
            raise ProfileInvalid(self.path(name), _("Choose one of %(known)s.") % {"known": ", ".join(options)})
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.take(name, (list, str), [])
        items = [value] if isinstance(value, str) else value
        if not all(isinstance(item, str) for item in items):
            raise ProfileInvalid(self.path(name), _("Write a list of texts."))
        return tuple(items)

    def table(self, name: str, *, needed: bool = False) -> dict[str, Any]:
        return dict(self.take(name, dict, {}, needed=needed))

    def flat(self, name: str) -> dict[str, str]:
        return {key: str(value) for key, value in self.table(name).items()}

    def end(self) -> None:
        if self._data:
            unknown = ", ".join(self._data)
            raise ProfileInvalid(self._where or "profile", _("Nobody knows the entry %(names)s.") % {"names": unknown})


def parse(data: Any) -> Profile:
    """Check the content of a profile. Raises ProfileInvalid."""
    entry = _Checked(data)
    entry.take("about", (str, list))
    currency = str(entry.take("book_currency", str, "CNY"))
    if currency not in CURRENCIES:
        raise ProfileInvalid("book_currency", _("Write a currency code such as CNY."))
    profile = Profile(
        name=str(entry.take("name", str, needed=True))[:80],
        kind=str(entry.take("kind", str, needed=True)),
        source_system=str(entry.take("source_system", str, needed=True)),
        columns=entry.table("columns", needed=True),
        encoding=_unless_auto(entry.take("encoding", str, "")),
        delimiter=_unless_auto(entry.take("delimiter", str, "")),
        quoted=entry.one_of("quoting", QUOTING) == "minimal",
        header_row=int(entry.take("header_row", int, 1)),
        sheet=entry.take("sheet", (str, int)),
        date_formats=entry.texts("date_format"),
        decimal=entry.one_of("decimal", (".", ",")),
        book_currency=currency,
        names=entry.one_of("names", NAMES),
        accounts_from=str(entry.take("accounts_from", str, "")),
        on_duplicate=entry.one_of("on_duplicate", ON_DUPLICATE),
        key=entry.texts("key"),
        required=frozenset(entry.texts("required")),
        defaults=entry.flat("defaults"),
        values=_values(entry),
        computed=entry.table("computed"),
        joins=tuple(_join(item, number) for number, item in enumerate(entry.take("joins", list, []))),
        products=_products(entry),
    )
    entry.end()
    _check_lengths(profile)
    return profile


def _unless_auto(value: str) -> str:
    return "" if value == "auto" else value


def _check_lengths(profile: Profile) -> None:
    if not 1 <= len(profile.source_system) <= 20:
        raise ProfileInvalid("source_system", _("Write 1 to 20 characters."))
    if len(profile.delimiter) > 1:
        raise ProfileInvalid("delimiter", _("Write one character, or auto."))
    if profile.header_row < 0:
        raise ProfileInvalid("header_row", _("Write the line of the column names, or 0 for none."))


def _values(entry: _Checked) -> dict[str, dict[str, str]]:
    maps: dict[str, dict[str, str]] = {}
    for column, table in entry.table("values").items():
        if not isinstance(table, Mapping):
            raise ProfileInvalid(f"values.{column}", _("Write an object in braces."))
        maps[column] = {str(key): str(value) for key, value in table.items()}
    return maps


def _join(data: Any, number: int) -> Join:
    entry = _Checked(data, f"joins.{number}")
    file = str(entry.take("file", str, needed=True))
    if Path(file).name != file:
        raise ProfileInvalid(entry.path("file"), _("Write the name of a file in the same folder, without a path."))
    join = Join(
        name=str(entry.take("name", str, Path(file).stem)),
        file=file,
        on=entry.flat("on"),
        where=entry.flat("where"),
        take=entry.texts("take"),
        required=bool(entry.take("required", bool, True)),
        encoding=_unless_auto(entry.take("encoding", str, "")),
        delimiter=_unless_auto(entry.take("delimiter", str, "")),
    )
    if not join.on or not join.take:
        raise ProfileInvalid(entry.path("on"), _("Say which columns are equal (on) and which are wanted (take)."))
    entry.end()
    return join


def _products(entry: _Checked) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for code, data in entry.table("products").items():
        product = _Checked(data, f"products.{code}")
        family = product.one_of("family", tuple(Product.Family.values))
        owed = family in (Product.Family.LOAN, Product.Family.CARD, Product.Family.INSURANCE, Product.Family.PAYMENT)
        made[code] = {
            "name": str(product.take("name", str, needed=True))[:60],
            "family": family,
            "counts_in_aum": bool(product.take("counts_in_aum", bool, not owed)),
        }
        product.end()
    return made
