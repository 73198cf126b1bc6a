"""The doors of the building. Apps are named as strings, so the ground imports none of them.

Each app's ``urls.py`` decides its own paths and namespace; ``home`` (the day's page) is ``complaints``' and has none.
Sign-up, password reset by mail and e-mail addresses are not offered, so their pages do not exist.
"""

from __future__ import annotations

from allauth.account import views as account
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from crm_site.views import csp, drafts, errors, gallery, health, metrics, notices, preferences, session

accounts: list[URLPattern | URLResolver] = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include(accounts)),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("preferences/", preferences.save, name="preferences"),
    re_path(r"^drafts/(?P<key>[a-z0-9:-]{1,80})/$", drafts.draft, name="drafts"),
    path("session/", session.keep_alive, name="session"),
    path("notices/", notices.page, name="notices"),
    path("notices/read/", notices.read_all, name="notices_read_all"),
    path("notices/<int:pk>/read/", notices.read, name="notices_read"),
    path("notices/<int:pk>/acknowledge/", notices.acknowledge, name="notices_acknowledge"),
    path("components/", gallery.components, name="components"),
    path("csp-report/", csp.report, name="csp_report"),
    path("health/", health.Health.as_view(), name="health"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("complaints.urls_home")),
    path("", include("customers.urls")),
    path("", include("complaints.urls")),
    path("", include("campaigns.urls")),
    path("", include("analytics.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
