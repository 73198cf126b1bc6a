"""The queue: view, filters, sort and page live in the URL, so back returns to the same row (ux 0(4), mock 05)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import clock_face, figures, persons
from complaints.actions import gate
from complaints.models import Complaint
from complaints.models.complaint import ComplaintQuerySet
from complaints.states import State
from crm_site.errors import Text
from crm_site.models import CalendarDay, Team, User
from crm_site.request import StaffRequest
from crm_site.roles import Role
from customers.models import FollowUp

LEADING = "leading__"  # the way from a complaint to the promise it is queued by
PER_PAGE = 25
MOST = 1000  # rows a list counts and pages through; beyond that one filters
WALK = 300  # rows previous and next walk through
VIEWS: dict[str, Text] = {
    "my-open": _("My open"),
    "team": _("My team"),
    "unassigned": _("Unassigned"),
    "due-today": _("Due today"),
    "overdue": _("Overdue"),
    "open": _("All open"),
    "closed": _("Closed"),
}
SORTS = {"due": "due", "level": "level", "received": "received", "-received": "-received"}
DUE_BUCKETS: dict[str, Text] = {
    "overdue": _("Overdue"),
    "today": _("Due today"),
    "soon": _("Within 2 working days"),
    "later": _("Later"),
}


@dataclass(frozen=True)
class Asked:
    """A list as its URL asks for it; what the URL gets wrong falls back to the default."""

    user: User
    params: QueryDict
    now: datetime.datetime

    def _one_of(self, name: str, allowed: Any, default: str = "") -> str:
        value = self.params.get(name, "")
        return value if value in allowed else default

    @property
    def view(self) -> str:
        default = "open" if self.user.has_role(Role.SUPERVISOR, Role.AUDITOR) else "my-open"
        return self._one_of("view", VIEWS, default)

    @property
    def sort(self) -> str:
        return self._one_of("sort", SORTS, "received" if self.view == "closed" or self.figure else "due")

    @property
    def level(self) -> str:
        return self._one_of("level", ("1", "2", "3"))

    @property
    def nature(self) -> str:
        return self._one_of("nature", Complaint.Nature.values)

    @property
    def due(self) -> str:
        return self._one_of("due", DUE_BUCKETS)

    @property
    def team(self) -> str:
        return self.params.get("team", "") if self.params.get("team", "").isdigit() else ""

    @property
    def words(self) -> str:
        return self.params.get("q", "").strip()[:60]

    @cached_property
    def figure(self) -> figures.Asked | None:
        """The figure whose complaints are listed, where the address names one; it stands in for view and filters."""
        return figures.from_params(self.params, self.now)

    def condition(self, view: str, at: str = LEADING) -> Q:
        """What a view shows of the open ones; asked of their leading promises, which go with owner and team.

        ``at`` is the way to the promise: from a complaint, or "" from the promise itself.
        """
        today = timezone.localdate(self.now)
        ends = timezone.make_aware(datetime.datetime.combine(today + datetime.timedelta(days=1), datetime.time.min))
        wanted: dict[str, dict[str, Any]] = {
            "my-open": {"owner": self.user},
            "team": {"team_id": self.user.team_id} if self.user.team_id else {"pk__in": []},
            "unassigned": {"owner": None},
            "due-today": {"due_at__gt": self.now, "due_at__lte": ends},
            "overdue": {"due_at__lte": self.now},
        }
        return Q(**{f"{at}{field}": value for field, value in wanted.get(view, {}).items()})

    def filters(self) -> Q:
        """The filters beside the view."""
        wanted = Q(nature=self.nature) if self.nature else Q()
        if self.words:
            wanted &= Q(number__iexact=self.words) | Q(subject__icontains=self.words)
        if self.view != "closed":
            return wanted & self.promised()
        wanted &= Q(team_id=int(self.team)) if self.team else Q()
        return wanted & Q(level=int(self.level)) if self.level else wanted

    def promised(self, at: str = LEADING) -> Q:
        """The filters that a promise answers by itself: due, team, level; ``at`` as in condition."""
        wanted = Q(**{f"{at}team_id": int(self.team)}) if self.team else Q()
        wanted &= Q(**{f"{at}about_level": int(self.level)}) if self.level else Q()
        if not self.due:
            return wanted
        soon = CalendarDay.objects.calendar().add(timezone.localdate(self.now), 2)
        return (
            wanted
            & {
                "overdue": self.condition("overdue", at),
                "today": self.condition("due-today", at),
                "soon": Q(**{f"{at}due_at__gt": self.now, f"{at}due_on__lte": soon}),
                "later": Q(**{f"{at}due_on__gt": soon}),
            }[self.due]
        )

    @property
    def by_promises(self) -> bool:
        """Whether the promises alone answer: nothing is asked that only the complaint knows, or only some may see."""
        mine = self.user.has_role(Role.SUPERVISOR, Role.AUDITOR)
        return (
            mine
            and self.figure is None
            and self.sort == "due"
            and self.view != "closed"
            and not (self.nature or self.words)
        )

    def keys(self, first: int, last: int) -> Q:
        """The rows from ``first`` up to ``last`` of this list, found by their keys alone."""
        if not self.by_promises:
            return Q(pk__in=self.rows()[first:last].values("pk"))
        led = FollowUp.objects.filter(self.condition(self.view, "") & self.promised(""), leads=True)
        return Q(leading__in=led.order_by("due_at", "-about_level", "pk")[first:last].values("pk"))

    def rows(self) -> ComplaintQuerySet:
        """The rows of this list, in its order."""
        visible = Complaint.objects.visible_to(self.user)
        if self.figure is not None:
            return _ordered(visible.filter(pk__in=self.figure.rows().order_by().values("pk")), self.sort)
        if self.view == "closed":
            rows = visible.exclude(closed_at=None)
        else:
            rows = visible.led().filter(self.condition(self.view))
        return _ordered(rows.filter(self.filters()), self.sort)


def _ordered(rows: ComplaintQuerySet, sort: str) -> ComplaintQuerySet:
    if sort == "level":
        return rows.order_by(F("level").desc(nulls_last=True), F("leading__due_at").asc(nulls_last=True), "pk")
    if sort == "received":
        return rows.order_by("-received_at", "-pk")
    if sort == "-received":
        return rows.order_by("received_at", "pk")
    return rows.by_due()


class CappedPaginator(Paginator):
    """Counts no further than MOST: a list of a million is filtered, not leafed through.

    The order is decided on keys alone; only the rows of the page are read whole.
    """

    def __init__(self, asked: Asked, known: int | None) -> None:
        super().__init__(asked.rows(), PER_PAGE)
        self.asked = asked
        self.known = known

    def page(self, number: int | str) -> Page[Complaint]:
        """The rows of one page, in order."""
        valid = self.validate_number(number)
        keys = self.asked.keys((valid - 1) * PER_PAGE, valid * PER_PAGE)
        whole = Complaint.objects.filter(keys).select_related("customer", "owner", "leading")
        return Page(_ordered(whole, self.asked.sort), valid, self)

    @cached_property
    def count(self) -> int:
        """Rows, or MOST where there are more."""
        if self.known is not None:
            return min(self.known, MOST)
        return self.asked.rows().order_by()[:MOST].count()


def queue(request: StaffRequest) -> HttpResponse:
    """The list a URL asks for."""
    asked = Asked(request.user, request.GET, timezone.now())
    counts = _counts(asked)
    known = counts["shown"] if asked.view != "closed" and asked.figure is None else None
    page = CappedPaginator(asked, known).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "views": _views(asked, counts),
        "view_label": _label(asked),
        "page_obj": page,
        "rows": _rows(page, asked, request),
        "capped": page.paginator.count >= MOST,
        "levels": Complaint.Level.choices,
        "natures": Complaint.Nature.choices,
        "buckets": DUE_BUCKETS.items(),
        "teams": _teams(request.user),
        "sorts": _sorts(request, asked),
        "empty_actions": _ways_on(asked),
        "filtered": any((asked.level, asked.nature, asked.due, asked.team, asked.words)),
    }
    return render(request, "complaints/complaint_list.html", context)


def _label(asked: Asked) -> Text:
    return asked.figure.figure.label if asked.figure is not None else VIEWS[asked.view]


def _counts(asked: Asked) -> dict[str, int]:
    """How many each view holds, and how many this list shows: one query over what is open."""
    at = "" if asked.by_promises else LEADING
    views = {
        view.replace("-", "_"): Count("pk", filter=asked.condition(view, at)) for view in VIEWS if view != "closed"
    }
    if asked.by_promises:
        shown = Count("pk", filter=asked.condition(asked.view, at) & asked.promised(at))
        return FollowUp.objects.filter(leads=True).aggregate(**views, shown=shown)
    shown = Count("pk", filter=asked.condition(asked.view) & asked.filters())
    return Complaint.objects.visible_to(asked.user).led().aggregate(**views, shown=shown)


def _views(asked: Asked, counts: dict[str, int]) -> list[dict[str, Any]]:
    made = []
    for view, label in VIEWS.items():
        n = counts.get(view.replace("-", "_"))
        made.append(
            {
                "label": label,
                "url": f"?view={view}",
                "n": n,
                "current": view == asked.view and asked.figure is None,
                "hot": bool(n) and view in ("due-today", "overdue"),
            }
        )
    return made


def _ways_on(asked: Asked) -> list[dict[str, Any]]:
    """Where an empty list leads."""
    other = "open" if asked.view != "open" else "closed"
    here = {"label": _("Show the whole view"), "url": f"?view={asked.view}"}
    there = {"label": VIEWS[other], "url": f"?view={other}"}
    return [here, there] if asked.filters() else [there]


def _teams(user: User) -> list[Team]:
    """Teams to filter by, for those who see more than their own."""
    return list(Team.objects.order_by("code")) if user.has_role(Role.SUPERVISOR, Role.AUDITOR) else []


def _sorts(request: StaffRequest, asked: Asked) -> dict[str, dict[str, str]]:
    made = {}
    for name in ("due", "level", "received"):
        params = request.GET.copy()
        params.pop("page", None)
        turned = name == "received" and asked.sort == "received"
        params["sort"] = "-received" if turned else name
        current = asked.sort.lstrip("-") == name
        direction = "descending" if asked.sort in ("level", "received") else "ascending"
        made[name] = {"url": f"?{params.urlencode()}", "aria": direction if current else ""}
    return made


def _rows(page: Page[Complaint], asked: Asked, request: StaffRequest) -> list[dict[str, Any]]:
    calendar = CalendarDay.objects.calendar()
    here = urlencode({"list": request.GET.urlencode() or f"view={asked.view}"})
    return [
        {
            "complaint": row,
            "url": f"{reverse('complaints:detail', args=[row.number])}?{here}",
            "name": persons.listed_name(row, asked.user),
            "due": clock_face.of_promise(row.leading, asked.now, calendar),
            "makeup": row.leading is not None and calendar.describe(row.leading.due_on).kind == "makeup",
            "stage": State(row.state).label,
            "claimable": row.owner_id is None and gate.may(gate.CLAIM, row, asked.user),
        }
        for row in page
    ]


def walk(request: StaffRequest, complaint: Complaint) -> dict[str, Any]:
    """The list this complaint was opened from: its name and count, the one before and the one after."""
    query = request.GET.get("list", "")
    params = QueryDict(urlencode(parse_qsl(query[:500])))
    asked = Asked(request.user, params, timezone.now())
    back = f"{reverse('complaints:list')}?{params.urlencode()}" if query else reverse("complaints:list")
    numbers = list(asked.rows().values_list("number", flat=True)[:WALK]) if query else []
    at = numbers.index(complaint.number) if complaint.number in numbers else None
    here = urlencode({"list": query})
    ways = {}
    for name, step in (("previous", -1), ("next", 1)):
        other = at + step if at is not None else -1
        found = numbers[other] if 0 <= other < len(numbers) else ""
        ways[name] = f"{reverse('complaints:detail', args=[found])}?{here}" if found else ""
    return {"back": back, "label": _label(asked) if query else _("Complaints"), "n": len(numbers) or None, **ways}
