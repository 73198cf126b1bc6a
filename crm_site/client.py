"""Where a request came from, believing no more proxies than the operator declared."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 - a label for "no address"; nothing listens on it


def client_ip(request: HttpRequest) -> str:
    """The caller's address.

    With ``TRUSTED_PROXIES = n`` it is the n-th entry from the right of X-Forwarded-For, the last one our own proxies
    wrote; with 0 the header is ignored. Text that is no address (a socket, a forgery) becomes 0.0.0.0.
    """
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    proxies = settings.TRUSTED_PROXIES
    address = hops[-proxies] if proxies and len(hops) >= proxies else str(request.META.get("REMOTE_ADDR", ""))
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return UNKNOWN


def is_local(request: HttpRequest) -> bool:
    """Whether the caller sits on this machine itself.

    A forwarded request without a declared proxy is not local: it is a stranger behind an undeclared one.
    """
    if not settings.TRUSTED_PROXIES and "X-Forwarded-For" in request.headers:
        return False
    return ipaddress.ip_address(client_ip(request)).is_loopback
