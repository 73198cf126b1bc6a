"""The ground's own addresses, walked by every role; and the walk itself, which must be able to fail."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from crm_site.models import Department
from crm_site.testing import person
from tests import walk

pytestmark = pytest.mark.django_db


ROLES = ("agent", "supervisor", "auditor", "sysadmin")  # tests/ walk all thirteen over everything


NO_NOTICE = walk.Sample({"pk": 0}, also=frozenset({404}))
NOT_SET_UP = walk.Sample(also=frozenset({404}))
SAMPLES = {
    "notices_read": [NO_NOTICE],
    "notices_acknowledge": [NO_NOTICE],
    "drafts": [walk.Sample({"key": "a:b"}, also=frozenset({404}))],
    "mfa_deactivate_totp": [NOT_SET_UP],
    "mfa_view_recovery_codes": [NOT_SET_UP],
    "mfa_download_recovery_codes": [NOT_SET_UP],
}


def is_ground(name):
    return ":" not in name or (
        name.startswith("admin:") and (walk.admin_page(name)[0] or "crm_site.").startswith("crm_site.")
    )


@pytest.fixture
def browsers(client_for):
    return {walk.STRANGER: Client(), **{role: client_for(role) for role in ROLES}}


def test_every_role_finds_open_what_the_table_opens_and_nothing_else(browsers):
    names = [address.name for address in walk.collect() if is_ground(address.name) and address.name != "home"]
    report = walk.walk(browsers, SAMPLES, only=names)
    assert report.unexpected == [] and report.requests > 700, str(report)


def test_every_address_of_the_ground_is_in_the_table():
    addresses = [address for address in walk.collect() if is_ground(address.name)]
    assert [line for line in walk.unlisted(addresses) if "no address" not in line] == []
    assert walk.without_sample(addresses, SAMPLES) == []


def _writes(request):
    number = Department.objects.count()
    Department.objects.create(code=f"X{number}", name="X", kind="IT")
    return HttpResponse("done")


def _leaks(request):
    return HttpResponse("13912345678")


def _crashes(request):
    raise ZeroDivisionError


class Planted:
    """Addresses that are wrong in one way each."""

    handler403 = "crm_site.views.errors.forbidden"
    handler500 = "crm_site.views.errors.server_error"
    urlpatterns = [
        path("a/", lambda request: HttpResponse("open"), name="unlisted"),
        path("b/", lambda request: HttpResponse("open")),
        path("c/", _writes, name="components"),
        path("d/", _leaks, name="session"),
        path("e/", _crashes, name="preferences"),
        path("accounts/login/", lambda request: HttpResponse("door"), name="account_login"),
        path("csp/", lambda request: HttpResponse(), name="csp_report"),
        path("", lambda request: HttpResponse(), name="home"),
    ]


@pytest.fixture
def planted(settings):
    settings.ROOT_URLCONF = Planted
    return {"supervisor": signed_in("supervisor"), "agent": signed_in("agent")}


def signed_in(role):
    client = Client()
    client.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_walk_catches_an_address_missing_from_the_table(planted):
    found = walk.unlisted(walk.collect())
    assert "not in the table: unlisted" in found and "no name: b/" in found
    assert "in the table, but no address: drafts" in found


def test_the_walk_catches_a_get_that_writes(planted):
    report = walk.walk(planted, {}, only=["components"])
    assert any("touched crm_site_department" in line for line in report.unexpected)


def test_the_walk_catches_a_marker_shown_without_the_right(planted):
    report = walk.walk(planted, {}, only=["session"], canaries={"13912345678": frozenset({"supervisor"})})
    assert report.unexpected and all(line.startswith("agent ") for line in report.unexpected)


def test_the_walk_catches_a_crash(planted):
    report = walk.walk(planted, {}, only=["preferences"])
    assert any(line.endswith(": 500") for line in report.unexpected)


def test_the_walk_catches_a_door_that_is_not_locked(planted, settings, monkeypatch):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "PolicyMiddleware" not in name]
    report = walk.walk(planted, {}, only=["components"])
    assert any(line.startswith("agent GET components") for line in report.unexpected)
