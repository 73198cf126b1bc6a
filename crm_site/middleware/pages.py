"""What every answer to a signed-in person carries, how a broken rule becomes a page, and where browsers report."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.views import csp, errors


class CspReportMiddleware:
    """Answers the browser's own reports ahead of session and form token: a browser sends neither with them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.path == reverse("csp_report"):
            return csp.report(request)
        return self.get_response(request)


class NoStoreMiddleware:
    """No page of a signed-in person stays in a browser's cache; fragments and pages are never mixed up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if request.user.is_authenticated:
            response["Cache-Control"] = "no-store"
        return response


class RuleBrokenMiddleware:
    """A rule broken in a verb and not caught by its view: 409 when somebody else was first,
    403 when it is not this person's to do, else 422; never 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a broken rule; None leaves other exceptions alone."""
        if isinstance(exception, Stale):
            return errors.conflict(request, exception)
        if isinstance(exception, NotAllowed):
            return errors.not_allowed(request, exception)
        if isinstance(exception, RuleBroken):
            return errors.refused(request, exception)
        return None
