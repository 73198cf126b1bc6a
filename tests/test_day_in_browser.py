"""One working day in a real browser: an agent, a handler, a customer, the night, and a supervisor who looks at it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from analytics.models import Score
from campaigns.actions import surveys
from complaints.models import Complaint
from complaints.tests import scenes
from crm_site.models import AuditEvent, Team, User
from crm_site.nights import run_night
from crm_site.testing_browser import LOOKS
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory
from customers.models import Activity, Customer, Message, PublishedRun
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def team() -> Team:
    """The team that has the day."""
    DepartmentFactory(code="IT", name="Technology", kind="IT")
    made: Team = TeamFactory(code="S1", name="Service 1")
    return made


@pytest.fixture
def customer() -> Customer:
    """林晓彤, phone ending in 4821, with enough known to be scored."""
    made: Customer = CustomerFactory(full_name="林晓彤", phone="+8613912344821", customer_no="C-2019-004217")
    end = (timezone.localdate().replace(day=1) - datetime.timedelta(days=1)).replace(day=1)
    Activity.objects.update_or_create(
        customer=made,
        defaults={
            "window_end": end,
            "count_12m": 40,
            "amount_12m_fen": 5_000_00,
            "ever_holdings": 2,
            "open_holdings": 2,
            "families_mask": 3,
            "opened_on": datetime.date(2019, 5, 18),
            "last_active_on": end,
            "aum_fen": 80_000_000,
            "aum_3m_fen": 80_000_000,
            "aum_year_ago_fen": 70_000_000,
            "aum_3m_year_ago_fen": 70_000_000,
            "contribution_fen": 860_000,
            "age_step": 45,
            "changed_at": timezone.now(),
        },
    )
    return made


def staff(role: str, team: Team) -> User:
    """A colleague of the day's team."""
    made: User = UserFactory(role=role, team=team)
    return made


@pytest.mark.parametrize(
    "typed", ["4821", "晓彤", "lxt", "林晓", "C-2019-004217", "139 1234 4821", "+86-139-1234-4821"]
)
def test_a_customer_is_found_from_anywhere_with_the_keyboard(
    visit: Visit, customer: Customer, team: Team, typed: str
) -> None:
    page = visit("/", staff("agent", team))
    page.keyboard.press("/")
    page.keyboard.type(typed)
    page.wait_for_selector("#lookup-pop [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/C-2019-004217/")
    expect(page.locator("h1")).to_have_text("林晓彤")


def test_a_call_is_logged_with_two_keys_and_a_note(visit: Visit, customer: Customer, team: Team) -> None:
    page = visit("/customers/C-2019-004217/", staff("agent", team))
    page.keyboard.press("l")
    page.keyboard.type("Asked about transfer limits, explained.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".c-tl").first).to_contain_text("Asked about transfer limits")
    assert customer.interactions.count() == 1


def register(visit: Visit, agent: User) -> Complaint:
    """A moderate complaint received on 26 September 2025, with its date before it is promised."""
    page = visit("/complaints/new/?customer=C-2019-004217", agent)
    page.fill("[name=received_at]", "2025-09-26 10:00")
    page.fill("[name=subject]", "Transfer fee charged twice")
    page.fill("[name=content]", "Two transfers, each fee was taken twice.")
    page.fill("[name=desired_outcome]", "Refund and reason")
    page.check("[name=level][value=MODERATE]", force=True)
    expect(page.locator("#due-preview, .c-days").first).to_be_visible()
    expect(page.locator("body")).to_contain_text("10 Oct 2025")
    expect(page.locator(".c-days li.due")).to_contain_text("10 Oct")
    page.locator("details", has=page.locator("[name=reason]")).first.evaluate("d => { d.open = true }")
    page.fill("[name=reason]", "Entered from a paper form")
    page.select_option("[name=cause]", "FEES")
    deviation = page.locator("[name=deviation_reason]")
    deviation.fill("Another department has to correct it")
    page.locator("form button.btn-primary[type=submit]").last.click()
    page.wait_for_url("**/complaints/TS-*/")
    return Complaint.objects.get()


def test_the_day_runs_from_the_call_to_the_score(visit: Visit, customer: Customer, team: Team) -> None:
    agent, handler, senior = staff("agent", team), staff("handler", team), staff("senior", team)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    run_night(yesterday)
    before = Score.objects.published().get(customer=customer)

    complaint = register(visit, agent)
    finish(visit, handler, senior, complaint)
    complaint.refresh_from_db()
    assert complaint.state == "CLOSED"

    answer(visit, mark=1)
    run_night(timezone.localdate())
    after = Score.objects.published().get(customer=customer)
    assert PublishedRun.current() == 2
    assert after.i_s < before.i_s
    assert after.cov_s > before.cov_s
    page = visit(f"/analytics/value/{customer.customer_no}/", staff("senior", team))
    expect(page.locator("#value")).not_to_contain_text("No survey answer")

    look_at_the_books(visit, complaint)


def finish(visit: Visit, handler: User, senior: User, complaint: Complaint) -> None:
    """Assess, begin, plan, agree, tell, ask, close: one page a step."""
    if complaint.state == "CLASSIFIED":
        step(visit, handler, complaint, "assess", assess)
    step(visit, handler, complaint, "start-work", begin)
    step(visit, handler, complaint, "write-plan", lambda page: plan(page, handler))
    step(visit, senior, complaint, "approve-plan", read_the_plan)
    for verb, fill in (("feed-back", tell), ("satisfaction", ask), ("close", close)):
        step(visit, handler, complaint, verb, fill)


def step(visit: Visit, who: User, complaint: Complaint, verb: str, fill: Callable[[Page], Any]) -> None:
    """One page: filled, sent, and back on the complaint."""
    base = f"/complaints/{complaint.number}"
    page = visit(f"{base}/{verb}/", who)
    fill(page)
    with page.expect_navigation():
        page.locator("main form button.btn-primary[type=submit]").last.click()
    refused = page.locator("#errsum").all_inner_texts()
    assert (verb, refused) == (verb, [])
    assert page.url.endswith(f"{base}/")


def assess(page: Page) -> None:
    page.check("[name=level][value=MODERATE]", force=True)
    page.select_option("[name=cause]", "FEES")
    page.fill("[name=core_issue]", "Clearing message sent twice")
    page.fill("[name=desired_outcome]", "Refund and reason")
    page.select_option("[name=departments]", index=1)
    page.fill("[name=deviation_reason]", "Another department has to correct it")


def begin(page: Page) -> None:
    page.check("[name=departments] >> nth=0", force=True)
    page.fill("[name=plan]", "IT checks the clearing files, operations refunds by Thursday.")


def plan(page: Page, doer: User) -> None:
    """What was said at the beginning is the first draft."""
    assert "IT checks the clearing files" in page.input_value("[name=measures]")
    page.fill("[name=do_0]", "Refund 96 yuan")
    page.select_option("[name=who_0]", str(doer.pk))
    page.fill("[name=until_0]", (timezone.localdate() + datetime.timedelta(days=1)).isoformat())
    page.fill("[name=customer_message]", "The message was sent twice.")
    page.check("[name=send]")


def read_the_plan(page: Page) -> None:
    expect(page.locator("main form")).to_contain_text("Refund 96 yuan")


def tell(page: Page) -> None:
    """What was agreed stands there to be told."""
    assert page.input_value("[name=content]") == "The message was sent twice."
    page.fill("[name=content]", "The message was sent twice; 96 yuan have been refunded.")
    page.check("[name=decision][value=UPHELD]", force=True)


def ask(page: Page) -> None:
    page.check("[name=reached] >> nth=0", force=True)
    page.check("[name=satisfaction][value='5']", force=True)
    page.check("[name=accepted] >> nth=0", force=True)


def close(page: Page) -> None:
    page.check("[name=outcome] >> nth=0", force=True)


def answer(visit: Visit, *, mark: int) -> None:
    """The customer opens the link on a phone and answers."""
    surveys.invite_closed_rounds(now=timezone.now())
    link = json.loads(Message.objects.get(template="survey_invitation").values)["link"]
    page = visit("/s/" + link.rstrip("/").rsplit("/", 1)[1] + "/", "", width=390)
    csat, solved, words = page.locator("form .p-q").all()[:3]
    csat.locator(f"input[value='{mark}']").check()
    solved.locator("input[value='1']").check()
    words.locator("textarea").fill("It took long.")
    page.locator("button[type=submit].btn-primary").click()
    page.wait_for_url("**/s/thanks/")


def look_at_the_books(visit: Visit, complaint: Complaint) -> None:
    """The supervisor finds the night, the audit rows and the calendar in the admin."""
    page = visit("/admin/crm_site/jobrun/", "supervisor")
    expect(page.locator("#result_list")).to_contain_text("score")
    page = visit("/admin/crm_site/calendarday/", "supervisor")
    expect(page.locator("#result_list")).to_contain_text("2026")
    assert AuditEvent.objects.filter(object_id=complaint.number, action="complaint.close").exists()


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_axe_finds_nothing_on_the_pages_of_the_day(
    visit: Visit, customer: Customer, team: Team, language: str, theme: str, width: int
) -> None:
    agent = staff("agent", team)
    complaint = register_plainly(agent, customer)
    pages: list[tuple[str, Any]] = [
        ("/", agent),
        ("/customers/", agent),
        ("/customers/C-2019-004217/", agent),
        ("/customers/new/", agent),
        ("/follow-ups/", agent),
        ("/complaints/", agent),
        ("/complaints/new/?customer=C-2019-004217", agent),
        (f"/complaints/{complaint.number}/", agent),
        ("/analytics/", "supervisor"),
        ("/surveys/", "supervisor"),
        ("/analytics/value/C-2019-004217/", "supervisor"),
    ]
    found = []
    for path, who in pages:
        page = visit(path, who, language=language, theme=theme, width=width)
        violations = Axe().run(page).response["violations"]
        found += [(path, violation["id"], violation["nodes"][0]["html"][:160]) for violation in violations]
    assert found == []


def register_plainly(agent: User, customer: Customer) -> Complaint:
    """A complaint through the verb."""

    return scenes.received(agent, customer=customer)


def test_the_forms_of_the_day_work_without_scripts(visit: Visit, customer: Customer, team: Team) -> None:
    agent = staff("agent", team)
    page = visit("/", agent, scripts=False)
    page.fill("#lookup", "4821")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/**")
    page = visit("/customers/C-2019-004217/", agent, scripts=False)
    page.fill("#log textarea", "Asked about fees.")
    page.locator("#log button[type=submit]").click()
    page.wait_for_url("**/customers/C-2019-004217/**")
    assert customer.interactions.count() == 1
    complaint = register_plainly(agent, customer)
    page = visit(f"/complaints/{complaint.number}/refer-out/", agent, scripts=False)
    assert page.locator("main form").count() == 1
