"""A complaint about our own staff is closed to them from its first minute (domain R6.24; decision 0022)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints.actions import accusing, intake
from complaints.actions.accusing import Accusation
from complaints.actions.referring import Referral
from complaints.models import Accused, Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import statement
from crm_site.errors import RuleBroken
from crm_site.models import Team, User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory
from customers.models import FollowUp, Interaction, Message
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
SAID = "柜员态度粗暴,拒绝办理"


def about(person: User, **fields: Any) -> Any:
    return statement(accusation=Accusation(person=person, said=SAID), **fields)


def sees(user: User, complaint: Complaint) -> bool:
    return Complaint.objects.visible_to(user).filter(pk=complaint.pk).exists()


# --- the verb ----------------------------------------------------------------------------------------------------
def test_who_is_named_never_sees_it_and_what_is_said_of_them_is_sealed() -> None:
    accused, by = UserFactory(role="handler"), scenes.handler()
    complaint = intake.receive(by=by, statement=about(accused), nature="COMPLAINT", owner=by)
    assert complaint.restricted
    row = Accused.objects.get()
    assert (row.person, row.reason, row.named_by) == (accused, SAID, by)
    assert (sees(accused, complaint), sees(by, complaint)) == (False, True)
    assert list(complaint.diary.values_list("verb", flat=True)) == ["receive", "classify", "restrict"]
    assert not complaint.diary.filter(reason__contains="粗暴").exists()
    assert Interaction.objects.get(about_no=complaint.number).restricted


def test_one_about_whoever_registers_it_leaves_their_hands_with_its_promises() -> None:
    team, other = scenes.team(), scenes.team()
    by = UserFactory(role="agent", team=team)
    complaint = intake.receive(by=by, statement=about(by), nature="COMPLAINT", owner=by, team=team)
    assert (complaint.owner, complaint.team) == (None, other)
    assert not sees(by, complaint)
    held = FollowUp.objects.open().filter(clock__round__complaint=complaint).values_list("owner", "team")
    assert set(held) == {(None, other.pk)}


def test_the_written_receipt_names_the_team_that_has_it_then() -> None:
    team, other = scenes.team(), scenes.team()
    by = UserFactory(role="agent", team=team)
    intake.receive(by=by, statement=about(by, channel="LETTER"), nature="COMPLAINT", owner=by, team=team)
    assert other.name in Message.objects.get().values


def test_who_is_accused_or_leads_them_writes_it_down_and_decides_nothing() -> None:
    team = scenes.team()
    leader = UserFactory(role="senior", team=team)
    Team.objects.filter(pk=team.pk).update(leader=leader)
    accused = UserFactory(role="agent", team=Team.objects.get(pk=team.pk))
    judgement, told = scenes.judgement(Level.MINOR), intake.Solution(cause="FEES", told=scenes.told())
    for by in (leader, accused):
        with pytest.raises(RuleBroken, match="about you or somebody you lead") as caught:
            intake.receive_and_assess(by=by, statement=about(accused), judgement=judgement)
        assert caught.value.field == "level"
        with pytest.raises(RuleBroken, match="about you or somebody you lead"):
            intake.receive_minor_solved(by=by, statement=about(accused), solution=told)
        complaint = intake.receive(by=by, statement=about(accused), nature="COMPLAINT", proposed_level=Level.MINOR)
        assert not sees(by, complaint)


def test_others_assess_or_solve_it_at_once_and_it_is_restricted_all_the_same() -> None:
    by, accused = scenes.handler(), UserFactory()
    assessed = intake.receive_and_assess(
        by=by, statement=about(accused), judgement=scenes.judgement(Level.MODERATE), owner=by
    )
    solved = intake.receive_minor_solved(
        by=by, statement=about(accused), solution=intake.Solution(cause="FEES", told=scenes.told())
    )
    for complaint in (assessed, solved):
        assert complaint.restricted
        assert not sees(accused, complaint)
        assert sees(by, complaint)


def test_what_is_said_about_our_staff_is_not_sent_elsewhere_and_needs_words() -> None:
    by, accused = scenes.handler(), UserFactory()
    with pytest.raises(RuleBroken) as caught:
        intake.receive_and_refer(
            by=by, statement=about(accused), referral=Referral(target="x", told_how="y", reason="z")
        )
    assert caught.value.field == "not_ours"
    with pytest.raises(RuleBroken) as caught:
        intake.receive(by=by, statement=statement(accusation=Accusation(person=accused, said=" ")))
    assert caught.value.field == "accused_said"
    assert not Complaint.objects.exists()


@pytest.mark.parametrize(
    ("who", "expected"),
    [("self", True), ("leader", True), ("head", False), ("colleague", False)],
)
def test_the_line_asked_before_anybody_is_named_is_the_line_asked_afterwards(who: str, expected: bool) -> None:
    head, leader = UserFactory(role="supervisor"), UserFactory(role="supervisor")
    team = TeamFactory(purpose="COMPLAINT", leader=leader, department=DepartmentFactory(code="D9", head=head))
    accused, colleague = UserFactory(team=team), UserFactory(team=team)
    user = {"self": accused, "leader": leader, "head": head, "colleague": colleague}[who]
    assert accusing.leads_or_is(user, accused) is expected
    complaint = scenes.received(scenes.handler())
    Accused.objects.create(
        complaint=complaint, person=accused, reason=SAID, named_by=head, named_at=complaint.registered_at
    )
    assert Accused.objects.concerning(user).exists() is expected


def test_of_who_leads_a_team_themselves_the_head_of_the_department_is_the_line() -> None:
    head = UserFactory(role="supervisor")
    team = TeamFactory(purpose="COMPLAINT", department=DepartmentFactory(code="D8", head=head))
    leader = UserFactory(team=team)
    Team.objects.filter(pk=team.pk).update(leader=leader)
    leader.refresh_from_db()
    assert accusing.leads_or_is(head, leader)
    assert not accusing.leads_or_is(UserFactory(), UserFactory(team=None))


# --- its door ----------------------------------------------------------------------------------------------------
def form(**fields: str) -> dict[str, str]:
    return {
        "customer": CustomerFactory().customer_no,
        "relation": "SELF",
        "nature": "COMPLAINT",
        "channel": "PHONE",
        "received_at": "2025-09-26 09:30",
        "subject": "Rude at the counter",
        "content": "柜员很粗暴",
        "source": "DIRECT",
        "form_token": "t" * 43,
        **fields,
    }


def test_somebody_is_named_by_number_or_by_name(client_for: ClientFor) -> None:
    client = client_for("handler", team=scenes.team())
    accused = UserFactory(display_name="王丽丽")
    for n, typed in enumerate((accused.employee_no.lower(), "王丽丽")):
        answer = client.post(reverse("complaints:new"), form(accused=typed, accused_said=SAID, form_token=str(n) * 43))
        assert answer.status_code == 302
    assert set(Accused.objects.values_list("person", flat=True)) == {accused.pk}
    assert Accused.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"accused": "张伟", "accused_said": SAID}, "Enter the staff number of the one who is meant"),
        ({"accused": "nobody", "accused_said": SAID}, "Nobody has this staff number or name"),
        ({"accused": "王丽丽"}, "Say what the person is said to have done"),
        ({"accused_said": SAID}, "Enter the staff number or name of whom it is about"),
    ],
)
def test_what_is_unclear_is_asked_and_nothing_typed_is_lost(
    client_for: ClientFor, fields: dict[str, str], words: str
) -> None:
    for name in ("张伟", "张伟", "王丽丽"):
        UserFactory(display_name=name)
    answer = client_for("handler", team=scenes.team()).post(reverse("complaints:new"), form(**fields))
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert words in shown
    assert "柜员很粗暴" in shown
    assert not Complaint.objects.exists()


def test_who_registers_a_complaint_about_themselves_is_told_that_it_goes_on_without_them(
    client_for: ClientFor,
) -> None:
    client = client_for("agent", team=scenes.team())
    user: User = client.user  # type: ignore[attr-defined]
    data = form(accused=user.employee_no, accused_said=SAID)
    answer = client.post(reverse("complaints:new"), data, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("complaints:list")
    complaint = Complaint.objects.get()
    assert f"{complaint.number} is registered. It is restricted and goes on without you" in answer.content.decode()
    assert client.get(reverse("complaints:detail", args=[complaint.number])).status_code == 404
    again = client.post(reverse("complaints:new"), data)  # pressed twice
    assert again["Location"] == reverse("complaints:list")
    assert Complaint.objects.count() == 1
