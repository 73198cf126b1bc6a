"""Why a whole table is not read. One bad cell of a good table is the importer's business, not this one's."""

from __future__ import annotations

from crm_site.errors import RuleBroken


class TableRefused(RuleBroken):
    """The file cannot be read as a table, or would be read wrongly. ``line`` is where (1 = first line), if known."""

    status = 422

    def __init__(self, code: str, message: str, *, line: int | None = None) -> None:
        super().__init__(code, message)
        self.line = line
