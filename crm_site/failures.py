"""An exception in words that may be kept: what failed and where, never the value that made it fail.

Libraries quote what they choke on ("invalid literal for int(): '…'", "Field 'id' expected a number but got '…'"), and
what they choke on is as a rule what somebody typed. So an exception is written down by its type and its place; its own
words only when its kind is known to speak of the machine and not of data.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import PurePath
from types import TracebackType

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError

from crm_site.errors import RuleBroken

_OF_THE_MACHINE: tuple[type[BaseException], ...] = (
    ArithmeticError,
    AttributeError,
    ImportError,
    ImproperlyConfigured,
    InterfaceError,
    MemoryError,
    NameError,
    OperationalError,
    RecursionError,
)
"""Kinds whose words name servers, modules and attributes. An exception of ours joins by ``TELLS_NO_VALUES = True``."""
_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_DURING = "\nDuring handling of the above exception, another exception occurred:\n\n"


def told(error: BaseException) -> str:
    """One line: the type, with a rule's code, the system's own reason, or words that tell no values."""
    name = type(error).__name__
    if isinstance(error, _OF_THE_MACHINE) or getattr(error, "TELLS_NO_VALUES", False) is True:
        return f"{name}: {error}" if str(error) else name
    if isinstance(error, RuleBroken):
        return f"{name}: {error.code}"
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"  # without the name of the file: people name files after people
    return name


def placed(error: BaseException) -> str:
    """``told`` with the file and line that raised it, for a cell too small for a traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return told(error)
    last = frames[-1]
    return f"{told(error)} ({PurePath(last.filename).name}:{last.lineno} {last.name})"


def traced(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """The traceback with its causes, each exception by ``told``."""
    return "".join(_parts(exc_info[1], set())).rstrip()


def _parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _parts(before, seen)
        yield _CAUSED if error.__cause__ else _DURING
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{told(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _parts(one, seen)
