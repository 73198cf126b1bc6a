"""What supervisors, the privacy officer and auditors see of customers in the admin: covered, to read but products."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm_site.admin.base import CrmAdminForm, CrmModelAdmin, staff_of
from crm_site.models import User
from customers import merge_fields, showing, texts
from customers.actions import message_texts, products
from customers.message_kinds import KINDS
from customers.models import Consent, ContactPoint, Customer, ImportBatch, Message, MessageTemplate, Product


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


class MessageTemplateForm(CrmAdminForm):
    """The occasion is chosen from the fixed list; a short message has no subject."""

    code = forms.ChoiceField(label=_("occasion"), choices=[(code, kind.title) for code, kind in KINDS.items()])


TEXT_VERBS = {
    "_submit_text": message_texts.submit,
    "_approve_text": message_texts.approve,
    "_send_back_text": message_texts.send_back,
    "_retire_text": message_texts.retire,
}
"""The buttons of the change page."""


@admin.register(MessageTemplate)
class MessageTemplateAdmin(CrmModelAdmin):
    """What the centre writes to customers: drafted here, previewed, approved by somebody else (domain R5.14)."""

    form = MessageTemplateForm
    list_display = ("title", "channel", "locale", "version", "status", "author", "approver", "approved_at")
    list_filter = ("status", "channel", "locale", "code")
    list_select_related = ("author", "approver")
    fields = (
        "code",
        "channel",
        "locale",
        "places",
        "subject",
        "body",
        "preview",
        "size",
        "status",
        "author",
        "approver",
    )
    readonly_fields = ("places", "preview", "size", "status", "author", "approver")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Which text it is, is chosen once; its words stand once they are submitted."""
        if obj is None:
            return self.readonly_fields
        fixed = (*self.readonly_fields, "code", "channel", "locale")
        draft = isinstance(obj, MessageTemplate) and obj.status == MessageTemplate.Status.DRAFT
        return fixed if draft else (*fixed, "subject", "body")

    def apply(self, *, by: User, obj: Any, form: Any, change: bool) -> models.Model:
        """actions.message_texts, where words changed."""
        if not change:
            values = {name: form.cleaned_data[name] for name in ("code", "channel", "locale", "subject", "body")}
            return message_texts.draft(by=by, **values)
        text = MessageTemplate.objects.get(pk=obj.pk)
        if not form.changed_data:
            return text
        return message_texts.rewrite(by=by, text=text, subject=obj.subject, body=obj.body)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The button that was pressed: submitted, approved, sent back, retired."""
        for name, verb in TEXT_VERBS.items():
            if name in request.POST:
                verb(by=staff_of(request), text=MessageTemplate.objects.get(pk=obj.pk))
        return super().response_change(request, obj)

    @admin.display(description=_("occasion"))
    def title(self, row: MessageTemplate) -> str:
        """In words."""
        return row.title

    @admin.display(description=_("places"))
    def places(self, row: MessageTemplate) -> str:
        """What may be filled in."""
        kind = KINDS.get(row.code)
        return " ".join(f"{{{{{name}}}}}" for name in kind.fields) if kind else _now("Choose the occasion first.")

    @admin.display(description=_("preview"))
    def preview(self, row: MessageTemplate) -> str:
        """With made-up values."""
        if not row.pk:
            return ""
        subject, body = texts.preview(row)
        return f"{subject}\n\n{body}" if subject else body

    @admin.display(description=_("length"))
    def size(self, row: MessageTemplate) -> str:
        """Characters and parts of a short message, with a warning when it is long."""
        if not row.pk or row.channel != MessageTemplate.Channel.SMS:
            return ""
        size = merge_fields.size(texts.preview(row)[1])
        said = ngettext("%(n)d character", "%(n)d characters", size.characters) % {"n": size.characters}
        said += _now(", ") + ngettext("%(n)d part", "%(n)d parts", size.parts) % {"n": size.parts}
        return f"{said}{_now(': ')}{_now('long; shorten it')}" if size.long else said


@admin.register(ImportBatch)
class ImportBatchAdmin(CrmModelAdmin):
    """Files taken in, with their counts."""

    list_display = (
        "id", "kind", "file_name", "state", "rows", "created", "updated", "unchanged", "duplicates", "rejected",
        "started_at", "started_by",
    )  # fmt: skip
    list_filter = ("kind", "state")
    list_select_related = ("started_by",)
