"""The rule for the next product: what customers who hold the same most often hold besides (domain R2.18; pure).

Families held are bits in the order of ``Product.Family``; ``counts`` says how many customers hold exactly these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FEWEST = 30  # customers who hold the same; with fewer nothing is said
LEAST_SHARE = 0.25  # of them, who hold the other family too
MORE_OFTEN = 1.1  # than among all customers, or it says nothing of these

Counts = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Companion:
    """Of ``n`` customers who hold at least the same, ``also`` hold this family (its place) too."""

    family: int
    also: int
    n: int

    @property
    def share(self) -> float:
        """Of those who hold the same."""
        return self.also / self.n if self.n else 0.0


def companion(counts: Counts, held: int, family: int) -> Companion:
    """How many of those who hold at least these families hold that one, too."""
    wanted = held | 1 << family
    n = sum(count for mask, count in counts.items() if mask & held == held)
    also = sum(count for mask, count in counts.items() if mask & wanted == wanted)
    return Companion(family, also, n)


def following(counts: Counts, held: int, families: int) -> Companion | None:
    """The family most often held besides, out of so many, if they hold it more often than customers in general do.

    None for who holds nothing, and where too few say so.
    """
    lacking = [family for family in range(families) if held and not held >> family & 1]
    found = [one for family in lacking if _says(one := companion(counts, held, family), counts)]
    return max(found, key=lambda one: (one.also, -one.family), default=None)


def _says(one: Companion, counts: Counts) -> bool:
    anyhow = companion(counts, 0, one.family).share
    return one.n >= FEWEST and one.share >= max(LEAST_SHARE, MORE_OFTEN * anyhow)
