"""People and matters that several files of tests begin with."""

from __future__ import annotations

import pytest

from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.models import User
from crm_site.tests.factories import UserFactory


@pytest.fixture
def by() -> User:
    """A handler with a severe complaint in hand."""
    return scenes.handler()


@pytest.fixture
def boss(by: User) -> User:
    """A supervisor of the same team."""
    made: User = UserFactory(role="supervisor", team=by.team)
    return made


@pytest.fixture
def severe(by: User) -> Complaint:
    """Assessed as severe, and technology has been asked."""
    return scenes.invited(by, scenes.assessed(by, Level.SEVERE))
