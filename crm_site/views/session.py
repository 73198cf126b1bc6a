"""Keeping a session alive while somebody is still typing."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from crm_site import sessions


def keep_alive(request: HttpRequest) -> JsonResponse:
    """``{"seconds_left": n}``. A POST counts as activity (the middleware has stamped it), a GET only asks."""
    return JsonResponse({"seconds_left": sessions.seconds_left(request.session)})
