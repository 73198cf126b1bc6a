"""Customers in a list: those changed last, or mine; page by page along an index (performance 3)."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.roles import Role
from customers import showing
from customers.models import ClassOverride, ContactPoint, Customer, Standing, laid_over

PAGE = 25
_NAMES = ("customer_no", "kind", "full_name", "sex", "birth_date", "owner", "completeness", "updated_at", "restricted")


def customers(request: StaffRequest) -> HttpResponse:
    """The list; its view and place are in the address."""
    user = request.user
    mine = request.GET.get("view") == "mine"
    rows = Customer.objects.living().visible_to(user)
    if mine:
        rows = rows.filter(owner=user)
    page = _page(rows, request.GET.get("after", ""))
    more, page = len(page) > PAGE, page[:PAGE]
    context = {
        "views": _views(user, mine),
        "rows": [_row(customer, user) for customer in page],
        "next": _key(page[-1]) if more else "",
        "later": "after" in request.GET,
        "mine": mine,
    }
    return render(request, "customers/customer_list.html", context)


def _views(user: User, mine: bool) -> list[dict[str, Any]]:
    views = [{"label": _("Changed last"), "url": "?", "n": None, "current": not mine}]
    if user.has_role(Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR):
        views.append({"label": _("Mine"), "url": "?view=mine", "n": None, "current": mine})
    return views


def _page(rows: QuerySet[Customer], after: str) -> list[Customer]:
    """One page and one row more. The redundant upper bound keeps the index range on both databases."""
    place = _place(after)
    if place is not None:
        moment, pk = place
        rows = rows.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, pk__lt=pk), updated_at__lte=moment)
    rows = rows.select_related("owner").only(*_NAMES, "owner__display_name").order_by("-updated_at", "-pk")
    points = ContactPoint.objects.filter(type__in=("MOBILE", "LANDLINE")).order_by("-preferred", "pk")
    standings = Standing.objects.published().only("customer_id", "asset_class", "grade", "credit_risk")
    hands = Prefetch("class_overrides", ClassOverride.objects.in_effect(), "overrides_now")
    related = Prefetch("contact_points", points, "phones"), Prefetch("standings", standings, "standing_now"), hands
    return list(rows.prefetch_related(*related)[: PAGE + 1])


def _key(customer: Customer) -> str:
    """The place after this row: its moment and its number, no primary key."""
    return f"{customer.updated_at.isoformat()}~{customer.customer_no}"


def _place(after: str) -> tuple[datetime.datetime, int] | None:
    """The moment and key an address stands for; an unreadable one is the beginning."""
    text, _tilde, number = after.partition("~")
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    pk = Customer.objects.filter(customer_no=number).values_list("pk", flat=True).first() if moment else None
    return (moment, pk) if moment is not None and moment.tzinfo is not None and pk is not None else None


def _row(customer: Customer, user: User) -> dict[str, Any]:
    phones: list[ContactPoint] = getattr(customer, "phones", [])
    standings: list[Standing] = getattr(customer, "standing_now", [])
    return {
        "customer": customer,
        "name": showing.listed_name(customer, user),
        "person": showing.person(customer),
        "phone": showing.contact(phones[0]) if phones else "",
        "standing": laid_over(standings[0], getattr(customer, "overrides_now", [])) if standings else None,
    }
