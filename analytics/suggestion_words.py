"""How suggestions, the columns behind them and their figures are said."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.models import SuggestionModel
from analytics.suggestion_table import HOLDS
from customers.models import Product

COLUMNS: dict[str, Promise] = {
    "count_12m": _("transactions in 12 months"),
    "amount_12m_fen": _("amount moved in 12 months"),
    "inflow_12m_fen": _("inflow in 12 months"),
    "card_spend_12m_fen": _("spent by card in 12 months"),
    "fee_12m_fen": _("fees paid in 12 months"),
    "salary_12m_fen": _("salary received in 12 months"),
    "purchases_6m": _("investments bought in 6 months"),
    "active_months_12m": _("active months of 12"),
    "active_days_90d": _("active days of the last 90"),
    "active_days_prior_90d": _("active days of the 90 before"),
    "months_since_salary": _("months since the last salary"),
    "open_holdings": _("products open"),
    "contracts_24m": _("new contracts in 24 months"),
    "families_6m_new": _("new product families in 6 months"),
    "aum_3m_fen": _("assets, mean of 3 months"),
    "deposits_3m_fen": _("deposits, mean of 3 months"),
    "loans_fen": _("loans"),
    "deposit_stable_months": _("months of stable deposits"),
    "worst_mark_60d": _("lowest mark of 60 days"),
    "new_needs_6m": _("new needs in 6 months"),
    "referrals_24m": _("customers brought in 24 months"),
    "tenure_days": _("days as a customer"),
    "silent_days": _("days since the last activity"),
    "assets_quarter": _("assets against the quarter before"),
    "assets_year": _("assets against a year ago"),
}
"""A name for each column a suggestion looks at, but for the families held."""

REFUSED: dict[str, Promise] = {
    "few": _("too few cases"),
    "bayes": _("no better than naive Bayes"),
    "rule": _("no better than the rule"),
}
"""Why nothing of a target was kept."""


def column_word(name: str) -> str:
    """What a column is called."""
    if name.startswith(HOLDS):
        family = Product.Family(name.removeprefix(HOLDS)).label
        return str(_("holds: %(family)s") % {"family": family})
    return str(COLUMNS[name])


def target_word(target: str) -> str:
    """What a target is called: leaving, or a product family."""
    return str(Product.Family(target).label if target in Product.Family.values else SuggestionModel.Kind(target).label)
