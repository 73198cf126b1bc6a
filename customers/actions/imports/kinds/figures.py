"""Files of figures: one row of an owner and a date, which a later file may correct."""

from __future__ import annotations

from typing import ClassVar

from customers.actions import activity
from customers.actions.imports.kinds.base import Candidate, Given, Kind, Plan


class Figures(Kind):
    """``owner`` and ``date`` name a row together. Whoever's figures are new or others is scored anew."""

    owner: ClassVar[str]
    date: ClassVar[str]

    def stored(self, chunk: list[Candidate], *, locked: bool) -> dict[str, Given]:
        places = [(row.given[self.owner], row.given[self.date]) for row in chunk]
        owners, dates = ({place[at] for place in places} for at in (0, 1))
        rows = self.model._default_manager.filter(**{f"{self.owner}__among": owners, f"{self.date}__among": dates})
        rows = rows.select_for_update() if locked else rows
        found = {(row[self.owner], row[self.date]): row for row in rows.values()}
        keyed = {row.key: found.get(place) for row, place in zip(chunk, places, strict=True)}
        return {key: dict(row) for key, row in keyed.items() if row}

    def write(self, plan: Plan) -> None:
        self.insert([row.given for row in plan.creates])
        self.rewrite([old | changed for _row, old, changed in plan.updates])
        moved = [*plan.creates, *(row for row, _old, _changed in plan.updates)]
        activity.touch({row.given["customer_id"] for row in moved})
