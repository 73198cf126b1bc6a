"""The walk's visitors at the one address whose answer comes over a second connection."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from crm_site.roles import Role
from crm_site.tests.factories import JobRunFactory
from tests import walk
from tests.walk import Sample

pytestmark = pytest.mark.walk


@pytest.mark.django_db(transaction=True)
def test_everybody_may_ask_for_health(client_for: Callable[..., Client]) -> None:
    """On its own, because the checks read over a second connection, which sees only what is committed."""
    JobRunFactory()
    visitors = {walk.STRANGER: Client(), **{role: client_for(role) for role in Role.values}}
    report = walk.walk(visitors, {"health": [Sample()]}, only={"health"})
    assert report.unexpected == []
    assert report.urls == 1
    assert report.roles == len(Role.values) + 1
