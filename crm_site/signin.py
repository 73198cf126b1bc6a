"""How allauth and axes are told of this house: nobody signs up, and addresses come from declared proxies only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from crm_site import sessions
from crm_site.client import client_ip
from crm_site.models import User

log = structlog.get_logger(__name__)


def typed_username(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The name somebody tries to sign in with: axes counts failures by it and by the address."""
    given = credentials.get("username") if credentials else None
    return str(given or request.POST.get("login", ""))


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Accounts are made by the system administrator; see actions.staff."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The same address as in the logs."""
        return client_ip(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No "you have signed in": the page that follows says it."""

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and count the session's age from now."""
        super().login(request, user)
        sessions.begin(request.session)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: axes counts failures by name and address. Allauth's own count goes by name alone, and would let
        anybody lock a colleague out from anywhere."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """One line for the security log; the name stays out of it, for people type passwords there."""
        log.warning("signin.failed")

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """A locked account is told so only after its right password."""
        log.warning("signin.inactive", user_id=user.pk)
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response
