"""A complex matter: a leader extends the regulator's limit and the customer is told; the earliest date rules (D.12)."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints.actions import assessment, complexity, gate, resolution
from complaints.models import Clock, Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import assessed, handler, in_work, local, promises
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers.models import Interaction

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
D = datetime.date


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    """Tuesday 10 February 2026, ten in the morning: fifteen days end before ten working days do."""
    with time_machine.travel(local("2026-02-10 10:00"), tick=False):
        yield


def senior() -> User:
    return handler(role="senior")


def extend(by: User, complaint: Complaint, **changes: Any) -> Complaint:
    values = {"complexity": "COMPLEX", "channel": "PHONE", "told": "The appraisal takes until March.", **changes}
    values.setdefault("reason", "An outside appraisal is needed")
    return complexity.set_complexity(by=by, complaint=complaint, version=complaint.version, **values)


def due(complaint: Complaint) -> dict[str, datetime.date]:
    return {kind: promise.due_on for kind, promise in promises(complaint).items()}


def test_complex_gives_thirty_days_and_the_handbook_s_date_rules_again() -> None:
    by = senior()
    complaint = in_work(by, Level.SEVERE)
    before = due(complaint)
    assert (before["REG_FINAL"], before["FEEDBACK"]) == (D(2026, 2, 25), D(2026, 3, 2))
    complaint = extend(by, complaint)
    after = due(complaint)
    assert after == before | {"REG_FINAL": D(2026, 3, 12)}
    clock = Clock.objects.get(follow_up=promises(complaint)["REG_FINAL"])
    assert (clock.n, clock.original_due_on, clock.replaces.missed) == (30, D(2026, 2, 25), False)
    assert complaint.leading == min(promises(complaint).values(), key=lambda promise: (promise.due_at, promise.pk))


def test_the_customer_is_told_and_everything_is_on_record() -> None:
    by = senior()
    complaint = extend(by, in_work(by, Level.SEVERE))
    words = Interaction.objects.get(title="Customer told of a longer limit")
    assert words.summary == "The appraisal takes until March."
    entry = complaint.diary.latest("pk")
    assert (entry.verb, entry.reason) == ("set_complexity", "An outside appraisal is needed")
    assert entry.data["moves"] == [{"profile": "CN_NFRA_2020_3", "old": "2026-02-25", "new": "2026-03-12"}]
    assert AuditEvent.objects.get(action="complaint.set_complexity").after["complexity"] == "COMPLEX"


def test_very_complex_follows_complex_and_nothing_follows_it() -> None:
    by = senior()
    complaint = extend(by, extend(by, in_work(by, Level.SEVERE)), complexity="VERY_COMPLEX")
    assert due(complaint)["REG_FINAL"] == D(2026, 4, 11)
    with pytest.raises(RuleBroken, match="longest"):
        gate.require("set_complexity", complaint, by, reason="why")


def test_a_limit_is_never_made_shorter() -> None:
    by = senior()
    complaint = extend(by, in_work(by, Level.SEVERE))
    for step in ("SIMPLE", "COMPLEX", "ENDLESS"):
        with pytest.raises(RuleBroken, match="longer"):
            extend(by, complaint, complexity=step)


def test_both_regulators_limits_go_by_their_own_rules() -> None:
    by = senior()
    complaint = extend(by, in_work(by, Level.SEVERE, source="REGULATOR"))
    limits = Clock.objects.filter(round__complaint=complaint, kind="REG_FINAL", follow_up__state="OPEN")
    assert {clock.profile: clock.n for clock in limits} == {"CN_NFRA_2020_3": 30, "CN_PBOC_2020_5": 60}


def test_once_the_fifteen_days_are_over_nothing_is_extended() -> None:
    by = senior()
    complaint = in_work(by, Level.SEVERE)
    with time_machine.travel(local("2026-02-25 23:59"), tick=False):
        assert due(extend(by, complaint))["REG_FINAL"] == D(2026, 3, 12)
    late = in_work(by, Level.SEVERE)
    with time_machine.travel(local("2026-02-26 00:00"), tick=False), pytest.raises(RuleBroken, match="passed"):
        extend(by, late)


def test_a_new_round_starts_simple_and_a_level_change_keeps_it() -> None:
    by = senior()
    complaint = extend(by, in_work(by, Level.SEVERE))
    complaint = assessment.change_level(
        by=by, complaint=complaint, version=complaint.version, level=Level.MODERATE, reason="One customer"
    )
    assert due(complaint)["REG_FINAL"] == D(2026, 3, 12)
    complaint = extend(by, scenes.planned(by))
    complaint = resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=scenes.told())
    complaint = resolution.reopen(by=by, complaint=complaint, version=complaint.version, reason="Not what was asked")
    assert (complaint.round.complexity, due(complaint)["REG_FINAL"]) == ("SIMPLE", D(2026, 2, 25))


def test_who_may_and_what_is_missing() -> None:
    by = senior()
    complaint = in_work(by, Level.SEVERE)
    for role in ("agent", "handler", "liaison"):
        with pytest.raises(NotAllowed):
            extend(UserFactory(role=role, team=complaint.team), complaint)
    with pytest.raises(RuleBroken, match="[Ww]hy"):
        extend(by, complaint, reason=" ")
    with pytest.raises(RuleBroken, match="Tell the customer"):
        extend(by, complaint, told=" ")
    extend(by, complaint)
    with pytest.raises(Stale):
        extend(by, complaint, complexity="VERY_COMPLEX")
    nobody = assessed(by, Level.SEVERE, relation="ANONYMOUS", reason="Fears for the job")
    with pytest.raises(RuleBroken):
        extend(by, nobody)


# --- the page ---------------------------------------------------------------------------------------------------
def test_a_leader_extends_it_on_the_page(client_for: ClientFor) -> None:
    complaint = in_work(senior(), Level.SEVERE)
    client = client_for("senior", team=complaint.team)
    detail, door = (reverse(f"complaints:{name}", args=[complaint.number]) for name in ("detail", "set_complexity"))
    assert door in client.get(detail).content.decode()
    sent = {"version": complaint.version, "complexity": "COMPLEX", "channel": "PHONE", "told": "", "reason": "鉴定"}
    refused = client.post(door, sent)
    assert refused.status_code == 422 and "鉴定" in refused.content.decode()
    for status in (302, 422):  # the second press finds the choice gone
        assert client.post(door, sent | {"told": "鉴定需要时间，三月十二日前答复。"}).status_code == status
    page = client.get(detail).content.decode()
    assert "Regulator&#x27;s limit extended" in page and "鉴定需要时间" in page
    assert complaint.diary.filter(verb="set_complexity").count() == 1


def test_a_handler_is_refused_and_a_stranger_finds_nothing(client_for: ClientFor) -> None:
    complaint = in_work(senior(), Level.SEVERE)
    door = reverse("complaints:set_complexity", args=[complaint.number])
    assert client_for("handler", team=complaint.team).get(door).status_code == 403
    assert client_for("senior", team=scenes.team()).get(door).status_code == 404
