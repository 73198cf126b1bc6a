"""Products a profile names: made when they are missing, found by their code."""

from __future__ import annotations

from customers.actions.imports.profile import Profile
from customers.models import Product

_NOT_MADE_YET = -1  # stands for a product the profile will make, so that a dry run counts as the real one


def make(profile: Profile) -> None:
    """Make the products of the profile that are not there yet."""
    for code, values in profile.products.items():
        Product.objects.get_or_create(code=code, defaults=values)


def known(profile: Profile) -> dict[str, int]:
    """The key of every product by its code, those the profile will make included."""
    return dict.fromkeys(profile.products, _NOT_MADE_YET) | dict(Product.objects.values_list("code", "pk"))
