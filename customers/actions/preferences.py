"""When and how a customer wants to be reached (handbook 5/1.1.25(3))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import RuleBroken
from customers.actions import measuring
from customers.models import ContactPoint, ContactPreference, Customer

if TYPE_CHECKING:
    from crm_site.models import User


@transaction.atomic
def set_preference(
    *, by: User | None, customer: Customer, best_time: str, channel: str, no_proactive_contact: bool
) -> ContactPreference:
    """Write it down; refusing proactive contact acts at once, also on messages that wait."""
    if channel and channel not in ContactPoint.Type.values:
        raise RuleBroken("preference.channel", _("Choose one of the channels offered."), field="channel")
    made, _created = ContactPreference.objects.update_or_create(
        customer=customer,
        defaults={"best_time": best_time.strip(), "channel": channel, "no_proactive_contact": no_proactive_contact},
    )
    measuring.refresh(customer)
    after = {"channel": channel, "no_proactive_contact": no_proactive_contact, "best_time": bool(best_time.strip())}
    audit.record(by=by, action="customer.set_preference", obj=customer, after=after)
    return made
