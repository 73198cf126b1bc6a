"""The queue: view, filters, sort and page live in the URL, so back returns to the same row (ux 0(4), mock 05).

filters: what a list can be narrowed by · asked: a list as its URL asks for it · counting, paging: its numbers and rows
page: what is shown · walking: from a complaint back to its list.
"""

from complaints.views.queue.asked import VIEWS, Asked
from complaints.views.queue.page import panel, queue
from complaints.views.queue.paging import page_rows
from complaints.views.queue.walking import walk

__all__ = ["VIEWS", "Asked", "page_rows", "panel", "queue", "walk"]
