"""How a person likes the pages to look. Kept in cookies: nothing about anybody, and known before the first byte."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from crm_site.shell import CHOICES

YEAR = 365 * 24 * 3600  # seconds


def save(request: HttpRequest) -> HttpResponse:
    """Set the cookies that were posted with a known value, and go back; 204 to a script."""
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
    else:
        response = redirect(_back(request))
    for name, values in CHOICES.items():
        value = request.POST.get(name, "")
        if value in values:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE))
    return response


def _back(request: HttpRequest) -> str:
    """The page the form stood on, or home when that is not ours."""
    target = request.POST.get("next", "") or request.headers.get("Referer", "")
    return target if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()) else "/"
