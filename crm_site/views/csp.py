"""Where browsers report what the content policy blocked."""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from crm_site.client import client_ip

log = structlog.get_logger(__name__)
LARGEST = 8_192  # bytes
PER_MINUTE = 20  # logged reports from one address, by each process


def report(request: HttpRequest) -> HttpResponse:
    """Log one report, without query strings; too many or too large ones are answered alike and dropped."""
    counts = caches["process"]
    key = f"csp-reports:{client_ip(request)}"
    counts.add(key, 0, timeout=60)
    if counts.incr(key) <= PER_MINUTE and len(request.body) <= LARGEST:
        log.warning("csp.report", **_facts(request.body))
    return HttpResponse(status=204)


def _facts(body: bytes) -> dict[str, str]:
    """The parts of a report that help: which page, which directive, what was blocked."""
    try:
        sent: Any = json.loads(body)
    except ValueError:
        return {"unreadable": "true"}
    facts = sent.get("csp-report") if isinstance(sent, dict) else None
    if not isinstance(facts, dict):
        return {"unreadable": "true"}
    wanted = {"document-uri": "page", "effective-directive": "directive", "blocked-uri": "blocked"}
    return {name: str(facts.get(key, "")).split("?")[0][:200] for key, name in wanted.items()}
