"""What the customer holds, as one bar and one line a family (mock 02); only for who may see amounts."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from customers.models import Customer, Holding, MonthlyBalance, Product

OWED = (Product.Family.LOAN,)
SHADES = 6


@dataclass(slots=True)
class _Family:
    """One family of products: the balance of all its holdings, in fen."""

    family: str
    label: str
    fen: int = 0
    known: bool = False
    holdings: list[Holding] = field(default_factory=list)


def holdings(customer: Customer) -> dict[str, Any]:
    """Families the customer holds, with amounts and shares; loans stand apart, as money owed."""
    rows = list(customer.holdings.exclude(status=Holding.Status.CLOSED).select_related("product").order_by("pk"))
    balances, month = _balances(rows)
    families: dict[str, _Family] = {}
    for row in rows:
        label = str(Product.Family(row.product.family).label)
        family = families.setdefault(row.product.family, _Family(row.product.family, label))
        family.holdings.append(row)
        if row.pk in balances:
            family.fen += balances[row.pk]
            family.known = True
    own = sorted((f for f in families.values() if f.family not in OWED), key=lambda f: -f.fen)
    return {
        "count": len(rows),
        "total": sum(f.fen for f in own),
        "parts": _parts([f for f in own if f.fen > 0]),
        "others": [f for f in own if f.fen <= 0],
        "owed": [f for f in families.values() if f.family in OWED],
        "month": month,
        "any_balance": bool(balances),
        "rows": rows,
    }


def _balances(rows: list[Holding]) -> tuple[dict[int, int], datetime.date | None]:
    """The month-end balance of each holding in the latest month that any of them has."""
    found = MonthlyBalance.objects.filter(holding__in=[row.pk for row in rows]).order_by("-month")
    latest: dict[int, int] = {}
    month: datetime.date | None = None
    for holding_id, at, fen in found.values_list("holding_id", "month", "end_fen")[: 4 * max(len(rows), 1)]:
        month = month or at
        if at == month:
            latest[holding_id] = fen
    return latest, month


def _parts(families: list[_Family]) -> list[dict[str, Any]]:
    """Bars from left to right in percent, with two decimals as SVG reads them."""
    total = sum(family.fen for family in families)
    parts, x = [], 0.0
    for place, family in enumerate(families):
        width = 100 * family.fen / total
        parts.append(
            {
                "label": family.label,
                "fen": family.fen,
                "percent": round(width),
                "x": f"{x:.2f}%",
                "width": f"{width:.2f}%",
                "shade": place % SHADES + 1,
            }
        )
        x += width
    return parts
