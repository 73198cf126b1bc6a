"""Plans waiting for one person: on their day, in the list, in the stepper (domain D.10; ux 6(4))."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints import agreeing, stepper
from complaints.actions import gate, plans, redress
from complaints.models import Complaint, Consent
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import above, handler, in_work, local
from crm_site.models import User
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]


def sent(by: User, level: Level = Level.MODERATE, **fields: object) -> Complaint:
    return scenes.sent(by, in_work(by, level), **fields)


def found(user: User) -> list[str]:
    rows = agreeing.plans_for(user).order_by("submitted_at", "pk")
    return list(rows.values_list("round__complaint__number", flat=True))


def test_a_plan_waits_for_whoever_the_gate_would_let_decide() -> None:
    by = handler()
    senior, boss = UserFactory(role="senior", team=by.team), UserFactory(role="supervisor")
    small, large, severe = sent(by), sent(by, redress_fen=2_000_01), sent(by, Level.SEVERE)
    own = sent(senior)  # written by the senior
    for user in (senior, boss, by, UserFactory(role="senior", team=scenes.team()), UserFactory(role="auditor")):
        allowed = [one.number for one in (small, large, severe, own) if gate.may("approve_plan", one, user)]
        visible = Complaint.objects.visible_to(user).values_list("number", flat=True)
        assert found(user) == [number for number in allowed if number in visible]
    assert found(senior) == [small.number]
    assert found(boss) == [small.number, large.number, severe.number, own.number]


def test_above_the_limit_it_waits_for_a_supervisor_once_all_have_agreed() -> None:
    complaint, head, money = above(handler())
    boss = UserFactory(role="supervisor")
    assert found(boss) == []
    for person in (head, money):
        assert [one.person for one in agreeing.consents_of(person)] == [person]
        complaint = redress.agree(by=person, complaint=complaint, version=complaint.version)
    assert found(boss) == [complaint.number]
    assert agreeing.consents_of(head) == []
    Consent.objects.filter(person=head).update(person=boss)  # who agreed as head does not approve
    assert found(boss) == []


def test_what_was_decided_or_taken_back_waits_no_more() -> None:
    by = handler()
    boss = UserFactory(role="supervisor")
    one, two = sent(by), sent(by)
    plans.approve(by=boss, complaint=one, version=one.version)
    scenes.drafted(by, two)
    assert found(boss) == []


def test_the_oldest_stands_first_with_its_amount_and_due_day(client_for: ClientFor) -> None:
    by = handler()
    later = in_work(by, subject="Second matter")
    first = scenes.sent(by, in_work(by, subject="First matter"), redress_fen=96_00)
    with time_machine.travel(local("2025-09-28 10:00"), tick=False):
        scenes.sent(by, later)
        client = client_for("senior", team=by.team)
        page = client.get(reverse("home")).content.decode()
    card = page[page.index("Plans waiting for you") :]
    assert card.index("First matter") < card.index("Second matter")
    assert "¥96" in card
    assert reverse("complaints:approve_plan", args=[first.number]) in card
    assert '<span class="c-count">2</span>' in card
    assert "day" in card[: card.index("Second matter")]


def test_who_is_asked_finds_it_on_their_day(client_for: ClientFor) -> None:
    complaint, head, money = above(handler())
    page = client_for(head).get(reverse("home")).content.decode()
    assert reverse("complaints:consent_redress", args=[complaint.number]) in page
    assert "Plans waiting for you" not in client_for(money).get(reverse("home")).content.decode()


def test_a_leader_without_one_reads_so_and_an_agent_reads_nothing(client_for: ClientFor) -> None:
    assert "No plan waits for you." in client_for("senior", team=scenes.team()).get(reverse("home")).content.decode()
    for role in ("agent", "handler", "auditor"):
        assert "Plans waiting for you" not in client_for(role).get(reverse("home")).content.decode()


def test_the_day_asks_as_often_for_one_plan_as_for_three(client_for: ClientFor) -> None:
    by, counts = handler(), []
    client = client_for("senior", team=by.team)
    client.get(reverse("home"))
    for n in (1, 2):
        for _plan in range(n):
            sent(by)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("home"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_list_is_narrowed_to_them(client_for: ClientFor) -> None:
    by = handler()
    mine, other = sent(by), sent(by, redress_fen=2_000_01)
    client = client_for("senior", team=by.team)
    page = client.get(reverse("complaints:list"), {"view": "open", "plan": "mine"}).content.decode()
    assert mine.number in page
    assert other.number not in page
    page = client.get(reverse("complaints:list"), {"view": "open", "plan": "waiting"}).content.decode()
    assert other.number in page
    assert client.get(reverse("complaints:list"), {"view": "open", "plan": "nonsense"}).status_code == 200
    assert 'value="mine"' in client.get(reverse("complaints:filter")).content.decode()
    assert 'value="mine"' not in client_for(by).get(reverse("complaints:filter")).content.decode()


# --- the stepper ------------------------------------------------------------------------------------------------
def steps(complaint: Complaint) -> dict[str, str]:
    return {step["label"]: step["state"] for step in stepper.stages(complaint, timezone.localdate())}


@pytest.mark.parametrize("level", [Level.MODERATE, Level.SEVERE])
def test_a_moderate_or_severe_complaint_has_its_plan_among_the_steps(level: Level) -> None:
    by = handler()
    complaint = in_work(by, level)
    assert (steps(complaint)["Plan agreed"], steps(complaint)["Investigating"]) == ("", "cur")
    complaint = scenes.agreed(by, complaint)
    assert (steps(complaint)["Plan agreed"], steps(complaint)["Feedback"]) == ("done", "cur")
    detail = {step["label"]: step["detail"] for step in stepper.stages(complaint, None)}["Plan agreed"]
    assert complaint.round.plans.get().decided_by.display_name in detail
    complaint = plans.revise(by=by, complaint=complaint, version=complaint.version, reason="IT needs longer")
    assert (steps(complaint)["Plan agreed"], steps(complaint)["Investigating"]) == ("", "cur")


def test_a_minor_one_an_inquiry_and_one_not_assessed_have_none() -> None:
    by = handler()
    for complaint in (
        scenes.assessed(by, Level.MINOR),
        scenes.received(by),
        scenes.received(by, nature="INQUIRY"),
    ):
        assert "Plan agreed" not in steps(complaint)
