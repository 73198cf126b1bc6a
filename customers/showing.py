"""What of a customer a reader may see, and in which words (domain J.2, J.3, J.5).

The name is whole on the open record for those who serve customers, and to the customer's own manager; in lists and
search results it is covered. Amounts are for leaders, and for agents while they serve this customer.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from crm_site import masking
from crm_site.roles import Role
from crm_site.surnames import surname_length
from customers import names
from customers.models import ContactPoint, Customer, FollowUp, IdentityDocument, Interaction

if TYPE_CHECKING:
    from crm_site.models import User

SERVES = (Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR, Role.PRIVACY)
SEES_MONEY = (Role.SENIOR, Role.SUPERVISOR, Role.PRIVACY)
SEES_MONEY_WHILE_SERVING = (Role.AGENT, Role.HANDLER, Role.TFMEMBER)


def record_name(customer: Customer, user: User) -> str:
    """The name at the head of the open record."""
    return customer.full_name if user.has_role(*SERVES) else customer.masked_name


def spoken_name(customer: Customer, user: User) -> str:
    """How a Chinese name on the open record is read, "Lin Xiaotong"; "" for other names and where it is covered."""
    full = customer.full_name
    if not user.has_role(*SERVES) or full.isascii() or customer.kind != Customer.Kind.INDIVIDUAL:
        return ""
    syllables = names.pinyin(full).split()
    family = surname_length(names.fold(full))
    return " ".join("".join(part).capitalize() for part in (syllables[:family], syllables[family:]) if part)


def listed_name(customer: Customer, user: User) -> str:
    """The name in a list: whole for the customer's own manager, covered for all others."""
    return customer.full_name if customer.owner_id == user.pk and user.has_role(*SERVES) else customer.masked_name


def found_name(customer: Customer, typed: str) -> str:
    """The name in search results: covered, but for characters that were typed and are in it."""
    full, covered = customer.full_name, customer.masked_name
    said = "".join(char for char in unicodedata.normalize("NFC", typed) if not char.isspace())
    start = names.fold(full).find(names.fold(said)) if said else -1
    if start < 0 or len(full) != len(covered) or len(names.fold(full)) != len(full) or names.fold(said).isascii():
        return covered
    end = start + len(names.fold(said))
    return format_html("{}<mark>{}</mark>{}", covered[:start], full[start:end], covered[end:])


def marked(covered: str, typed: str) -> str:
    """A covered number with those of its visible digits marked that were typed."""
    said = re.sub(r"\W", "", unicodedata.normalize("NFKC", typed)).upper()
    tail = re.search(r"[0-9X]+$", covered)
    if tail is None or len(said) < 4 or not said.endswith(tail.group()[-4:]):
        return covered
    return format_html("{}<mark>{}</mark>", covered[:-4], covered[-4:])


def contact(point: ContactPoint) -> str:
    """A contact point, covered."""
    return masking.contact(point.type, point.value)


def document(row: IdentityDocument) -> str:
    """A document number, covered."""
    eighteen = (IdentityDocument.Type.RESIDENT_ID, IdentityDocument.Type.RESIDENCE_PERMIT)
    return masking.resident_id(row.number) if row.type in eighteen else masking.document(row.number)


def birth_date(customer: Customer) -> str:
    """The birth date, covered but for the year, which the age tells anyway; "" when it is not known."""
    return f"{customer.birth_date.year}-**-**" if customer.birth_date else ""


def sees_money(customer: Customer, user: User) -> bool:
    """Whether balances are shown (FIN_VIEW): always for leaders; for others while they serve this customer, which is
    when it is theirs, when they hold a promise about it, or when they wrote down a contact today."""
    if user.has_role(*SEES_MONEY):
        return True
    if not user.has_role(*SEES_MONEY_WHILE_SERVING):
        return False
    if customer.owner_id == user.pk or FollowUp.objects.open().of(user).filter(customer=customer).exists():
        return True
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return Interaction.objects.filter(customer=customer, agent=user, undone_at=None, recorded_at__gte=today).exists()


def person(customer: Customer) -> str:
    """ "F · 46", the shortest way to tell two people apart."""
    parts = []
    if customer.sex in (Customer.Sex.MALE, Customer.Sex.FEMALE):
        parts.append(_("M") if customer.sex == Customer.Sex.MALE else _("F"))
    age = customer.age_on(timezone.localdate())
    if age is not None:
        parts.append(_("%(n)s years old") % {"n": age})
    return " · ".join(parts)
