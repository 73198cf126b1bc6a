"""The sweep that warns of deadlines, against writing the same rows by known keys; deadlines by bisect against numpy."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.fill import Bank
from benchmarks.measure import Case
from complaints.actions import escalation
from complaints.models import Clock, Escalation
from crm_site import append_only
from crm_site.models import CalendarDay, Notice
from customers.models import FollowUp

DUE = 1_000  # warnings a sweep finds
DEADLINES = 1_000_000
FIVE = 5  # working days


def cases(bank: Bank) -> list[Case]:
    """Both, and the sweep that finds nothing."""
    due = _Due()
    enough = (
        len(due.clocks) == DUE
    )  # in a small bank what a sweep costs at any rate weighs more, and growth says nothing
    nothing = timezone.now() - datetime.timedelta(days=3650)

    def quiet() -> object:
        return escalation.climb(now=nothing)

    def one_row() -> object:
        return list(Clock.objects.filter(pk=due.clocks[0])) if due.clocks else None

    return [
        Case(
            "sla_sweep",
            3.5 if enough else 5,
            due.sweep,
            due.write,
            prepare=due.again,
            prepare_floor=due.forget,
            check=due.is_right,
            note=f"{len(due.clocks)} due; floor: the same rows by known keys",
            growth=1.2 if enough else 0,
        ),
        Case("sla_sweep_quiet", 5, quiet, one_row, times=50, note="nothing due; floor: a row by key"),
        _deadlines(),
    ]


@dataclass
class _Due:
    """Complaints two working days before their answer is due, at ten in the morning of a working day."""

    now: datetime.datetime = field(init=False)
    clocks: list[int] = field(init=False)
    rows: list[Escalation] = field(init=False, default_factory=list)
    notices: list[Notice] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        calendar = CalendarDay.objects.calendar()
        today = calendar.next_working(timezone.localdate())
        on = calendar.add(today, 2)
        self.now = timezone.make_aware(datetime.datetime.combine(today, datetime.time(10)))
        ends = timezone.make_aware(datetime.datetime.combine(on + datetime.timedelta(days=1), datetime.time.min))
        heavy = Clock.objects.filter(kind="FEEDBACK", follow_up__state="OPEN", round__complaint__level__gt=1)
        self.clocks = list(heavy.order_by("pk").values_list("pk", flat=True)[:DUE])
        FollowUp.objects.filter(clock__in=self.clocks).update(due_on=on, due_at=ends)
        append_only.remove(connection, ["complaints_escalation"])  # so that a repetition may begin anew
        self.again()
        self.sweep()
        self.rows, self.notices = list(Escalation.objects.all()), list(Notice.objects.all())

    def forget(self) -> None:
        """As if nobody had been told."""
        Escalation.objects.all().delete()
        Notice.objects.all().delete()

    def again(self) -> None:
        """Nobody has been told, and all of them are due."""
        self.forget()
        Clock.objects.filter(pk__in=self.clocks).update(ladder_at=self.now)

    def sweep(self) -> object:
        return escalation.climb(now=self.now)

    @transaction.atomic
    def write(self) -> object:
        """What the sweep writes, known beforehand."""
        Clock.objects.filter(pk__in=self.clocks).update(ladder_at=None)
        for row in [*self.rows, *self.notices]:
            row.pk = None
        Escalation.objects.bulk_create(self.rows)
        return Notice.objects.bulk_create(self.notices)

    def is_right(self) -> bool:
        """Each was told once, and waits for its next warning."""
        self.again()
        self.sweep()
        told = Escalation.objects.filter(state="SENT").values("clock").distinct().count()
        return told == len(self.clocks) and not Clock.objects.filter(ladder_at__lte=self.now).exists()


def _deadlines() -> Case:
    """Five working days on from each of a million days of receipt, dates in and dates out."""
    calendar = CalendarDay.objects.calendar()
    first = datetime.date(2024, 1, 1)
    days = [first + datetime.timedelta(days=n % 1000) for n in range(DEADLINES)]

    def by_bisect() -> list[datetime.date]:
        return [calendar.add(day, FIVE) for day in days]

    def by_numpy() -> object:
        return np.busday_offset(np.array(days, dtype="datetime64[D]"), FIVE, roll="backward").tolist()

    def is_right() -> bool:
        return all(calendar.between(day, on) == FIVE for day, on in zip(days[:1000], by_bisect()[:1000], strict=True))

    note = "floor: numpy's week, which knows no make-up weekends"
    return Case("deadline", 10, by_bisect, by_numpy, check=is_right, note=note, repetitions=3)
