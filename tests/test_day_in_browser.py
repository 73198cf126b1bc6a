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
from crm_site.models import AuditEvent, Department, Team, User
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


def register(visit: Visit, agent: User, *, level: str = "MODERATE", due: str = "10 Oct") -> Complaint:
    """A complaint received on 26 September 2025, with its date before it is promised."""
    page = visit("/complaints/new/?customer=C-2019-004217", agent)
    page.fill("[name=received_at]", "2025-09-26 10:00")
    page.fill("[name=subject]", "Transfer fee charged twice")
    page.fill("[name=content]", "Two transfers, each fee was taken twice.")
    page.fill("[name=desired_outcome]", "Refund and reason")
    page.check(f"[name=level][value={level}]", force=True)
    expect(page.locator("#due-preview, .c-days").first).to_be_visible()
    expect(page.locator("body")).to_contain_text(f"{due} 2025")
    expect(page.locator(".c-days li.due")).to_contain_text(due)
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
    for verb, fill in (("feed-back", tell), ("explain-late", first("why")), ("satisfaction", ask)):
        step(visit, handler, complaint, verb, fill)
    step(visit, handler, complaint, "close", first("outcome"))


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


def assess(page: Page, level: str = "MODERATE") -> None:
    page.check(f"[name=level][value={level}]", force=True)
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


def first(name: str) -> Callable[[Page], Any]:
    return lambda page: page.check(f"[name={name}] >> nth=0", force=True)


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


class Severe:
    """A severe matter and everybody who has a part in it."""

    def __init__(self, visit: Visit, team: Team) -> None:
        self.visit, self.handler, self.boss = visit, staff("handler", team), staff("supervisor", team)
        technology = Department.objects.get(code="IT")
        self.head = staff("liaison", TeamFactory(code="IT1", department=technology))
        Department.objects.filter(pk=technology.pk).update(head=self.head)
        legal = TeamFactory(code="LEGAL1", department=DepartmentFactory(code="LEGAL", kind="LEGAL"))
        self.expert: User = UserFactory(role="tfmember", team=legal, skills=["legal"])
        self.complaint = register(visit, staff("agent", team), level="SEVERE", due="16 Oct")

    def step(self, who: User, verb: str, fill: Callable[[Page], Any]) -> None:
        step(self.visit, who, self.complaint, verb, fill)

    def page(self, who: User) -> Page:
        return self.visit(f"/complaints/{self.complaint.number}/", who)

    def begin(self) -> None:
        """Assessed, the department asked, the force proposed, formed, accepted by everybody; then the work begins."""
        self.step(self.handler, "assess", lambda page: assess(page, "SEVERE"))
        expect(self.page(self.handler).locator("main")).to_contain_text("no department takes part")
        self.step(self.handler, "invite", ask_department)
        self.step(self.handler, "propose-force", lambda page: proposed(page, [self.boss, self.head, self.expert]))
        self.step(self.boss, "form-force", lambda page: proposed(page, [self.boss, self.head, self.expert]))
        for member in (self.boss, self.head, self.expert):
            assert not self.offers("Start the work")
            today = self.visit("/", member)
            today.get_by_role("link", name="See and answer").click()
            with today.expect_navigation():
                today.locator("main form button.btn-primary[type=submit]").last.click()
            assert today.url.endswith(f"/complaints/{self.complaint.number}/")
        self.is_complete(self.head)
        self.step(self.handler, "start-work", lambda page: page.fill("[name=plan]", MEASURES))

    def is_complete(self, seen_by: User) -> None:
        expect(self.page(seen_by).locator("[aria-labelledby=tf-h] .c-chip").first).to_have_text("complete")

    def offers(self, label: str) -> bool:
        return self.page(self.handler).get_by_role("link", name=label).count() > 0

    def work_together(self) -> None:
        """A meeting is noted, a milestone is set and reached, a member writes the plan and the supervisor agrees."""
        self.step(self.expert, "hold-meeting", meet)
        self.step(self.handler, "set-milestone", set_milestone)
        self.step(self.handler, "meet-milestone", lambda page: page.fill("[name=note]", "Ticket 4711"))
        self.agree()

    def agree(self) -> None:
        self.step(self.expert, "write-plan", lambda page: in_detail(page, self.handler))
        self.step(self.boss, "approve-plan", read_the_plan)

    def answer(self, *, content: bool) -> None:
        self.step(self.handler, "feed-back", tell)
        self.step(self.handler, "satisfaction", ask if content else complain)


MEASURES = "IT checks the clearing files, operations refunds by Thursday."


def ask_department(page: Page) -> None:
    page.check("[name=departments] >> nth=0", force=True)
    page.fill("[name=task]", "What do the clearing files say?")


def proposed(page: Page, people: list[User]) -> None:
    """Everybody who has to sit in it stands in the form already."""
    rows = [page.input_value(f"[name=who_{n}]") for n in range(len(people))]
    assert {str(person.pk) for person in people} <= set(rows + [page.input_value("[name=who_3]")])


def meet(page: Page) -> None:
    page.fill("[name=held_at]", timezone.localtime().strftime("%Y-%m-%d %H:%M"))
    page.check("[name=present] >> nth=0", force=True)
    page.fill("[name=note]", "The clearing file went out twice.")


def set_milestone(page: Page) -> None:
    page.fill("[name=text]", "The clearing files are compared")
    page.select_option("[name=seat]", index=1)
    page.fill("[name=due_on]", (timezone.localdate() + datetime.timedelta(days=1)).isoformat())


def in_detail(page: Page, doer: User) -> None:
    """A severe matter says what was found and why."""
    page.fill("[name=findings]", "The clearing message went out twice.")
    page.fill("[name=cause_text]", "A retry without a check.")
    plan(page, doer)


def complain(page: Page) -> None:
    """One star, and the answer is not accepted."""
    page.check("[name=reached] >> nth=0", force=True)
    page.check("[name=satisfaction][value='1']", force=True)
    page.check("[name=accepted] >> nth=1", force=True)


def find_the_root(page: Page) -> None:
    page.fill("[name=description]", "Clearing files are not numbered.")
    page.check("[name=systemic] >> nth=0", force=True)
    page.select_option("[name=responsible]", index=1)


def test_a_severe_matter_goes_through_its_task_force_and_a_second_round(
    visit: Visit, customer: Customer, team: Team
) -> None:
    matter = Severe(visit, team)
    matter.begin()
    matter.work_together()
    matter.answer(content=False)
    matter.step(matter.handler, "reopen", lambda page: page.fill("[name=reason]", "Charged a third time"))
    matter.is_complete(matter.handler)
    matter.agree()
    matter.answer(content=True)
    matter.step(matter.handler, "root-cause", find_the_root)
    matter.step(matter.handler, "close", first("outcome"))
    matter.complaint.refresh_from_db()
    assert (matter.complaint.state, matter.complaint.round.no) == ("CLOSED", 2)
    assert matter.complaint.task_forces.get().dissolved_because == "CLOSED"
    answer(visit, mark=1)  # the survey's one star is a promise to call back, to whoever handled it
    assert matter.handler.follow_ups.filter(kind="RECOVERY", state="OPEN").exists()


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
