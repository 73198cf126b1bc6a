"""The way of a version of rules: two persons, a simulation first, one in force, nobody overtakes anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from analytics.actions import rules
from analytics.models import ClassRules, RuleState
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
Act = Callable[..., ClassRules]


def drafted(by: User, *, version: int = 90) -> ClassRules:
    row = ClassRules(dimension=ClassRules.Dimension.AGE, version=version)
    return rules.draft(by=by, row=row, content=({"young": 18}, f"{version:064d}"), note="Why")


def submitted(by: User, **fields: Any) -> ClassRules:
    row = drafted(by, **fields)
    return rules.submit(by=by, row=rules.simulated(by=by, row=row, found={"moved": 3}))


def active(_row: ClassRules) -> list[ClassRules]:
    return list(ClassRules.objects.filter(dimension=ClassRules.Dimension.AGE, state=RuleState.ACTIVE))


def test_drafted_simulated_submitted_approved_and_in_force(analyst: User, boss: User) -> None:
    row = rules.approve(by=boss, row=submitted(analyst))
    row = rules.activate(by=boss, row=row, instead_of=active)
    assert (row.state, row.author, row.approver) == ("ACTIVE", analyst, boss)
    after = rules.activate(by=boss, row=rules.approve(by=boss, row=submitted(analyst, version=91)), instead_of=active)
    row.refresh_from_db()
    assert (row.state, after.state) == ("RETIRED", "ACTIVE")
    deeds = AuditEvent.objects.filter(object_id="AGE 90").order_by("pk").values_list("action", flat=True)
    assert [deed.partition(".")[2] for deed in deeds] == [
        "draft",
        "simulate",
        "submit",
        "approve",
        "activate",
        "retire",
    ]


def test_nobody_decides_before_it_is_simulated(analyst: User) -> None:
    with pytest.raises(RuleBroken, match="Simulate it first"):
        rules.submit(by=analyst, row=drafted(analyst))


def test_writing_it_anew_forgets_what_was_simulated(analyst: User) -> None:
    row = rules.simulated(by=analyst, row=drafted(analyst), found={"moved": 3})
    row = rules.revise(by=analyst, row=row, content=({"young": 19}, "1" * 64), note="Later")
    assert (row.state, row.simulation, row.rules) == ("DRAFT", None, {"young": 19})


def test_it_is_sent_back_with_a_reason(analyst: User, boss: User) -> None:
    row = submitted(analyst)
    with pytest.raises(RuleBroken, match="Say why"):
        rules.send_back(by=boss, row=row, reason=" ")
    row = rules.send_back(by=boss, row=row, reason="Too many move")
    assert row.state == "DRAFT"
    assert AuditEvent.objects.filter(action="classrules.send_back", reason="Too many move").exists()


def test_the_author_never_approves(boss: User) -> None:
    row = submitted(boss)
    with pytest.raises(NotAllowed, match="Somebody else"):
        rules.approve(by=boss, row=row)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClassRules.objects.filter(pk=row.pk).update(approver=boss)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClassRules.objects.filter(pk=row.pk).update(state="ACTIVE")


@pytest.mark.parametrize("role", ["agent", "handler", "senior", "auditor", "planner", "sysadmin"])
def test_strangers_write_no_rules(role: str) -> None:
    with pytest.raises(NotAllowed):
        drafted(UserFactory(role=role))


def test_an_analyst_decides_nothing(analyst: User, boss: User) -> None:
    other = UserFactory(role="analyst")
    row = submitted(analyst)
    for act in (
        lambda: rules.approve(by=other, row=row),
        lambda: rules.send_back(by=other, row=row, reason="why"),
        lambda: rules.retire(by=other, row=row),
    ):
        with pytest.raises(NotAllowed):
            act()
    approved = rules.approve(by=boss, row=row)
    with pytest.raises(NotAllowed):
        rules.activate(by=other, row=approved, instead_of=active)


def test_anothers_draft_is_not_changed(analyst: User, boss: User) -> None:
    with pytest.raises(NotAllowed, match="Only its author"):
        rules.revise(by=boss, row=drafted(analyst), content=({}, "2" * 64), note="")


def test_of_two_at_once_one_is_told(analyst: User, boss: User) -> None:
    row = submitted(analyst)
    rules.approve(by=boss, row=row)
    with pytest.raises(Stale):
        rules.send_back(by=boss, row=row, reason="why")


def test_rules_in_force_only_give_way(analyst: User, boss: User) -> None:
    row = rules.activate(by=boss, row=rules.approve(by=boss, row=submitted(analyst)), instead_of=active)
    with pytest.raises(RuleBroken, match="give way"):
        rules.retire(by=boss, row=row)
