"""Two versions of one record beside each other, personal values covered (ux 5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm_site import masking
from crm_site.errors import Stale
from crm_site.models import AuditEvent, User
from customers.models import Customer

OVERTAKEN = _("Somebody else changed this in the meantime. Open the current version, then enter your change again.")
SEALED = ("birth_date", "employer", "annual_income")


def shown(name: str, value: Any) -> str:
    """A value as the audit log and the comparison of two versions show it."""
    if value in (None, ""):
        return ""
    if name == "full_name":
        return masking.name(value)
    return "***" if name in SEALED else str(value)


def overtaken(code: str) -> Stale:
    """Somebody else was first, and there is nothing to compare."""
    return Stale(code, OVERTAKEN)


def stale(current: Customer, changes: Mapping[str, Any]) -> Stale:
    """Who saved the other version, when, and where it differs from what was typed."""
    last = AuditEvent.objects.filter(object_type="customers.customer", object_id=current.customer_no).first()
    names = [name for name, value in changes.items() if getattr(current, name) != value]
    return Stale(
        "customer.stale",
        OVERTAKEN,
        who=_named(last),
        when=current.updated_at,
        yours={_label(name): _worded(current, name, changes[name]) for name in names},
        theirs={_label(name): _worded(current, name, getattr(current, name)) for name in names},
    )


def _named(event: AuditEvent | None) -> str:
    """Who did it, by the name colleagues know; a job stands under its name in the log."""
    if event is None:
        return ""
    person = User.objects.filter(pk=event.actor_id).first() if event.actor_id else None
    return str(person or event.actor)


def _label(name: str) -> str:
    field = Customer._meta.get_field(name.removesuffix("_id"))
    return str(getattr(field, "verbose_name", name))


def _worded(customer: Customer, name: str, value: Any) -> str:
    """The reader's word for a stored code; sealed values stay covered."""
    if name == "full_name" or name in SEALED or value in (None, ""):
        return str(value or "") if name == "full_name" else shown(name, value)
    field = Customer._meta.get_field(name.removesuffix("_id"))
    choices = dict(getattr(field, "flatchoices", ()))
    if name.endswith("_id"):
        related = field.related_model._default_manager.filter(pk=value).first()  # type: ignore[union-attr]
        return str(related or "")
    return str(choices.get(value, value))
