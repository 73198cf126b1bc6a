"""Who is in a saved segment: the queryset against the rules judged one customer at a time, unknowns included."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import audience, audience_book, audience_rules
from analytics.audience_rules import Condition, Group, How, Kind, Part
from complaints.models import Complaint
from crm_site.tests.factories import DepartmentFactory
from customers.actions.consent import allowed
from customers.classes import Flag, RiskTrigger
from customers.models import Activity, Consent, ContactPreference, Customer, Product, PublishedRun, Standing

pytestmark = pytest.mark.django_db

NOW = timezone.make_aware(datetime.datetime(2026, 11, 15, 10, 0))
DAY = NOW.date()
RUN = 7
WHEN = audience.When(DAY, NOW, RUN)
BRANCHES = ("B-EAST", "B-WEST")

Facts = Mapping[str, Any]


# --- the bank the rules are asked of ----------------------------------------------------------------------------------
def maybe(random: Random, value: Any) -> Any:
    return value if random.random() < 0.7 else None


def make(n: int, random: Random, branches: list[Any]) -> Facts:
    """One customer with about a third of everything unknown, and the same facts as plain values."""
    facts: dict[str, Any] = {
        "status": random.choice(["ACTIVE", "DORMANT", "CLOSED", "DECEASED"]),
        "kind": random.choice(["INDIVIDUAL", "INDIVIDUAL", "ORGANISATION"]),
        "region": random.choice(["", "310104", "310000", "330100", "440305"]),
        "branch": maybe(random, random.choice(branches)),
        "opened_on": maybe(random, DAY - datetime.timedelta(days=random.randrange(0, 800))),
    }
    customer = Customer.objects.create(
        customer_no=f"C-2026-{n:06d}",
        full_name="林晓彤",
        name_bidx=bytes(32),
        status=facts["status"],
        kind=facts["kind"],
        region_code=facts["region"],
        home_branch=facts["branch"],
        opened_on=facts["opened_on"],
    )
    facts |= {"pk": customer.pk, "branch": facts["branch"].code if facts["branch"] else None}
    facts |= standing(customer, random) | activity(customer, random) | preference(customer, random)
    return facts | {"customer": customer} | consents(customer, random) | complaints(customer, random)


def standing(customer: Customer, random: Random) -> Facts:
    """A row of another night always, one of the published night mostly."""
    Standing.objects.create(customer=customer, run_from=1, run_to=RUN, as_of=DAY, grade="A", **some_classes(Random(1)))
    if random.random() < 0.2:
        return {name: None for name in (*STANDING_CODES, "grade", "score", "flags", "risk")}
    classes = some_classes(random)
    flags = [flag for flag in Flag.values if random.random() < 0.3]
    score = maybe(random, random.randrange(0, 1001))
    row = Standing.objects.create(
        customer=customer,
        run_from=RUN,
        as_of=DAY,
        flags=",".join(flags),
        risk=random.randrange(1 << len(RiskTrigger)),
        score_tenths=score,
        grade="" if score is None else random.choice("ABCDE"),
        **classes,
    )
    known = {name: None if code == "UNKNOWN" else code for name, code in classes.items()}
    return known | {
        "grade": row.grade or None,
        "score": None if score is None else Decimal(score) / 10,
        "flags": set(flags),
        "risk": {str(trigger) for trigger in row.risk_triggers},
    }


STANDING_CODES = ("asset_class", "age_band", "occupation_group", "need_type", "loyalty", "credit_risk")


def some_classes(random: Random) -> dict[str, str]:
    return {
        name: random.choice([*audience_book.FIELDS[name].options, "UNKNOWN"])  # stored as the night stores them
        for name in STANDING_CODES
    }


def activity(customer: Customer, random: Random) -> Facts:
    if random.random() < 0.15:
        return {"aum": None, "families": None, "inactive": None}
    aum = maybe(random, random.randrange(0, 900) * 1_000_000)
    last = maybe(random, DAY - datetime.timedelta(days=random.randrange(-2, 500)))
    mask = random.randrange(1 << len(Product.Family))
    Activity.objects.create(customer=customer, aum_fen=aum, last_active_on=last, families_mask=mask, changed_at=NOW)
    return {
        "aum": None if aum is None else Decimal(aum) / 100,
        "inactive": None if last is None else (DAY - last).days,
        "families": {code for place, code in enumerate(Product.Family.values) if mask >> place & 1},
    }


def preference(customer: Customer, random: Random) -> Facts:
    if random.random() < 0.3:
        return {"channel": None, "no_contact": False}
    channel, silent = random.choice(["", "MOBILE", "EMAIL"]), random.random() < 0.4
    ContactPreference.objects.create(customer=customer, channel=channel, no_proactive_contact=silent)
    return {"channel": channel or None, "no_contact": silent}


def consents(customer: Customer, random: Random) -> Facts:
    for _n in range(random.randrange(5)):
        at = NOW + datetime.timedelta(days=random.randrange(-40, 3))
        Consent.objects.create(
            customer=customer,
            purpose=random.choice(["MARKETING", "PROFILING_MARKETING"]),
            channel=random.choice(["ALL", "SMS", "PHONE"]),
            act=random.choice(["GRANT", "GRANT", "WITHDRAW", "REFUSE"]),
            at=at,
            expires_at=maybe(random, at + datetime.timedelta(days=random.randrange(1, 60))),
            evidence="FORM",
            recorded_at=at,
        )
    return {}


def complaints(customer: Customer, random: Random) -> Facts:
    """A matter that is open or not, a complaint or an inquiry, received some time ago."""
    found = []
    for _n in range(random.choice([0, 0, 1, 2])):
        ago, nature, ended = random.randrange(0, 90), random.choice(["COMPLAINT", "INQUIRY"]), random.random() < 0.6
        at = NOW - datetime.timedelta(days=ago)
        Complaint.objects.create(
            number=f"TS-{customer.pk}-{_n}",
            nature=nature,
            customer=customer,
            channel="PHONE",
            received_at=at,
            registered_at=at,
            subject="Fee",
            content="Twice",
            state="CLOSED" if ended else "RECEIVED",
            closed_at=NOW if ended else None,
        )
        found.append((nature, ended, ago))
    return {"matters": found}


# --- judging one customer -------------------------------------------------------------------------------------------
def judge(part: Part, facts: Facts) -> bool | None:
    """True, false, or None for not known, as Kleene joined them."""
    if isinstance(part, Condition):
        return judged(part, facts)
    found = [judge(one, facts) for one in part.parts]
    if part.how == How.ALL:
        return False if False in found else None if None in found else True
    some = True if True in found else None if None in found else False
    return some if part.how == How.ANY else None if some is None else not some


def judged(asked: Condition, facts: Facts) -> bool | None:  # noqa: C901 - one line an operator
    known = audience_book.FIELDS.get(asked.field)
    kind = known.kind if known else Kind.CHOICE
    if kind == Kind.CONSENT:
        return allowed(facts["customer"], *asked.values, NOW) == (asked.op == "given")
    if asked.field == "open_complaint":
        return any(n == "COMPLAINT" and not ended for n, ended, _ago in facts["matters"]) == (asked.op == "yes")
    if asked.field == "complaint":
        hit = any(n == "COMPLAINT" and ago <= int(asked.low) for n, _ended, ago in facts["matters"])
        return hit == (asked.op == "yes")
    if asked.field == "no_contact":
        return facts["no_contact"] == (asked.op == "yes")
    value = facts[asked.field] if asked.field != "region" else facts["region"] or None
    if asked.op in ("known", "unknown"):
        return (value is not None) == (asked.op == "known")
    if value is None:
        return None
    if kind == Kind.MANY:
        return {"any": bool(value & set(asked.values)), "every": value >= set(asked.values)}.get(
            asked.op, not value & set(asked.values)
        )
    if kind == Kind.CODES:
        return value.startswith(tuple(asked.values)) == (asked.op == "in")
    if kind == Kind.CHOICE:
        return (value in asked.values) == (asked.op == "in")
    if asked.op in ("last_days", "older_days"):
        ago = (DAY - value).days
        return ago <= int(asked.low) if asked.op == "last_days" else ago >= int(asked.low)
    turn = datetime.date.fromisoformat if kind == Kind.DATE else Decimal
    return (not asked.low or value >= turn(asked.low)) and (not asked.high or value < turn(asked.high))


# --- rules of every kind -------------------------------------------------------------------------------------------
def bounds(draw: st.DrawFn, op: str, numbers: st.SearchStrategy[Any]) -> dict[str, str]:
    low, high = sorted((draw(numbers), draw(numbers)))
    if low == high and op == "between":
        op = "from" if isinstance(low, datetime.date) else "at_least"
    return {
        "between": {"op": "between", "low": str(low), "high": str(high)},
        "below": {"op": op, "high": str(high)},
        "before": {"op": op, "high": str(high)},
    }.get(op, {"op": op, "low": str(low)})


_NUMBERS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.SCORE: st.integers(0, 1000).map(lambda n: Decimal(n) / 10),
    Kind.MONEY: st.integers(0, 900).map(lambda n: n * 10_000),
    Kind.DAYS: st.integers(0, 500),
    Kind.RECENT: st.integers(1, 90),
    Kind.DATE: st.integers(0, 800).map(lambda n: DAY - datetime.timedelta(days=n)),
}


@st.composite
def asked(draw: st.DrawFn) -> dict[str, Any]:
    """A condition about any field, with any of its operators."""
    fields = audience_book.FIELDS | {
        "branch": audience_rules.Field("branch", "branch", Kind.CHOICE, dict.fromkeys(BRANCHES, "x"))
    }
    known = fields[draw(st.sampled_from(sorted(fields)))]
    op = draw(st.sampled_from(known.ops))
    said: dict[str, Any] = {"field": known.code, "op": op}
    if op in audience_rules.KNOWING or known.kind == Kind.YES:
        return said
    if known.kind == Kind.CONSENT:
        purposes, channels = ["MARKETING", "PROFILING_MARKETING"], ["ALL", "SMS", "PHONE", "EMAIL"]
        return said | {"values": [draw(st.sampled_from(purposes)), draw(st.sampled_from(channels))]}
    if known.kind in (Kind.CHOICE, Kind.MANY):
        return said | {"values": draw(st.lists(st.sampled_from(sorted(known.options)), min_size=1, max_size=4))}
    if known.kind == Kind.CODES:
        return said | {"values": draw(st.lists(st.sampled_from(["31", "3301", "440305", "310000"]), min_size=1))[:5]}
    if op in ("last_days", "older_days"):
        return said | {"low": str(draw(st.integers(1, 800)))}
    return said | bounds(draw, op, _NUMBERS[known.kind])


TREES = st.recursive(
    asked(),
    lambda parts: st.fixed_dictionaries(
        {"how": st.sampled_from([how.value for how in How]), "parts": st.lists(parts, min_size=1, max_size=3)}
    ),
    max_leaves=6,
)


@pytest.fixture
def bank(db: None) -> list[Facts]:
    random = Random(7)
    PublishedRun.objects.create(pk=1, run_no=RUN, as_of=DAY, published_at=NOW)
    branches = [DepartmentFactory(code=code, kind="BRANCH") for code in BRANCHES]
    return [make(n, random, branches) for n in range(60)]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(tree=TREES)
def test_the_queryset_holds_exactly_those_of_whom_the_rules_are_true(bank: list[Facts], tree: dict[str, Any]) -> None:
    rules = tree if "how" in tree else {"how": "all", "parts": [tree]}
    try:
        group = audience_rules.parse(rules, audience_book.book())
    except audience_rules.RuleBroken as broken:
        assert "deep" in str(broken)  # nothing else may be wrong with them
        return
    found = list(audience.customers(group, WHEN).values_list("pk", flat=True))
    assert found == [facts["pk"] for facts in bank if judge(group, facts) is True]
    opposite = Group(How.NONE, (group,))
    others = set(audience.customers(opposite, WHEN).values_list("pk", flat=True))
    assert others == {facts["pk"] for facts in bank if judge(group, facts) is False}
    assert sum(audience.composition(group, WHEN).values()) == len(found)
    assert audience.counted(group, WHEN) == (len(found), True)
