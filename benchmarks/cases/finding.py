"""Finding people: by a number somebody reads out, and by two characters of a name."""

from __future__ import annotations

from itertools import cycle

from benchmarks.fill import Bank, phone_of
from benchmarks.measure import Case
from customers import keys
from customers.models import ContactPoint, Customer
from customers.models.search import find


def cases(bank: Bank) -> list[Case]:
    """Each against reading the same rows by primary key."""
    places = cycle(range(0, bank.size, max(1, bank.size // 100)))
    people = cycle(bank.sample)
    pages = [bank.sample[start : start + 25] for start in range(0, len(bank.sample) - 25, 5)] or [bank.sample[:25]]
    page = cycle(pages)

    def by_index() -> object:
        key = keys.contact("MOBILE", phone_of(next(places)))
        return [point.customer for point in ContactPoint.objects.filter(value_bidx=key).select_related("customer")]

    def by_key() -> object:
        return list(Customer.objects.filter(pk=next(people)))

    def one_box() -> object:
        return find(phone_of(next(places)), user=bank.viewer)

    def two_characters() -> object:
        return find("王伟", user=bank.viewer, limit=25)

    def rows_by_key() -> object:
        return list(Customer.objects.filter(pk__in=next(page)).select_related("home_branch"))

    return [
        Case("lookup_exact", 1.5, by_index, by_key, times=300, check=lambda: bool(by_index())),
        Case(
            "lookup_box",
            8,
            one_box,
            by_key,
            times=100,
            check=lambda: bool(one_box()),
            note="the whole box, both queries",
        ),
        Case("search_2char", 2, two_characters, rows_by_key, times=50, check=lambda: bool(two_characters())),
    ]
