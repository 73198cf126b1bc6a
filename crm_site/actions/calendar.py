"""Keeping the calendar (domain C.1, D.2). A change counts for promises made from now on; none that is stored moves."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay, CalendarYear, User


def _touch(year: int) -> CalendarYear:
    """The year's next revision; made, as provisional, when nobody has spoken of it yet.

    The stamp is the database's clock: with the revision it tells every process that its calendar is old.
    """
    CalendarYear.objects.get_or_create(year=year)
    CalendarYear.objects.filter(year=year).update(revision=F("revision") + 1, changed_at=Now())
    return CalendarYear.objects.get(year=year)


def _facts(day: CalendarDay | None) -> dict[str, object]:
    return (
        {} if day is None else {"is_working": day.is_working, "kind": day.kind, "name": day.name, "source": day.source}
    )


@transaction.atomic
def set_day(*, by: User, date: datetime.date, is_working: bool, kind: str, name: str) -> CalendarDay:
    """Say that the bank works, or rests, on a date whatever its weekday says; entered by hand.

    Raises RuleBroken when kind and working day contradict each other, or the name is missing.
    """
    if (kind == CalendarDay.Kind.MAKEUP) != is_working and kind != CalendarDay.Kind.BANK_SPECIAL:
        raise RuleBroken(
            "kind_contradicts_day",
            _("A make-up day is a working day and a holiday is not. Correct one of the two."),
            field="kind",
        )
    if not name.strip():
        raise RuleBroken("name_missing", _("Name the day, for example after its holiday."), field="name")
    year = _touch(date.year)
    before = CalendarDay.objects.filter(date=date).first()
    values = {"is_working": is_working, "kind": kind, "name": name.strip(), "source": CalendarDay.Source.MANUAL}
    day, _created = CalendarDay.objects.update_or_create(date=date, defaults=values)
    after = {**_facts(day), "revision": year.revision}
    audit.record(by=by, action="calendar.set_day", obj=day, object_id=str(date), before=_facts(before), after=after)
    return day


@transaction.atomic
def withdraw_day(*, by: User, date: datetime.date) -> None:
    """Let a date follow its weekday again. Raises RuleBroken when it already does."""
    day = CalendarDay.objects.filter(date=date).first()
    if day is None:
        raise RuleBroken("no_such_day", _("This date follows its weekday already."))
    year = _touch(date.year)
    before = _facts(day)
    day.delete()
    after = {"revision": year.revision}
    audit.record(
        by=by,
        action="calendar.withdraw_day",
        object_type=CalendarDay._meta.label_lower,
        object_id=str(date),
        before=before,
        after=after,
    )


@transaction.atomic
def set_year(*, by: User, year: int, official: bool, notice: str) -> CalendarYear:
    """Say whether a year rests on an official notice; until it does, dates reckoned in it are called provisional.

    Raises RuleBroken for an official year without a notice, and for years outside 1950–2100.
    """
    if official and not notice.strip():
        raise RuleBroken("notice_missing", _("Name the notice this year rests on, or its address."), field="notice")
    if not 1950 <= year <= 2100:
        raise RuleBroken("year_out_of_range", _("Enter a year between 1950 and 2100."), field="year")
    known = CalendarYear.objects.filter(year=year).first()
    before = {"official": known.official, "notice": known.notice} if known else {}
    _touch(year)
    CalendarYear.objects.filter(year=year).update(official=official, notice=notice.strip())
    row = CalendarYear.objects.get(year=year)
    after = {"official": row.official, "notice": row.notice, "revision": row.revision}
    audit.record(by=by, action="calendar.set_year", obj=row, object_id=str(year), before=before, after=after)
    return row
