"""What a regulator or hotline sent on has their reference, their day, and may come twice (domain R6.33, D.12)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import given, repeats
from complaints.actions import facts, merging, pauses, recalculation, referring
from complaints.models import Clock, Complaint
from complaints.sla import Level, Why
from complaints.tests import scenes
from complaints.tests.scenes import local, promises, received
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay, User
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp
from customers.tests.factories import CustomerFactory

ClientFor = Callable[..., Client]
SOON, LATER = datetime.date(2025, 9, 29), datetime.date(2025, 10, 17)


def forwarded(by: User, **fields: Any) -> Complaint:
    """Sent on by the hotline under a reference of its own."""
    said = {"source": "HOTLINE", "external_ref": "12345-777", "forwarded_on": datetime.date(2025, 9, 25)}
    return received(by, **{**said, **fields})


# --- the pure day ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("on", "days", "last"),
    [
        (datetime.date(2025, 9, 29), 4, Why.GIVEN),  # 26th, 27th, 28th, 29th
        (datetime.date(2025, 9, 26), 1, Why.GIVEN),
        (datetime.date(2025, 9, 24), 1, Why.GIVEN),  # had passed when it reached us
    ],
)
def test_a_day_set_outside_is_told_day_by_day_and_ends_at_midnight(on: datetime.date, days: int, last: Why) -> None:
    tz = timezone.get_default_timezone()
    due = given.due(on, received_at=local("2025-09-26 10:00"), calendar=CalendarDay.objects.calendar(), tz=tz)
    assert (due.on, due.at) == (on, local(f"{on + datetime.timedelta(days=1)} 00:00"))
    assert (len(due.trace), due.trace[-1].why, due.shift) == (days, last, 0)


# --- the verb ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.usefixtures("now")
class TestForwarded:
    def test_their_day_is_a_promise_of_its_own_and_the_earliest_leads(self) -> None:
        by = scenes.handler()
        complaint = forwarded(by, their_due_on=SOON)
        clock = Clock.objects.get(kind="FORWARDER")
        assert (clock.profile, clock.follow_up.due_on, clock.trace[-1]["why"]) == ("FORWARDER", SOON, "given")
        assert complaint.leading == promises(complaint)["ASSESS"]  # also due by the 29th, and promised first
        assessed = scenes.assessment.assess(
            by=by, complaint=complaint, version=complaint.version, judgement=scenes.judgement(Level.MODERATE)
        )
        assert assessed.leading == promises(assessed)["FORWARDER"]

    def test_without_a_day_nothing_is_promised_and_the_reference_stands(self) -> None:
        complaint = forwarded(UserFactory())
        assert "FORWARDER" not in promises(complaint)
        assert (complaint.external_ref, complaint.forwarded_on) == ("12345-777", datetime.date(2025, 9, 25))

    def test_the_answer_keeps_it(self) -> None:
        complaint = scenes.fed_back(scenes.handler(), source="MEDIA", their_due_on=LATER)
        assert promises(complaint, "KEPT")["FORWARDER"].due_on == LATER

    def test_one_who_stays_anonymous_is_answered_to_whoever_forwarded_it(self) -> None:
        complaint = forwarded(UserFactory(), relation="ANONYMOUS", their_due_on=LATER)
        assert set(promises(complaint)) == {"ASSESS", "FORWARDER"}

    def test_neither_pause_nor_new_facts_nor_level_nor_recount_moves_it(self) -> None:
        by = scenes.handler()
        complaint = scenes.in_work(by, source="REGULATOR", their_due_on=LATER)
        paused = scenes.paused(by, complaint, why="EXTERNAL_APPRAISAL")
        resumed = pauses.resume(by=by, complaint=paused, version=paused.version, because="ARRIVED")
        facts.new_facts(by=by, complaint=resumed, version=resumed.version, channel="PHONE", text="A second receipt.")
        with pytest.raises(RuleBroken, match="No date would move"):
            recalculation.propose(by=UserFactory(role="supervisor"), choice=recalculation.Choice(), reason="why")
        assert promises(complaint)["FORWARDER"].due_on == LATER
        assert Clock.objects.filter(kind="FORWARDER").count() == 1

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"source": "DIRECT", "their_due_on": SOON}, "source"),
            ({"source": "DIRECT", "forwarded_on": SOON}, "source"),
            ({"forwarded_on": datetime.date(2025, 9, 27)}, "forwarded_on"),
            ({"their_due_on": datetime.date(2025, 9, 24)}, "their_due_on"),
            ({"their_due_on": datetime.date(2026, 12, 1)}, "their_due_on"),
        ],
    )
    def test_days_that_cannot_be_are_refused(self, fields: dict[str, Any], field: str) -> None:
        with pytest.raises(RuleBroken) as caught:
            forwarded(UserFactory(), **fields)
        assert caught.value.field == field
        assert not Complaint.objects.exists()

    def test_a_second_half_is_under_their_day_as_well(self) -> None:
        by = scenes.handler()
        first = forwarded(by, their_due_on=LATER)
        made = facts.split(
            by=by, complaint=first, version=first.version, subject="Second fee", content="Another fee.", reason="why"
        )
        assert promises(made)["FORWARDER"].due_on == LATER

    def test_a_merger_takes_their_day_along_and_gives_it_back(self) -> None:
        by, customer = scenes.handler(), CustomerFactory()
        target = received(by, customer=customer)
        source = forwarded(by, customer=customer, their_due_on=LATER)
        merged = merging.merge(
            by=by, complaint=source, version=source.version, target=target, reason="same", no_new_facts=True
        )
        assert promises(target)["FORWARDER"].due_on == LATER
        merging.unmerge(by=by, complaint=merged, version=merged.version)
        assert "FORWARDER" not in promises(target)
        assert promises(source)["FORWARDER"].due_on == LATER

    def test_a_merger_leaves_an_earlier_day_alone(self) -> None:
        by, customer = scenes.handler(), CustomerFactory()
        target = forwarded(by, customer=customer, their_due_on=SOON)
        source = forwarded(by, customer=customer, their_due_on=LATER)
        merging.merge(by=by, complaint=source, version=source.version, target=target, reason="same", no_new_facts=True)
        opened = FollowUp.objects.open().filter(clock__kind="FORWARDER")
        assert [promise.due_on for promise in opened] == [SOON]

    def test_what_is_no_complaint_keeps_their_day(self) -> None:
        complaint = forwarded(UserFactory(), nature="INQUIRY", their_due_on=LATER)
        assert set(promises(complaint)) == {"ANSWER", "FORWARDER"}

    def test_sent_on_elsewhere_it_falls_away(self) -> None:
        by = scenes.handler()
        complaint = forwarded(by, their_due_on=LATER)
        referral = referring.Referral(target="Operator", told_how="By phone", reason="Not ours")
        referring.refer_out(by=by, complaint=complaint, version=complaint.version, referral=referral)
        assert promises(complaint, "CANCELLED")["FORWARDER"].due_on == LATER


# --- its doors ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.usefixtures("now")
class TestDoors:
    def test_the_same_reference_again_offers_to_merge_and_the_step_knows_into_which(
        self, client_for: ClientFor
    ) -> None:
        by, customer = scenes.handler(), CustomerFactory()
        first, again = forwarded(by, customer=customer), forwarded(by, customer=customer)
        client = client_for("handler", team=by.team)
        page = client.get(reverse("complaints:detail", args=[again.number])).content.decode()
        door = f"{reverse('complaints:merge', args=[again.number])}?target={first.number}"
        assert f'href="{door}"' in page
        third = received(by, customer=customer)
        form = client.get(f"{reverse('complaints:merge', args=[again.number])}?target={third.number}")
        assert form.context["form"]["target"].value() == third.number
        data = {"target": first.number, "no_new_facts": "on", "reason": "same", "version": again.version}
        assert client.post(door, data).status_code == 302
        again.refresh_from_db()
        assert again.duplicate_of == first

    def test_it_is_offered_to_nobody_the_verb_would_refuse(self, client_for: ClientFor) -> None:
        by, customer = scenes.handler(), CustomerFactory()
        forwarded(by, customer=customer)
        again = forwarded(by, customer=customer)
        elsewhere = forwarded(by, customer=CustomerFactory())  # same reference, another customer
        agent = client_for("agent", team=by.team)
        for client, complaint in ((agent, again), (client_for("handler", team=by.team), elsewhere)):
            page = client.get(reverse("complaints:detail", args=[complaint.number])).content.decode()
            assert str(repeats.SAME_REF) in page
            assert "?target=" not in page

    def test_the_form_takes_their_day_and_the_side_shows_which_date_rules(self, client_for: ClientFor) -> None:
        client = client_for("handler", team=scenes.team())
        data = {
            "customer": CustomerFactory().customer_no,
            "relation": "SELF",
            "nature": "COMPLAINT",
            "level": "MODERATE",
            "channel": "LETTER",
            "received_at": "2025-09-26 09:30",
            "subject": "Fee taken twice",
            "content": "手续费扣了两次",
            "source": "REGULATOR",
            "external_ref": "JG-1",
            "forwarded_on": "2025-09-25",
            "their_due_on": "2025-09-30",
            "cause": "FEES",
            "desired_outcome": "Refund",
            "deviation_reason": "why",
            "form_token": "t" * 43,
        }
        side = client.post(reverse("complaints:due_preview"), data).content.decode()
        assert "the forwarding body asks for an answer by Tue 30 Sep" in side
        refused = client.post(reverse("complaints:new"), data | {"forwarded_on": "2025-09-27"})
        assert refused.status_code == 422
        assert "手续费扣了两次" in refused.content.decode()
        assert client.post(reverse("complaints:new"), data).status_code == 302
        complaint = Complaint.objects.get()
        assert promises(complaint)["FORWARDER"].due_on == datetime.date(2025, 9, 30)
        page = client.get(reverse("complaints:detail", args=[complaint.number])).content.decode()
        assert "Deadline of the forwarding body" in page
        assert "forwarded Thu 25 Sep" in page
        why = client.get(reverse("complaints:why", args=[complaint.number])).content.decode()
        assert "nothing moves it" in why
