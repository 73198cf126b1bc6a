"""The classes of many customers from their facts, beginning from what the last night remembered (domain E)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
from django.db.models import TextChoices

from analytics import segment_loyalty, segment_needs, segment_risk, segments
from analytics.calibration import elapsed_days, elapsed_months
from analytics.class_rule_book import NIGHTLY
from analytics.damping import GradeState
from analytics.fixedpoint import Bools, Ints
from analytics.reading import Facts, families, ratio, rows_of
from analytics.segment_rules import DEFAULT_RULES, SegmentRules
from crm_site import arrays
from crm_site.columns import Column
from customers.classes import AgeBand, AssetClass, CreditRisk, Flag, Grade, LoyaltyClass, NeedType, OccupationGroup
from customers.models import FOREVER, Product, PublishedRun

_NEED_OF_FAMILY = {
    Product.Family.DEPOSIT: NeedType.SAVINGS,
    Product.Family.LOAN: NeedType.CONSUMPTION,
    Product.Family.INVESTMENT: NeedType.INVESTMENT,
    Product.Family.WEALTH: NeedType.INVESTMENT,
    Product.Family.CARD: NeedType.CONSUMPTION,
    Product.Family.INSURANCE: NeedType.SAVINGS,
    Product.Family.PAYMENT: NeedType.CONSUMPTION,
}
# bits of the families in which money is kept, as Activity stores families
_KEEPING = sum(
    1 << Product.Family.values.index(family)
    for family in (Product.Family.DEPOSIT, Product.Family.INVESTMENT, Product.Family.WEALTH)
)


@dataclass(frozen=True, eq=False)
class Memory:
    """What the open standings of these customers say; ``judged`` is the ordinal of the last month judged, or 0.

    ``keys`` are those of the standings, 0 where there is none; ``prints`` their fingerprints; ``age``, ``occupation``,
    ``need`` and ``credit_risk`` only tell who moves.
    """

    asset: segments.AssetState
    loyalty: segment_loyalty.LoyaltyState
    judged: Ints
    keys: Ints
    prints: Ints
    age: Ints
    occupation: Ints
    need: Ints
    credit_risk: Ints
    grade: GradeState

    def places(self) -> dict[str, Ints]:
        """The class of each dimension before."""
        return _places(self)


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes as places in their enumerations, the state to remember, and the flags as places in a book."""

    asset: segments.AssetState
    age: Ints
    occupation: Ints
    need: Ints
    risk: Ints
    loyalty: segment_loyalty.LoyaltyState
    credit_risk: Ints
    flags: tuple[Ints, tuple[str, ...]]

    def places(self) -> dict[str, Ints]:
        """The class of each dimension."""
        return _places(self)


def _places(held: Memory | Classes) -> dict[str, Ints]:
    parts = (held.asset.asset_class, held.age, held.occupation, held.need, held.loyalty.loyalty, held.credit_risk)
    return dict(zip(NIGHTLY, parts, strict=True))


def remember(facts: Facts) -> Memory:
    """Read the open standings of these customers; who has none is classified for the first time."""
    n = facts.n
    asset, loyalty = segments.AssetState.first(n), segment_loyalty.LoyaltyState.first(n)
    judged, keys, prints, others = np.zeros((4, n), dtype=np.int64)
    grade = GradeState.first(n)
    rows = _open_standings(facts.ids)
    place = np.searchsorted(facts.ids, rows[0])
    known = (place < n) & (facts.ids[np.minimum(place, n - 1)] == rows[0])
    place, rows = place[known], rows[:, known]
    asset.asset_class[place], asset.watch[place], asset.best[place] = rows[1:4]
    loyalty.loyalty[place], loyalty.missed[place], loyalty.won_back[place] = rows[4], rows[5], rows[6] == 1
    judged[place], keys[place], prints[place], others[place] = rows[7:11]
    grade.shown[place], grade.raw[place], grade.months[place] = rows[11:]
    age, occupation, need, credit_risk = others >> 18, others >> 12 & 63, others >> 6 & 63, others & 63
    return Memory(asset, loyalty, judged, keys, prints, age, occupation, need, credit_risk, grade)


def _open_standings(ids: Ints) -> Ints:
    """One array a column: customer, asset class, months below it, best among those, loyalty, misses, won back, month;
    key and fingerprint; age, occupation, need and credit risk in one number; grade shown, grade of the score alone,
    month-ends held.
    """
    age, occupation = _place_in(AgeBand, "age_band"), _place_in(OccupationGroup, "occupation_group")
    need, credit_risk = _place_in(NeedType, "need_type"), _place_in(CreditRisk, "credit_risk")
    columns = [
        "customer_id",
        _place_in(AssetClass, "asset_class"),
        "asset_watch",
        _place_in(AssetClass, "asset_best"),
        _place_in(LoyaltyClass, "loyalty"),
        "loyalty_missed",
        f"CASE WHEN REPLACE(flags, '{Flag.WON_BACK}', '') <> flags THEN 1 ELSE 0 END",
        f"COALESCE({arrays.ordinal('judged_month')}, 0)",
        "found.id",
        "fingerprint",
        f"((({age}) * 64 + ({occupation})) * 64 + ({need})) * 64 + ({credit_risk})",
        _place_in(Grade, "grade"),
        _place_in(Grade, "raw_grade"),
        "grade_months",
    ]
    since_no, _published = PublishedRun.span()
    open_now = f"run_from >= {since_no} AND run_to = {FOREVER}"
    source, parameters = rows_of("customers_standing", ids, open_now, newest="run_from")
    return arrays.read(columns, f"FROM {source}", parameters)


def _place_in(choices: type[TextChoices], column: str) -> str:
    cases = " ".join(f"WHEN '{code}' THEN {number}" for number, code in enumerate(choices.values))
    other = choices.values.index("UNKNOWN") if "UNKNOWN" in choices.values else len(choices.values)
    return f"CASE {column} {cases} ELSE {other} END"


def classify(
    facts: Facts, memory: Memory, *, on: datetime.date, rules: SegmentRules = DEFAULT_RULES, anew: bool = False
) -> Classes:
    """Classify everybody at the reference date ``on``, the end of the last complete month.

    ``anew``: the rules of the asset classes are not those the memory was made by.
    """
    new_month = memory.judged < on.replace(day=1).toordinal()
    age = facts["age_step"]
    asset = segments.asset_classes(
        memory.asset,
        facts["aum_fen"],
        unseen=facts["aum_fen"].missing & facts["aum_3m_fen"].missing,
        closed=facts["closed"].values == 1,
        new_month=new_month,
        rules=rules.asset,
        anew=anew,
    )
    loyal = segment_loyalty.loyalty(memory.loyalty, loyalty_facts(facts, on), month_end=new_month, rules=rules.loyalty)
    flags: dict[Flag, Bools] = {
        Flag.NEW: loyal.new,
        Flag.AT_RISK: loyal.at_risk,
        Flag.WON_BACK: loyal.state.won_back,
        Flag.GOLD: segments.gold(asset.asset_class, facts["aum_fen"], rules.asset),
        Flag.SUITABILITY_65: segments.suitability_65(age, rules.age),
    }
    return Classes(
        asset=asset,
        age=segments.age_bands(age, rules.age),
        occupation=segments.occupation_groups(facts["occupation"], rules.occupation),
        need=segment_needs.needs(need_facts(facts), rules.need).need,
        risk=loyal.risk,
        loyalty=loyal.state,
        credit_risk=segment_risk.risk(risk_facts(facts), rules.risk).band,
        flags=segments.flag_texts(flags, facts.n),
    )


def need_facts(facts: Facts) -> segment_needs.NeedFacts:
    inflow = facts["inflow_12m_fen"]
    return segment_needs.NeedFacts(
        assets_3m=facts["aum_3m_fen"],
        deposits_3m=facts["deposits_3m_fen"],
        purchases_6m=facts["purchases_6m"],
        card_spend=facts["card_spend_12m_fen"],
        inflow=inflow,
        debt=facts["loans_fen"],
        income=facts["income_fen"],
        stable_months=facts["deposit_stable_months"],
        stated=_stated(facts["stated_need"]),
    )


def _stated(family: Column) -> Column:
    """The need class a stated product family speaks for; other families decide nothing."""
    book = [_NEED_OF_FAMILY.get(Product.Family(code)) for code in Product.Family.values]
    places = np.array([segments.place(need) if need else 0 for need in book], dtype=np.int64)
    silent = np.array([need is None for need in book], dtype=bool)
    at = np.where(family.missing, 0, family.values)
    return Column(places[at], family.missing | silent[at])


def risk_facts(facts: Facts) -> segment_risk.RiskFacts:
    assets, families_held = facts["aum_3m_fen"], facts["families_mask"].filled(0)
    return segment_risk.RiskFacts(
        overdue_days=facts["dpd_24m"],
        debt_service=facts["debt_service_bp"],
        rating=facts["rating"],
        assets_3m=assets,
        owed=facts["loans_fen"],
        keeps=(assets.filled(0) > 0) | (families_held & _KEEPING != 0),
    )


def loyalty_facts(facts: Facts, on: datetime.date) -> segment_loyalty.LoyaltyFacts:
    n = facts.n
    silent = elapsed_days(facts["last_active_on"], on)
    tenure = elapsed_days(facts["opened_on"], on)
    return segment_loyalty.LoyaltyFacts(
        closed=facts["closed"].values == 1,
        open_deposit=facts["unmatured_deposit"].values == 1,
        silent_days=Column(np.where(silent.missing, tenure.values, silent.values), silent.missing & tenure.missing),
        transaction_days=elapsed_days(facts["last_transaction_on"], on),
        tenure_months=elapsed_months(facts["opened_on"], on),
        assets_3m=facts["aum_3m_fen"],
        assets_best_12m=facts["aum_best_12m_fen"],
        assets_ratio_year=ratio(facts["aum_3m_fen"], facts["aum_3m_year_ago_fen"], down=True),
        assets_ratio_quarter=ratio(facts["aum_3m_fen"], facts["aum_3m_prior_fen"], down=True),
        families=families(facts["families_mask"]),
        active_months=facts["active_months_12m"],
        repeats_24m=Column(facts["contracts_24m"].values + facts["referrals_24m"].values, np.zeros(n, dtype=bool)),
        active_days_90=facts["active_days_90d"],
        active_days_before=facts["active_days_prior_90d"],
        salary_stopped_months=facts["months_since_salary"],
        worst_csat_60d=_csat(facts["worst_mark_60d"]),
        unsatisfied_90d=np.zeros(n, dtype=bool),  # docs/decisions/0014
    )


def _csat(points: Column) -> Column:
    """The mark of 1–5 that so many points of 100 come to; between two marks it is the better one."""
    return Column((points.values + 24) // 25 + 1, points.missing)
