"""The one lock on every door: policy.TABLE decides before a view runs, and what it refuses is written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from crm_site import audit, policy
from crm_site.middleware.session_age import is_htmx, to_login
from crm_site.models import User
from crm_site.views import errors

log = structlog.get_logger(__name__)


class PolicyMiddleware:
    """Default deny. Sets ``request.verdict`` (ALLOW or SCOPE) for the view.

    Nobody signed in → sign-in page; denied → 403 and an audit row of its own, so that no rolled back transaction
    takes it along; a method the table does not name → 405; a role that needs a second factor and has none → set-up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = request.user
        response = self.get_response(request)
        name = _name(request)
        person = request.user if request.user.is_authenticated else before
        if isinstance(person, User):
            if response.status_code == 403:
                _write_denial(person, request, name)
            elif request.method == "POST" and response.status_code == 302:
                _write_account_action(person, name, was_in=before.is_authenticated)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer for the view, or None to let it run."""
        name = _name(request)
        rule = policy.rule_for(name)
        if rule is not None and rule.public:
            return None if _method(request) in rule.methods else _wrong_method(rule)
        if not isinstance(request.user, User):
            return to_login(request)
        verdict = policy.verdict(request.user, name)
        if rule is None or verdict is policy.Verdict.DENY:
            return errors.forbidden(request)
        if _method(request) not in rule.methods:
            return _wrong_method(rule)
        if name not in policy.SECOND_FACTOR_DOORS and _lacks_second_factor(request.user):
            return _to_second_factor(request)
        request.verdict = verdict  # type: ignore[attr-defined]
        return None


def _name(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match else ""


def _method(request: HttpRequest) -> str:
    return "GET" if request.method == "HEAD" else str(request.method)


def _wrong_method(rule: policy.Rule) -> HttpResponse:
    return HttpResponseNotAllowed(rule.methods)


def _lacks_second_factor(user: User) -> bool:
    return settings.SECOND_FACTOR_REQUIRED and user.needs_second_factor and not is_mfa_enabled(user)


def _to_second_factor(request: HttpRequest) -> HttpResponse:
    response = redirect("mfa_activate_totp")
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
    return response


def _write_account_action(person: User, name: str, *, was_in: bool) -> None:
    """What somebody did on the sign-in library's pages; one who was in already did not come in."""
    action = policy.ACCOUNT_ACTIONS.get(name)
    if action and not (was_in and action == "session.begin"):
        audit.record(by=person, action=action, obj=person)


def _write_denial(person: User, request: HttpRequest, name: str) -> None:
    log.warning("access.denied", user_id=person.pk, url_name=name, method=request.method)
    audit.record(
        by=person, action="access.denied", object_type="url", object_id=name[:64], after={"method": request.method}
    )
