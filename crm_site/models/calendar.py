"""The statutory calendar as the State Council announced it, kept as exceptions to Monday–Friday (domain C.1, D.2)."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_site import workdays


class CalendarYear(models.Model):
    """One year, and whether an official notice for it has been loaded. Without one its dates are provisional."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    official = models.BooleanField(_("official"), default=False)
    notice = models.CharField(_("notice"), max_length=200, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class CalendarDayQuerySet(models.QuerySet["CalendarDay"]):
    """Exceptions, and the calendar they make."""

    def calendar(self) -> workdays.Calendar:
        """The working calendar as it stands now; rebuilt only when a year's revision has moved."""
        stamp = tuple(CalendarYear.objects.order_by("year").values_list("year", "official", "revision", "changed_at"))
        cached = _CACHE.get(stamp)
        if cached is None:
            rows = self.values_list("date", "is_working", "name", "kind")
            days = {day: workdays.DayException(working, name, kind) for day, working, name, kind in rows}
            cached = workdays.Calendar(days, [year for year, official, *_rest in stamp if official])
            _CACHE.clear()
            _CACHE[stamp] = cached
        return cached


_CACHE: dict[tuple[tuple[int, bool, int, datetime.datetime], ...], workdays.Calendar] = {}


class CalendarDay(models.Model):
    """A day that differs from its weekday: a holiday that rests, or a make-up weekend that works."""

    class Kind(models.TextChoices):
        HOLIDAY = "HOLIDAY", _("Holiday")
        MAKEUP = "MAKEUP", _("Make-up working day")
        OBSERVED = "OBSERVED", _("Observed")
        BANK_SPECIAL = "BANK_SPECIAL", _("Bank's own day")

    class Source(models.TextChoices):
        OFFICIAL = "OFFICIAL", _("Official notice")
        PACKAGE = "PACKAGE", _("Provisional guess")
        MANUAL = "MANUAL", _("Entered by hand")

    date = models.DateField(_("date"), unique=True)
    is_working = models.BooleanField(_("working day"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices, default=Source.MANUAL)

    objects: ClassVar[CalendarDayQuerySet] = CalendarDayQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["-date"]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}"

    @property
    def year(self) -> int:
        """The calendar year this exception belongs to."""
        return datetime.date.fromisoformat(str(self.date)).year
