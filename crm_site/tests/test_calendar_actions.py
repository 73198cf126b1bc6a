"""Supervisors keep the calendar; what they change counts from then on."""

from __future__ import annotations

import datetime

import pytest
from django.db import transaction

from crm_site.actions import calendar
from crm_site.calendar_seed import read_seed
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent, CalendarDay, CalendarYear
from crm_site.testing import person

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime.date(2026, 7, 15)
SATURDAY = datetime.date(2026, 7, 18)


def is_working(date):
    return CalendarDay.objects.all().calendar().is_working(date)


def test_the_product_is_born_with_every_notice_since_2007():
    official = CalendarYear.objects.filter(official=True).values_list("year", flat=True)
    assert sorted(official) == list(range(2007, 2027))
    assert not CalendarYear.objects.get(year=2027).official
    assert CalendarDay.objects.count() == len(read_seed().days)


def test_a_rest_day_is_added_and_counts_at_once():
    assert is_working(WEDNESDAY)
    calendar.set_day(by=person("supervisor"), date=WEDNESDAY, is_working=False, kind="BANK_SPECIAL", name="Moving day")
    assert not is_working(WEDNESDAY)


def test_a_change_has_a_new_revision_and_an_audit_row_with_before_and_after():
    by = person("supervisor")
    revision = CalendarYear.objects.get(year=2026).revision
    calendar.set_day(by=by, date=SATURDAY, is_working=True, kind="MAKEUP", name="Make-up")
    calendar.set_day(by=by, date=SATURDAY, is_working=True, kind="MAKEUP", name="Make-up day")
    assert CalendarYear.objects.get(year=2026).revision == revision + 2
    first, second = AuditEvent.objects.filter(action="calendar.set_day").order_by("seq")
    assert first.before == {} and second.before["name"] == "Make-up" and second.after["name"] == "Make-up day"
    assert second.object_id == "2026-07-18" and second.after["source"] == "MANUAL"


def test_a_day_withdrawn_follows_its_weekday_again():
    by, holiday = person("supervisor"), datetime.date(2026, 10, 1)
    assert not is_working(holiday)
    calendar.withdraw_day(by=by, date=holiday)
    assert is_working(holiday)
    assert AuditEvent.objects.get(action="calendar.withdraw_day").before["kind"] == "HOLIDAY"
    with pytest.raises(RuleBroken):
        calendar.withdraw_day(by=by, date=holiday)


@pytest.mark.parametrize(("kind", "works"), [("MAKEUP", False), ("HOLIDAY", True), ("OBSERVED", True)])
def test_a_kind_that_contradicts_the_day_is_refused(kind, works):
    with pytest.raises(RuleBroken):
        calendar.set_day(by=person("supervisor"), date=SATURDAY, is_working=works, kind=kind, name="x")
    assert not CalendarDay.objects.filter(date=SATURDAY).exists()


def test_a_day_in_a_year_nobody_spoke_of_makes_the_year_provisional():
    date = datetime.date(2040, 1, 2)
    calendar.set_day(by=person("supervisor"), date=date, is_working=False, kind="HOLIDAY", name="New Year")
    assert not CalendarYear.objects.get(year=2040).official


def test_a_year_becomes_official_with_its_notice_only():
    by = person("supervisor")
    with pytest.raises(RuleBroken):
        calendar.set_year(by=by, year=2027, official=True, notice=" ")
    row = calendar.set_year(by=by, year=2027, official=True, notice="Notice no. 7")
    assert row.official and row.revision == 2
    assert CalendarDay.objects.all().calendar().is_working(datetime.date(2027, 3, 3))


@pytest.mark.parametrize("year", [0, 1949, 2101, 9999])
def test_years_out_of_reach_are_refused(year):
    with pytest.raises(RuleBroken):
        calendar.set_year(by=person("supervisor"), year=year, official=False, notice="")


def test_a_change_taken_back_leaves_the_old_calendar_in_force():
    with pytest.raises(ValueError, match="undo"), transaction.atomic():
        calendar.set_day(by=person("supervisor"), date=WEDNESDAY, is_working=False, kind="HOLIDAY", name="x")
        assert not is_working(WEDNESDAY)
        raise ValueError("undo")
    assert is_working(WEDNESDAY)
