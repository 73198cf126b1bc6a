"""A list as its URL asks for it: view, filters, sort (ux 0(4), 4). What the URL gets wrong falls back to defaults."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import F, Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from complaints import figures
from complaints.models import Accused, Complaint, Participation
from complaints.models.complaint import ComplaintQuerySet
from complaints.views.queue.filters import FILTERS, LEADING, Viewer, due_condition
from complaints.views.queue.found import FoundBy
from crm_site.errors import Text
from crm_site.models import User
from crm_site.roles import Role
from customers.models import FollowUp
from customers.models.followup import FollowUpQuerySet

MOST_VALUES = 30  # of one filter
LONGEST = 60  # characters of a text that is looked for

VIEWS: dict[str, Text] = {
    "my-open": _("My open"),
    "asked": _("Asked of us"),
    "team": _("My team"),
    "unassigned": _("Unassigned"),
    "due-today": _("Due today"),
    "overdue": _("Overdue"),
    "severe": _("Severe"),
    "open": _("All open"),
    "closed": _("Closed"),
}
_HELPERS = ("asked", "open", "closed")
_LEADERS = ("my-open", "team", "unassigned", "due-today", "overdue", "severe", "open", "closed")
_WIDE = ("open", "unassigned", "due-today", "overdue", "severe", "my-open", "closed")
_WORKERS = ("my-open", "team", "unassigned", "due-today", "overdue", "open", "closed")
SORTS = ("due", "level", "received", "-received")


def views_of(user: User) -> tuple[str, ...]:
    """The views that stand ready for a role, the one it begins with first."""
    if user.has_role(Role.SUPERVISOR, Role.AUDITOR):
        return _WIDE
    if user.has_role(Role.SENIOR):
        return _LEADERS
    return _WORKERS if user.has_role(Role.AGENT, Role.HANDLER) else _HELPERS


_PROMISED: dict[str, Callable[[Viewer, str], Q]] = {
    "my-open": lambda viewer, at: Q(**{f"{at}owner": viewer.user}),
    "team": lambda viewer, at: (
        Q(**{f"{at}team_id": viewer.user.team_id}) if viewer.user.team_id else Q(**{f"{at}pk__in": []})
    ),
    "unassigned": lambda viewer, at: Q(**{f"{at}owner": None}),
    "due-today": lambda viewer, at: due_condition("today", viewer, at),
    "overdue": lambda viewer, at: due_condition("overdue", viewer, at),
    "severe": lambda viewer, at: Q(**{f"{at}about_level": Complaint.Level.SEVERE}),
}
"""Views that the leading promises answer by themselves, since they go with owner, team and level."""


@dataclass(frozen=True)
class Asked:
    """Which complaints, in which order, for whom and when."""

    user: User
    params: QueryDict
    now: datetime.datetime

    @cached_property
    def viewer(self) -> Viewer:
        """Who looks, and when."""
        return Viewer(self.user, self.now)

    @cached_property
    def figure(self) -> figures.Asked | None:
        """The figure whose complaints are listed, where the URL names one: it stands in for the view."""
        return figures.from_params(self.params, self.now)

    @cached_property
    def label(self) -> Text:
        """What the list is called."""
        return VIEWS[self.view] if self.figure is None else self.figure.figure.label

    @property
    def saved(self) -> str:
        """The reference of the kept list this is, "" for none."""
        return self.params.get("saved", "")[:20]

    @cached_property
    def view(self) -> str:
        """The view by its code; without one, the first of this person's role."""
        view = self.params.get("view", "")
        return view if view in VIEWS else views_of(self.user)[0]

    @cached_property
    def sort(self) -> str:
        """The order by its code."""
        sort = self.params.get("sort", "")
        ended = self.view == "closed" or self.figure is not None
        return sort if sort in SORTS else "received" if ended else "due"

    @cached_property
    def chosen(self) -> dict[str, list[str]]:
        """The filters that are set, each with its values, in the order filters stand in."""
        found = {}
        for name in FILTERS:
            values = self._values(name)
            if values:
                found[name] = values
        return found

    def _values(self, name: str) -> list[str]:
        if self.figure is not None and name in figures.LABELS:
            return []  # the figure itself is narrowed by it, as of its own moment
        if name not in self.params or (FILTERS[name].open_only and self.view == "closed"):
            return []
        given = dict.fromkeys(value.strip()[:LONGEST] for value in self.params.getlist(name)[:MOST_VALUES])
        return [value for value in given if FILTERS[name].allowed(value)]

    def query(self, *, without: tuple[str, str] | None = None, **changes: str) -> str:
        """This list as the query of a URL; ``without`` leaves one value of one filter out, ``changes`` set others."""
        pairs = [("view", self.view)] if self.figure is None else list(self.figure.params.items())
        pairs += [(name, value) for name, values in self.chosen.items() for value in values if (name, value) != without]
        if self.params.get("sort", "") in SORTS:
            pairs.append(("sort", self.sort))
        if self.saved and without is None:
            pairs.append(("saved", self.saved))
        pairs = [pair for pair in pairs if pair[0] not in changes]
        return urlencode(pairs + [(name, value) for name, value in changes.items() if value])

    # --- conditions ----------------------------------------------------------------------------------------------
    def condition(self, view: str, at: str = LEADING) -> Q:
        """What a view shows of the open ones. ``at`` is the way to the promise: from a complaint, or "" from itself."""
        if view == "asked":
            waiting = Participation.objects.waiting().of(self.user).values("round__complaint")
            return Q(pk__in=waiting) if at else Q(leads_complaints__in=waiting)
        return _PROMISED[view](self.viewer, at) if view in _PROMISED else Q()

    def filters(self) -> Q:
        """The filters beside the view, asked of the complaint; of its promise where there is one that knows."""
        wanted = Q()
        for name, values in self.chosen.items():
            filter_ = FILTERS[name]
            if filter_.promised is not None and self.view != "closed" and self.figure is None:
                wanted &= filter_.promised(values, self.viewer, LEADING)
            else:
                wanted &= filter_.asks(values, self.viewer)
        return wanted

    def promised(self, at: str) -> Q:
        """The filters, where all of them are answered by promises."""
        wanted = Q()
        for name, values in self.chosen.items():
            ask = FILTERS[name].promised
            if ask is not None:
                wanted &= ask(values, self.viewer, at)
        return wanted

    @cached_property
    def sees_all(self) -> bool:
        """Whether no complaint is hidden from this person: they see every team's, and none is about them."""
        return self.viewer.wide and not Accused.objects.concerning(self.user).exists()

    @cached_property
    def by_promises(self) -> bool:
        """Whether the promises alone answer: nothing is asked that only the complaint knows, or only some may see."""
        plain = self.figure is None and self.sort == "due"
        plain = plain and self.view not in ("closed", "asked")
        plain = plain and all(FILTERS[name].promised is not None for name in self.chosen)
        return plain and self.sees_all

    # --- rows ----------------------------------------------------------------------------------------------------
    def promises(self) -> FollowUpQuerySet:
        """The leading promises of this list, where they alone answer."""
        return FollowUp.objects.filter(self.condition(self.view, "") & self.promised(""), leads=True)

    def keys(self, first: int, last: int) -> Q:
        """The rows from ``first`` up to ``last`` of this list, found by their keys alone."""
        if not self.by_promises:
            return Q(FoundBy("pk", self.rows()[first:last].values("pk")))
        led = self.promises().order_by("due_at", "-about_level", "pk")
        return Q(FoundBy("leading_id", led[first:last].values("pk")))

    def rows(self) -> ComplaintQuerySet:
        """The rows of this list, in its order."""
        visible = Complaint.objects.visible_to(self.user)
        if self.figure is not None:
            rows = visible.filter(pk__in=self.figure.rows().order_by().values("pk"))
        elif self.view == "closed":
            rows = visible.exclude(closed_at=None)
        else:
            rows = visible.led().filter(self.condition(self.view))
        return self.ordered(rows.filter(self.filters()))

    def ordered(self, rows: ComplaintQuerySet) -> ComplaintQuerySet:
        """These rows in the order the URL asks for."""
        if self.sort == "level":
            return rows.order_by(F("level").desc(nulls_last=True), F("leading__due_at").asc(nulls_last=True), "pk")
        if self.sort == "received":
            return rows.order_by("-received_at", "-pk")
        if self.sort == "-received":
            return rows.order_by("received_at", "pk")
        return rows.by_due()
