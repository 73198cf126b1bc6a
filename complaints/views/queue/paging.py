"""One page of a list: the order is decided on keys alone; only the rows of the page are read, without their bodies."""

from __future__ import annotations

from functools import cached_property

from django.core.paginator import Page, Paginator

from complaints.models import Complaint
from complaints.models.complaint import ComplaintQuerySet
from complaints.views.queue.asked import Asked
from complaints.views.queue.counting import MOST, counts, questions

PER_PAGE = 25
SHOWN = (
    "number",
    "subject",
    "nature",
    "state",
    "level",
    "complainant_name",
    "received_at",
    "closed_at",
    "paused_at",
    "restricted",
    "team_id",
    "version",
    "customer__full_name",
    "customer__owner_id",
    "owner__display_name",
    "owner__username",
    "leading__due_at",
    "leading__due_on",
    "leading__about_level",
)
"""What a row of a list shows; the words of the customer are sealed and long, and stay where they are."""


def page_rows(asked: Asked, first: int, last: int) -> ComplaintQuerySet:
    """The rows from ``first`` up to ``last``, in order, with what a row shows."""
    rows = Complaint.objects.filter(asked.keys(first, last)).select_related("customer", "owner", "leading")
    return asked.ordered(rows.only(*SHOWN))


class CappedPaginator(Paginator):
    """Counts no further than MOST: a list of a million is filtered, not leafed through."""

    def __init__(self, asked: Asked, known: int) -> None:
        super().__init__(asked.rows(), PER_PAGE)
        self.asked = asked
        self.known = known

    def page(self, number: int | str) -> Page[Complaint]:
        """The rows of one page, in order."""
        valid = self.validate_number(number)
        return Page(page_rows(self.asked, (valid - 1) * PER_PAGE, valid * PER_PAGE), valid, self)

    @classmethod
    def open(cls, asked: Asked, page: str | None, lists: dict[str, Asked]) -> tuple[Page[Complaint], dict[str, int]]:
        """The page a URL asks for and the numbers beside it: one query where the page has a row, else two or three."""
        number = int(page) if page and page.isdecimal() and 0 < int(page) < 100_000 else 1
        asking = questions(asked, lists)
        rows = list(page_rows(asked, (number - 1) * PER_PAGE, number * PER_PAGE).annotate(**asking))
        counted = {name: getattr(rows[0], name) for name in asking} if rows else counts(asked, lists)
        pages = cls(asked, counted["shown"])
        known = number == 1 if not rows else number <= pages.num_pages
        return Page(rows, number, pages) if known else pages.get_page(page), counted

    @cached_property
    def count(self) -> int:
        """Rows, or MOST where there are more."""
        return min(self.known, MOST)
