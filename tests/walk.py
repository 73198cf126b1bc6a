"""Walking every address as every role with every method, against policy.TABLE.

What a test gives: a signed-in browser for each role, and samples (parameters of addresses that have some, by scope).
What it gets: a report whose ``unexpected`` names every answer the table does not explain, every table a denied request
or a GET touched, every personal marker shown to a role without the right, and every address nobody wrote down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from crm_site import policy
from crm_site.testing import table_hashes

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
STRANGER = "stranger"
# The library's own pages answer some methods by a redirect to another of their pages; none of them is ever a 5xx.
_FINE = frozenset({200, 201, 202, 204, 206, 302, 303, 304})
_FINE_UNSAFE = _FINE | {400, 409, 413, 415, 422, 429}
_READ_PAGES = ("changelist", "change", "history")


@dataclass(frozen=True, slots=True)
class Address:
    """One pattern of the resolver: its full name, and the parameters it takes."""

    name: str
    parameters: tuple[str, ...]
    route: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Parameters for one address. ``scope``: own, foreign (another team's row) or missing (no such row).

    ``data`` is what a POST sends, ``query`` stands behind the address; ``also`` names statuses this sample may answer
    with for a reason of its own.
    """

    kwargs: Mapping[str, Any] = field(default_factory=dict)
    scope: str = "own"
    data: Mapping[str, Any] = field(default_factory=dict)
    also: frozenset[int] = frozenset()
    query: str = ""

    @property
    def sent(self) -> dict[str, Any]:
        """What a POST sends; bytes go as a file."""
        return {
            name: SimpleUploadedFile("receipt.pdf", value) if isinstance(value, bytes) else value
            for name, value in self.data.items()
        }

    def path(self, name: str) -> str:
        """Where it is."""
        path = reverse(name, kwargs=dict(self.kwargs))
        return f"{path}?{self.query}" if self.query else path


@dataclass(slots=True)
class Report:
    """What the walk saw."""

    urls: int = 0
    roles: int = 0
    requests: int = 0
    unexpected: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"walk: urls={self.urls} roles={self.roles} requests={self.requests} unexpected={len(self.unexpected)}"


# --- what there is ----------------------------------------------------------------------------------------------
def collect() -> list[Address]:
    """Every pattern of the resolver, the admin's included, with its namespace."""
    return sorted(_collect(get_resolver().url_patterns, "", ""), key=lambda address: (address.name, address.route))


def _collect(patterns: Iterable[URLPattern | URLResolver], space: str, prefix: str) -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _collect(pattern.url_patterns, inner, route)
        else:
            name = f"{space}{pattern.name}" if pattern.name else ""
            yield Address(name, tuple(re.findall(r"<(?:\w+:)?(\w+)>", route)), route)


def unlisted(addresses: Iterable[Address]) -> list[str]:
    """Addresses without a name or without a line in the table, and lines of the table without an address."""
    found = list(addresses)
    nameless = [f"no name: {address.route}" for address in found if not address.name and "admin" not in address.route]
    unknown = [
        f"not in the table: {address.name}"
        for address in found
        if address.name and policy.rule_for(address.name) is None
    ]
    names = {address.name for address in found}
    return [
        *nameless,
        *unknown,
        *(f"in the table, but no address: {name}" for name in policy.TABLE if name not in names),
    ]


def without_sample(addresses: Iterable[Address], samples: Mapping[str, list[Sample]]) -> list[str]:
    """Addresses with parameters for which nobody gave any."""
    found = [a.name for a in addresses if a.name and a.parameters and not a.name.startswith("admin:")]
    return [name for name in found if name not in samples]


# --- what the table says ----------------------------------------------------------------------------------------
def expected(address: str, role: str, method: str, scope: str = "own") -> frozenset[int]:
    """The statuses the table explains for this request."""
    rule = policy.rule_for(address)
    fine = _FINE if method in ("GET", "HEAD") else _FINE_UNSAFE
    if scope != "own":
        fine |= {404}
    asked = "GET" if method == "HEAD" else method
    if rule is not None and rule.public:
        return fine | {404} if asked in rule.methods else frozenset({405})
    if role == STRANGER:
        return frozenset({302})
    verdict = policy.Verdict.DENY if rule is None else rule.verdict(frozenset({role}))
    if rule is None or verdict is policy.Verdict.DENY:
        return frozenset({403})
    if asked not in rule.methods:
        return frozenset({405})
    if address.startswith("admin:"):
        return _expected_in_admin(address, role, method, fine)
    if verdict is policy.Verdict.SCOPE and scope in ("foreign", "missing"):
        return frozenset({404})
    return frozenset({404}) if scope == "missing" else fine


def _expected_in_admin(address: str, role: str, method: str, fine: frozenset[int]) -> frozenset[int]:
    model, page = admin_page(address)
    if page == "app_list":
        return fine if _finds_models(role, "crm_site") else frozenset({404})
    if model is None:
        return fine | ({403, 404, 405} if page in ("autocomplete", "jsi18n") else set())
    may_change = role in policy.ADMIN_CHANGE.get(model, frozenset())
    may_read = may_change or role in policy.ADMIN_READ.get(model, frozenset())
    if page in _READ_PAGES:
        posts_change = page == "change" and method == "POST"
        return fine if (may_change if posts_change else may_read) else frozenset({403, 302})
    return fine if page == "add" and may_change else frozenset({403, 302})


def _finds_models(role: str, app: str) -> bool:
    """Whether the admin shows this role anything of the app."""
    models = {**policy.ADMIN_READ, **policy.ADMIN_CHANGE}
    return any(
        role in policy.ADMIN_READ.get(name, frozenset()) | policy.ADMIN_CHANGE.get(name, frozenset())
        for name in models
        if name.startswith(f"{app}.")
    )


def admin_page(address: str) -> tuple[str | None, str]:
    """(``app.model``, page) of an admin address; (None, page) where it is about no model."""
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        if address.startswith(stem):
            return model._meta.label_lower, address.removeprefix(stem)
    return None, address.removeprefix("admin:")


# --- the walk ---------------------------------------------------------------------------------------------------
def walk(
    clients: Mapping[str, Client],
    samples: Mapping[str, list[Sample]],
    *,
    canaries: Mapping[str, frozenset[str]] | None = None,
    only: Iterable[str] | None = None,
) -> Report:
    """Walk. ``canaries`` maps a personal marker to the roles that may see it in clear; ``only`` names addresses."""
    wanted = None if only is None else set(only)
    addresses = [a for a in collect() if a.name and (wanted is None or a.name in wanted)]
    report = Report(urls=len(addresses), roles=len(clients))
    stands = table_hashes()
    for address in addresses:
        for sample in _samples_of(address, samples):
            path = _path(address, sample)
            if path is not None:
                stands = _visit(report, Visit(address.name, path, sample, canaries or {}), clients, stands)
    return report


@dataclass(frozen=True, slots=True)
class Visit:
    """One address with one set of parameters."""

    name: str
    path: str
    sample: Sample
    canaries: Mapping[str, frozenset[str]]

    def __str__(self) -> str:
        return f"{self.name} ({self.sample.scope})"

    def answers(self, role: str, method: str) -> frozenset[int]:
        """The statuses the table explains."""
        return expected(self.name, role, method, self.sample.scope)

    def asks(self, role: str, method: str, asked: set[tuple[str, frozenset[int]]]) -> bool:
        """GET and POST are asked by everybody; of the rest, one role for each answer the table has is enough."""
        question = (method, self.answers(role, method))
        if method not in ("GET", "POST") and question in asked:
            return False
        asked.add(question)
        return True


def _samples_of(address: Address, samples: Mapping[str, list[Sample]]) -> list[Sample]:
    if address.name in samples:
        return samples[address.name]
    if not address.parameters:
        return [Sample()]
    if address.name.startswith("admin:"):
        return [Sample(_admin_kwargs(address))]
    return []


def _admin_kwargs(address: Address) -> dict[str, Any]:
    label, _page = admin_page(address.name)
    model = next((model for model in admin.site._registry if model._meta.label_lower == label), None)
    row = model._default_manager.first() if model else None
    values = {"object_id": row.pk if row else 0, "app_label": "crm_site"}
    return {name: values.get(name, 0) for name in address.parameters}


def _path(address: Address, sample: Sample) -> str | None:
    try:
        return sample.path(address.name)
    except NoReverseMatch:
        return None  # a second pattern of the same name, with other parameters


def _visit(report: Report, visit: Visit, clients: Mapping[str, Client], before: Mapping[str, str]) -> Mapping[str, str]:
    """Every role. What is refused or only reads must touch nothing; the rest is undone. Returns the hashes after it."""
    acting: list[tuple[str, str]] = []
    asked: set[tuple[str, frozenset[int]]] = set()
    for role, client in clients.items():
        for method in METHODS:
            if not visit.asks(role, method, asked):
                continue
            if method in ("GET", "HEAD") or visit.answers(role, method) <= {302, 403, 404, 405}:
                _ask(report, visit, role, client, method)
            elif visit.name not in ("account_logout", "admin:logout"):  # the browsers are needed further on
                acting.append((role, method))
    after = table_hashes()
    touched = sorted(table for table, digest in after.items() if before.get(table) != digest)
    if touched:
        report.unexpected.append(f"{visit}: a refused request or a GET touched {', '.join(touched)}")
    for role, method in acting:
        with transaction.atomic():
            _ask(report, visit, role, clients[role], method)
            transaction.set_rollback(True)
    return after


def _ask(report: Report, visit: Visit, role: str, client: Client, method: str) -> None:
    client.raise_request_exception = False
    with transaction.atomic():
        response = getattr(client, method.lower())(visit.path, visit.sample.sent if method == "POST" else {})
        body = b"".join(response.streaming_content) if response.streaming else response.content
    report.requests += 1
    if response.status_code not in visit.answers(role, method) | visit.sample.also:
        report.unexpected.append(f"{role} {method} {visit}: {response.status_code}")
    text = body.decode("utf-8", "replace") + response.get("Location", "")
    for marker, roles in visit.canaries.items():
        if marker in text and role not in roles:
            report.unexpected.append(f"{role} {method} {visit}: shows {marker[:4]}…")
