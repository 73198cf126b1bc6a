"""What supervisors, the privacy officer and auditors see of customers in the admin: covered, to read but products."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm_site.admin.base import CrmModelAdmin
from crm_site.models import User
from customers import showing
from customers.actions import products
from customers.models import Consent, ContactPoint, Customer, ImportBatch, Message, Product


@admin.register(Product)
class ProductAdmin(CrmModelAdmin):
    """What the bank offers."""

    list_display = ("code", "name", "family", "risk", "counts_in_aum", "active")
    list_filter = ("family", "active")
    search_fields = ("code", "name")

    def apply(self, *, by: User, obj: Any, form: Any, change: bool) -> models.Model:
        """Through the verb, so that the log knows."""
        return products.save_product(by=by, product=obj)


@admin.register(Customer)
class CustomerAdmin(CrmModelAdmin):
    """Records, names covered; sealed facts are not shown here at all."""

    list_display = (
        "customer_no",
        "covered_name",
        "kind",
        "status",
        "owner",
        "completeness",
        "restricted",
        "updated_at",
    )
    list_filter = ("kind", "status", "restricted", "is_demo")
    list_select_related = ("owner",)
    search_fields = ("customer_no",)
    exclude = ("full_name", "birth_date", "employer", "annual_income")
    readonly_fields = ("covered_name",)

    @admin.display(description=_("name"))
    def covered_name(self, row: Customer) -> str:
        """The name as lists show it."""
        return row.masked_name


@admin.register(ContactPoint)
class ContactPointAdmin(CrmModelAdmin):
    """Ways to reach customers, covered."""

    list_display = ("customer_no", "type", "covered", "status", "preferred", "verified_at")
    list_filter = ("type", "status")
    list_select_related = ("customer",)
    exclude = ("value",)
    readonly_fields = ("covered",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """With their customers, whose number is shown."""
        return super().get_queryset(request).order_by("-pk")

    @admin.display(description=_("customer number"))
    def customer_no(self, row: ContactPoint) -> str:
        """Whose it is."""
        return row.customer.customer_no

    @admin.display(description=_("value"))
    def covered(self, row: ContactPoint) -> str:
        """The value as lists show it."""
        return showing.contact(row)


@admin.register(Consent)
class ConsentAdmin(CrmModelAdmin):
    """Acts of consent; nobody alters one."""

    list_display = ("customer_no", "purpose", "channel", "act", "at", "evidence", "recorded_by")
    list_filter = ("purpose", "channel", "act")
    list_select_related = ("customer", "recorded_by")
    ordering = ("-pk",)

    @admin.display(description=_("customer number"))
    def customer_no(self, row: Consent) -> str:
        """Whose it is."""
        return row.customer.customer_no


@admin.register(Message)
class MessageAdmin(CrmModelAdmin):
    """The outbox and what became of every message; what it said is sealed and not shown."""

    list_display = (
        "uuid",
        "template",
        "channel",
        "purpose",
        "state",
        "reason",
        "attempts",
        "not_before",
        "finished_at",
    )
    list_filter = ("state", "channel", "purpose")
    ordering = ("-pk",)
    exclude = ("values", "contact_point")


@admin.register(ImportBatch)
class ImportBatchAdmin(CrmModelAdmin):
    """Files taken in, with their counts."""

    list_display = (
        "id", "kind", "file_name", "state", "rows", "created", "updated", "unchanged", "duplicates", "rejected",
        "started_at", "started_by",
    )  # fmt: skip
    list_filter = ("kind", "state")
    list_select_related = ("started_by",)
