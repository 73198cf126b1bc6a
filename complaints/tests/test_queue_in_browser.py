"""The list by keyboard and without scripts, in a real browser (ux 5.4, 11, A7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from complaints.models import Batch, Complaint
from complaints.tests import scenes
from complaints.tests.scenes import handler
from crm_site.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def leader() -> User:
    """A leader with four matters nobody has, and a colleague."""
    leader = handler(role="senior")
    handler(leader.team)
    for _n in range(4):
        scenes.received(leader, owner=None)
    return leader


def numbers(page: Page) -> list[str]:
    return [row.get_attribute("id")[2:] for row in page.locator("[data-rows] tbody tr").all()]  # type: ignore[index]


def test_the_third_case_is_opened_with_three_keys(visit: Visit, leader: User) -> None:
    page = visit("/complaints/?view=team", leader)
    third = numbers(page)[2]
    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**/complaints/{third}/**")
    page.locator(".c-crumb a").first.click()
    page.wait_for_url("**/complaints/?view=team")


def test_two_cases_are_assigned_with_five_keys_and_taken_back_with_one_press(visit: Visit, leader: User) -> None:
    page = visit("/complaints/?view=team", leader)
    chosen = numbers(page)[:2]
    expect(page.locator(".c-bulk")).to_be_hidden()
    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-ticked]")).to_have_text("2 selected")
    page.keyboard.press("a")
    expect(page.locator("h1")).to_have_text("Assign complaints")
    page.keyboard.press("Enter")
    page.wait_for_url("**/complaints/batches/**")
    given = Complaint.objects.filter(number__in=chosen).exclude(owner=None)
    assert given.count() == 2
    page.locator("[data-toast] [data-undo] button").click()
    expect(page.locator("main")).to_contain_text("2 taken back")
    assert given.count() == 0


def test_a_acts_on_the_current_row_where_nothing_is_ticked(visit: Visit, leader: User) -> None:
    page = visit("/complaints/?view=team", leader)
    second = numbers(page)[1]
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("main")).to_contain_text(second)
    expect(page.locator("main")).to_contain_text("1 complaint selected")


def test_without_scripts_rows_are_ticked_and_assigned_all_the_same(visit: Visit, leader: User) -> None:
    page = visit("/complaints/?view=team", leader, scripts=False)
    for box in page.locator("[data-rows] tbody input[type=checkbox]").all()[:3]:
        box.check()
    page.get_by_role("button", name="Assign", exact=False).first.click()
    page.get_by_role("button", name="Assign 3 complaints").click()
    assert Batch.objects.get().rows.filter(state="DONE").count() == 3


def test_no_key_acts_while_somebody_types_or_has_them_switched_off(visit: Visit, leader: User) -> None:
    page = visit("/complaints/?view=team", leader)
    page.locator("#f-q").click()
    page.keyboard.type("xja")
    expect(page.locator(".c-bulk")).to_be_hidden()
    page.context.add_cookies([{"name": "keys", "value": "off", "url": page.url}])
    page.reload()
    page.keyboard.press("x")
    expect(page.locator("[data-rows] tbody input:checked")).to_have_count(0)
