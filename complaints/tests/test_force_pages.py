"""The pages of a task force: proposed, formed, answered; its card; whom it waits for; and who is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints import next_steps
from complaints.actions import seats, taskforce
from complaints.models import Complaint, Meeting, Milestone, Seat
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.models import User
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]


def url(verb: str, complaint: Complaint) -> str:
    return reverse(f"complaints:{verb}", args=[complaint.number])


def filled(complaint: Complaint, by: User, **change: str) -> dict[str, str]:
    form = {"version": str(complaint.version), "rows": "4"}
    form |= {"who_0": str(by.pk), "for_0": "SERVICE", "who_1": str(scenes.head().pk), "for_1": "DEPT_HEAD"}
    form |= {"who_2": str(scenes.specialist().pk), "for_2": "SPECIALIST", "lead": str(by.pk)}
    return form | change


def test_the_form_begins_with_a_proposal_and_asks_the_members(
    client_for: ClientFor, by: User, boss: User, severe: Complaint
) -> None:
    head, expert = scenes.head(), scenes.specialist()
    client = client_for(boss)
    shown = client.get(url("form_force", severe)).content.decode()
    assert all(f'<option value="{person.pk}" selected>' in shown for person in (boss, by, head, expert))
    answer = client.post(url("form_force", severe), filled(severe, by))
    assert answer["Location"] == url("detail", severe)
    assert set(Seat.objects.waiting().values_list("person", flat=True)) == {by.pk, head.pk, expert.pk}
    page = client.get(url("detail", severe)).content.decode()
    assert "has not accepted yet" in page
    again = client.post(url("form_force", severe), filled(severe, by))
    assert again.status_code == 409  # the second press of the same form


def test_a_handler_s_form_only_proposes(client_for: ClientFor, by: User, severe: Complaint) -> None:
    client = client_for(by)
    assert client.get(url("form_force", severe)).status_code == 403
    client.post(url("propose_force", severe), filled(severe, by))
    assert seats.held(severe).count() == 3
    assert not Seat.objects.asked().exists()
    assert "not asked yet" in client.get(url("detail", severe)).content.decode()


@pytest.mark.parametrize(
    ("change", "href"),
    [
        ({"for_0": ""}, "#id_for_0"),
        ({"who_1": ""}, "#id_who_1"),
        ({"who_0": "999999"}, "#id_who_0"),
        ({"for_0": "SPECIALIST"}, "#errsum"),
        ({"lead": "nobody"}, "#id_lead"),
    ],
)
def test_what_is_wrong_in_a_row_stands_beside_it_and_nothing_typed_is_lost(
    client_for: ClientFor, by: User, boss: User, severe: Complaint, change: dict[str, str], href: str
) -> None:
    answer = client_for(boss).post(url("form_force", severe), filled(severe, by, **change))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert href.removeprefix("#") in page
    assert f'<option value="{scenes.specialist().pk}" selected>' in page
    assert not Seat.objects.exists()


def test_more_rows_come_without_scripts_and_keep_who_was_chosen(
    client_for: ClientFor, by: User, boss: User, severe: Complaint
) -> None:
    answer = client_for(boss).post(url("form_force", severe), filled(severe, by, more="1", for_2=""))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="who_6"' in page
    assert f'<option value="{scenes.specialist().pk}" selected>' in page
    assert not Seat.objects.exists()


def test_a_seat_waits_on_today_and_is_taken_from_there(client_for: ClientFor, by: User, severe: Complaint) -> None:
    expert, stranger = scenes.specialist(), UserFactory(role="tfmember")
    complaint = scenes.formed(by, severe)
    client = client_for(expert)
    assert url("accept_seat", complaint) in client.get(reverse("home")).content.decode()
    assert complaint.number not in client_for(stranger).get(reverse("home")).content.decode()
    assert client_for(stranger).get(url("accept_seat", complaint)).status_code == 404
    assert "Specialist" in client.get(url("accept_seat", complaint)).content.decode()
    client.post(url("accept_seat", complaint), {"version": "1"})  # whoever answered meanwhile is no obstacle
    assert seats.sits(complaint, expert)
    assert url("accept_seat", complaint) not in client.get(reverse("home")).content.decode()
    assert client.get(url("accept_seat", complaint)).status_code == 403


def test_who_declines_is_asked_why_and_sees_it_no_more(client_for: ClientFor, by: User, severe: Complaint) -> None:
    complaint = scenes.formed(by, severe)
    client = client_for(scenes.specialist())
    empty = client.post(url("decline_seat", complaint), {"version": complaint.version, "reason": ""})
    assert empty.status_code == 422
    answer = client.post(url("decline_seat", complaint), {"version": complaint.version, "reason": "下月出差"})
    assert answer["Location"] == reverse("complaints:list")
    assert client.get(url("detail", complaint)).status_code == 404
    assert "下月出差" in client_for(by).get(url("detail", complaint)).content.decode()
    assert "下月出差" not in client_for(scenes.head()).get(url("detail", complaint)).content.decode()


def test_a_member_sees_the_card_and_notes_what_was_said(client_for: ClientFor, by: User, severe: Complaint) -> None:
    complaint = scenes.seated(by, severe)
    seat, client = Seat.objects.get(person=scenes.specialist()), client_for(scenes.specialist())
    said = {"version": complaint.version, "held_at": "2025-09-26 08:30", "present": seat.pk, "note": "报文重复。"}
    client.post(url("hold_meeting", complaint), said)
    assert Meeting.objects.get().note == "报文重复。"
    complaint = Complaint.objects.get(pk=complaint.pk)
    due = {"version": complaint.version, "text": "对账完成", "seat": seat.pk, "due_on": "2025-09-29"}
    assert client.post(url("set_milestone", complaint), due).status_code == 403  # the lead's, or whoever handles it
    client_for(by).post(url("set_milestone", complaint), due)
    page = client.get(url("detail", complaint)).content.decode()
    assert "报文重复。" in page and "对账完成" in page  # noqa: PT018 - one card
    owed, complaint = Milestone.objects.get(), Complaint.objects.get(pk=complaint.pk)
    sent = {"version": complaint.version, "milestone": owed.pk, "result": "DROPPED", "note": ""}
    assert client.post(url("meet_milestone", complaint), sent).status_code == 422
    client.post(url("meet_milestone", complaint), sent | {"result": "MET"})
    assert Milestone.objects.get().met_by == scenes.specialist()
    printed = client_for(by).get(url("print", complaint)).content.decode()
    assert "报文重复" not in printed


def test_the_start_of_work_says_what_is_missing_and_asks_for_no_department(
    client_for: ClientFor, by: User, severe: Complaint
) -> None:
    client = client_for(by)
    shut = client.get(url("start_work", severe))
    assert shut.status_code == 409
    assert "a specialist" in shut.content.decode()
    complaint = scenes.seated(by, severe)
    shown = client.get(url("start_work", complaint)).content.decode()
    assert 'name="departments"' not in shown
    client.post(url("start_work", complaint), {"version": complaint.version, "plan": scenes.PLAN})
    assert Complaint.objects.get(pk=severe.pk).state == "IN_PROGRESS"


def test_the_admin_shows_forces_and_seats_to_those_who_read_there(
    client_for: ClientFor, by: User, severe: Complaint
) -> None:
    complaint = scenes.formed(by, severe)
    taskforce.decline(by=scenes.head(), complaint=complaint, reason="Ill until May.")
    boss = client_for("supervisor")
    seat = Seat.objects.get(person=scenes.head())
    assert complaint.number in boss.get(reverse("admin:complaints_taskforce_changelist")).content.decode()
    assert "Ill until" not in boss.get(reverse("admin:complaints_seat_change", args=[seat.pk])).content.decode()
    assert boss.get(reverse("admin:complaints_seat_add")).status_code == 403


def test_today_asks_no_more_for_three_seats_than_for_one(client_for: ClientFor, by: User) -> None:
    expert = scenes.specialist()

    def asked() -> int:
        scenes.formed(by, scenes.invited(by, scenes.assessed(by, Level.SEVERE)))
        client = client_for(expert)
        client.get(reverse("home"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("home"))
        return len(queries)

    one = asked()
    scenes.formed(by, scenes.invited(by, scenes.assessed(by, Level.SEVERE)))
    assert asked() == one


def test_a_row_of_a_list_leads_to_the_force_that_is_missing(by: User, severe: Complaint) -> None:
    from_list = Complaint.objects.select_related("owner", "team", "leading__clock").get(pk=severe.pk)
    with CaptureQueriesContext(connection) as queries:
        step = next_steps.next_step(from_list, by)
    assert step is not None
    assert (step.label, step.url) == ("Form the task force", url("detail", severe))
    assert len(queries) == 0
