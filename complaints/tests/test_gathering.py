"""Several complainants with one matter, and one result for all of them (domain R6.26; peers 80)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from complaints import severity, suggesting
from complaints.actions import gathering
from complaints.models import Complaint, Feedback, Gathering, Membership
from complaints.tests import scenes
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import User
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
TITLE = "手机银行转账故障"


def begin(by: User, complaint: Complaint, **fields: Any) -> Gathering:
    given = {"kind": "INCIDENT", "title": TITLE, **fields}
    gathering.begin(by=by, complaint=complaint, version=complaint.version, **given)
    return Gathering.objects.latest("pk")


def link(by: User, found: Gathering, complaint: Complaint, **fields: Any) -> Complaint:
    return gathering.link(by=by, complaint=complaint, version=complaint.version, gathering=found, **fields)


def test_every_complainant_keeps_a_complaint_of_their_own() -> None:
    by = scenes.handler()
    first, second = scenes.received(by), scenes.received(by)
    found = begin(by, first, kind="GROUP")
    assert found.number.startswith("TG-")
    second = link(by, found, second)
    assert {row.complaint for row in found.memberships.all()} == {first, second}
    assert second.diary.latest("pk").data == {"gathering": found.number}
    assert scenes.promises(second)
    with pytest.raises(RuleBroken, match="already"):
        link(by, found, second)
    gathering.unlink(by=by, complaint=second, version=second.version, gathering=found, reason="another fault")
    assert found.memberships.count() == 1


def test_the_sixth_representative_is_refused_and_the_database_agrees() -> None:
    by = scenes.handler()
    found = begin(by, scenes.received(by), kind="GROUP", speaks=True)
    for _n in range(4):
        link(by, found, scenes.received(by), speaks=True)
    sixth = scenes.received(by)
    with pytest.raises(RuleBroken, match="five"):
        link(by, found, sixth, speaks=True)
    assert not sixth.memberships.exists()
    link(by, found, sixth)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(complaint=sixth).update(representative_no=6)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(complaint=sixth).update(representative_no=1)


def test_ten_complainants_make_it_severe() -> None:
    by = scenes.handler()
    first = scenes.received(by)
    found = begin(by, first, kind="GROUP")
    for _n in range(8):
        link(by, found, scenes.received(by))
    assert "hard_people" not in severity.suggest(suggesting.known(first)).hard_triggers
    link(by, found, scenes.received(by))
    assert "hard_people" in severity.suggest(suggesting.known(first)).hard_triggers


@pytest.mark.parametrize("title", [" ", "周明远 13900000001"])
def test_a_title_says_what_and_names_nobody(title: str) -> None:
    by = scenes.handler()
    with pytest.raises(RuleBroken) as refused:
        begin(by, scenes.received(by), title=title)
    assert refused.value.field == "title"
    assert not Gathering.objects.exists()


def test_one_text_is_told_to_each_and_what_cannot_be_told_says_why() -> None:
    boss = UserFactory(role="supervisor", team=scenes.team())
    ready, early = scenes.planned(boss), scenes.received(boss)
    found = begin(boss, ready)
    early = link(boss, found, early)
    assert gathering.settle(by=boss, gathering=found, told=scenes.told()) == (1, 1)
    told, refused = (found.memberships.get(complaint=complaint) for complaint in (ready, early))
    assert told.told_at is not None
    assert (refused.told_at, bool(refused.refused)) == (None, True)
    assert Feedback.objects.get().round.complaint == ready
    found.refresh_from_db()
    assert found.settled_at is None
    judged = scenes.assessment.assess(
        by=boss,
        complaint=Complaint.objects.get(pk=early.pk),
        version=early.version,
        judgement=scenes.judgement(scenes.Level.MODERATE),
    )
    scenes.agreed(boss, scenes.begun(boss, judged))
    assert gathering.settle(by=boss, gathering=found, told=scenes.told()) == (1, 0)
    found.refresh_from_db()
    assert found.settled_at is not None
    assert Feedback.objects.count() == 2, "nobody is told twice"
    with pytest.raises(RuleBroken, match="settled"):
        link(boss, found, scenes.received(boss))


def test_one_alone_is_no_group_and_only_a_leader_speaks_to_all() -> None:
    by, boss = scenes.handler(), UserFactory(role="supervisor")
    found = begin(by, scenes.in_work(by))
    with pytest.raises(RuleBroken, match="two"):
        gathering.settle(by=boss, gathering=found, told=scenes.told())
    with pytest.raises(NotAllowed):
        gathering.settle(by=by, gathering=found, told=scenes.told())


# --- doors ------------------------------------------------------------------------------------------------------
def test_the_page_counts_what_it_lists_and_tells_all_once(client_for: ClientFor) -> None:
    boss = UserFactory(role="supervisor", team=scenes.team())
    found = begin(boss, scenes.planned(boss))
    link(boss, found, scenes.planned(boss))
    client = client_for("supervisor")
    door = reverse("complaints:gathering", args=[found.number])
    page = client.get(door).content.decode()
    assert TITLE in page
    assert all(row.complaint.number in page for row in found.memberships.all())
    sent = {"form_token": "t" * 43, "channel": "PHONE", "decision": "UPHELD", "content": "故障已修复,费用已退回。"}
    for _n in range(2):
        assert client.post(door, sent).status_code == 302
    assert Feedback.objects.count() == 2
    assert client.post(door, sent | {"content": ""}).status_code == 422


def test_a_handler_puts_a_complaint_into_a_new_incident_on_its_page(client_for: ClientFor) -> None:
    where = scenes.team()
    client = client_for("handler", team=where)
    complaint = scenes.received(scenes.handler(where))
    door = reverse("complaints:link", args=[complaint.number])
    assert client.post(door, {"version": complaint.version, "kind": "INCIDENT", "title": ""}).status_code == 422
    sent = {"version": complaint.version, "kind": "INCIDENT", "title": TITLE}
    assert client.post(door, sent).status_code == 302
    found = Gathering.objects.get()
    detail = client.get(reverse("complaints:detail", args=[complaint.number])).content.decode()
    assert found.number in detail


def test_a_stranger_finds_no_group(client_for: ClientFor) -> None:
    by = scenes.handler()
    found = begin(by, scenes.received(by))
    door = reverse("complaints:gathering", args=[found.number])
    assert client_for("handler", team=scenes.team()).get(door).status_code == 404
    assert client_for("planner").get(door).status_code == 403
