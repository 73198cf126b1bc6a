"""Plans, actions, consents and payments in the administration: read by few, typed into by nobody (domain J.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions import recusing
from complaints.models import ActionItem, Consent, Payment, Plan
from complaints.tests import scenes
from complaints.tests.scenes import above, granted, handler
from crm_site.models import Team, User
from crm_site.tests.factories import TeamFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
PAGES: list[type[Model]] = [Plan, ActionItem, Consent, Payment]


def listed(model: type[Model]) -> str:
    return reverse(f"admin:complaints_{model._meta.model_name}_changelist")


def one(row: Model) -> str:
    return reverse(f"admin:complaints_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize("model", PAGES)
def test_supervisors_and_auditors_read_them_and_nobody_types(client_for: ClientFor, model: type[Model]) -> None:
    by = handler()
    paid, _boss = granted(by)
    asked, _head, _money = above(by)
    number = asked.number if model is Consent else paid.number
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    for role in ("supervisor", "auditor"):
        client = client_for(role)
        page = client.get(listed(model)).content.decode()
        assert number in page
        detail = client.get(one(row)).content.decode()
        assert 'name="_save"' not in detail
        for sealed in (scenes.PLAN, "Refund the fee", "We refund the fee that was taken twice."):
            assert sealed not in page + detail
        assert client.post(one(row), {"status": "DRAFT"}).status_code == 403
        assert client.get(listed(model) + "add/").status_code == 403
    for role in ("agent", "senior", "handler", "planner"):
        assert client_for(role).get(listed(model)).status_code in (302, 403)


def test_whom_a_complaint_is_about_reads_nothing_of_its_plan(client_for: ClientFor) -> None:
    accused: User = UserFactory(role="supervisor", team=TeamFactory(purpose=Team.Purpose.COMPLAINT))
    by = handler(scenes.team())
    complaint, _boss = granted(by)
    recusing.restrict(
        by=by, complaint=complaint, version=complaint.version, reason="rude at the counter", accused=accused
    )
    client = client_for(accused)
    for model in (Plan, ActionItem, Payment):
        assert complaint.number not in client.get(listed(model)).content.decode()
        row = model._default_manager.get()
        assert client.get(one(row)).status_code in (302, 404)  # as one that does not exist


@pytest.mark.parametrize("model", [Plan, ActionItem, Payment])
def test_the_lists_ask_as_often_for_one_row_as_for_three(client_for: ClientFor, model: type[Model]) -> None:
    by, counts = handler(), []
    client = client_for("auditor")
    client.get(listed(model))
    for n in (1, 2):
        for _row in range(n):
            granted(by)
        with CaptureQueriesContext(connection) as asked:
            client.get(listed(model))
        counts.append(len(asked))
    assert counts[0] == counts[1]
