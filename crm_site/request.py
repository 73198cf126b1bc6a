"""A request as views get it: PolicyMiddleware has let it in, so somebody of ours is signed in."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from crm_site.models import User
from crm_site.policy import Verdict


class StaffRequest(HttpRequest):
    """For the type checker: no request is ever made of this class, every non-public view may ask for it.

    ``verdict`` is ALLOW, or SCOPE where only rows of ``visible_to(user)`` are this person's.
    """

    htmx: HtmxDetails
    user: User
    verdict: Verdict
    request_id: str
