"""The stock admin behind our own door: signed in by allauth, opened by role.

A model appears here when its admin class is a CrmModelAdmin and policy.ADMIN_READ or ADMIN_CHANGE names it; what
installed packages register for themselves is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.admin import AdminSite
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _

from crm_site import policy
from crm_site.models import User

_LEFT_OUT = {"password_change", "password_change_done", "view_on_site"}


class ConsoleAdminSite(AdminSite):
    """``is_staff`` and ``is_superuser`` mean nothing here; roles do."""

    site_header = _("CRMIS administration")
    site_title = _("CRMIS administration")
    index_title = _("Administration")
    site_url = "/"
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person's roles open the admin at all."""
        return isinstance(request.user, User) and request.user.is_active and request.user.has_role(*policy.ADMIN_ROLES)

    def register(
        self,
        model_or_iterable: type[models.Model] | Iterable[type[models.Model]],
        admin_class: Any = None,
        **options: Any,
    ) -> None:
        """Take our own admin classes; leave those of installed packages out, for they know neither table nor verbs."""
        if getattr(admin_class, "follows_policy", False):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The one door: the sign-in page of everybody, and back here."""
        target = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
            target = reverse("admin:index")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The one way out; a GET leads to the page that asks first."""
        if request.method != "POST":
            return redirect("account_logout")
        get_adapter().logout(request)
        return redirect("home")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the pages that have a better one elsewhere."""
        return [url for url in super().get_urls() if getattr(url, "name", None) not in _LEFT_OUT]
