"""What a suggestion may look at: what a customer does and holds, never who they are (docs/decisions/0055).

No age, occupation, income, credit record or sex: only dealings with the bank. Money in fen, ratios in 1/10,000.
"""

from __future__ import annotations

import datetime

import numpy as np

from analytics.calibration import elapsed_days
from analytics.fixedpoint import Bools
from analytics.reading import Facts, ratio
from analytics.suggestions.table import Floats, Table
from crm_site.columns import Column
from customers.models import Product

PLAIN = (
    "count_12m amount_12m_fen inflow_12m_fen card_spend_12m_fen fee_12m_fen salary_12m_fen purchases_6m "
    "active_months_12m active_days_90d active_days_prior_90d months_since_salary open_holdings contracts_24m "
    "families_6m_new aum_3m_fen deposits_3m_fen loans_fen deposit_stable_months worst_mark_60d new_needs_6m "
    "referrals_24m"
).split()
HOLDS = "holds_"  # before a product family


def table(facts: Facts, on: datetime.date) -> Table:
    """The columns a model learns from and judges by, as they stand on that day."""
    columns = {name: _floats(facts[name]) for name in PLAIN}
    columns["tenure_days"] = _floats(elapsed_days(facts["opened_on"], on))
    columns["silent_days"] = _floats(elapsed_days(facts["last_active_on"], on))
    columns["assets_quarter"] = _floats(ratio(facts["aum_3m_fen"], facts["aum_3m_prior_fen"]))
    columns["assets_year"] = _floats(ratio(facts["aum_3m_fen"], facts["aum_3m_year_ago_fen"]))
    for bit, family in enumerate(Product.Family.values):
        columns[HOLDS + family] = holds(facts, bit).astype(np.float64)
    return Table(columns)


def holds(facts: Facts, family: int) -> Bools:
    """Who has something open of the family at this place."""
    return (facts["families_mask"].values >> family & 1) == 1


def _floats(column: Column) -> Floats:
    return np.where(column.missing, np.nan, column.values.astype(np.float64))
