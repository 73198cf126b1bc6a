"""What every admin page of versioned rules shares: who may write when, and the way from the draft into force."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Protocol

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from crm_site.admin.base import CrmModelAdmin, staff_of
from crm_site.errors import RuleBroken

Verb = Callable[..., Any]


class Verbs(Protocol):
    """The module whose verbs take a version from its draft into force: each ``(by, row) -> row``."""

    submit: Verb
    approve: Verb
    activate: Verb
    retire: Verb


class VersionAdmin(CrmModelAdmin):
    """Drafts are written here, decided ones are read; each act is a verb of ``verbs``, row by row."""

    verbs: Verbs
    written: tuple[str, ...]  # the fields of a draft
    open_states: ClassVar[frozenset[str]] = frozenset({"DRAFT", "SIMULATED"})
    actions: tuple[str, ...] = ("submit", "approve", "activate", "retire")
    list_select_related = ("author", "approver")

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """A new one is what is written; one that stands also says who, when, and what it changes."""
        return (*self.readonly_fields, *self.written) if obj else self.written

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Once submitted the rules stand as they are."""
        drafted = obj is None or getattr(obj, "state", "") in self.open_states
        return self.readonly_fields if drafted else (*self.readonly_fields, *self.written)

    @admin.action(permissions=["change"], description=_("Submit for approval"))
    def submit(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """The verb, for each."""
        self.each(request, queryset, self.verbs.submit)

    @admin.action(permissions=["change"], description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """The verb, for each."""
        self.each(request, queryset, self.verbs.approve)

    @admin.action(permissions=["change"], description=_("Activate"))
    def activate(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """The verb, for each."""
        self.each(request, queryset, self.verbs.activate)

    @admin.action(permissions=["change"], description=_("Retire"))
    def retire(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """The verb, for each."""
        self.each(request, queryset, self.verbs.retire)

    def each(self, request: HttpRequest, rows: Iterable[Any], verb: Verb) -> None:
        """Do it to every row, and say what became of each."""
        for row in rows:
            try:
                done = verb(by=staff_of(request), row=row)
            except RuleBroken as broken:
                messages.error(request, f"{row}: {broken}")
            else:
                messages.success(request, f"{done}: {done.get_state_display()}")


def changes(lines: Iterable[tuple[Any, Any, Any]], nothing: str) -> str:
    """(what, old, new) as a table, or the words for none."""
    found = list(lines)
    if not found:
        return nothing
    body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>→</td><td>{}</td></tr>", found)
    return format_html("<table><tbody>{}</tbody></table>", body)
