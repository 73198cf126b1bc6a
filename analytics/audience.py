"""Who is in a saved segment: its rules as one queryset (docs/decisions/0042, 0043).

Every condition is asked twice: of whom it is true, and of whom it is false. Who is neither is not known, and so a group
is joined without ever negating a database's NULL. Standing is joined once, as the published night has it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import and_, or_

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, TextChoices
from django.utils import timezone

from analytics.audience_book import FIELDS, UNKNOWN
from analytics.audience_rules import Condition, Group, How, Part, read
from analytics.models import SegmentVersion
from complaints.models import Complaint
from crm_site import bank_day
from customers.classes import Flag, RiskTrigger
from customers.models import Consent, Customer, Product, PublishedRun

LIVE_MOST = 10_000
"""How far a live count goes; the night counts without an end."""


@dataclass(frozen=True, slots=True)
class When:
    """The day ages in days are counted from, the moment consents are read at, the published run, and the oldest run
    that may have written what is valid at it."""

    day: datetime.date
    now: datetime.datetime
    run: int
    since: int = 0

    @classmethod
    def at(cls, day: datetime.date, now: datetime.datetime) -> When:
        """This day and moment, by the night that is published."""
        since, run = PublishedRun.span()
        return cls(day, now, run, since)

    @classmethod
    def live(cls) -> When:
        """Now, by the night that is published."""
        now = timezone.now()
        return cls.at(timezone.localdate(now), now)

    def days_ago(self, text: str) -> datetime.date:
        """The day so many days before."""
        return self.day - datetime.timedelta(days=int(text))


@dataclass(frozen=True, slots=True)
class Truth:
    """Of whom it is true, of whom it is false. Nobody is in both; who is in neither is not known."""

    true: Q
    false: Q

    @property
    def turned(self) -> Truth:
        """The opposite."""
        return Truth(self.false, self.true)


def members(version: SegmentVersion, when: When | None = None) -> QuerySet[Customer]:
    """Everybody in this version, in the order of their keys, which a freeze can cut into ranges.

    Customers whose record was merged away or erased are in no segment. Consent, caps and holdouts are not looked at:
    they belong to whoever writes to these customers.
    """
    return customers(read(version.rules), when)


def customers(rules: Group, when: When | None = None) -> QuerySet[Customer]:
    """Everybody of whom these rules are true; ``present`` is the joined row of what the published night says."""
    moment = when or When.live()
    written = Q(standings__run_from__gte=moment.since, standings__run_from__lte=moment.run)
    valid = written & Q(standings__run_to__gt=moment.run)
    rows = Customer.objects.living().annotate(present=FilteredRelation("standings", condition=valid))
    return rows.filter(truth(rules, moment).true).order_by("pk")


def counted(rules: Group, when: When | None = None, most: int = LIVE_MOST) -> tuple[int, bool]:
    """(how many, whether that is exact): counted no further than ``most``."""
    n = customers(rules, when).order_by().values("pk")[: most + 1].count()
    return min(n, most), n <= most


def composition(rules: Group, when: When | None = None) -> dict[tuple[str, str], int]:
    """How many by (grade, asset class), one query; "" and UNKNOWN stand for not known."""
    rows = customers(rules, when).order_by().values_list(F("present__grade"), F("present__asset_class"))
    found: dict[tuple[str, str], int] = {}
    for grade, asset, n in rows.annotate(n=Count("pk")):
        key = (grade or "", asset or UNKNOWN)
        found[key] = found.get(key, 0) + n
    return found


def sample(rows: QuerySet[Customer], start: int, size: int) -> list[Customer]:
    """Some of these: those that follow ``start``, a number of 32 bits, as far through all keys as it is through its own
    range; then from the beginning. The same start shows the same customers."""
    last = Customer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    pivot = start * last >> 32
    picked = list(rows.filter(pk__gte=pivot)[:size])
    return picked + list(rows.filter(pk__lt=pivot)[: size - len(picked)]) if len(picked) < size else picked


# --- the tree ---------------------------------------------------------------------------------------------------
def truth(part: Part, when: When) -> Truth:
    """A condition or a group, of whom it is true and of whom it is false."""
    if isinstance(part, Condition):
        return _ASKED[part.field](part, when)
    parts = [truth(one, when) for one in part.parts]
    every = Truth(_both(one.true for one in parts), _either(one.false for one in parts))
    some = Truth(_either(one.true for one in parts), _both(one.false for one in parts))
    return {How.ALL: every, How.ANY: some, How.NONE: some.turned}[part.how]


def _both(parts: Iterable[Q]) -> Q:
    return reduce(and_, parts)


def _either(parts: Iterable[Q]) -> Q:
    return reduce(or_, parts)


# --- the conditions ---------------------------------------------------------------------------------------------
Asker = Callable[[Condition, When], Truth]


def _either_way(condition: Condition, positive: str, found: Truth) -> Truth:
    return found if condition.op == positive else found.turned


def _class(column: str, known: Iterable[str]) -> Asker:
    """A code that may be missing, be "" or be UNKNOWN: only the known ones answer."""
    codes = list(known)
    missing = Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__in": ["", UNKNOWN]})

    def ask(condition: Condition, _when: When) -> Truth:
        if condition.op in ("known", "unknown"):
            return _either_way(condition, "known", Truth(Q(**{f"{column}__in": codes}), missing))
        others = [code for code in codes if code not in condition.values]
        is_one = Q(**{f"{column}__in": list(condition.values)})
        return _either_way(condition, "in", Truth(is_one, Q(**{f"{column}__in": others})))

    return ask


def _always(column: str) -> Asker:
    """A code everybody has."""

    def ask(condition: Condition, _when: When) -> Truth:
        is_one = Q(**{f"{column}__in": list(condition.values)})
        return _either_way(condition, "in", Truth(is_one, ~is_one))

    return ask


def _branch(condition: Condition, _when: When) -> Truth:
    there = Q(home_branch__isnull=False)
    if condition.op in ("known", "unknown"):
        return _either_way(condition, "known", Truth(there, ~there))
    is_one = Q(home_branch__code__in=list(condition.values))
    return _either_way(condition, "in", Truth(is_one, there & ~is_one))


def _region(condition: Condition, _when: When) -> Truth:
    missing = Q(region_code="")
    if condition.op in ("known", "unknown"):
        return _either_way(condition, "known", Truth(~missing, missing))
    begins = _either(Q(region_code__startswith=code) for code in condition.values)
    return _either_way(condition, "in", Truth(begins, ~missing & ~begins))


def _numbers(column: str, scale: int) -> Asker:
    """A number that may be NULL; ``scale`` turns the rule's unit into the column's."""

    def ask(condition: Condition, _when: When) -> Truth:
        low, high = (int(Decimal(text) * scale) if text else None for text in (condition.low, condition.high))
        return _range(column, condition, low, high)

    return ask


def _range(column: str, condition: Condition, low: object, high: object) -> Truth:
    if condition.op in ("known", "unknown"):
        there = Truth(Q(**{f"{column}__isnull": False}), Q(**{f"{column}__isnull": True}))
        return _either_way(condition, "known", there)
    from_low = Truth(Q(**{f"{column}__gte": low}), Q(**{f"{column}__lt": low}))
    under_high = Truth(Q(**{f"{column}__lt": high}), Q(**{f"{column}__gte": high}))
    if low is None or high is None:
        return under_high if low is None else from_low
    return Truth(from_low.true & under_high.true, from_low.false | under_high.false)


def _since(column: str) -> Asker:
    """Days gone by since a date: more days, earlier date."""

    def ask(condition: Condition, when: When) -> Truth:
        after = datetime.timedelta(days=1)
        latest = when.days_ago(condition.low) + after if condition.low else None
        earliest = when.days_ago(condition.high) + after if condition.high else None
        return _range(column, condition, earliest, latest)

    return ask


def _day(column: str) -> Asker:
    def ask(condition: Condition, when: When) -> Truth:
        if condition.op == "last_days":
            return _range(column, condition, when.days_ago(condition.low), None)
        if condition.op == "older_days":
            return _range(column, condition, None, when.days_ago(condition.low) + datetime.timedelta(days=1))
        dates = (datetime.date.fromisoformat(text) if text else None for text in (condition.low, condition.high))
        return _range(column, condition, *dates)

    return ask


def _several(column: str, choices: type[TextChoices], stored: Callable[[int], object]) -> Asker:
    """Several codes at once, each a bit in the order of their enumeration; ``stored`` is how a set of bits is kept.

    Named one by one, the sets that meet a condition need no negation, and an index could answer them.
    """
    bits = {code: 1 << place for place, code in enumerate(choices.values)}
    every = range(1 << len(bits))

    def ask(condition: Condition, _when: When) -> Truth:
        wanted = sum(bits[code] for code in condition.values)
        least = wanted if condition.op == "every" else 1
        hits = [n for n in every if (n & wanted) >= least]
        misses = [n for n in every if (n & wanted) < least]
        yes, no = (Q(**{f"{column}__in": [stored(n) for n in sets]}) for sets in (hits, misses))
        return Truth(no, yes) if condition.op == "none" else Truth(yes, no)

    return ask


def _flag_text(number: int) -> str:
    """A set of flags as Standing keeps it."""
    return ",".join(flag for place, flag in enumerate(Flag.values) if number >> place & 1)


def _exists(rows: Callable[[Condition, When], QuerySet[Complaint] | QuerySet[Consent]], positive: str) -> Asker:
    def ask(condition: Condition, when: When) -> Truth:
        one = Q(Exists(rows(condition, when)))
        return _either_way(condition, positive, Truth(one, ~one))

    return ask


def _complaints(condition: Condition, when: When) -> QuerySet[Complaint]:
    rows = Complaint.objects.filter(customer=OuterRef("pk"), nature=Complaint.Nature.COMPLAINT)
    if condition.field == "open_complaint":
        return rows.open()
    return rows.filter(received_at__gte=bank_day.begins(when.days_ago(condition.low)))


def _granted(condition: Condition, when: When) -> QuerySet[Consent]:
    """The act that counts, when it is a grant still in time: the latest for the channel or for all channels."""
    purpose, channel = condition.values
    about = {"purpose": purpose, "channel__in": {channel, Consent.Channel.ALL.value}, "at__lte": when.now}
    latest = Consent.objects.filter(customer=OuterRef(OuterRef("pk")), **about).order_by("-at", "-pk").values("pk")[:1]
    in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=when.now)
    return Consent.objects.filter(in_time, pk=Subquery(latest), act=Consent.Act.GRANT)


def _no_contact(condition: Condition, _when: When) -> Truth:
    column = "contact_preference__no_proactive_contact"
    silent = Q(**{f"{column}__isnull": True}) | Q(**{column: False})
    return _either_way(condition, "yes", Truth(Q(**{column: True}), silent))


_STANDING = ("asset_class", "age_band", "occupation_group", "need_type", "loyalty", "credit_risk", "grade")
_ASKED: Mapping[str, Asker] = {code: _class(f"present__{code}", FIELDS[code].options) for code in _STANDING} | {
    "flags": _several("present__flags", Flag, _flag_text),
    "risk": _several("present__risk", RiskTrigger, int),
    "score": _numbers("present__score_tenths", 10),
    "status": _always("status"),
    "kind": _always("kind"),
    "region": _region,
    "branch": _branch,
    "opened_on": _day("opened_on"),
    "aum": _numbers("activity__aum_fen", 100),
    "families": _several("activity__families_mask", Product.Family, int),
    "inactive": _since("activity__last_active_on"),
    "open_complaint": _exists(_complaints, "yes"),
    "complaint": _exists(_complaints, "yes"),
    "consent": _exists(_granted, "given"),
    "channel": _class("contact_preference__channel", FIELDS["channel"].options),
    "no_contact": _no_contact,
}
