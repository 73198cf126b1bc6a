"""The public door in a real browser, on a telephone: nothing stands in anybody's way, and no script is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from complaints.models import Complaint
from crm_site.models import Team
from crm_site.tests.factories import TeamFactory
from customers.models import Interaction

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture(autouse=True)
def desk() -> None:
    TeamFactory(code="C1", name="Complaints desk", purpose=Team.Purpose.COMPLAINT)


def fill(page: Page) -> None:
    page.check("[name=nature][value=COMPLAINT]")
    page.select_option("[name=business]", "CARD")
    page.fill("[name=content]", "我的卡被收了两次年费。")
    page.fill("[name=name]", "李伟")
    page.fill("[name=contact]", "138 0013 8000")
    page.check("[name=consent]")


def faults(page: Page) -> list[tuple[str, str, str]]:
    """What axe finds, and whether the page is wider than the telephone."""
    found = [(page.url, each["id"], each["nodes"][0]["html"][:120]) for each in Axe().run(page).response["violations"]]
    if not page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"):
        found.append((page.url, "width", ""))
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_axe_finds_nothing_on_the_way_through(visit: Visit, language: str, theme: str) -> None:
    page = visit("/complain/", "", language=language, theme=theme, width=390)
    found = faults(page)
    page.click("button.btn-primary")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    found += faults(page)
    page.evaluate("for (const d of document.querySelectorAll('main details')) { d.open = true }")
    found += faults(page)
    fill(page)
    page.click("button.btn-primary")
    page.wait_for_url("**/complain/received/")
    found += faults(page)
    number, code = (page.locator(f"main dd.{name}").first.inner_text() for name in ("num", "mono"))
    page.goto(page.url.replace("received/", "status/code/"))
    found += faults(page)
    page.goto(page.url.replace("code/", ""))
    found += faults(page)
    page.fill("[name=number]", number)
    page.fill("[name=code]", code)
    page.click("button.btn-primary")
    page.wait_for_url("**/complain/status/matter/")
    found += faults(page)
    assert found == []


def test_a_matter_is_brought_looked_up_and_added_to_without_scripts(visit: Visit) -> None:
    page = visit("/complain/", "", width=390, scripts=False)
    fill(page)
    page.click("button.btn-primary")
    page.wait_for_url("**/complain/received/")
    number, code = (page.locator(f"main dd.{name}").first.inner_text() for name in ("num", "mono"))
    page.click("text=Look up my matter")
    page.fill("[name=number]", number)
    page.fill("[name=code]", code)
    page.click("button.btn-primary")
    page.fill("[name=words]", "我找到了收据。")
    page.click("text=Add this to my matter")
    expect(page.locator("main")).to_contain_text("Taken down.")
    expect(page.locator("main")).to_contain_text("我找到了收据。")
    assert Complaint.objects.get().number == number
    assert Interaction.objects.filter(about_no=number, direction="IN").count() == 2


def test_the_trap_cannot_be_reached_by_keyboard_or_eye(visit: Visit) -> None:
    page = visit("/complain/", "", width=390)
    trap = page.locator("[name=website]")
    assert (trap.bounding_box() or {"x": 0})["x"] < -300
    names = []
    for _stop in range(30):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.name || ''"))
    assert "consent" in names
    assert "website" not in names
