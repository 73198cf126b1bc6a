"""What complainants said through the public page, as the steps of the centre find it again."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from complaints.models import Complaint
from complaints.models.complaint import ABOUT
from customers.models import Interaction

UNSATISFIED = gettext_noop("Not satisfied, said online")
ADDED = gettext_noop("Added online by the complainant")


def unsatisfied(complaint: Complaint) -> Interaction | None:
    """That the answer of the latest round did not satisfy, as long as no other round was opened for it."""
    answered = complaint.round.fed_back_at
    if answered is None:
        return None
    words = Interaction.objects.filter(about_kind=ABOUT, about_no=complaint.number, title=UNSATISFIED, undone_at=None)
    return words.filter(at__gte=answered).order_by("pk").first()
