"""The same matter brought twice is one; two matters in one are two (domain R6.25, D.5; peers 83)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.actions import facts, gate, merging, recusing, resolution
from complaints.models import Clock, Complaint
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import User
from crm_site.tests.factories import UserFactory
from customers.models import Customer, FollowUp
from customers.tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
D = datetime.date


@pytest.fixture
def customer(now: datetime.datetime) -> Customer:
    made: Customer = CustomerFactory()
    return made


def merge(by: User, source: Complaint, target: Complaint, **fields: Any) -> Complaint:
    given = {"reason": "同一笔手续费", "no_new_facts": True, **fields}
    return merging.merge(by=by, complaint=source, version=source.version, target=target, **given)


def fresh(complaint: Complaint) -> Complaint:
    return Complaint.objects.select_related("customer", "owner", "team", "leading__clock").get(pk=complaint.pk)


def on(day: str) -> time_machine.travel:
    return time_machine.travel(scenes.local(f"{day} 10:00"), tick=False)


def two(by: User, customer: Customer) -> tuple[Complaint, Complaint]:
    """An older complaint (Friday 26 September) and a newer one (Sunday 28 September, a working day)."""
    with on("2025-09-26"):
        older = scenes.assessed(by, customer=customer)
    with on("2025-09-28"):
        newer = scenes.assessed(by, customer=customer)
    return older, newer


def test_the_newer_goes_into_the_older_whose_dates_stand(customer: Customer) -> None:
    by = scenes.handler()
    older, newer = two(by, customer)
    before = {kind: promise.due_on for kind, promise in scenes.promises(older).items()}
    with on("2025-09-29"):
        source = merge(by, newer, older)
    assert (source.state, source.duplicate_of, source.round.outcome) == ("MERGED", older, "MERGED")
    assert source.closed_at is not None
    assert not scenes.promises(source)
    assert {kind: promise.due_on for kind, promise in scenes.promises(older).items()} == before
    assert source.diary.latest("pk").data == {"into": older.number}
    assert fresh(older).diary.latest("pk").data == {"from": newer.number}


def test_the_older_into_the_newer_dates_the_newer_again_from_the_earliest_receipt(customer: Customer) -> None:
    by = scenes.handler()
    older, newer = two(by, customer)
    assert scenes.promises(newer)["FEEDBACK"].due_on == D(2025, 10, 11)
    with on("2025-09-29"):
        merge(by, older, newer)
    target = fresh(newer)
    promises = scenes.promises(target)
    assert promises["FEEDBACK"].due_on == D(2025, 10, 10), "five working days from 26 September"
    assert promises["REG_FINAL"].due_on == D(2025, 10, 11), "fifteen calendar days from 26 September"
    assert target.received_at == older.received_at == target.round.received_at
    clock = promises["FEEDBACK"].clock
    assert clock.original_due_on == D(2025, 10, 11)
    assert clock.replaces is not None
    assert clock.replaces.follow_up.outcome == merging.EARLIER
    assert target.leading is not None
    assert target.leading.due_at == min(promise.due_at for promise in promises.values())


def test_a_date_that_has_passed_by_the_earlier_receipt_is_late_at_once(customer: Customer) -> None:
    by = scenes.handler()
    with on("2025-09-01"):
        older = scenes.assessed(by, customer=customer)
    with on("2025-09-28"):
        newer = scenes.assessed(by, customer=customer)
    with on("2025-09-29"):
        merge(by, older, newer)
        late = Complaint.objects.overdue(timezone.now())
        assert newer in late
    assert Clock.objects.filter(round__complaint=older, kind="FEEDBACK", missed=True).exists()


def test_a_level_that_was_raised_and_the_pause_it_had_stay(customer: Customer) -> None:
    by = UserFactory(role="supervisor", team=scenes.team())
    with on("2025-09-22"):
        older = scenes.received(by, customer=customer)
    with on("2025-09-23"):
        newer = scenes.in_work(by, Level.SEVERE, customer=customer)
    with on("2025-09-29"):
        merge(by, older, newer)
    assert scenes.promises(fresh(newer))["FEEDBACK"].due_on == D(2025, 10, 11), "ten working days from 22 September"


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    ("code", "of_source", "of_target"),
    [
        ("customer", {"customer": None, "complainant_name": "周明远", "complainant_contact": "13900000001"}, {}),
        ("nature", {}, {"nature": "INQUIRY"}),
    ],
)
def test_what_is_not_the_same_matter_is_not_merged(
    customer: Customer, code: str, of_source: dict[str, Any], of_target: dict[str, Any]
) -> None:
    by = scenes.handler()
    source = scenes.received(by, **{"customer": customer, **of_source})
    target = scenes.received(by, **{"customer": customer, **of_target})
    with pytest.raises(RuleBroken) as refused:
        merge(by, source, target)
    assert refused.value.code == f"merge.{code}"
    assert fresh(source).state == "CLASSIFIED"


def test_across_customers_it_is_refused(customer: Customer) -> None:
    by = scenes.handler()
    with pytest.raises(RuleBroken, match="group"):
        merge(by, scenes.received(by, customer=customer), scenes.received(by))


def test_no_chain_no_ended_one_no_heavier_one_not_itself(customer: Customer) -> None:
    by = scenes.handler()
    first, second, third = (scenes.received(by, customer=customer) for _n in range(3))
    with pytest.raises(RuleBroken, match="another"):
        merge(by, first, first)
    merge(by, first, second)
    with pytest.raises(RuleBroken, match="ended"):
        merge(by, third, fresh(first))
    with pytest.raises(RuleBroken, match="Others were merged"):
        merge(by, fresh(second), third)
    grave = scenes.assessed(by, Level.SEVERE, customer=customer)
    with pytest.raises(RuleBroken, match="less grave"):
        merge(by, grave, third)
    with pytest.raises(RuleBroken, match="ended"):
        merge(by, third, scenes.closed(by, customer=customer))


def test_with_new_facts_or_without_a_reason_nothing_is_merged(customer: Customer) -> None:
    by = scenes.handler()
    one, other = (scenes.received(by, customer=customer) for _n in range(2))
    with pytest.raises(RuleBroken, match="new facts"):
        merge(by, one, other, no_new_facts=False)
    with pytest.raises(RuleBroken, match="why"):
        merge(by, one, other, reason=" ")
    with pytest.raises(NotAllowed):
        merge(UserFactory(role="agent", team=by.team), one, other)
    with pytest.raises(NotAllowed):
        merge(by, one, scenes.received(scenes.handler(), customer=customer))
    done = merge(by, one, other)
    with pytest.raises((Stale, RuleBroken)):
        merge(by, one, other)
    assert done.mergers.count() == 1


def test_the_database_keeps_merged_and_where_together(customer: Customer) -> None:
    complaint = scenes.received(scenes.handler(), customer=customer)
    for wrong in ({"state": "MERGED"}, {"duplicate_of": complaint}, {"split_from": complaint}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Complaint.objects.filter(pk=complaint.pk).update(**wrong)


def test_a_restricted_one_does_not_vanish_in_an_open_one(customer: Customer) -> None:
    by = scenes.handler()
    one, other = (scenes.received(by, customer=customer) for _n in range(2))
    one = recusing.restrict(by=by, complaint=one, version=one.version, reason="confidential")
    with pytest.raises(RuleBroken, match="restricted"):
        merge(by, one, other)


# --- the way back -----------------------------------------------------------------------------------------------
def test_taking_it_back_restores_both(customer: Customer) -> None:
    by = scenes.handler()
    with on("2025-09-26"):
        older = scenes.in_work(by, customer=customer)
    with on("2025-09-28"):
        newer = scenes.assessed(by, customer=customer)
    before = [scenes.promises(complaint) for complaint in (older, newer)]
    with on("2025-09-29"):
        source = merge(by, older, newer)
        assert gate.may("unmerge", source, by)
        back = merging.unmerge(by=by, complaint=source, version=source.version)
    assert (back.state, back.duplicate_of, back.closed_at) == ("IN_PROGRESS", None, None)
    assert (back.round.closed_at, back.round.outcome) == (None, "")
    for complaint, promised in zip((older, newer), before, strict=True):
        now = fresh(complaint)
        found = scenes.promises(now)
        assert {kind: row.due_at for kind, row in found.items()} == {k: row.due_at for k, row in promised.items()}
        assert now.received_at == complaint.received_at
        assert now.leading_id == complaint.leading_id
    assert back.round.participations.waiting().get().follow_up.state == "OPEN"


def test_what_was_taken_back_may_be_merged_again(customer: Customer) -> None:
    by = scenes.handler()
    older, newer = two(by, customer)
    with on("2025-09-29"):
        source = merge(by, older, newer)
        first = scenes.promises(fresh(newer))["FEEDBACK"].due_on
        back = merging.unmerge(by=by, complaint=source, version=source.version)
        merge(by, back, fresh(newer))
    assert scenes.promises(fresh(newer))["FEEDBACK"].due_on == first == D(2025, 10, 10)


def test_it_is_taken_back_by_its_author_soon_and_only_while_nobody_went_on(customer: Customer) -> None:
    by = scenes.handler()
    one, other = (scenes.received(by, customer=customer) for _n in range(2))
    source = merge(by, one, other)
    colleague = UserFactory(role="handler", team=by.team)
    with pytest.raises(NotAllowed):
        merging.unmerge(by=colleague, complaint=source, version=source.version)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=11), tick=False):
        assert not gate.may("unmerge", source, by)
    target = fresh(other)
    facts.new_facts(by=by, complaint=target, version=target.version, channel="PHONE", text="One receipt more")
    with pytest.raises(NotAllowed):
        merging.unmerge(by=by, complaint=source, version=source.version)


# --- new facts, and a second matter -----------------------------------------------------------------------------
def test_new_facts_restart_the_regulator_s_limit_and_no_other(customer: Customer) -> None:
    by = scenes.handler()
    with on("2025-09-26"):
        complaint = scenes.in_work(by, customer=customer)
    before = scenes.promises(complaint)
    with on("2025-10-09"):
        complaint = facts.new_facts(
            by=by, complaint=complaint, version=complaint.version, channel="PHONE", text="客户补交了第二张回单"
        )
    after = scenes.promises(complaint)
    assert before["REG_FINAL"].due_on == D(2025, 10, 11)
    assert after["REG_FINAL"].due_on == D(2025, 10, 24), "fifteen calendar days from the new material"
    assert after["FEEDBACK"] == before["FEEDBACK"]
    assert complaint.diary.latest("pk").data["restarted"] == 1


def test_new_facts_are_words_said_in_the_time_of_the_complaint(customer: Customer) -> None:
    by = scenes.handler()
    complaint = scenes.received(by, customer=customer)
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    for text, at in (("  ", None), ("More of it", tomorrow), ("More of it", tomorrow - datetime.timedelta(days=9))):
        with pytest.raises(RuleBroken):
            facts.new_facts(by=by, complaint=complaint, version=complaint.version, channel="PHONE", text=text, at=at)
    done = resolution.withdraw(by=by, complaint=complaint, version=complaint.version, reason="settled", read_back=True)
    assert not gate.may("new_facts", done, by)


def split(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    given = {"subject": "Card fee", "content": "卡片年费也有问题", "reason": "Another department", **fields}
    return facts.split(by=by, complaint=complaint, version=complaint.version, **given)


def test_a_second_matter_has_its_own_number_and_the_first_one_s_receipt(customer: Customer) -> None:
    by = scenes.handler()
    with on("2025-09-26"):
        first = scenes.assessed(by, customer=customer)
    with on("2025-09-29"):
        second = split(by, first)
    assert second.number != first.number
    assert second.received_at == first.received_at
    assert Complaint.objects.get(pk=second.pk).split_from == first
    assert (second.customer, second.owner, second.team) == (customer, by, by.team)
    due = scenes.promises(second)["ASSESS"].due_on
    assert due == D(2025, 9, 28), "one working day from the first receipt, already late"
    assert fresh(first).diary.latest("pk").data == {"made": second.number}
    assert FollowUp.objects.filter(clock__round__complaint=first, state="OPEN").exists()


def test_two_presses_split_once_and_what_is_split_is_as_restricted(customer: Customer) -> None:
    by, boss = scenes.handler(), UserFactory(role="supervisor")
    first = scenes.received(by, customer=customer)
    first = recusing.restrict(by=boss, complaint=first, version=first.version, accused=UserFactory(), reason="rudeness")
    made = split(by, first)
    with pytest.raises(Stale):
        split(by, first)
    assert made.restricted
    assert made.accused.standing().count() == 1
    with pytest.raises(RuleBroken, match="words"):
        split(by, fresh(first), subject=" ")


# --- doors ------------------------------------------------------------------------------------------------------
def test_the_old_number_leads_to_the_one_that_goes_on(customer: Customer, client_for: ClientFor) -> None:
    client = client_for("handler", team=scenes.team())
    by = User.objects.get(pk=client.session["_auth_user_id"])
    one, other = (scenes.received(by, customer=customer) for _n in range(2))
    door = reverse("complaints:merge", args=[one.number])
    assert other.number in client.get(door).content.decode()
    sent = {"version": one.version, "target": other.number, "reason": "同一件事", "no_new_facts": "on"}
    assert client.post(door, sent | {"no_new_facts": ""}).status_code == 422
    assert client.post(door, sent).status_code == 302
    old = reverse("complaints:detail", args=[one.number])
    page = client.get(old, follow=True)
    assert page.redirect_chain == [(reverse("complaints:detail", args=[other.number]), 302)]
    assert one.number in page.content.decode()
    own = client.get(old + "?own=1").content.decode()
    assert other.number in own
    back = reverse("complaints:unmerge", args=[one.number])
    assert back in own
    assert client.post(back, {"version": fresh(one).version}).status_code == 302
    assert fresh(one).state == "CLASSIFIED"


def test_another_team_s_complaint_is_no_choice(customer: Customer, client_for: ClientFor) -> None:
    client = client_for("handler", team=scenes.team())
    by = User.objects.get(pk=client.session["_auth_user_id"])
    mine, theirs = scenes.received(by, customer=customer), scenes.received(scenes.handler(), customer=customer)
    sent = {"version": mine.version, "target": theirs.number, "reason": "same", "no_new_facts": "on"}
    assert client.post(reverse("complaints:merge", args=[mine.number]), sent).status_code == 422
    assert client.get(reverse("complaints:merge", args=[theirs.number])).status_code == 404
    assert client_for("agent").get(reverse("complaints:merge", args=[mine.number])).status_code == 403
