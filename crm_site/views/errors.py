"""Pages for what went wrong. Each says what happened, quotes the request's number and tells nothing of the inside."""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from crm_site.errors import NotAllowed, RuleBroken, Stale


def _number(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", ""))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself could not be read."""
    kind = "suspicious" if isinstance(exception, SuspiciousOperation) else "unreadable"
    return render(request, "400.html", {"request_id": _number(request), "kind": kind}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the table of permissions does not open this page to this person."""
    return render(request, "403.html", {"request_id": _number(request), "kind": "role"}, status=403)


def not_allowed(request: HttpRequest, exception: NotAllowed) -> HttpResponse:
    """403: the page is this person's, the act is not; the page says why."""
    context = {"request_id": _number(request), "kind": "rule", "rule": str(exception)}
    return render(request, "403.html", context, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or old. ``reason`` is for the log, which Django writes itself."""
    return render(request, "403.html", {"request_id": _number(request), "kind": "form_token"}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or a row this person may not know of; both look the same."""
    return render(request, "404.html", {"request_id": _number(request)}, status=404)


def conflict(request: HttpRequest, exception: Stale) -> HttpResponse:
    """409: somebody else changed it in the meantime."""
    return render(request, "409.html", {"request_id": _number(request), "broken": exception}, status=409)


def refused(request: HttpRequest, exception: RuleBroken) -> HttpResponse:
    """422: a rule of the centre stands against it; the page names the rule."""
    return render(request, "422.html", {"request_id": _number(request), "broken": exception}, status=422)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: rendered without context processors, because whatever failed may be what they need."""
    return HttpResponse(render_to_string("500.html", {"request_id": _number(request)}), status=500)
