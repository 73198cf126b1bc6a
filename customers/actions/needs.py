"""What customers want: written down, met or declined, forgotten after half a year without movement (domain R2.6)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import RuleBroken
from customers.actions import activity, comparing
from customers.forbidden import holds_secret
from customers.models import Customer, Need

if TYPE_CHECKING:
    from crm_site.models import User

LIVES = datetime.timedelta(days=180)
LONGEST_HOW = 200
BATCH = 1_000


@transaction.atomic
def record_need(
    *, by: User | None, customer: Customer, family: str, basis: str, strength: int = 3, text: str = ""
) -> Need:
    """Write down a want. Raises RuleBroken "need.strength" for anything but 1–5."""
    if not 1 <= strength <= 5:
        raise RuleBroken("need.strength", _("Choose a strength from 1 to 5."), field="strength")
    now = timezone.now()
    made = Need.objects.create(
        customer=customer,
        family=family,
        basis=basis,
        strength=strength,
        text=text.strip(),
        owner=by,
        recorded_at=now,
        expires_on=timezone.localdate(now) + LIVES,
    )
    activity.touch([customer.pk])
    after = {"family": family, "basis": basis, "strength": strength}
    audit.record(by=by, action="need.record", obj=made, after=after)
    return made


@transaction.atomic
def settle_need(*, by: User | None, need: Need, status: str, how: str) -> Need:
    """The want was met, or is no longer wanted; ``how`` says so in a few words and stays with it.

    Raises Stale when it is no longer open, RuleBroken "need.status", "need.how" or "need.secret".
    """
    words = " ".join(how.split())
    if status not in (Need.Status.MET, Need.Status.DECLINED):
        raise RuleBroken("need.status", _("Say whether the need was met or is no longer wanted."), field="status")
    if not 0 < len(words) <= LONGEST_HOW:
        raise RuleBroken("need.how", _("Say how, in at most 200 characters."), field="how")
    if holds_secret(words):
        raise RuleBroken(
            "need.secret", _("Take out the password, PIN or code. It may never be written down."), field="how"
        )
    mine = Need.objects.filter(pk=need.pk, status=Need.Status.OPEN)
    if mine.update(status=status, how=words, settled_at=timezone.now()) != 1:
        raise comparing.overtaken("need.stale")
    need.refresh_from_db()
    activity.touch([need.customer_id])
    before = {"status": Need.Status.OPEN}
    audit.record(by=by, action="need.settle", obj=need, before=before, after={"status": status, "how": "***"})
    return need


def expire_needs(*, today: datetime.date) -> dict[str, int]:
    """Open wants whose time has run out by ``today``; each batch is one transaction with one audit row."""
    count = 0
    while batch := _due(today):
        with transaction.atomic():
            ids = [pk for pk, _customer in batch]
            open_ones = Need.objects.filter(pk__in=ids, status=Need.Status.OPEN)
            count += open_ones.update(status=Need.Status.EXPIRED, settled_at=timezone.now())
            activity.touch({customer for _pk, customer in batch})
            audit.record(by=None, action="need.expire", object_type="customers.need", after={"needs": ids})
    return {"expired": count}


def _due(today: datetime.date) -> list[tuple[int, int]]:
    rows = Need.objects.filter(status=Need.Status.OPEN, expires_on__lte=today).order_by("pk")
    return list(rows.values_list("pk", "customer_id")[:BATCH])
