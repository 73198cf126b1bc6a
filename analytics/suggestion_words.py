"""How suggestions, the columns behind them and their figures are said."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import SuggestionModel
from analytics.suggesting import Reason, Suggested
from analytics.suggestion_table import HOLDS
from crm_site.wording import date_words
from customers.classes import RiskTrigger
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


@dataclass(frozen=True, slots=True)
class Said:
    """A suggestion as the card shows it: its title, how many of how many, its reasons, and who says so."""

    suggested: Suggested
    title: str
    often: str
    why: tuple[str, ...]
    judge: str


def said(found: Suggested) -> Said:
    """In the reader's language; it compares and names no cause."""
    leaving = found.kind == SuggestionModel.Kind.LEAVING
    family = {"family": target_word(found.target)}
    title = _("May leave within half a year") if leaving else _("May want next: %(family)s") % family
    return Said(found, str(title), _often(found, family), _why(found), _judge(found))


def _often(found: Suggested, family: dict[str, str]) -> str:
    """No probability to the last digit: what became of those who looked like this."""
    words = {"hits": found.hits, "n": found.n, **family}
    if found.model is None:
        text = gettext("Of %(n)s customers who hold the same, %(hits)s hold %(family)s, too.")
        return text % words if found.n else ""
    if found.kind == SuggestionModel.Kind.LEAVING:
        return gettext("Of %(n)s customers judged as highly when it was tried, %(hits)s left.") % words
    text = gettext("Of %(n)s customers judged as highly when it was tried, %(hits)s opened something of %(family)s.")
    return text % words


def _why(found: Suggested) -> tuple[str, ...]:
    triggers = tuple(str(RiskTrigger(code).label) for code in found.triggers)
    return triggers or tuple(reason_words(reason) for reason in found.reasons)


def reason_words(reason: Reason) -> str:
    """A fact beside what is usual. Of money only more or less is said: figures of holdings have pages of their own."""
    name = column_word(reason.column)
    if reason.column.startswith(HOLDS):
        return name if reason.here else gettext("not among them: %(what)s") % {"what": name}
    if reason.here is None:
        return gettext("%(what)s: not known") % {"what": name}
    if reason.column.endswith("_fen"):
        text = gettext("%(what)s: more than usual") if reason.here > reason.usual else _less(reason)
        return text % {"what": name}
    return gettext("%(what)s: %(here)s, usual %(usual)s") % {
        "what": name,
        "here": _figure(reason.column, reason.here),
        "usual": _figure(reason.column, reason.usual),
    }


def _less(reason: Reason) -> str:
    if reason.here == reason.usual:
        return gettext("%(what)s: as usual")
    return gettext("%(what)s: less than usual")


def _figure(column: str, value: float) -> str:
    return f"{value / 100:.0f}%" if column.startswith("assets_") else f"{value:,.0f}"


def _judge(found: Suggested) -> str:
    day = {"day": date_words(found.on, "short")}
    if found.model is None:
        return gettext("By the rule, facts to %(day)s.") % day
    return gettext("By the model, version %(n)s, facts to %(day)s.") % {"n": found.model.version, **day}
