"""What was referred elsewhere and came back goes on as if it had never left (domain C.6.1, R6.4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from complaints.actions import intake, returning
from complaints.models import Complaint
from complaints.tests import scenes
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def test_a_leader_takes_it_back_and_its_promises_begin_again() -> None:
    by = scenes.handler()
    boss = UserFactory(role="senior", team=by.team)
    away = scenes.referred(by)
    assert not scenes.promises(away)
    back = returning.come_back(by=boss, complaint=away, version=away.version, reason="系统是我行的")
    assert (back.state, back.nature, back.closed_at, back.referred_to) == ("RECEIVED", "UNCLASSIFIED", None, "")
    assert (back.round.no, back.round.closed_at, back.round.outcome) == (1, None, "")
    assert back.received_at == away.received_at
    assert set(scenes.promises(back)) == {"ASSESS"}
    classified = intake.classify(by=by, complaint=back, version=back.version, nature="COMPLAINT")
    assert "REG_FINAL" in scenes.promises(classified)


def test_nobody_else_does_and_not_without_a_reason_nor_twice() -> None:
    by = scenes.handler()
    boss = UserFactory(role="supervisor")
    away = scenes.referred(by)
    with pytest.raises(NotAllowed):
        returning.come_back(by=by, complaint=away, version=away.version, reason="ours")
    with pytest.raises(RuleBroken, match="why"):
        returning.come_back(by=boss, complaint=away, version=away.version, reason=" ")
    returning.come_back(by=boss, complaint=away, version=away.version, reason="ours")
    with pytest.raises(Stale):
        returning.come_back(by=boss, complaint=away, version=away.version, reason="ours")


def test_it_has_a_page_for_leaders_only(client_for: Callable[..., Client]) -> None:
    by = scenes.handler()
    away = scenes.referred(by)
    door = reverse("complaints:come_back", args=[away.number])
    assert client_for("handler", team=by.team).get(door).status_code == 403
    assert client_for("senior", team=scenes.team()).get(door).status_code == 404
    assert client_for("supervisor").post(door, {"version": away.version, "reason": "ours"}).status_code == 302
    assert Complaint.objects.get().state == "RECEIVED"
