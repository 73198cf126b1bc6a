"""Matters that come through others or go to others: forwarded, spoken for by a lawyer, not ours at all."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from analytics.demo.stories import Story
from complaints.actions import intake, referring, resolution, returning
from complaints.actions.authority import Paper
from complaints.models import Referral

if TYPE_CHECKING:
    from analytics.demo.work import Centre

REFERRED = (("住房公积金管理中心", False), ("社会保险经办机构", False), ("银联客服", True))
"""Whose it was, and whether they sent it back."""


def forwarded(random: Random) -> dict[str, Any]:
    """Sent on by the regulator yesterday, with a number and mostly a date of its own."""
    today = timezone.localdate()
    return {
        "source": "REGULATOR",
        "external_ref": f"JG{today:%y%m}-{random.randrange(1000, 9999)}",
        "forwarded_on": today - datetime.timedelta(days=1),
        "their_due_on": today + datetime.timedelta(days=12) if random.random() < 0.7 else None,
    }


def spoken_for() -> dict[str, Any]:
    """A lawyer speaks for the customer and has shown the mandate."""
    until = timezone.localdate() + datetime.timedelta(days=365)
    return {
        "relation": "AGENT",
        "complainant_name": "刘律师",
        "complainant_contact": "office@lawyers.example",
        "authority": Paper(kind="LAWYER", valid_until=until, words="律所函第 12 号"),
    }


def referred(centre: Centre) -> Iterator[datetime.timedelta]:
    """Not ours: explained and sent on."""
    by = centre.staff["agent"]
    story = Story("公积金提取进度查询", "住房公积金提取一直没有到账。", "", "OTHER", "", 1, 0, (), "", "")
    complaint = intake.receive(by=by, statement=centre.statement(story))
    yield datetime.timedelta(minutes=10)
    target, came_back = centre.random.choices(REFERRED, (3, 3, 1))[0]
    referral = referring.Referral(
        target=target, told_how="电话告知热线号码", reason="不属于本行业务", method=Referral.Method.CONTACT
    )
    complaint = referring.refer_out(by=by, complaint=complaint, version=complaint.version, referral=referral)
    yield datetime.timedelta(days=2)
    if came_back:
        why = "对方核实后认定由本行受理"
        boss = centre.staff["senior"]
        complaint = returning.come_back(by=boss, complaint=complaint, version=complaint.version, reason=why)
        yield datetime.timedelta(minutes=30)
        complaint = intake.classify(by=by, complaint=complaint, version=complaint.version, nature="INQUIRY")
        told = resolution.Told(channel="PHONE", content="已核实并告知到账时间。", decision="ANSWERED")
        resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told, close_as="ANSWERED")
        return
    referring.accept(by=by, complaint=complaint, version=complaint.version, who="对方坐席 2017 已受理")
