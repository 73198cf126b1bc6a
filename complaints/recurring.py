"""Which causes come again and again: what the detector proposes from, and what summaries say (domain K.1)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Count, Q

from complaints import improving
from complaints.figures import DAY
from complaints.improving import LONG_DAYS, RECENT_DAYS
from complaints.models import Complaint
from complaints.models.complaint import ComplaintQuerySet
from crm_site import bank_day


@dataclass(frozen=True, slots=True)
class Recurring:
    """A cause and product that came again and again: complaints in the last 30 days, and in the half year before."""

    cause: str
    product_id: int | None
    product: str | None  # its code
    recent: int
    before: int


def recurring(today: datetime.date, *, among: ComplaintQuerySet | None = None) -> list[Recurring]:
    """Every cause and product that recurs, the most frequent first (domain K.1); one query over seven months."""
    recent = bank_day.begins(today - (RECENT_DAYS - 1) * DAY)
    since, until = recent - LONG_DAYS * DAY, bank_day.ends(today)
    everything = Complaint.objects.all() if among is None else among
    rows = everything.filter(received_at__gte=since, received_at__lt=until, nature=Complaint.Nature.COMPLAINT)
    counted = rows.exclude(cause="").order_by().values_list("cause", "product", "product__code").annotate(
        recent=Count("pk", filter=Q(received_at__gte=recent)), before=Count("pk", filter=Q(received_at__lt=recent))
    )  # fmt: skip
    found = [Recurring(*row) for row in counted.filter(recent__gt=0)]
    again = [one for one in found if improving.recurs(one.recent, one.before)]
    return sorted(again, key=lambda one: (-one.recent, one.cause, one.product_id or 0))
