"""Ends sessions that are too old, and leads to the sign-in page and back."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from crm_site import sessions

log = structlog.get_logger(__name__)


def is_htmx(request: HttpRequest) -> bool:
    """Whether a script asks for a fragment; usable before the htmx middleware has run."""
    return request.headers.get("HX-Request") == "true"


def to_login(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page and back again: 401 with ``HX-Trigger: login-needed`` to a script."""
    if is_htmx(request):
        response = HttpResponse(status=401, headers={"HX-Trigger": "login-needed"})
    else:
        response = redirect_to_login(_page_to_return_to(request))
    response["Cache-Control"] = "no-store"
    return response


def _page_to_return_to(request: HttpRequest) -> str:
    """The page itself, or for a post the page its form stood on: posting URLs often answer no GET."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return referer
    return reverse("home")


def _asks_by_itself(request: HttpRequest) -> bool:
    """A page left open must not keep a session alive: its polls say so in a header."""
    asks = request.method == "GET" and request.path == reverse("session")
    return asks or request.headers.get("X-Poll") == "1"


class SessionAgeMiddleware:
    """Ends a session that is over; any other request counts as activity.

    A GET of the session page only asks how long is left, so it does not count; nor does what a page asks by itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            if not sessions.seconds_left(request.session):
                log.info("session.expired", user_id=request.user.pk)
                logout(request)
                return to_login(request)
            if not _asks_by_itself(request):
                sessions.touch(request.session)
        return self.get_response(request)
