"""Who writes rules and who decides on them."""

from __future__ import annotations

import pytest

from crm_site.models import User
from crm_site.tests.factories import UserFactory


@pytest.fixture
def analyst(db: None) -> User:
    return UserFactory(role="analyst")


@pytest.fixture
def boss(db: None) -> User:
    return UserFactory(role="supervisor")
