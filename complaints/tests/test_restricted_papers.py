"""A complaint about staff as its complainant sees it, and who may hand anything of it over (R6.24, R9.7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from complaints.actions import access_codes, handling, public_door, recusing, resolution
from complaints.models import Complaint
from complaints.public_words import Status
from complaints.tests import scenes
from crm_site.models import User
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp, Interaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
STATUS, MATTER = "/complain/status/", "/complain/status/matter/"
NAME, SAID = "王丽丽", "柜员态度粗暴"


def restricted(by: User, accused: User) -> Complaint:
    """In work, about this member of staff, and the customer has been told how it goes."""
    complaint = scenes.planned(by)
    complaint = recusing.restrict(by=by, complaint=complaint, version=complaint.version, accused=accused, reason=SAID)
    return handling.tell_progress(
        by=by,
        complaint=complaint,
        version=complaint.version,
        channel="PHONE",
        summary=f"We heard {NAME} about it.",
        status=Status.CHECKING,
    )


def opened(complaint: Complaint) -> Client:
    client = Client()
    code = access_codes.issue(by=None, complaint=complaint)
    assert client.post(STATUS, {"number": complaint.number, "code": code})["Location"] == MATTER
    return client


@pytest.fixture
def accused() -> User:
    made: User = UserFactory(role="handler", display_name=NAME, team=scenes.team())
    return made


def test_the_status_page_goes_on_working_and_names_nobody(accused: User) -> None:
    by = scenes.handler()
    complaint = restricted(by, accused)
    client = opened(complaint)
    assert_silent(client.get(MATTER).content.decode(), complaint, by)
    told = scenes.told(content=f"{NAME} was spoken to and apologises.")
    resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    shown = client.get(MATTER).content.decode()
    assert_silent(shown, complaint, by)
    assert "was spoken to and apologises" in shown


def assert_silent(shown: str, complaint: Complaint, by: User) -> None:
    """Number and team, and nothing of staff."""
    assert complaint.team is not None
    assert complaint.number in shown
    assert complaint.team.name in shown
    for inside in (NAME, by.display_name, SAID, "Restricted"):
        assert inside not in shown


def test_what_the_complainant_adds_stays_as_closed_as_the_rest(accused: User) -> None:
    by = scenes.handler()
    complaint = restricted(by, accused)
    public_door.add_words(complaint=complaint, words=f"{NAME} called me again.")
    said = Interaction.objects.get(direction="IN", topic="PROGRESS")
    assert said.restricted
    assert NAME not in FollowUp.objects.get(dedupe_key=f"read:{said.pk}").title


@pytest.mark.parametrize("name", ["receipt", "letter", "print", "detail"])
def test_papers_are_for_those_who_may_see_the_complaint(accused: User, client_for: ClientFor, name: str) -> None:
    by = scenes.handler()
    complaint = restricted(by, accused)
    resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=scenes.told())
    door = reverse(f"complaints:{name}", args=[complaint.number])

    def ask(who: User | str, **fields: object) -> int:
        client = client_for(who, **fields)
        return int((client.post(door) if name == "receipt" else client.get(door)).status_code)

    assert ask(by) == 200
    assert ask("supervisor") == 200
    assert ask(accused) == 404
    assert ask("handler", team=by.team) == 404  # a colleague it was not given to
    assert ask("agent", team=accused.team) == 404
