"""Who writes rules and who decides on them; the evening of a night, and a small bank for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from analytics.actions import scoring_run
from analytics.tests import nights
from crm_site.models import User
from crm_site.tests.factories import UserFactory


@pytest.fixture
def analyst(db: None) -> User:
    return UserFactory(role="analyst")


@pytest.fixture
def boss(db: None) -> User:
    return UserFactory(role="supervisor")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The evening of the first night, and shards so small that there are several."""
    monkeypatch.setattr(scoring_run, "SHARD", 7)
    with time_machine.travel(nights.FIRST, tick=False) as traveller:
        yield traveller


@pytest.fixture
def bank(clock: Any) -> None:
    nights.build()
