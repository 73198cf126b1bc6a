"""Letting the demonstration bank live its past through the very verbs it uses today."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone


@contextmanager
def as_if(moment: datetime.datetime) -> Iterator[None]:
    """Verbs called inside believe it is ``moment``. Only the demo loader uses this, in a process of its own."""
    real = timezone.now
    setattr(timezone, "now", lambda: moment)  # noqa: B010 - a module attribute, put back below
    try:
        yield
    finally:
        setattr(timezone, "now", real)  # noqa: B010
