"""The keyed hashes by which sealed values are found again (docs/decisions/0005).

Each function takes a value as ``identity`` or ``names`` returns it and gives the bytes that stand in the blind index
column. The purposes keep columns apart: an account whose last four equal a phone's has another hash.
"""

from __future__ import annotations

from crm_site.encryption import blind
from customers import identity, names

SEARCH_BYTES = 16
PHONES = ("MOBILE", "LANDLINE")


def name(full_name: str) -> bytes:
    """Of the whole name, however it is written."""
    return blind("customer.name", names.fold(full_name))


def search(key: str) -> bytes:
    """Of one search key of a name, 16 bytes."""
    return blind("customer.search", key)[:SEARCH_BYTES]


def search_keys(full_name: str) -> set[bytes]:
    """Of everything a name is found by."""
    return {search(key) for key in names.search_keys(full_name)}


def document(number: str) -> bytes:
    """Of a document number."""
    return blind("document.number", number)


def document_last4(number: str) -> bytes:
    """Of the last four characters of a document number."""
    return blind("document.last4", identity.last_four(number))


def contact(kind: str, value: str) -> bytes:
    """Of a contact point; an extension is no part of a phone number, and letter case none of an address."""
    if kind in PHONES:
        return blind("contact.phone", value.partition(";")[0])
    if kind == "EMAIL":
        return blind("contact.email", identity.email_key(value))
    return blind(f"contact.{kind.lower()}", identity.compact(value))


def contact_last4(kind: str, value: str) -> bytes | None:
    """Of the last four digits of a phone; None for other contact points."""
    return blind("contact.last4", identity.last_four(value)) if kind in PHONES else None


def phone_last4(digits: str) -> bytes:
    """Of four digits somebody read out, to compare with ``contact_last4``."""
    return blind("contact.last4", digits)


def account(number: str) -> bytes:
    """Of an account or card number."""
    return blind("holding.account", identity.compact(number))


def account_last4(number: str) -> bytes:
    """Of the last four characters of an account or card number."""
    return blind("holding.last4", identity.last_four(number))
