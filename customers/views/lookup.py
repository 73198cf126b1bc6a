"""The one box: phone, ID, customer number, name or pinyin (ux 5.1, mock 01b). POST, so that nothing stands in a log."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_site import masking, policy, wording
from crm_site.models import User
from crm_site.request import StaffRequest
from customers import identity, showing
from customers.actions import disclosure
from customers.models import (
    ClassOverride,
    ContactPoint,
    Customer,
    FollowUp,
    Holding,
    IdentityDocument,
    Interaction,
    Standing,
)
from customers.models.search import LIMIT, By, Hit, find

LONGEST = 60
_NUMBERS = (By.CONTACT_LAST4, By.DOCUMENT_LAST4, By.ACCOUNT_LAST4)


def lookup(request: StaffRequest) -> HttpResponse:
    """What was typed, found: a list box for the script, a page without it, where a single customer opens at once."""
    text = request.POST.get("q", "").strip()[:LONGEST]
    hits = find(text, user=request.user, limit=LIMIT + 1) if text else []
    if text:
        disclosure.searched(by=request.user, term=text, results=len(hits))
    if len(hits) == 1 and not request.htmx:
        return redirect("customers:detail", hits[0].customer.customer_no)
    context = found(hits, text, request.user) if hits else nobody(request.user)
    template = "_components/lookup_results.html" if request.htmx else "customers/lookup.html"
    return render(request, template, context | {"typed": text})


def nobody(user: User) -> dict[str, Any]:
    """Where was looked, and what can be done now."""
    actions = []
    if policy.may(user, "customers:unknown_caller"):
        actions.append(
            {"label": _("Log an unknown caller"), "url": reverse("customers:unknown_caller"), "icon": "journal-plus"}
        )
    if policy.may(user, "customers:new"):
        actions.append({"label": _("New customer"), "url": reverse("customers:new"), "icon": "person-plus"})
    return {
        "options": [],
        "empty_title": _("Nobody found"),
        "empty_text": _(
            "Looked in phone numbers, e-mail addresses, documents, accounts, customer numbers, names and pinyin. "
            "Ask again digit by digit, or try another number of the caller."
        ),
        "actions": actions,
    }


def found(hits: list[Hit], text: str, user: User) -> dict[str, Any]:
    """One line a customer, and how many there are."""
    shown = hits[:LIMIT]
    facts = _Facts([hit.customer for hit in shown], shown)
    words = ngettext("%(n)s match", "%(n)s matches", len(shown)) % {"n": len(shown)}
    if any(hit.by in _NUMBERS for hit in shown):
        words = _("%(matches)s (last four)") % {"matches": words}
    if len(hits) > LIMIT:
        words = _("More than %(n)s match. Type more of it.") % {"n": LIMIT}
    return {"options": [facts.option(hit, text, user) for hit in shown], "found": words, "more": len(hits) > LIMIT}


class _Facts:
    """What the lines say of all hits together, in one query a fact."""

    def __init__(self, customers: list[Customer], hits: Iterable[Hit]) -> None:
        ids = [customer.pk for customer in customers]
        kinds = {hit.by for hit in hits}
        self.contacts = self._by_customer(ContactPoint.objects.filter(customer__in=ids).order_by("-preferred", "pk"))
        self.documents: dict[int, list[IdentityDocument]] = {}
        self.accounts: dict[int, list[Holding]] = {}
        if kinds & {By.DOCUMENT, By.DOCUMENT_LAST4}:
            self.documents = self._by_customer(IdentityDocument.objects.filter(customer__in=ids).order_by("pk"))
        if kinds & {By.ACCOUNT, By.ACCOUNT_LAST4}:
            self.accounts = self._by_customer(Holding.objects.filter(customer__in=ids).order_by("pk"))
        standings = Standing.objects.published().filter(customer__in=ids)
        self.tiers = dict(standings.values_list("customer_id", "asset_class"))
        by_hand = ClassOverride.objects.in_effect().filter(customer__in=ids, dimension=ClassOverride.Dimension.ASSET)
        self.tiers |= dict(by_hand.values_list("customer_id", "code"))
        self.severe = self._severe(ids)
        self.last = self._last(ids)

    @staticmethod
    def _by_customer(rows: Iterable[Any]) -> dict[int, list[Any]]:
        grouped: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            grouped[row.customer_id].append(row)
        return grouped

    @staticmethod
    def _severe(ids: list[int]) -> dict[int, set[str]]:
        grave = FollowUp.objects.open().filter(customer__in=ids, about_kind="complaint", about_level=3)
        grouped: dict[int, set[str]] = defaultdict(set)
        for customer_id, number in grave.values_list("customer_id", "about_no"):
            grouped[customer_id].add(number)
        return grouped

    @staticmethod
    def _last(ids: list[int]) -> dict[int, tuple[datetime.datetime, str]]:
        """The latest contact of each: one index probe a customer."""
        talks = Interaction.objects.exclude(channel=Interaction.Channel.SYSTEM).filter(undone_at=None)
        rows = Customer.objects.filter(pk__in=ids).latest_contact(talks)
        return {pk: (at, channel) for pk, at, channel in rows if at is not None}

    def option(self, hit: Hit, typed: str, user: User) -> dict[str, Any]:
        """The line of one customer."""
        customer = hit.customer
        number = customer.customer_no
        page = reverse("customers:detail", args=[number])
        severe = len(self.severe.get(customer.pk, ()))
        alert = ngettext("%(n)s severe complaint open", "%(n)s severe complaints open", severe) % {"n": severe}
        tier = self.tiers.get(customer.pk, "")
        return {
            "name": showing.found_name(customer, typed) if hit.by is By.NAME else showing.listed_name(customer, user),
            "face": customer.masked_name,
            "url": page,
            "log_url": f"{page}#log" if policy.may(user, "customers:log") else "",
            "complaint_url": f"{reverse('complaints:new')}?customer={number}"
            if policy.may(user, "complaints:new")
            else "",
            "masked": showing.marked(self._number(hit, typed), typed),
            "line": " · ".join(part for part in (number, showing.person(customer), self._contacted(customer)) if part),
            "tier": "" if tier == "UNKNOWN" else tier,
            "alert": alert if severe else "",
        }

    def _number(self, hit: Hit, typed: str) -> str:
        """The covered number that matched, or the one the customer is called on."""
        pk, four = hit.customer.pk, identity.last_four(typed)
        documents, accounts = self.documents.get(pk, []), self.accounts.get(pk, [])
        if hit.by in (By.DOCUMENT, By.DOCUMENT_LAST4) and documents:
            return showing.document(next((d for d in documents if d.number.endswith(four)), documents[0]))
        if hit.by in (By.ACCOUNT, By.ACCOUNT_LAST4) and accounts:
            row = next((a for a in accounts if a.account_no.endswith(four)), accounts[0])
            return masking.card(row.account_no)
        points = self.contacts.get(pk, [])
        matching = [p for p in points if four and identity.last_four(p.value) == four]
        return showing.contact((matching or points)[0]) if points else ""

    def _contacted(self, customer: Customer) -> str:
        known = self.last.get(customer.pk)
        if known is None:
            return ""
        at, channel = known
        words = {"day": wording.day_words(at), "channel": Interaction.Channel(channel).label}
        return _("last contact %(day)s, %(channel)s") % words
