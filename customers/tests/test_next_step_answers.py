"""What is answered to a suggested next step: done, promised, put off, not suitable (domain R2.22)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from crm_site import form_tokens
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent
from crm_site.testing import person
from customers.actions import followups, next_steps
from customers.models import Customer, FollowUp, StepAnswer
from customers.next_step import Facts, Suggestion, Want, suggest
from customers.tests.factories import (
    ConsentFactory,
    CustomerFactory,
    FollowUpFactory,
    InteractionFactory,
    NeedFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
Door = Callable[..., Client]
TODAY = datetime.date(2025, 9, 26)  # a Friday; Sunday the 28th is a make-up working day
DAY = datetime.timedelta(days=1)
NEED, RECORD, NOTHING = "Come back to what the customer wants", "Ask for what the record lacks", "Nothing presses"


@pytest.fixture
def lin(now: datetime.datetime) -> Customer:
    """A customer who wants something and may be offered it."""
    made: Customer = CustomerFactory()
    ConsentFactory(customer=made)
    NeedFactory(customer=made)
    return made


def found() -> Suggestion:
    return suggest(Facts(timezone.now(), TODAY, needs=(Want("Wealth", "7"),), may_offer=True))


def end_of(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day + DAY, datetime.time.min))


def url(name: str, customer: Customer) -> str:
    return reverse(f"customers:{name}", args=[customer.customer_no])


def page(client: Client, customer: Customer, **asked: str) -> str:
    return client.get(url("detail", customer), asked).content.decode()


def suggested(client: Client, customer: Customer) -> str:
    """The title on the card."""
    card = re.search(r'aria-labelledby="nba-h".*?<p class="fw6 mb-1">(.*?)</p>', page(client, customer), re.DOTALL)
    return card.group(1) if card else ""


def sent(client: Client, customer: Customer, form: str, **typed: str) -> dict[str, str]:
    """What the browser sends: the hidden fields as they stand on the page, and what was typed."""
    shown = page(client, customer)
    names = ("step", "grounds", "form_token")
    hidden = {name: re.search(rf'name="{form}-{name}" value="(.*?)"', shown) for name in names}
    fields = {f"{form}-{name}": value.group(1) for name, value in hidden.items() if value}
    return fields | {f"{form}-{name}": value for name, value in typed.items()}


# --- the verbs --------------------------------------------------------------------------------------------------
def test_promised_it_stands_in_my_day_and_the_suggestion_rests(lin: Customer) -> None:
    agent = person("agent")
    with translation.override("zh-hans"):
        made = next_steps.promise(by=agent, customer=lin, found=found(), due_on=TODAY + DAY, due_at=end_of(TODAY + DAY))
    assert (made.kind, made.title, made.owner, made.due_on) == ("PROMISE", NEED, agent, TODAY + DAY)
    assert list(FollowUp.objects.open().of(agent)) == [made]
    row = StepAnswer.objects.get()
    assert (row.answer, row.step, row.grounds, row.until) == ("PROMISED", "need", "7", TODAY + DAY)
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {"followup.promise", "next_step.promised"}


def test_put_off_dismissed_and_done_are_each_on_record_and_the_last_counts(lin: Customer) -> None:
    said: dict[str, Any] = {"by": person("agent"), "customer": lin, "found": found()}
    next_steps.put_off(**said, until=TODAY + DAY, reason="On holiday")
    next_steps.dismiss(**said, reason="Bought it elsewhere")
    next_steps.done(**said, at=timezone.now())
    row = StepAnswer.objects.get()
    assert (row.answer, row.until, row.reason) == ("DONE", TODAY + 30 * DAY, "")
    events = AuditEvent.objects.order_by("seq")
    assert [event.action for event in events] == ["next_step.put_off", "next_step.dismissed", "next_step.done"]
    assert "holiday" not in repr([event.after for event in events])


@pytest.mark.parametrize(
    ("verb", "more", "code"),
    [
        ("put_off", {"until": TODAY}, "step.day"),
        ("put_off", {"until": TODAY + DAY, "reason": "x" * 201}, "step.reason"),
        ("put_off", {"until": TODAY + DAY, "reason": "her PIN 4821"}, "step.secret"),
        ("dismiss", {"reason": " "}, "step.reason"),
        ("promise", {"due_on": TODAY - DAY, "due_at": end_of(TODAY - DAY)}, "promise.past"),
    ],
)
def test_what_cannot_be_leaves_the_suggestion_where_it_is(
    lin: Customer, verb: str, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(RuleBroken) as broken:
        getattr(next_steps, verb)(by=person("agent"), customer=lin, found=found(), **more)
    assert broken.value.code == code
    assert not StepAnswer.objects.exists()
    assert not FollowUp.objects.exists()
    assert not AuditEvent.objects.exists()


def test_nothing_suggested_and_a_promise_already_made_are_not_promised(lin: Customer) -> None:
    day = {"due_on": TODAY + DAY, "due_at": end_of(TODAY + DAY)}
    for step in (Suggestion("Nothing presses", ()), Suggestion("Keep it", (), "promise", step="overdue")):
        with pytest.raises(RuleBroken):
            next_steps.promise(by=person("agent"), customer=lin, found=step, **day)
    assert not FollowUp.objects.exists()


# --- the buttons ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("form", "typed", "until"),
    [
        (
            "later",
            {"answer": "put_off", "day": "2025-10-09", "reason": "After the holiday"},
            datetime.date(2025, 10, 9),
        ),
        ("later", {"answer": "promise", "day": "2025-10-09"}, datetime.date(2025, 10, 9)),
        ("unsuitable", {"reason": "Bought it elsewhere"}, TODAY + 30 * DAY),
    ],
)
def test_answered_once_it_does_not_show_again_until_its_day(
    client_for: Door, lin: Customer, form: str, typed: dict[str, str], until: datetime.date
) -> None:
    client = client_for("agent")
    assert suggested(client, lin) == NEED
    pressed = sent(client, lin, form, **typed)
    for _press in range(2):
        assert client.post(url(f"step_{form}", lin), pressed)["Location"] == url("detail", lin)
    assert StepAnswer.objects.get().until == until
    assert FollowUp.objects.count() == (typed.get("answer") == "promise")
    assert AuditEvent.objects.filter(action__startswith="next_step.").count() == 1
    assert suggested(client, lin) == NOTHING
    assert typed.get("reason", NEED) in page(client, lin)  # what rests is listed
    followups_left = FollowUp.objects.all()
    for promise in followups_left:
        followups.keep(by=client.user, follow_up=promise)
    with time_machine.travel(datetime.datetime.combine(until, datetime.time(4), datetime.UTC), tick=False):
        assert suggested(client_for(client.user), lin) == NEED


def test_a_fact_that_changes_brings_it_back_at_once(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    client.post(url("step_unsuitable", lin), sent(client, lin, "unsuitable", reason="Too dear"))
    assert suggested(client, lin) == NOTHING
    NeedFactory(customer=lin, family="LOAN")
    assert suggested(client, lin) == NEED


def test_the_promise_is_in_my_day_in_my_language(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    client.post(url("step_later", lin), sent(client, lin, "later", answer="promise", day="2025-09-26"))
    assert NEED in client.get("/follow-ups/").content.decode()
    chinese = client.get("/follow-ups/", headers={"accept-language": "zh-hans"}).content.decode()
    with translation.override("zh-hans"):
        assert translation.gettext(NEED) in chinese


@pytest.mark.parametrize(
    ("form", "typed", "field"),
    [
        ("later", {"answer": "put_off", "day": ""}, "day"),
        ("later", {"answer": "put_off", "day": "2025-09-26"}, "day"),
        ("later", {"answer": "promise", "day": "2025-09-25", "reason": "kept words"}, "day"),
        ("unsuitable", {"reason": ""}, "reason"),
        ("unsuitable", {"reason": "password: abc123"}, "reason"),
    ],
)
def test_a_refusal_is_said_in_the_card_with_the_words_kept(
    client_for: Door, lin: Customer, form: str, typed: dict[str, str], field: str
) -> None:
    client = client_for("agent")
    refused = client.post(url(f"step_{form}", lin), sent(client, lin, form, **typed))
    shown = refused.content.decode()
    assert refused.status_code == 422
    assert set(refused.context[f"{form}_form"].errors) == {field}
    assert f'href="#id_{form}-{field}"' in shown
    assert f'id="id_{form}-{field}"' in shown
    assert not typed.get("reason") or f'value="{typed["reason"]}"' in shown
    assert not StepAnswer.objects.exists()
    assert suggested(client, lin) == NEED


def test_an_answer_to_what_no_longer_stands_there_changes_nothing(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    old = sent(client, lin, "unsuitable", reason="Too dear")
    FollowUpFactory(customer=lin)
    refused = client.post(url("step_unsuitable", lin), old)
    assert refused.status_code == 422
    assert "The facts have changed" in refused.content.decode()
    assert not StepAnswer.objects.exists()


def test_a_promise_of_mine_is_kept_from_the_card_and_anothers_is_not(client_for: Door) -> None:
    client, customer = client_for("agent"), CustomerFactory()
    mine = FollowUpFactory(customer=customer, owner=client.user)
    card = page(client, customer).partition('id="next-step"')[2].partition("</section>")[0]
    assert reverse("customers:followup_keep", args=[mine.ref]) in card
    assert 'value="promise"' not in card  # it is one already
    other = FollowUpFactory(customer=CustomerFactory())
    card = page(client, other.customer).partition('id="next-step"')[2].partition("</section>")[0]
    assert reverse("customers:followup_keep", args=[other.ref]) not in card
    assert "#pr-h" in card


def test_a_question_to_a_department_is_theirs_to_answer_and_no_step_of_this_page(client_for: Door) -> None:
    about = {"about_kind": "complaint", "about_no": "TS-20250926-0018"}
    asked = FollowUpFactory(kind="ANSWER", due_on=TODAY - DAY, **about)
    assert suggested(client_for("agent"), asked.customer) == NOTHING


# --- doing it ---------------------------------------------------------------------------------------------------
def logged(client: Client, customer: Customer, **changed: str) -> Any:
    """The quick log as the button of the card opens it, filled in."""
    shown = page(client, customer, step="need")
    hidden = {name: re.search(rf'name="{name}" value="(.*?)"', shown) for name in ("step", "grounds")}
    fields = {name: value.group(1) for name, value in hidden.items() if value}
    said = {"way": "PHONE:OUT", "topic": "WEALTH", "note": "Asked her.", "outcome": "RESOLVED"}
    return client.post(url("log", customer), fields | said | {"form_token": form_tokens.issue()} | changed)


def test_the_contact_that_carries_it_out_settles_it_and_taken_back_it_does_not(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    assert "This contact answers the suggested next step" in page(client, lin, step="need")
    assert logged(client, lin).status_code == 302
    assert suggested(client, lin) == NOTHING
    assert StepAnswer.objects.get().answer == "DONE"
    toast = client.get(url("detail", lin)).content.decode()
    undo = re.search(r'action="(/customers/[^"]*/undo/[^"]*)"', toast)
    if undo is None:  # the message was shown by the page looked at before
        [row] = lin.interactions.all()
        next_steps.undone(by=client.user, customer=lin, at=row.recorded_at)
    else:
        client.post(undo.group(1))
    assert suggested(client, lin) == NEED
    assert AuditEvent.objects.filter(action="next_step.undone").count() == 1


def test_any_other_contact_leaves_the_suggestion(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    assert logged(client, lin, step="", grounds="").status_code == 302
    assert logged(client, lin, step="offer").status_code == 302  # a page of before; the contact is kept
    assert lin.interactions.count() == 2
    assert suggested(client, lin) == NEED


def test_only_what_is_suggested_opens_the_log_for_it(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    for step in ("offer", "", "<script>"):
        assert "This contact answers" not in page(client, lin, step=step)


def test_a_complaint_opens_the_log_at_its_progress(client_for: Door, lin: Customer) -> None:
    about = {"about_kind": "complaint", "about_no": "TS-20250926-0018"}
    InteractionFactory(customer=lin, outcome="COMPLAINT", title="Fee charged twice", **about)
    FollowUpFactory(customer=lin, kind="CLOCK", title="Give feedback", about_level=3, **about)
    client = client_for("agent")
    assert '<option value="PROGRESS" selected>' in page(client, lin, step="complaint")
    pressed = sent(client, lin, "later", answer="promise", day="2025-09-29")
    assert client.post(url("step_later", lin), pressed).status_code == 302
    assert suggested(client, lin) == NOTHING  # offers stay held
    assert FollowUp.objects.get(about_kind="next_step").due_on == datetime.date(2025, 9, 29)


# --- strangers --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["step_later", "step_unsuitable"])
def test_who_does_not_serve_answers_nothing(client_for: Door, lin: Customer, name: str) -> None:
    for role in ("auditor", "planner", "liaison", "sysadmin"):
        assert client_for(role).post(url(name, lin), {}).status_code == 403
    assert client_for("agent").get(url(name, lin)).status_code == 405
    Customer.objects.filter(pk=lin.pk).update(restricted=True)
    assert client_for("agent").post(url(name, lin), {}).status_code == 404
    assert not StepAnswer.objects.exists()


def test_who_only_looks_on_sees_the_suggestion_without_buttons(client_for: Door, lin: Customer) -> None:
    shown = page(client_for("auditor"), lin)
    assert NEED in shown
    assert url("step_later", lin) not in shown


def test_three_answers_cost_as_many_queries_as_one(client_for: Door, lin: Customer) -> None:
    client, counts = client_for("agent"), []
    for n in (1, 3):
        while StepAnswer.objects.count() < n:
            row = Suggestion("x", (), step="need", grounds=f"old {StepAnswer.objects.count()}")
            next_steps.dismiss(by=person("agent"), customer=lin, found=row, reason="x")
        page(client, lin)
        with CaptureQueriesContext(connection) as queries:
            page(client, lin)
        counts.append(len(queries))
    assert counts[0] == counts[1]
