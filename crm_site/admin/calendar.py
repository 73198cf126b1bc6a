"""The statutory calendar, kept by supervisors through its verbs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_site.actions import calendar
from crm_site.admin.base import CrmModelAdmin, staff_of
from crm_site.models import CalendarDay, CalendarYear, User


def offer_recalculation(request: HttpRequest) -> None:
    """No promise has moved; whoever wants them to proposes it, and another person decides."""
    link = format_html('<a href="{}">{}</a>', reverse("complaints:recalculation_new"), _("Propose a recalculation"))
    messages.info(request, format_html("{} {}", _("Promises already given keep their dates."), link))


@admin.register(CalendarYear)
class CalendarYearAdmin(CrmModelAdmin):
    """Which years rest on an official notice."""

    list_display = ("year", "official", "notice", "revision", "changed_at")
    list_filter = ("official",)
    readonly_fields = ("revision", "changed_at")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """The year itself is given once."""
        return (*self.readonly_fields, "year") if obj else self.readonly_fields

    def apply(self, *, by: User, obj: CalendarYear, form: Any, change: bool) -> CalendarYear:
        """actions.calendar.set_year."""
        return calendar.set_year(by=by, year=obj.year, official=obj.official, notice=obj.notice)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The offer stands beside the word that it is saved."""
        offer_recalculation(request)
        return super().log_change(request, obj, message)


@admin.register(CalendarDay)
class CalendarDayAdmin(CrmModelAdmin):
    """Days that differ from their weekday."""

    list_display = ("date", "is_working", "kind", "name", "source")
    list_filter = ("kind", "source", "is_working")
    date_hierarchy = "date"
    search_fields = ("name",)
    readonly_fields = ("source",)
    actions = ("withdraw",)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """The date itself is given once."""
        return (*self.readonly_fields, "date") if obj else self.readonly_fields

    def apply(self, *, by: User, obj: CalendarDay, form: Any, change: bool) -> CalendarDay:
        """actions.calendar.set_day."""
        return calendar.set_day(by=by, date=obj.date, is_working=obj.is_working, kind=obj.kind, name=obj.name)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The offer stands beside the word that it is saved."""
        offer_recalculation(request)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """As for a new day."""
        offer_recalculation(request)
        return super().log_change(request, obj, message)

    @admin.action(permissions=["change"], description=gettext_lazy("Let these days follow their weekday again"))
    def withdraw(self, request: HttpRequest, queryset: models.QuerySet[CalendarDay]) -> None:
        """actions.calendar.withdraw_day, for each."""
        dates = list(queryset.values_list("date", flat=True))
        for date in dates:
            calendar.withdraw_day(by=staff_of(request), date=date)
        text = ngettext("%(n)s day follows its weekday again.", "%(n)s days follow their weekday again.", len(dates))
        messages.success(request, text % {"n": len(dates)})
        offer_recalculation(request)
