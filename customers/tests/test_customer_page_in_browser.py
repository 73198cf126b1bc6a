"""The customer page in a real browser: nothing stands in anybody's way, and every button works without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from crm_site.testing_browser import LOOKS
from crm_site.tests.factories import UserFactory
from customers.models import Customer, FollowUp, StepAnswer
from customers.tests.factories import ConsentFactory, CustomerFactory, NeedFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
PAGE = "/customers/C-2019-004217/"


@pytest.fixture
def customer() -> Customer:
    """Somebody with a need, a settled one and a consent."""
    made: Customer = CustomerFactory(customer_no="C-2019-004217", employer="Mill", annual_income="120000.00")
    ConsentFactory(customer=made)
    NeedFactory(customer=made, text="For the daughter")
    NeedFactory(customer=made, family="LOAN", status="MET", how="Signed in May")
    return made


def unfold(page: Page) -> None:
    page.evaluate("for (const d of document.querySelectorAll('main details:not(.c-menu)')) { d.open = true }")


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_axe_finds_nothing_on_the_page_with_everything_unfolded(
    visit: Visit, customer: Customer, language: str, theme: str, width: int
) -> None:
    agent, found = UserFactory(role="agent"), []
    for path in (PAGE, f"{PAGE}?step=need", f"{PAGE}edit/"):
        page = visit(path, agent, language=language, theme=theme, width=width)
        unfold(page)
        found += [(path, each["id"], each["nodes"][0]["html"][:160]) for each in Axe().run(page).response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
    assert found == []


def test_the_suggestion_is_answered_without_scripts(visit: Visit, customer: Customer) -> None:
    page = visit(PAGE, UserFactory(role="agent"), scripts=False)
    page.click("#next-step summary >> text=Remind me later")
    page.click("text=Promise it by then")
    expect(page.locator("#next-step")).to_contain_text("Nothing presses")
    assert FollowUp.objects.get().title == "Come back to what the customer wants"
    assert StepAnswer.objects.get().answer == "PROMISED"


def test_doing_what_is_suggested_puts_the_cursor_into_the_note(visit: Visit, customer: Customer) -> None:
    page = visit(PAGE, UserFactory(role="agent"))
    page.click("#next-step >> text=Log that it was asked")
    expect(page.locator("#id_note")).to_be_focused()
    page.keyboard.type("She will think about it.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".c-tl").first).to_contain_text("She will think about it.")
    expect(page.locator("#next-step")).to_contain_text("Nothing presses")


def test_a_need_is_settled_and_a_record_emptied_without_scripts(visit: Visit, customer: Customer) -> None:
    agent: Any = UserFactory(role="agent")
    page = visit(PAGE, agent, scripts=False)
    page.click(".c-settle summary")
    page.fill(".c-settle [name=how]", "Bought it elsewhere")
    page.click(".c-settle >> text=No longer wanted")
    expect(page.locator("body")).to_contain_text("No open need.")
    page = visit(f"{PAGE}edit/", agent, scripts=False)
    page.check("[name=remove_employer]")
    page.click("form.c-card button[type=submit]")
    page.wait_for_url(f"**{PAGE}")
    customer.refresh_from_db()
    assert (customer.employer, str(customer.annual_income)) == ("", "120000.00")
