"""What the bank offers: entered and corrected by supervisors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from crm_site import audit
from customers.actions import activity
from customers.models import Product

if TYPE_CHECKING:
    from crm_site.models import User

FACTS = ("code", "name", "family", "risk", "counts_in_aum", "active")


@transaction.atomic
def save_product(*, by: User, product: Product) -> Product:
    """Enter a new product, or correct one; the log shows what changed."""
    stored = Product.objects.filter(pk=product.pk).values(*FACTS).first() if product.pk else None
    product.save()
    now = {name: getattr(product, name) for name in FACTS}
    before = {name: value for name, value in (stored or {}).items() if value != now[name]}
    after = now if stored is None else {name: now[name] for name in before}
    if stored and {"family", "counts_in_aum"} & before.keys():
        activity.touch_holders(product)
    audit.record(by=by, action="product.save", obj=product, before=before, after=after)
    return product
