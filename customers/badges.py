"""Figures on the rail: my own open work only."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from crm_site import bank_day
from crm_site.models import User
from customers.models import FollowUp


def mine(user: User) -> QuerySet[FollowUp]:
    """My open follow-ups due today or earlier; deadlines of complaints are counted with the complaints."""
    due = FollowUp.objects.open().of(user).filter(due_at__lte=bank_day.ends(timezone.localdate()))
    return due.exclude(kind=FollowUp.Kind.CLOCK)
