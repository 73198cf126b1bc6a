"""The value score is tuned in a browser: a weight changed, its movers seen, approved by another, used at night."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from analytics.models import ScoreRun, ScoringModel
from analytics.tests import nights
from crm_site.tests.factories import UserFactory
from customers.models import Customer, Standing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


def press(page: Page, address: str, **fields: str) -> None:
    """The page of a step, filled in and sent."""
    page.goto(page.url.split("/analytics/")[0] + address)
    for name, words in fields.items():
        page.fill(f"[name={name}]", words)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").last.click()


def test_a_weight_is_changed_seen_approved_and_used_by_the_next_night(visit: Visit) -> None:
    analyst, boss = UserFactory(role="analyst"), UserFactory(role="supervisor")
    nights.build(20)
    today = timezone.localdate()
    nights.night(today - datetime.timedelta(days=1))

    page = visit("/analytics/models/", analyst)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/analytics/models/v2/edit/")
    page.fill("[name=w_C]", "20.00")
    expect(page.locator("[data-sum] [data-total]").first).to_have_text("85.00")
    page.fill("[name=w_G]", "30.00")
    expect(page.locator("[data-sum] [data-total]").first).to_have_text("100.00")
    page.locator("main form button.btn-primary[type=submit]").last.click()
    page.wait_for_url("**/analytics/models/v2/")
    press(page, "/analytics/models/v2/simulate/")
    page.goto(page.url.split("/analytics/")[0] + "/analytics/models/v2/what-if/")
    expect(page.locator("table.c-matrix")).to_be_visible()
    expect(page.locator("main")).to_contain_text("C-2026-0000")
    press(page, "/analytics/models/v2/submit/")
    assert ScoringModel.objects.get(version="v2").state == "SUBMITTED"

    page = visit("/analytics/models/v2/", boss)
    press(page, "/analytics/models/v2/waive/", reason="The bank is new")
    listed = reverse("admin:analytics_scoringmodel_changelist")
    for action, state in (("approve", "APPROVED"), ("activate", "ACTIVE")):
        page.goto("/".join(page.url.split("/")[:3]) + listed)
        page.locator("tr", has_text="v2").locator("input.action-select").check()
        page.select_option("select[name=action]", action)
        with page.expect_navigation():
            page.click("button[name=index]")
        assert ScoringModel.objects.get(version="v2").state == state

    nights.night(today)
    assert ScoreRun.objects.latest("no").model.version == "v2"
    scored = Standing.objects.published().filter(score_tenths__isnull=False).first()
    assert scored is not None
    number = Customer.objects.get(pk=scored.customer_id).customer_no
    page = visit(f"/analytics/value/{number}/", boss)
    expect(page.locator("#value")).to_contain_text("v2")
