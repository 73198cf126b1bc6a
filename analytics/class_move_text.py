"""A move from one class to another as a sentence with the figures that decided it (peers 2.2)."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.deciding import CLASSES
from crm_site.wording import date_words, money_words
from customers.classes import Occupation

Figures = Mapping[str, Any]


def class_label(dimension: str, code: str) -> str:
    """A class as people read it; a code that is no more is shown as it stands."""
    choices = CLASSES.get(dimension)
    return str(choices(code).label) if choices and code in choices.values else code


def sentence(
    dimension: str, was: str, became: str, figures: Figures, *, on: datetime.date | None, rules: str, limits: Figures
) -> str:
    """ "High net worth → Mid net worth: ¥1,020,000 → ¥940,000 on 31 Aug 2026, limit ¥1,000,000, rules ASSET 3"."""
    parts = [*reason(dimension, became, figures, limits)]
    if on is not None:
        parts.insert(1, _("on %(day)s") % {"day": date_words(on, "long")})
    if rules:
        parts.append(_("rules %(version)s") % {"version": rules})
    words = {"was": class_label(dimension, was), "became": class_label(dimension, became)}
    return _("%(was)s → %(became)s") % words + _(": ") + _(", ").join(part for part in parts if part)


def reason(dimension: str, became: str, figures: Figures, limits: Figures) -> Iterator[str]:
    """What decided, piece by piece; the first is the figure itself."""
    said = _REASONS.get(dimension)
    if said:
        yield from said(became, figures, limits)


def _assets(became: str, figures: Figures, limits: Figures) -> Iterator[str]:
    now, before = figures.get("now"), figures.get("before")
    if now is None:
        yield _("no assets are known")
        return
    yield f"{_fen(before)} → {_fen(now)}" if before is not None else _fen(now)
    if figures.get("limit"):
        yield _("limit %(amount)s") % {"amount": _fen(figures["limit"])}
    if months := figures.get("months"):
        yield ngettext("%(n)d month below", "%(n)d months below", months) % {"n": months}


def _age(became: str, figures: Figures, limits: Figures) -> Iterator[str]:
    step = figures.get("step")
    yield _("no birth date is known") if step is None else _("has reached the age of %(n)s") % {"n": step}


def _occupation(became: str, figures: Figures, limits: Figures) -> Iterator[str]:
    code = str(figures.get("code"))
    known = code in Occupation.values
    yield _("occupation: %(name)s") % {"name": Occupation(code).label if known else _("Not known")}


def _need(became: str, figures: Figures, limits: Figures) -> Iterator[str]:
    if figures.get("stated"):
        yield _("the customer said so")
        return
    names = {"inv": _("investment"), "con": _("consumption"), "sav": _("savings")}
    points = (f"{name} {Decimal(figures.get(key, 0)) / 10_000:.1f}" for key, name in names.items())
    yield _("points: %(points)s") % {"points": _(", ").join(points)}


def _loyalty(became: str, figures: Figures, limits: Figures) -> Iterator[str]:
    if figures.get("closed"):
        yield _("every product is closed")
        return
    if became == "UNKNOWN":
        yield _("too little is known")
        return
    if became != "LOST":
        words = {"n": figures.get("signs", 0), "needed": limits.get("signs_needed", "–")}
        yield _("%(n)s of 5 signs of loyalty (needed: %(needed)s)") % words
    silent = figures.get("silent")
    if silent is not None:
        limit = limits.get("silent_days" if became == "LOST" else "recent_days", "–")
        yield _("active %(n)s days ago (limit %(limit)s)") % {"n": silent, "limit": limit}
    if became == "LOST" and figures.get("assets") is not None:
        words = {"now": _fen(figures["assets"]), "best": _fen(figures.get("best"))}
        yield _("assets %(now)s, best month %(best)s") % words


def _risk(became: str, figures: Figures, limits: Figures) -> Iterator[str]:
    if became == "UNKNOWN":
        yield _("nothing is known of repayment")
        return
    if (days := figures.get("overdue")) is not None:
        yield _("longest delay %(n)s days") % {"n": days}
    if (burden := figures.get("burden")) is not None:
        yield _("debt service %(share)s of income") % {"share": _share(burden)}
    if rating := figures.get("rating"):
        yield _("internal rating %(code)s") % {"code": rating}
    if (reserve := figures.get("reserve")) is not None:
        yield _("reserve %(share)s of what is owed") % {"share": _share(reserve)}
    words = {"n": figures.get("points", 0), "medium": limits.get("medium_points"), "high": limits.get("high_points")}
    yield _("%(n)s risk points (medium from %(medium)s, high from %(high)s)") % words


_REASONS: dict[str, Callable[[str, Figures, Figures], Iterator[str]]] = {
    "ASSET": _assets,
    "AGE": _age,
    "OCCUPATION": _occupation,
    "NEED": _need,
    "LOYALTY": _loyalty,
    "RISK": _risk,
}


def _fen(amount: int | None) -> str:
    return "–" if amount is None else money_words(Decimal(amount) / 100)


def _share(whole: int) -> str:
    """A share in 1/10,000 as people read it."""
    return f"{Decimal(whole).scaleb(-2):f}".rstrip("0").rstrip(".") + "%"
