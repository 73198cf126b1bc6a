"""The pages of promises: who sees which, what one press does, and what it costs."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from crm_site import form_tokens
from crm_site.models import AuditEvent, CalendarDay
from crm_site.wording import DueState
from customers import promises
from customers.models import FollowUp
from customers.tests.factories import CustomerFactory, FollowUpFactory
from customers.views.followups import urgency

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/follow-ups/"
TODAY = datetime.date(2025, 9, 26)  # a Friday
Clients = Callable[..., Client]


def keep_url(promise: FollowUp) -> str:
    return reverse("customers:followup_keep", args=[promise.ref])


def said(**fields: Any) -> dict[str, Any]:
    """What a button of a promise sends, pressed for the first time."""
    return {"form_token": form_tokens.issue(), **fields}


def new_url(customer: Any) -> str:
    return reverse("customers:followup_new", args=[customer.customer_no])


def promise_fields(**changed: str) -> dict[str, str]:
    fields = {"kind": "CALLBACK", "title": "Say when the card comes", "due_on": "2025-09-29", "due_time": ""}
    fields |= {"form_token": "t" * 43} | changed
    return {f"promise-{name}": value for name, value in fields.items()}


# --- the list ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("due_on", "group"),
    [
        (TODAY - datetime.timedelta(days=1), "over"),
        (TODAY, "today"),
        (TODAY + datetime.timedelta(days=2), "week"),  # the Sunday of this week
        (TODAY + datetime.timedelta(days=3), "later"),
    ],
)
def test_promises_are_grouped_by_urgency(due_on: datetime.date, group: str) -> None:
    assert urgency(FollowUpFactory(due_on=due_on), timezone.now()) == group


def test_a_moment_of_today_that_has_passed_is_overdue(client_for: Clients) -> None:
    client = client_for("agent")
    gone = timezone.now() - datetime.timedelta(minutes=1)
    promise = FollowUpFactory(owner=client.user, due_on=TODAY, due_at=gone)
    assert urgency(promise, timezone.now()) == "over"
    page = client.get(PAGE).content.decode()
    assert "c-chip--over" in page
    assert "09:59" in page


@pytest.mark.parametrize(
    ("today", "due_on", "state", "words"),
    [
        ("2025-09-26", "2025-09-26", "today", "Due today"),
        ("2025-09-26", "2025-09-27", "soon", "Due tomorrow"),  # a day off
        ("2025-09-26", "2025-09-28", "soon", "1 day left"),  # a make-up day after a day off
        ("2025-09-26", "2025-09-30", "ok", "3 days left"),
        ("2025-10-01", "2025-10-03", "soon", "Fri 3 Oct"),  # inside the long holiday no working day is left
    ],
)
def test_days_off_do_not_make_a_promise_due_earlier(today: str, due_on: str, state: str, words: str) -> None:
    promise = FollowUpFactory(due_on=datetime.date.fromisoformat(due_on))
    at = datetime.datetime.fromisoformat(f"{today}T02:00:00+00:00")
    with translation.override("en"):
        assert promises.due_state(promise, at, CalendarDay.objects.calendar()) == DueState(state, words)


def test_mine_and_my_teams_are_told_apart(client_for: Clients, factories: Any) -> None:
    client = client_for("agent", team=factories.team())
    FollowUpFactory(owner=client.user, title="Mine alone")
    FollowUpFactory(owner=factories.user(team=client.user.team), title="A colleague’s")
    FollowUpFactory(title="Another team’s")
    mine, team = client.get(PAGE).content.decode(), client.get(f"{PAGE}?view=team").content.decode()
    assert "Mine alone" in mine
    assert "A colleague’s" not in mine
    assert "Mine alone" in team
    assert "A colleague’s" in team
    assert "Another team’s" not in mine + team


def test_all_teams_are_for_leaders_only(client_for: Clients) -> None:
    FollowUpFactory(title="Another team’s")
    assert "Another team’s" not in client_for("agent").get(f"{PAGE}?view=all").content.decode()
    assert "Another team’s" in client_for("senior").get(f"{PAGE}?view=all").content.decode()


def test_names_are_covered_in_the_list(client_for: Clients) -> None:
    client = client_for("agent")
    FollowUpFactory(owner=client.user)
    page = client.get(PAGE).content.decode()
    assert "林晓彤" not in page
    assert "林**" in page


def test_a_restricted_customer_is_named_covered_and_not_linked(client_for: Clients) -> None:
    client = client_for("agent")
    FollowUpFactory(owner=client.user, customer=CustomerFactory(restricted=True, customer_no="C-2019-900001"))
    page = client.get(PAGE).content.decode()
    assert "林**" in page
    assert "C-2019-900001" not in page


def test_a_complaints_deadline_leads_to_the_complaint_and_has_no_tick(client_for: Clients) -> None:
    client = client_for("agent")
    clock = FollowUpFactory(owner=client.user, kind="CLOCK", about_kind="complaint", about_no="TS-20250926-0001")
    page = client.get(PAGE).content.decode()
    assert reverse("complaints:detail", args=["TS-20250926-0001"]) in page
    assert keep_url(clock) not in page
    assert client.post(keep_url(clock), said()).status_code == 422
    assert FollowUp.objects.get().state == "OPEN"


def test_an_empty_list_says_that_all_is_done(client_for: Clients) -> None:
    page = client_for("agent").get(PAGE, headers={"accept-language": "en"}).content.decode()
    assert "All your follow-ups are done" in page


def test_three_rows_cost_as_many_queries_as_one(client_for: Clients, factories: Any) -> None:
    client = client_for("agent", team=factories.team())
    counts = []
    for more in (1, 2):
        for _ in range(more):
            FollowUpFactory(owner=client.user)
        client.get(f"{PAGE}?view=team")  # whatever is remembered between requests
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{PAGE}?view=team")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- keeping ----------------------------------------------------------------------------------------------------
def test_done_keeps_the_promise_once_however_often_it_is_pressed(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory(owner=client.user)
    pressed = said(act="keep", version=1, outcome="Told her")
    for _ in range(2):
        answer = client.post(keep_url(promise), pressed)
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
    promise.refresh_from_db()
    assert (promise.state, promise.outcome, promise.kept_by) == ("KEPT", "Told her", client.user)
    assert AuditEvent.objects.count() == 1


def test_an_attempt_is_counted_once_however_often_it_is_pressed(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory(owner=client.user)
    pressed = said(act="attempt", outcome="Nobody answered")  # a page of before may carry no version
    for _ in range(2):
        assert client.post(keep_url(promise), pressed)["Location"] == PAGE
    promise.refresh_from_db()
    assert (promise.state, promise.attempts) == ("OPEN", 1)
    assert AuditEvent.objects.count() == 1


def test_a_promise_kept_from_another_page_of_mine_is_kept_once(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory(owner=client.user)
    for _ in range(2):
        assert client.post(keep_url(promise), said(act="keep", version=1)).status_code == 302
    assert AuditEvent.objects.filter(action="followup.keep").count() == 1


def test_every_button_that_keeps_a_promise_carries_its_own_token(client_for: Clients) -> None:
    client = client_for("agent")
    for _ in range(2):
        FollowUpFactory(owner=client.user, kind="PROMISE")
    for address in (PAGE, "/", reverse("customers:detail", args=[FollowUp.objects.first().customer.customer_no])):
        forms = re.findall(r"<form[^>]*/keep/.*?</form>", client.get(address).content.decode(), re.DOTALL)
        tokens = re.findall(r'name="form_token" value="([\w-]{43})"', "".join(forms))
        assert len(forms) == len(tokens) == len(set(tokens)) > 0, address


def test_without_a_token_nothing_is_kept(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory(owner=client.user)
    refused = client.post(keep_url(promise), {"act": "keep", "outcome": "Told her"})
    assert refused.status_code == 422
    assert "Told her" in refused.content.decode()
    promise.refresh_from_db()
    assert promise.state == "OPEN"


def test_a_refusal_can_be_mended_with_the_same_form(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory(owner=client.user)
    pressed = said(act="cancel")
    assert client.post(keep_url(promise), pressed).status_code == 422
    assert client.post(keep_url(promise), pressed | {"outcome": "Solved at the branch"}).status_code == 302
    promise.refresh_from_db()
    assert promise.state == "CANCELLED"


def test_one_press_on_the_first_page_returns_there(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory(owner=client.user)
    assert client.post(keep_url(promise), said(next="/"))["Location"] == "/"
    other = FollowUpFactory(owner=client.user)
    assert client.post(keep_url(other), said(next="https://example.com/"))["Location"] == PAGE
    third = FollowUpFactory(owner=client.user)
    assert client.post(keep_url(third), said(next="/?q=" + "x" * 300))["Location"] == PAGE


def test_not_reached_counts_the_attempt_and_leaves_the_promise_open(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory(owner=client.user)
    client.post(keep_url(promise), said(act="attempt", version=1, outcome="Nobody answered"))
    promise.refresh_from_db()
    assert (promise.state, promise.attempts) == ("OPEN", 1)
    assert client.post(keep_url(promise), said(act="attempt", version=1)).status_code == 409
    promise.refresh_from_db()
    assert promise.attempts == 1


def test_dropping_a_promise_asks_why_and_keeps_what_was_chosen(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory(owner=client.user)
    refused = client.post(keep_url(promise), said(act="cancel", version=1))
    assert refused.status_code == 422
    assert 'id="errsum"' in refused.content.decode()
    client.post(keep_url(promise), said(act="cancel", version=1, outcome="Solved at the branch"))
    promise.refresh_from_db()
    assert promise.state == "CANCELLED"


def test_a_result_with_a_phone_number_is_refused_with_the_words_kept(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory(owner=client.user)
    typed = "reached on 13912345678"
    refused = client.post(keep_url(promise), said(act="keep", outcome=typed))
    assert refused.status_code == 422
    assert typed in refused.content.decode()
    promise.refresh_from_db()
    assert promise.state == "OPEN"


def test_a_strangers_promise_is_no_promise_at_all(client_for: Clients) -> None:
    client = client_for("agent")
    promise = FollowUpFactory()
    assert client.post(keep_url(promise), said(act="keep")).status_code == 404
    assert client.post(reverse("customers:followup_keep", args=["nothing"])).status_code == 404
    assert Client().post(keep_url(promise)).status_code == 302
    assert client_for("planner").post(keep_url(promise)).status_code == 403
    promise.refresh_from_db()
    assert promise.state == "OPEN"


# --- promising --------------------------------------------------------------------------------------------------
def test_a_promise_is_made_once_however_often_it_is_pressed(client_for: Clients) -> None:
    client = client_for("agent")
    customer = CustomerFactory()
    for _ in range(2):
        answer = client.post(new_url(customer), promise_fields())
        assert answer["Location"] == reverse("customers:detail", args=[customer.customer_no])
    made = FollowUp.objects.get()
    assert (made.customer, made.owner, made.due_on) == (customer, client.user, datetime.date(2025, 9, 29))
    assert made.due_at == datetime.datetime(2025, 9, 29, 16, tzinfo=datetime.UTC)  # the end of that day in Shanghai


def test_a_time_of_day_is_the_moment_before_which_it_is_due(client_for: Clients) -> None:
    client_for("agent").post(new_url(CustomerFactory()), promise_fields(due_time="10:30"))
    assert FollowUp.objects.get().due_at == datetime.datetime(2025, 9, 29, 2, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"title": ""}, "title"), ({"due_on": "2025-09-25"}, "due_on"), ({"title": "Call 13912345678"}, "title")],
)
def test_a_promise_that_cannot_be_is_refused_at_its_field(
    client_for: Clients, changed: dict[str, str], field: str
) -> None:
    refused = client_for("agent").post(new_url(CustomerFactory()), promise_fields(**changed))
    assert refused.status_code == 422
    assert field in refused.context["form"].errors
    assert "Say when the card comes" in refused.content.decode() or "title" in changed
    assert not FollowUp.objects.exists()


def test_nobody_promises_to_a_customer_they_may_not_open(client_for: Clients) -> None:
    hidden = CustomerFactory(restricted=True)
    assert client_for("agent").post(new_url(hidden), promise_fields()).status_code == 404
    assert client_for("auditor").post(new_url(hidden), promise_fields()).status_code == 403
    assert not FollowUp.objects.exists()
