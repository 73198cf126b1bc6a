"""Sizes of saved segments as the nights wrote them, and as a reader may see them (domain K.5: nothing under five)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from analytics import charts
from analytics.models import Segment, SegmentCount
from analytics.models.segment import SEES_CUSTOMERS
from analytics.statistics import SUPPRESS_BELOW
from crm_site.models import User
from customers.classes import AssetClass, Grade

_SHORT = {
    AssetClass.HIGH: pgettext_lazy("net worth", "High"),
    AssetClass.MID: pgettext_lazy("net worth", "Mid"),
    AssetClass.ORDINARY: _lazy("Ordinary"),
    AssetClass.UNKNOWN: _lazy("Not known"),
}
NEAR = datetime.timedelta(days=10)  # how far before that day a size still stands for "a month ago"


@dataclass(frozen=True, slots=True)
class Size:
    """How many on a business date, and a month before. ``before`` is None where nothing was counted then; ``same`` says
    that the rules were the same then."""

    n: int
    as_of: datetime.date
    count: SegmentCount
    before: int | None = None
    before_on: datetime.date | None = None
    same: bool = True

    @property
    def change(self) -> int | None:
        """More or fewer than a month ago, by the same rules."""
        return self.n - self.before if self.before is not None and self.same else None


def counted_to() -> datetime.date | None:
    """The newest business date that was counted."""
    return SegmentCount.objects.aggregate(last=Max("as_of"))["last"]


def month_before(day: datetime.date) -> datetime.date:
    """The same day of the month before, or its last one."""
    last = day.replace(day=1) - datetime.timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def sizes(segments: Iterable[Segment]) -> dict[int, Size]:
    """By key of the segment; a version that no night has counted has none. Three queries, however many segments."""
    last, keys = counted_to(), [segment.pk for segment in segments]
    if last is None or not keys:
        return {}
    rows = SegmentCount.objects.filter(version__segment__in=keys).select_related("version")
    then = month_before(last)
    earlier: dict[int, SegmentCount] = {}
    for row in rows.filter(as_of__lte=then, as_of__gte=then - NEAR).order_by("as_of", "version__no"):
        earlier[row.version.segment_id] = row
    now = rows.filter(as_of=last, version__no=F("version__segment__current_no"))
    return {row.version.segment_id: _size(row, earlier.get(row.version.segment_id)) for row in now}


def _size(row: SegmentCount, before: SegmentCount | None) -> Size:
    if before is None:
        return Size(row.n, row.as_of, row)
    return Size(row.n, row.as_of, row, before.n, before.as_of, before.version_id == row.version_id)


def sees_customers(user: User) -> bool:
    """Whether this person sees who is in a segment, or only how many."""
    return user.has_role(*SEES_CUSTOMERS)


def number_words(n: int, user: User) -> str:
    """A size; who sees counts alone is not told one that would be about somebody."""
    if n < SUPPRESS_BELOW and not sees_customers(user):
        return _("fewer than %(n)s") % {"n": SUPPRESS_BELOW}
    return f"{n:,}"


def change_words(size: Size, user: User) -> str:
    """ "+120" or "−3" against a month ago; "" where there is nothing to compare or it would tell too much."""
    change = size.change
    if change is None or size.before is None:
        return ""
    if min(size.n, size.before) < SUPPRESS_BELOW and not sees_customers(user):
        return ""
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{abs(change):,}"


def spread(grades: dict[str, int], assets: dict[str, int]) -> list[charts.BarChart]:
    """Bars by grade and by asset class."""
    by_grade = [(grade, grades.get(grade, 0)) for grade in Grade.values] + [(_("no score"), grades.get("", 0))]
    by_assets = [(str(_SHORT[one]), assets.get(one.value, 0)) for one in AssetClass]
    said = (
        (by_grade, "grades", _("By value grade"), _("Grade")),
        (by_assets, "assets", _("By asset class"), _("Asset class")),
    )
    return [
        charts.bar_chart(bars, key=key, title=title, caption=title, name=name, unit=_("Customers"))
        for bars, key, title, name in said
    ]
