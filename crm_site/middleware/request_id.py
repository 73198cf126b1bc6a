"""One number a request, on every log line, audit row and error page that belongs to it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from crm_site.client import client_ip


def request_id_of(request: HttpRequest) -> str:
    """The number of this request; empty when the first middleware did not run."""
    return str(getattr(request, "request_id", ""))


class RequestIdMiddleware:
    """Binds ``request_id`` and ``ip`` to the log context. A number sent by the caller is not believed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = str(uuid.uuid4())
        request.request_id = number  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=number, ip=client_ip(request)):
            response = self.get_response(request)
        response["X-Request-ID"] = number
        return response
