"""The small language of computed columns: JSON in, a function of one row out. Only what stands here can be called.

A text or a number is itself; ``{"column": "x"}`` is a cell; every other object has one function as its key, with one
argument or a list of them. docs/IMPORT.md lists them with examples.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from crm_site.errors import RuleBroken

Value = str | int
Cells = Sequence[str]
Function = Callable[[Cells, int], Value]


class ProfileInvalid(RuleBroken):
    """The profile cannot be used; ``where`` is the path inside it, such as ``computed.birth_date``."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__("import.profile", f"{where}: {message}")
        self.where = where


def _number(value: Value) -> int:
    if isinstance(value, int):
        return value
    try:
        return int(value)
    except ValueError:
        raise ValueError(_("“%(value)s” is not a whole number.") % {"value": value}) from None


def _substr(text: Value, start: Value, length: Value) -> str:
    first = _number(start)
    return str(text)[first : first + _number(length)]


def _date(year: Value, month: Value, day: Value) -> str:
    try:
        return datetime.date(_number(year), _number(month), _number(day)).isoformat()
    except ValueError:
        raise ValueError(
            _("%(year)s-%(month)s-%(day)s is not a date.") % {"year": year, "month": month, "day": day}
        ) from None


def _day(value: Value) -> datetime.date:
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(_("“%(value)s” is not a date as YYYY-MM-DD.") % {"value": value}) from None


def _month_end(value: Value) -> str:
    day = _day(value)
    return day.replace(day=calendar.monthrange(day.year, day.month)[1]).isoformat()


def _division(left: Value, right: Value, remainder: bool) -> int:
    if _number(right) == 0:
        raise ValueError(_("Division by nothing."))
    return _number(left) % _number(right) if remainder else _number(left) // _number(right)


# name: (number of arguments, or None for any number; the function)
_FUNCTIONS: Mapping[str, tuple[int | None, Callable[..., Value]]] = {
    "concat": (None, lambda *parts: "".join(map(str, parts))),
    "substr": (3, _substr),
    "strip": (1, lambda text: str(text).strip()),
    "upper": (1, lambda text: str(text).upper()),
    "pad": (2, lambda text, width: str(text).zfill(_number(width))),
    "int": (1, _number),
    "add": (2, lambda left, right: _number(left) + _number(right)),
    "subtract": (2, lambda left, right: _number(left) - _number(right)),
    "multiply": (2, lambda left, right: _number(left) * _number(right)),
    "divide": (2, lambda left, right: _division(left, right, remainder=False)),
    "modulo": (2, lambda left, right: _division(left, right, remainder=True)),
    "date": (3, _date),
    "year": (1, lambda day: _day(day).year),
    "month": (1, lambda day: _day(day).month),
    "day": (1, lambda day: _day(day).day),
    "month_end": (1, _month_end),
    "days_after": (2, lambda day, count: (_day(day) + datetime.timedelta(days=_number(count))).isoformat()),
    "equal": (2, lambda left, right: int(str(left) == str(right))),
    "greater": (2, lambda left, right: int(_number(left) > _number(right))),
    "empty": (1, lambda text: int(str(text).strip() == "")),
}
_SPECIAL = ("column", "line", "if", "lookup")


def compile_expression(source: Any, columns: Mapping[str, int], where: str) -> Function:
    """The function behind an expression. ``columns`` gives the place of each cell that may be named.

    Raises ProfileInvalid. The function raises ValueError when a row does not fit.
    """
    if isinstance(source, str) or (isinstance(source, int) and not isinstance(source, bool)):
        return lambda cells, line: source
    if not isinstance(source, Mapping) or not source:
        raise ProfileInvalid(where, _("Write a text, a number, or an object with one function."))
    name = next(iter(source))
    if name == "lookup":
        return _lookup(source, columns, where)
    if len(source) != 1:
        raise ProfileInvalid(where, _("An object holds one function; found: %(names)s.") % {"names": ", ".join(source)})
    if name == "column":
        return _cell(source[name], columns, where)
    if name == "line":
        return lambda cells, line: line
    arguments = source[name] if isinstance(source[name], list) else [source[name]]
    return _call(name, [compile_expression(argument, columns, f"{where}.{name}") for argument in arguments], where)


def _call(name: str, made: list[Function], where: str) -> Function:
    if name == "if":
        return _choice(made, where)
    if name not in _FUNCTIONS:
        known = ", ".join(sorted([*_FUNCTIONS, *_SPECIAL]))
        message = _("There is no function “%(name)s”; use one of %(known)s.") % {"name": name, "known": known}
        raise ProfileInvalid(where, message)
    wanted, function = _FUNCTIONS[name]
    if wanted not in (None, len(made)):
        raise ProfileInvalid(where, _("“%(name)s” takes %(count)s arguments.") % {"name": name, "count": wanted})
    if len(made) == 1:
        only = made[0]
        return lambda cells, line: function(only(cells, line))
    if len(made) == 2:
        left, right = made
        return lambda cells, line: function(left(cells, line), right(cells, line))
    return lambda cells, line: function(*[part(cells, line) for part in made])


def _cell(name: Any, columns: Mapping[str, int], where: str) -> Function:
    if name not in columns:
        known = ", ".join(columns)
        raise ProfileInvalid(
            where, _("The table has no column “%(name)s”; it has %(known)s.") % {"name": name, "known": known}
        )
    place = columns[name]
    return lambda cells, line: cells[place]


def _choice(made: list[Function], where: str) -> Function:
    if len(made) != 3:
        raise ProfileInvalid(where, _("“%(name)s” takes %(count)s arguments.") % {"name": "if", "count": 3})
    test, then, otherwise = made
    # a cell is a text, so nothing and 0 must mean no in either form
    return lambda cells, line: otherwise(cells, line) if test(cells, line) in ("", "0", 0) else then(cells, line)


def _lookup(source: Mapping[str, Any], columns: Mapping[str, int], where: str) -> Function:
    table = source.get("in")
    if set(source) - {"lookup", "in", "else"} or not isinstance(table, Mapping):
        raise ProfileInvalid(where, _('Write {"lookup": …, "in": {…}}, with "else" if other values may come.'))
    asked = compile_expression(source["lookup"], columns, f"{where}.lookup")
    answers = {str(key): compile_expression(value, columns, f"{where}.in.{key}") for key, value in table.items()}
    other = compile_expression(source["else"], columns, f"{where}.else") if "else" in source else None

    def look(cells: Cells, line: int) -> Value:
        key = str(asked(cells, line))
        answer = answers.get(key, other)
        if answer is None:
            raise ValueError(_("The profile gives no meaning to “%(value)s”.") % {"value": key})
        return answer(cells, line)

    return look
