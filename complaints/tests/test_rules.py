"""The rules of the clocks are versions that two persons put in force; no promise that was given moves (domain D.12)."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from complaints import profiles, regulations
from complaints.actions import assessment, clocks, rules
from complaints.models import Clock, SlaRuleSet
from complaints.profiles import BUILT_IN, HANDBOOK_CN, Complexity, Kind, Profile, Rule, Unit
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import assessed, handler, promises
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.testing import table_hash
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
State = SlaRuleSet.State


def supervisor() -> User:
    made: User = UserFactory(role="supervisor")
    return made


def with_feedback(days: int, base: Profile = HANDBOOK_CN) -> dict[str, Any]:
    """The handbook's rules with another limit for moderate complaints."""
    limits = tuple(
        replace(rule, n=days) if rule.kind == Kind.FEEDBACK and rule.level == Level.MODERATE else rule
        for rule in base.rules
    )
    return profiles.to_json(replace(base, rules=limits))


def in_force(changed: dict[str, Any]) -> SlaRuleSet:
    row, _new = rules.put_in_force(by=supervisor(), approve_by=supervisor(), rules=changed, note="Board decision 7")
    return row


def test_the_product_is_born_with_three_rule_sets_in_force_and_the_others_as_drafts() -> None:
    assert SlaRuleSet.objects.rulebook() == BUILT_IN
    drafts = SlaRuleSet.objects.filter(state=State.DRAFT).values_list("name", flat=True)
    assert set(drafts) == {"CN_CBRC_2012", "UK_FCA_DISP", "US_CFPB_PORTAL", "AU_ASIC_RG271", "EU_PSD2"}
    for row in SlaRuleSet.objects.all():
        assert profiles.content_hash(row.profile) == row.content_hash
        assert profiles.flaws(row.profile) == []


@pytest.mark.parametrize("profile", regulations.OTHERS, ids=lambda profile: profile.name)
def test_every_other_regulation_survives_as_json(profile: Profile) -> None:
    assert profiles.from_json(json.loads(json.dumps(profiles.to_json(profile)))) == profile


@pytest.mark.parametrize(
    ("profile", "business", "complexity", "due_on"),
    [
        ("UK_FCA_DISP", "", Complexity.SIMPLE, "2025-11-21"),
        ("UK_FCA_DISP", "PAYMENT", Complexity.SIMPLE, "2025-10-23"),
        ("UK_FCA_DISP", "PAYMENT", Complexity.COMPLEX, "2025-11-20"),
        ("US_CFPB_PORTAL", "", Complexity.SIMPLE, "2025-10-11"),
        ("US_CFPB_PORTAL", "", Complexity.COMPLEX, "2025-11-25"),
        ("AU_ASIC_RG271", "", Complexity.SIMPLE, "2025-10-26"),
        ("EU_PSD2", "PAYMENT", Complexity.SIMPLE, "2025-10-23"),
        ("EU_PSD2", "", Complexity.SIMPLE, None),
        ("CN_CBRC_2012", "", Complexity.SIMPLE, "2025-10-23"),
    ],
)
def test_other_regulators_limits_are_counted_in_their_own_units(
    profile: str, business: str, complexity: Complexity, due_on: str | None, now: datetime.datetime
) -> None:
    due = clocks.compute(
        kind=Kind.REG_FINAL,
        nature="COMPLAINT",
        level=Level.MODERATE,
        live=True,
        anchor_at=now,
        profile=SlaRuleSet.objects.version(profile, "1"),
        business=business,
        complexity=complexity,
    )
    assert (str(due.on) if due else None) == due_on


def test_two_persons_bring_a_version_into_force_and_the_old_one_retires(now: datetime.datetime) -> None:
    author, other = supervisor(), supervisor()
    row = rules.submit(by=author, row=rules.draft(by=author, rules=with_feedback(4), note="Faster"))
    assert (row.name, row.version, row.state) == ("HANDBOOK_CN", 2, State.SUBMITTED)
    row = rules.activate(by=author, row=rules.approve(by=other, row=row))
    assert (row.state, row.effective_from) == (State.ACTIVE, datetime.date(2025, 9, 26))
    assert SlaRuleSet.objects.get(name="HANDBOOK_CN", version=1).state == State.RETIRED
    said = AuditEvent.objects.filter(action__startswith="sla_rules.").order_by("seq").values_list("action", flat=True)
    assert [action.split(".")[1] for action in said] == ["draft", "submit", "approve", "retire", "activate"]


def test_a_new_version_dates_what_is_promised_from_then_on_and_moves_nothing(now: datetime.datetime) -> None:
    before = assessed(handler())
    stored = list(FollowUp.objects.order_by("pk").values("pk", "due_on", "due_at", "state"))
    in_force(with_feedback(4))
    assert list(FollowUp.objects.order_by("pk").values("pk", "due_on", "due_at", "state")) == stored
    after = promises(assessed(handler()))["FEEDBACK"]
    assert (promises(before)["FEEDBACK"].due_on, after.due_on) == (
        datetime.date(2025, 10, 10),
        datetime.date(2025, 10, 9),
    )
    assert (after.clock.profile, after.clock.profile_version, after.clock.n) == ("HANDBOOK_CN", "2", 4)


def test_a_change_of_level_decided_now_goes_by_the_rules_in_force_now(now: datetime.datetime) -> None:
    by = handler(role="senior")
    complaint = assessed(by, Level.SEVERE)
    in_force(with_feedback(4))
    with time_machine.travel(scenes.local("2025-09-27 10:00"), tick=False):
        complaint = assessment.change_level(
            by=by, complaint=complaint, version=complaint.version, level=Level.MODERATE, reason="One customer"
        )
    clock = Clock.objects.get(follow_up=promises(complaint)["FEEDBACK"])
    assert (clock.profile_version, clock.follow_up.due_on) == ("2", datetime.date(2025, 10, 9))


def test_nobody_approves_the_own_rules(now: datetime.datetime) -> None:
    author = supervisor()
    row = rules.submit(by=author, row=rules.draft(by=author, rules=with_feedback(4)))
    with pytest.raises(NotAllowed, match="else"):
        rules.approve(by=author, row=row)
    with pytest.raises(NotAllowed):
        rules.put_in_force(by=author, approve_by=author, rules=with_feedback(3))
    with pytest.raises(IntegrityError), transaction.atomic():
        SlaRuleSet.objects.filter(pk=row.pk).update(approver=author)
    with pytest.raises(IntegrityError), transaction.atomic():
        SlaRuleSet.objects.filter(pk=row.pk).update(state=State.APPROVED)
    assert SlaRuleSet.objects.rulebook() == BUILT_IN


@pytest.mark.parametrize("role", ["agent", "senior", "handler", "approver", "analyst", "sysadmin", "auditor"])
def test_only_supervisors_touch_the_rules(role: str) -> None:
    person = UserFactory(role=role)
    with pytest.raises(NotAllowed):
        rules.draft(by=person, rules=with_feedback(4))
    with pytest.raises(NotAllowed):
        rules.submit(by=person, row=SlaRuleSet.objects.get(name="UK_FCA_DISP"))


def test_of_two_who_approve_at_once_one_is_first(now: datetime.datetime) -> None:
    author = supervisor()
    row = rules.submit(by=author, row=rules.draft(by=author, rules=with_feedback(4)))
    rules.approve(by=supervisor(), row=row)
    with pytest.raises(Stale):
        rules.approve(by=supervisor(), row=row)


def test_rules_that_leave_a_question_open_are_refused() -> None:
    gap = profiles.to_json(HANDBOOK_CN)
    gap["rules"] = [rule for rule in gap["rules"] if (rule["kind"], rule["level"]) != ("FEEDBACK", "SEVERE")]
    with pytest.raises(RuleBroken, match="FEEDBACK:SEVERE"):
        rules.draft(by=supervisor(), rules=gap)
    other = Profile("EU_NEW", "1", (Rule(Kind.ACK, Unit.WD, 1),))
    with pytest.raises(RuleBroken, match="REG_FINAL"):
        rules.draft(by=supervisor(), rules=profiles.to_json(other))
    with pytest.raises(RuleBroken, match="cannot be read"):
        rules.draft(by=supervisor(), rules={"name": "X", "rules": [{"kind": "SUPPER"}]})


def test_the_handbook_s_rules_are_always_in_force() -> None:
    with pytest.raises(RuleBroken, match="always"):
        rules.retire(by=supervisor(), row=SlaRuleSet.objects.get(name="HANDBOOK_CN"))


def test_a_regulation_taken_out_of_force_still_explains_its_clocks(now: datetime.datetime) -> None:
    complaint = assessed(handler())
    rules.retire(by=supervisor(), row=SlaRuleSet.objects.get(name="CN_NFRA_2020_3"))
    clock = Clock.objects.get(follow_up=promises(complaint)["REG_FINAL"])
    assert clocks.rules_of(clock).name == "CN_NFRA_2020_3"
    assert "REG_FINAL" not in promises(assessed(handler()))


def test_which_regulations_stand_beside_the_handbook_is_data(now: datetime.datetime) -> None:
    nfra = replace(profiles.CN_NFRA_2020_3, sources=("MEDIA",))
    in_force(profiles.to_json(nfra))
    assert "REG_FINAL" not in promises(assessed(handler()))
    assert "REG_FINAL" in promises(assessed(handler(), source="MEDIA"))


def test_approved_rules_come_into_force_on_their_day() -> None:
    author, day = supervisor(), datetime.date(2025, 10, 9)
    with time_machine.travel(scenes.local("2025-09-26 10:00"), tick=False):
        row = rules.draft(by=author, rules=with_feedback(4), effective_from=day)
        row = rules.approve(by=supervisor(), row=rules.submit(by=author, row=row))
        with pytest.raises(RuleBroken, match="2025-10-09"):
            rules.activate(by=author, row=row)
        assert rules.activate_due() == 0
    with time_machine.travel(scenes.local("2025-10-09 00:05"), tick=False):
        assert (rules.activate_due(), rules.activate_due()) == (1, 0)
        assert SlaRuleSet.objects.rulebook().house.version == "2"


def test_what_differs_is_said_rule_by_rule() -> None:
    changed = profiles.from_json(with_feedback(4) | {"cutoff": "17:30"})
    assert list(profiles.changed(HANDBOOK_CN, changed)) == [
        ("cutoff", "null", '"17:30"'),
        ("FEEDBACK · COMPLAINT · MODERATE", "5 WD", "4 WD"),
    ]


# --- the command ------------------------------------------------------------------------------------------------
def policy(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("policy", *arguments, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "规则.json"
    path.write_text(json.dumps(with_feedback(4)), encoding="utf-8")
    return path


def test_the_command_shows_what_it_takes(tmp_path: Path) -> None:
    shown = policy("show", "sla")
    assert [row["name"] for row in shown["active"]] == ["CN_NFRA_2020_3", "CN_PBOC_2020_5", "HANDBOOK_CN"]
    assert len(shown["versions"]) == 8
    back = tmp_path / "back.json"
    back.write_text(json.dumps(shown["active"]), encoding="utf-8")
    people = ("--by", supervisor().username, "--approve-by", supervisor().username)
    before = table_hash()
    assert [row["new"] for row in policy("apply", "sla", str(back), *people)["applied"]] == [False, False, False]
    assert table_hash() == before


def test_the_command_puts_a_file_in_force_once(file: Path, now: datetime.datetime) -> None:
    people = ("--by", supervisor().username, "--approve-by", supervisor().username)
    first = policy("apply", "sla", str(file), *people)["applied"][0]
    assert (first["version"], first["state"], first["new"]) == (2, "ACTIVE", True)
    assert first["changed"] == [{"what": "FEEDBACK · COMPLAINT · MODERATE", "old": "5 WD", "new": "4 WD"}]
    assert policy("apply", "sla", str(file), *people)["applied"][0]["new"] is False
    assert SlaRuleSet.objects.filter(name="HANDBOOK_CN").count() == 2


@pytest.mark.parametrize(
    ("people", "code"),
    [
        (("supervisor", "same"), 1),
        (("supervisor", "agent"), 1),
        (("agent", "supervisor"), 1),
        (("supervisor", "nobody"), 2),
        (("supervisor", ""), 2),
    ],
)
def test_one_person_or_the_wrong_one_applies_nothing(file: Path, people: tuple[str, str], code: int) -> None:
    by = UserFactory(role=people[0]).username
    other = {"same": by, "nobody": "nobody", "": ""}.get(people[1])
    other = UserFactory(role=people[1]).username if other is None else other
    with pytest.raises(CommandError) as refused:
        policy("apply", "sla", str(file), "--by", by, "--approve-by", other)
    assert refused.value.returncode == code
    assert SlaRuleSet.objects.rulebook() == BUILT_IN


# --- the screen -------------------------------------------------------------------------------------------------
def url(page: str, *args: object) -> str:
    return reverse(f"admin:complaints_slaruleset_{page}", args=args)


def test_a_supervisor_drafts_and_another_approves_on_the_screen(client_for: ClientFor, now: datetime.datetime) -> None:
    one, other = client_for("supervisor"), client_for("supervisor")
    assert "HANDBOOK_CN" in one.get(url("add")).content.decode()
    fields = {"rules": json.dumps(with_feedback(4)), "note": "行办会第七号决定", "effective_from": ""}
    assert one.post(url("add"), fields).status_code == 302
    row = SlaRuleSet.objects.get(name="HANDBOOK_CN", version=2)
    page = one.get(url("change", row.pk)).content.decode()
    assert "FEEDBACK · COMPLAINT · MODERATE" in page and "5 WD" in page and "行办会第七号决定" in page
    steps = [(one, "submit"), (one, "approve"), (other, "approve"), (other, "activate")]
    states = []
    for client, act in steps:
        client.post(url("changelist"), {"action": act, "_selected_action": [row.pk]})
        row.refresh_from_db()
        states.append(row.state)
    assert states == ["SUBMITTED", "SUBMITTED", "APPROVED", "ACTIVE"]


def test_rules_that_cannot_be_read_stay_as_they_were_typed(client_for: ClientFor) -> None:
    client = client_for("supervisor")
    page = client.post(url("add"), {"rules": '{"name": "HANDBOOK_CN", "rules": []}', "note": "draft"})
    assert page.status_code == 200 and "say nothing about" in page.content.decode()
    assert not SlaRuleSet.objects.filter(version=2).exists()


def test_an_auditor_reads_and_changes_nothing(client_for: ClientFor) -> None:
    client, row = client_for("auditor"), SlaRuleSet.objects.get(name="HANDBOOK_CN")
    assert client.get(url("change", row.pk)).status_code == 200
    before = table_hash()
    client.post(url("changelist"), {"action": "retire", "_selected_action": [row.pk]})
    assert client.post(url("add"), {"rules": "{}"}).status_code == 403
    assert table_hash() == before
