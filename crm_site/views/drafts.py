"""Drafts over HTTP: a script saves two seconds after the last key, and fetches after a broken session."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone

from crm_site.actions import drafts
from crm_site.errors import RuleBroken
from crm_site.request import StaffRequest

NEVER_KEPT = ("csrfmiddlewaretoken", "form_token", "version")


def draft(request: StaffRequest, key: str) -> HttpResponse:
    """GET: ``{"fields": …, "saved_at": "HH:MM"}``, 404 when there is none. PUT or POST saves, DELETE discards.

    The body is either a form or JSON ``{"fields": {name: [values]}}``; 400 when it is neither, 413 when too large.
    """
    user = request.user
    if request.method == "DELETE":
        drafts.discard(by=user, key=key)
        return HttpResponse(status=204)
    if request.method in ("PUT", "POST"):
        return _save(request, key)
    kept = drafts.read(by=user, key=key)
    if kept is None:
        raise Http404
    fields, saved_at = kept
    return JsonResponse({"fields": fields, "saved_at": _clock(saved_at)})


def _save(request: StaffRequest, key: str) -> HttpResponse:
    try:
        fields = _fields(request)
    except ValueError:
        return JsonResponse({"error": "unreadable"}, status=400)
    try:
        saved_at = drafts.save(by=request.user, key=key, fields=fields)
    except RuleBroken as broken:
        return JsonResponse({"error": str(broken)}, status=413)
    return JsonResponse({"saved_at": _clock(saved_at)})


def _fields(request: StaffRequest) -> drafts.Fields:
    """What was typed, by field name. Raises ValueError when the body has no such form."""
    if not request.body:
        raise ValueError("no body")
    if request.content_type == "application/json":
        sent: Any = json.loads(request.body)
        pairs = sent.get("fields") if isinstance(sent, dict) else None
    else:
        pairs = dict(QueryDict(request.body, encoding="utf-8").lists())
    if not isinstance(pairs, dict):
        raise ValueError("no fields")
    return {str(name): _texts(values) for name, values in pairs.items() if name not in NEVER_KEPT}


def _texts(values: object) -> list[str]:
    if not isinstance(values, list):
        raise ValueError("not a list of values")
    return [str(value) for value in values]


def _clock(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%H:%M")
