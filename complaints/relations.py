"""What a complaint has to do with staff and with other complaints, for its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from complaints.models import Complaint
    from crm_site.models import User


def of(complaint: Complaint, user: User, *, paper: bool = False) -> dict[str, Any]:
    """Everything the cards of relations show; on ``paper`` what is sealed about staff stays away."""
    accused = complaint.accused.standing().select_related("person__team") if complaint.restricted and not paper else []
    return {"accused": list(accused)}
