"""What a list can be narrowed by: one line a filter, each with its words and its condition (domain R6.34).

A filter that the leading promise answers by itself says so; such lists walk an index of promises and nothing else.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import agreeing
from complaints.models import Complaint, Escalation, Participation, Plan
from complaints.states import State
from crm_site import bank_day
from crm_site.errors import Text
from crm_site.models import CalendarDay, Department, Team, User
from crm_site.roles import Role
from crm_site.wording import date_words
from customers.models import FollowUp, Interaction, Product

LEADING = "leading__"  # the way from a complaint to the promise it is queued by
Choices = list[tuple[str, Text]]
_CODE = re.compile(r"[\w.-]{1,40}")
ME, NOBODY, NO_LEVEL = "me", "none", "0"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and when."""

    user: User
    now: datetime.datetime

    @property
    def today(self) -> datetime.date:
        """The day at the bank."""
        return timezone.localdate(self.now)

    @property
    def wide(self) -> bool:
        """Whether this person sees every team's matters."""
        return self.user.has_role(Role.SUPERVISOR, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. ``asks`` is its condition on the complaint; ``promised`` the same asked of the promise, whose fields
    are reached by the prefix given. ``choices`` are what is offered; None for what is typed. ``names`` finds the words
    of values that stand in a table. ``open_only``: means nothing where nothing is promised any more."""

    label: Text
    asks: Callable[[list[str], Viewer], Q]
    choices: Callable[[Viewer], Choices] | None = None
    promised: Callable[[list[str], Viewer, str], Q] | None = None
    names: Callable[[list[str]], dict[str, Text]] | None = None
    allowed: Callable[[str], bool] = lambda value: bool(_CODE.fullmatch(value))
    open_only: bool = False

    def words(self, values: list[str], viewer: Viewer) -> list[tuple[str, Text]]:
        """Each value with its words; one that is not known stands as it was asked."""
        if self.choices is None:
            return [(value, _typed(value)) for value in values]
        known = self.names(values) if self.names else {value: words for value, words in self.choices(viewer)}
        return [(value, known.get(value, value)) for value in values]


def _typed(value: str) -> str:
    day = day_of(value)
    return value if day is None else date_words(day, "short")


def day_of(text: str) -> datetime.date | None:
    """A date as a URL has it, None for anything else."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


# --- due ---------------------------------------------------------------------------------------------------------
DUE: dict[str, Text] = {
    "overdue": _("Overdue"),
    "today": _("Due today"),
    "tomorrow": _("Due tomorrow"),
    "soon": _("Within 2 working days"),
    "week": _("Due this week"),
    "later": _("Later"),
}


def due_condition(bucket: str, viewer: Viewer, at: str) -> Q:
    """The promises of one bucket. "today" ends at midnight; "week" at the end of Sunday; "later" begins after both
    the week and the next two working days."""
    today = viewer.today
    ends = bank_day.ends(today)
    sunday = today + datetime.timedelta(days=6 - today.weekday())
    if bucket == "overdue":
        return Q(**{f"{at}due_at__lte": viewer.now})
    if bucket == "today":
        return Q(**{f"{at}due_at__gt": viewer.now, f"{at}due_at__lte": ends})
    if bucket == "tomorrow":
        return Q(**{f"{at}due_at__gt": ends, f"{at}due_at__lte": ends + datetime.timedelta(days=1)})
    if bucket == "week":
        return Q(**{f"{at}due_at__gt": viewer.now, f"{at}due_on__lte": sunday})
    soon = CalendarDay.objects.calendar().add(today, 2)
    if bucket == "soon":
        return Q(**{f"{at}due_at__gt": viewer.now, f"{at}due_on__lte": soon})
    return Q(**{f"{at}due_on__gt": max(soon, sunday)})


def _any(conditions: Iterable[Q]) -> Q:
    found = Q()
    for condition in conditions:
        found |= condition
    return found


def _due(values: list[str], viewer: Viewer, at: str = LEADING) -> Q:
    return _any(due_condition(value, viewer, at) for value in values)


# --- people and places -------------------------------------------------------------------------------------------
def _owned(values: list[str], viewer: Viewer, at: str = "") -> Q:
    named = [value for value in values if value not in (ME, NOBODY)]
    found = Q(**{f"{at}owner__employee_no__in": named}) if named else Q()
    if ME in values:
        found |= Q(**{f"{at}owner": viewer.user})
    return found | Q(**{f"{at}owner": None}) if NOBODY in values else found


def _of_team(values: list[str], viewer: Viewer, at: str = "") -> Q:
    return Q(**{f"{at}team_id__in": [int(value) for value in values]})


def _levels(values: list[str], viewer: Viewer) -> Q:
    found = Q(level__in=[int(value) for value in values])
    return found | Q(level=None) if NO_LEVEL in values else found


def _promised_level(values: list[str], viewer: Viewer, at: str) -> Q:
    return Q(**{f"{at}about_level__in": [int(value) for value in values]})  # 0 where there is none yet


def _asked_department(values: list[str], viewer: Viewer) -> Q:
    asked = Participation.objects.filter(department__code__in=values, bounced_at=None)
    return Q(pk__in=asked.values("round__complaint"))


def _owners(viewer: Viewer) -> Choices:
    """Oneself, nobody, and the colleagues whose matters one sees."""
    people = User.objects.active().exclude(team=None).order_by("display_name")
    people = people if viewer.wide else people.filter(team=viewer.user.team)
    mine: Choices = [(ME, _("Me")), (NOBODY, _("Nobody"))]
    return mine + [(person.employee_no, person.display_name) for person in people if _owns(person)]


def _owns(person: User) -> bool:
    return person.has_role(Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR)


def _owner_names(values: list[str]) -> dict[str, Text]:
    found: dict[str, Text] = {ME: _("Me"), NOBODY: _("Nobody")}
    return found | dict(User.objects.filter(employee_no__in=values).values_list("employee_no", "display_name"))


def _teams(viewer: Viewer) -> Choices:
    return [(str(team.pk), str(team)) for team in Team.objects.order_by("code")] if viewer.wide else []


def _team_names(values: list[str]) -> dict[str, Text]:
    return {str(pk): name for pk, name in Team.objects.filter(pk__in=values).values_list("pk", "name")}


def _departments(viewer: Viewer) -> Choices:
    helping = Department.objects.filter(active=True).exclude(kind=Department.Kind.SERVICE)
    return list(helping.values_list("code", "name"))


def _department_names(values: list[str]) -> dict[str, Text]:
    return dict(Department.objects.filter(code__in=values).values_list("code", "name"))


def _products(viewer: Viewer) -> Choices:
    return list(Product.objects.filter(active=True).values_list("code", "name"))


def _product_names(values: list[str]) -> dict[str, Text]:
    return dict(Product.objects.filter(code__in=values).values_list("code", "name"))


# --- codes, days, words ------------------------------------------------------------------------------------------
def _codes(label: Text, field: str, choices: Any) -> Filter:
    """A filter on a column of codes."""
    words = [(str(value), text) for value, text in choices]
    known = {value for value, _text in words}
    return Filter(
        label, lambda values, viewer: Q(**{f"{field}__in": values}), lambda viewer: words, allowed=known.__contains__
    )


def _is_paused(values: list[str], viewer: Viewer) -> Q:
    return _any(Q(paused_at__isnull=value == "no") for value in values)


def _is_escalated(values: list[str], viewer: Viewer) -> Q:
    """Somebody was warned of a promise that is still open."""
    told = Escalation.objects.filter(state=Escalation.State.SENT, clock__follow_up__state=FollowUp.State.OPEN)
    warned = Q(pk__in=told.values("clock__round__complaint"))
    return _any(warned if value == "yes" else ~warned for value in values)


PLANS: Choices = [("mine", _("Waits for me")), ("waiting", _("Waits for approval"))]


def _planned(values: list[str], viewer: Viewer) -> Q:
    """A plan of it was sent for approval; "mine": one this person may decide on."""
    asked = {"mine": lambda: agreeing.plans_for(viewer.user), "waiting": Plan.objects.waiting}
    return _any(Q(pk__in=asked[value]().order_by().values("round__complaint")) for value in values)


def _midnight(text: str, days: int = 0) -> datetime.datetime:
    day = (day_of(text) or datetime.date.max) + datetime.timedelta(days=days)
    return bank_day.begins(day)


def _is_day(text: str) -> bool:
    day = day_of(text)
    return day is not None and 2000 <= day.year <= 2999


def _spoken(values: list[str], viewer: Viewer) -> Q:
    return _any(Q(number__iexact=words) | Q(subject__icontains=words) for words in values)


_LEVELS = [(str(value), label) for value, label in reversed(Complaint.Level.choices)]
_YES_NO: Choices = [("yes", _("Yes")), ("no", _("No"))]
FILTERS: dict[str, Filter] = {
    "level": Filter(
        _("Level"),
        _levels,
        lambda viewer: [*_LEVELS, (NO_LEVEL, _("Not assessed yet"))],
        _promised_level,
        allowed={"0", "1", "2", "3"}.__contains__,
    ),
    "state": _codes(_("Stage"), "state", State.choices),
    "nature": _codes(_("Nature"), "nature", Complaint.Nature.choices),
    "due": Filter(
        _("Due"),
        lambda values, viewer: _due(values, viewer),
        lambda viewer: list(DUE.items()),
        _due,
        allowed=DUE.__contains__,
        open_only=True,
    ),
    "owner": Filter(_("Owner"), _owned, _owners, _owned, _owner_names),
    "team": Filter(
        _("Team"), _of_team, _teams, _of_team, _team_names, allowed=lambda value: value.isdecimal() and len(value) < 10
    ),
    "plan": Filter(
        pgettext_lazy("complaint", "Plan"),
        _planned,
        lambda viewer: PLANS if viewer.user.has_role(Role.SENIOR, Role.SUPERVISOR) else PLANS[1:],
        allowed=dict(PLANS).__contains__,
        open_only=True,
    ),
    "department": Filter(_("Department asked"), _asked_department, _departments, names=_department_names),
    "product": Filter(
        _("Product"), lambda values, viewer: Q(product__code__in=values), _products, names=_product_names
    ),
    "cause": _codes(_("Cause"), "cause", Complaint.Cause.choices),
    "channel": _codes(_("Channel"), "channel", Interaction.Channel.choices),
    "source": _codes(_("Source"), "source", Complaint.Source.choices),
    "paused": Filter(
        _("Paused"),
        _is_paused,
        lambda viewer: _YES_NO,
        allowed={"yes", "no"}.__contains__,
        open_only=True,
    ),
    "escalated": Filter(
        _("Escalated"),
        _is_escalated,
        lambda viewer: _YES_NO,
        allowed={"yes", "no"}.__contains__,
        open_only=True,
    ),
    "received_from": Filter(
        _("Received from"), lambda values, viewer: Q(received_at__gte=_midnight(values[-1])), allowed=_is_day
    ),
    "received_to": Filter(
        pgettext_lazy("range", "Received until"),
        lambda values, viewer: Q(received_at__lt=_midnight(values[-1], 1)),
        allowed=_is_day,
    ),
    "q": Filter(_("Text"), _spoken, allowed=lambda value: bool(value.strip())),
}
"""Every filter, in the order they are offered. Add a line, and list, chips, panel, counts and export have it."""
