"""The one way from a number in a URL to a customer this person may open."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from crm_site.request import StaffRequest
from customers.models import Customer


def find(request: StaffRequest, number: str) -> Customer:
    """The customer; a foreign row is 404 like one that does not exist."""
    rows = Customer.objects.visible_to(request.user).select_related("owner", "home_branch")
    return get_object_or_404(rows, customer_no=number)
