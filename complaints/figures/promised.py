"""Promises that fell due in a period, and which of them were kept in time (domain D.6, K.2).

Counted is what fell due, those still open included; never what was answered. A promise counts once its moment has
passed. What was missed stays missed whatever became of the date later; withdrawn and merged matters fall out unless
they had missed it before.
"""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from complaints.figures.period import Period
from complaints.models import Clock, Pause
from complaints.sla import Kind
from customers.models import FollowUp

_COUNTS = Q(follow_up__state__in=(FollowUp.State.OPEN, FollowUp.State.KEPT)) | Q(missed=True)


def _first_missed(clocks: QuerySet[Clock]) -> QuerySet[Clock]:
    """One promise a matter: the first one missed, else the last date it was given."""
    earlier = Clock.objects.filter(round=OuterRef("round"), kind=OuterRef("kind"), profile=OuterRef("profile"))
    return clocks.filter(~Exists(earlier.filter(missed=True, pk__lt=OuterRef("pk"))))


def _first_round(kind: Kind, period: Period) -> QuerySet[Clock]:
    return Clock.objects.filter(_COUNTS, kind=kind, round__no=1, follow_up__promised_at__lte=period.at)


def due(kind: Kind, period: Period) -> QuerySet[Clock]:
    """First rounds' promises of a kind that fell due, by the date as pauses moved it. One whose clock stands still is
    not due yet."""
    fell = _first_round(kind, period).filter(
        follow_up__kind=FollowUp.Kind.CLOCK,
        follow_up__due_on__gte=period.first,
        follow_up__due_on__lte=period.last,
        follow_up__due_at__lte=period.at,
    )
    standing = Pause.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=period.at),
        round=OuterRef("round"),
        began_at__lte=period.at,
        began_at__lt=OuterRef("follow_up__due_at"),
    )
    return _first_missed(fell.filter(~Exists(standing)) if kind == Kind.FEEDBACK else fell)


def met(kind: Kind, period: Period) -> QuerySet[Clock]:
    """Those of ``due`` kept before their moment."""
    return due(kind, period).filter(follow_up__kept_at__lt=F("follow_up__due_at"))


def due_gross(period: Period) -> QuerySet[Clock]:
    """As ``due`` for the answer, by the date it would have had without any pause."""
    plain = Q(
        gross_at=None,
        follow_up__kind=FollowUp.Kind.CLOCK,
        follow_up__due_on__gte=period.first,
        follow_up__due_on__lte=period.last,
        follow_up__due_at__lte=period.at,
    )
    paused = Q(gross_at__gt=period.start, gross_at__lte=min(period.stop, period.at))
    return _first_missed(_first_round(Kind.FEEDBACK, period).filter(plain | paused))


def met_gross(period: Period) -> QuerySet[Clock]:
    """Those of ``due_gross`` kept before that moment."""
    plain = Q(gross_at=None, follow_up__kept_at__lt=F("follow_up__due_at"))
    return due_gross(period).filter(plain | Q(follow_up__kept_at__lt=F("gross_at")))
