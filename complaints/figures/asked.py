"""A figure as an address, a tile or a report asks for it: its name, its period, and what it is narrowed to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Case, Count, F, Model, OuterRef, Q, Subquery, When
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from complaints.figures.counted import FIGURES, Figure
from complaints.figures.period import Period
from complaints.models import CauseDetail, Complaint, DiaryEntry, Participation, Referral
from complaints.models.complaint import ComplaintQuerySet
from complaints.models.referral import BODY, DEPARTMENT
from crm_site import bank_day
from crm_site.errors import Text
from crm_site.models import Department, Team, User
from customers.models import Interaction, Product

if TYPE_CHECKING:
    from django.http import QueryDict

NOTHING = "-"
"""Stands in an address for "has none"."""
LONGEST_TARGET = 82  # a body's name and what marks it as one
LONGEST = dt.timedelta(days=3 * 366)
DIMENSIONS: Mapping[str, tuple[str, Text]] = {
    "level": ("level", _("Level")),
    "nature": ("nature", _("Nature")),
    "cause": ("cause", _("Cause")),
    "product": ("product__code", _("Product")),
    "branch": ("branch__code", _("Branch")),
    "channel": ("channel", _("Channel")),
    "source": ("source", _("Source")),
    "owner": ("owner__username", _("Owner")),
    "team": ("team", _("Team")),
    "business": ("business", _("Business")),
    "detail": ("cause_detail__code", _("Cause, second level")),
    "responsible": ("responsible__code", _("Responsible department")),
}
CONCERNED = "concerned"
"""Narrows to a department that answers for the complaint or was asked about it; nothing is split by it."""
REFERRED = "referred"
"""Narrows to matters once sent on to one target, as ``Referral.key`` writes it; nothing is split by it."""
LABELS: Mapping[str, Text] = {name: label for name, (_path, label) in DIMENSIONS.items()} | {
    CONCERNED: _("Department concerned"),
    REFERRED: _("Referred to"),
}
"""Everything a figure can be narrowed by, in words.

DIMENSIONS are what figures are narrowed and split by: name in addresses → where the complaint has it, and its words."""
_IN_DIARY = ("level", "nature", "cause")  # what a later step may change; the diary knows how it stood
_NUMBERS = ("level", "team")


def _now() -> dict[str, str]:
    return {name: path for name, (path, _label) in DIMENSIONS.items()}


def standing(rows: ComplaintQuerySet, period: Period) -> tuple[ComplaintQuerySet, dict[str, str]]:
    """The rows, and where each dimension is read: from the row now, from the diary for a moment that has passed.

    Entries written before the diary kept it leave the row's own value.
    """
    paths = _now()
    if period.live:
        return rows, paths
    last = DiaryEntry.objects.filter(complaint=OuterRef("pk"), at__lte=period.at).order_by("-pk")
    rows = rows.annotate(in_diary=Subquery(last.values("nature")[:1]))
    for name in _IN_DIARY:
        rows = rows.annotate(**{f"diary_{name}": Subquery(last.values(name)[:1])})
        then = Case(When(in_diary__isnull=True, then=F(name)), default=F(f"diary_{name}"))
        rows = rows.annotate(**{f"at_{name}": then})
        paths[name] = f"at_{name}"
    return rows, paths


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure of one period, narrowed by dimensions; for a ``reader`` of what that person may open (decision 0028),
    for nobody of the whole centre."""

    name: str
    period: Period
    only: Mapping[str, str] = field(default_factory=dict)
    reader: User | None = None

    @property
    def figure(self) -> Figure:
        """Its label, definition and set."""
        return FIGURES[self.name]

    def rows(self) -> ComplaintQuerySet:
        """Exactly the complaints that are counted."""
        rows = narrowed(self.figure.rows(self.period), self.period, self.only)
        return rows if self.reader is None else rows.visible_to(self.reader)

    def count(self) -> int:
        """How many."""
        return self.rows().order_by().count()

    def by(self, dimension: str) -> dict[Any, int]:
        """How many by each value of a dimension, the most first."""
        rows, paths = standing(self.rows(), self.period)
        found = rows.order_by().values_list(paths[dimension])
        counts = found.annotate(n=Count("pk", distinct=True)).order_by("-n", paths[dimension])
        return dict(counts)

    def named(self, name: str, **only: str) -> Asked:
        """Another figure of the same period, or the same one narrowed further."""
        return replace(self, name=name, only={**self.only, **only})

    @property
    def narrowing(self) -> list[tuple[Text, Text]]:
        """What it is narrowed to, in words."""
        return [(LABELS[name], words(name, value)) for name, value in self.only.items()]

    @property
    def params(self) -> dict[str, str]:
        """The address' query, in the order it is written."""
        said = {"figure": self.name, "from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        if not self.period.live:
            said["as_of"] = timezone.localtime(self.period.at).isoformat(timespec="seconds")
        return said | dict(self.only)

    @property
    def url(self) -> str:
        """The list of exactly these complaints."""
        return f"{reverse('complaints:list')}?{urlencode(self.params)}"


_CODES: Mapping[str, Mapping[Any, Any]] = {
    "level": dict(Complaint.Level.choices),
    "nature": dict(Complaint.Nature.choices),
    "cause": dict(Complaint.Cause.choices),
    "channel": dict(Interaction.Channel.choices),
    "source": dict(Complaint.Source.choices),
    "business": dict(Complaint.Business.choices),
}
_NAMED: Mapping[str, tuple[type[Model], str, str]] = {
    "product": (Product, "code", "name"),
    "branch": (Department, "code", "name"),
    "responsible": (Department, "code", "name"),
    CONCERNED: (Department, "code", "name"),
    "detail": (CauseDetail, "code", "name"),
    "team": (Team, "pk", "name"),
    "owner": (User, "username", "display_name"),
}


def codes(dimension: str) -> list[tuple[Any, Text]]:
    """The values a dimension of codes may have, with their words."""
    return list(_CODES[dimension].items())


def words(dimension: str, value: Any) -> Text:
    """A value of a dimension as it is shown; names of rows are looked up."""
    if value in (None, "", NOTHING):
        return _("not recorded")
    if dimension == REFERRED:
        return _target(str(value))
    if dimension in _CODES:
        key = int(value) if dimension in _NUMBERS else value
        return str(_CODES[dimension].get(key, value))
    model, key, name = _NAMED[dimension]
    found = model._default_manager.filter(**{key: value}).values_list(name, flat=True).first()
    return str(found or value)


def _target(key: str) -> str:
    """A target of referrals by its name."""
    code = key.removeprefix(DEPARTMENT)
    if code == key:
        return key.removeprefix(BODY)
    return Department.objects.filter(code=code).values_list("name", flat=True).first() or code


def narrowed(rows: ComplaintQuerySet, period: Period, only: Mapping[str, str]) -> ComplaintQuerySet:
    """Rows that have these values; as of a moment that has passed, those that were on record by then."""
    if not period.live:
        rows = rows.filter(registered_at__lte=period.at)
    if not only:
        return rows
    rows, paths = standing(rows, period) if set(only) & set(_IN_DIARY) else (rows, _now())
    wanted = Q()
    for name, value in only.items():
        special = _SPECIAL.get(name)
        wanted &= special(value) if special is not None else _is(paths[name], name, value)
    return rows.filter(wanted)


def _sent_to(key: str) -> Q:
    return Q(pk__in=Referral.objects.to(key).values("complaint"))


def _concerns(code: str) -> Q:
    asked = Participation.objects.filter(department__code=code, bounced_at=None)
    return Q(responsible__code=code) | Q(pk__in=asked.values("round__complaint"))


_SPECIAL = {CONCERNED: _concerns, REFERRED: _sent_to}


def _is(path: str, name: str, value: str) -> Q:
    if value == NOTHING:
        return Q(**{f"{path}__isnull": True}) if name not in ("cause", "business") else Q(**{path: ""})
    return Q(**{path: int(value) if name in _NUMBERS else value})


def from_params(params: QueryDict | Mapping[str, str], now: dt.datetime) -> Asked | None:
    """What an address asks for; None where it names no figure, or a period that cannot be read."""
    name = str(params.get("figure", ""))
    if name not in FIGURES:
        return None
    then = moment(str(params.get("as_of", "")))
    live = then is None or then >= now
    at = now if then is None or live else then
    today = timezone.localdate(at)
    first, last = _day(str(params.get("from", ""))) or today, _day(str(params.get("to", ""))) or today
    if first > last or last - first > LONGEST:
        return None
    said = {dimension: str(params.get(dimension, "")) for dimension in LABELS}
    only = {dimension: value for dimension, value in said.items() if _readable(dimension, value)}
    return Asked(name, Period(first, last, at, live), only)


def _readable(name: str, value: str) -> bool:
    most = LONGEST_TARGET if name == REFERRED else 40
    return bool(value) and len(value) <= most and (name not in _NUMBERS or value == NOTHING or value.isdecimal())


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def moment(text: str) -> dt.datetime | None:
    """A moment; a day alone means its end, the way "as of 31 October" is said."""
    try:
        found = parse_datetime(text) if len(text) > 10 else None
        if found is not None:
            return timezone.make_aware(found) if timezone.is_naive(found) else found
        day = parse_date(text)
    except ValueError:
        return None
    return bank_day.ends(day) if day else None
