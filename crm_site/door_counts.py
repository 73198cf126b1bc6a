"""Limits of public doors: so many knocks in a stretch of time, by address or by what is asked about.

A knock is counted before anything is looked up, in a transaction of its own, so what is refused counts as well.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from crm_site.encryption import blind
from crm_site.models import DoorCount

KEPT_FOR = datetime.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` knocks within ``minutes``, counted from full stretches of the clock."""

    door: str
    most: int
    minutes: int

    def since(self, now: datetime.datetime) -> datetime.datetime:
        """When the stretch that ``now`` lies in began."""
        seconds = self.minutes * 60
        return datetime.datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=datetime.UTC)


@transaction.atomic
def knock(limit: Limit, subject: str) -> bool:
    """Count one knock; whether it is still within the limit. Two at once are counted as two."""
    key, since = blind("door", f"{limit.door}:{subject}"), limit.since(timezone.now())
    DoorCount.objects.bulk_create([DoorCount(key=key, since=since)], ignore_conflicts=True)
    mine = DoorCount.objects.filter(key=key, since=since)
    mine.update(count=F("count") + 1)
    return mine.values_list("count", flat=True).get() <= limit.most


def purge(*, now: datetime.datetime) -> int:
    """Forget what was counted days ago; returns how many rows."""
    deleted, _by_model = DoorCount.objects.filter(since__lt=now - KEPT_FOR).delete()
    return deleted
