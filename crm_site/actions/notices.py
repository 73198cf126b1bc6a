"""Telling people who work here: each thing once, in working time; read and acknowledged by them alone (domain O.3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import audit, office_hours
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import CalendarDay, Notice, User

KEPT_FOR = datetime.timedelta(days=180)  # what was read and asks for nothing more


@dataclass(frozen=True, slots=True)
class Telling:
    """What ``tell`` takes, for many matters at once."""

    to: Iterable[User]
    kind: str
    title: str
    values: Mapping[str, Any]
    about_kind: str
    about_no: str
    dedupe: str
    needs_ack: bool = False


def tell(
    *,
    to: Iterable[User],
    kind: str,
    title: str,
    values: Mapping[str, Any],
    about_kind: str,
    about_no: str,
    dedupe: str,
    at: datetime.datetime | None = None,
    needs_ack: bool = False,
) -> int:
    """Tell these people, each once for a ``dedupe`` key, however often and from wherever asked; how many were new.

    ``title`` is source text marked by gettext_noop, ``values`` as Notice says: nothing about customers. Made outside
    working time it is delivered when the next working day opens. Whoever has left is not told. Written in the caller's
    transaction; the notice itself is the record of it.
    """
    return tell_all([Telling(to, kind, title, values, about_kind, about_no, dedupe, needs_ack)], at=at)


def tell_all(tellings: Iterable[Telling], *, at: datetime.datetime | None = None) -> int:
    """As tell, of many things at one moment, in as many queries as of one."""
    made = at or timezone.now()
    found = [(telling, person) for telling in tellings for person in _readers(telling.to)]
    if not found:
        return 0
    deliver_at = delivery(made)
    people, keys = {person.pk for _telling, person in found}, {telling.dedupe for telling, _person in found}
    told = set(Notice.objects.filter(to__in=people, dedupe_key__in=keys).values_list("to_id", "dedupe_key"))
    fresh = [_notice(telling, person, made, deliver_at) for telling, person in found]
    fresh = [notice for notice in fresh if (notice.to_id, notice.dedupe_key) not in told]
    return len(Notice.objects.bulk_create(fresh, ignore_conflicts=True))  # of two tellers at once the key lets one in


def _readers(people: Iterable[User]) -> Iterable[User]:
    """Each once, of those who work here still."""
    return {person.pk: person for person in people if is_told(person)}.values()


def is_told(person: User) -> bool:
    """Whether this person still works here; who is on leave reads it when they are back."""
    return person.is_active and person.status != User.Status.LEFT


def _notice(telling: Telling, person: User, made: datetime.datetime, deliver_at: datetime.datetime) -> Notice:
    return Notice(
        to=person,
        kind=telling.kind,
        title=telling.title,
        values=dict(telling.values),
        about_kind=telling.about_kind,
        about_no=telling.about_no,
        at=made,
        deliver_at=deliver_at,
        needs_ack=telling.needs_ack,
        dedupe_key=telling.dedupe,
    )


def delivery(made: datetime.datetime) -> datetime.datetime:
    """When something made at this moment reaches its reader: never outside working time."""
    calendar, zone = CalendarDay.objects.calendar(), timezone.get_default_timezone()
    return office_hours.next_moment(made, calendar, zone, office_hours.parse(settings.OFFICE_HOURS))


def read(*, by: User, notice: Notice) -> None:
    """They have looked at it; the first look counts. Raises NotAllowed for another person's."""
    _require_own(by, notice)
    Notice.objects.unread().filter(pk=notice.pk).update(read_at=timezone.now())


def read_all(*, by: User) -> int:
    """Everything delivered to this person has been looked at; how many had not been."""
    now = timezone.now()
    return Notice.objects.visible_to(by).delivered(now).unread().update(read_at=now)


@transaction.atomic
def acknowledge(*, by: User, notice: Notice) -> None:
    """They say that they know and act; said twice it counts once.

    Raises NotAllowed for another person's notice, RuleBroken for one that asks for no word back.
    """
    _require_own(by, notice)
    if not notice.needs_ack:
        raise RuleBroken("notice.no_word", _("This notice asks for no acknowledgement."))
    now = timezone.now()
    waiting = Notice.objects.unacknowledged().filter(pk=notice.pk)
    if waiting.update(acked_at=now, read_at=notice.read_at or now):
        audit.record(
            by=by, action="notice.acknowledge", obj=notice, after={"kind": notice.kind, "about": notice.about_no}
        )


def _require_own(by: User, notice: Notice) -> None:
    if notice.to_id != by.pk:
        raise NotAllowed("notice.owner", _("This notice was written to somebody else."))


def purge(*, now: datetime.datetime) -> int:
    """Forget what was read half a year ago and asked for nothing; what was acknowledged stays. How many."""
    old = Notice.objects.filter(needs_ack=False, read_at__lt=now - KEPT_FOR)
    deleted, _by_model = old.delete()
    return deleted
