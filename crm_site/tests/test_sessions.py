"""A session dies when it is idle, old, ended by somebody, or its person may no longer come in."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client
from django.urls import reverse

from crm_site import sessions
from crm_site.actions import staff
from crm_site.models import AuditEvent
from crm_site.testing import NOW, PASSWORD, person

pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)


def signed_in(role="agent"):
    """A browser that came through the real door."""
    client = Client()
    user = person(role)
    response = client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    assert response.status_code == 302
    client.user = user
    return client


def is_in(client) -> bool:
    return client.get(reverse("mfa_index")).status_code == 200


def test_fifteen_quiet_minutes_end_a_session():
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in()
        clock.shift(datetime.timedelta(minutes=14))
        assert is_in(client)
        clock.shift(datetime.timedelta(minutes=15))
        assert not is_in(client)


def test_no_activity_carries_a_session_past_twelve_hours():
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in()
        for _quarter in range(71):
            clock.shift(10 * MINUTE)
            assert is_in(client)
        clock.shift(10 * MINUTE)
        assert not is_in(client)


def test_the_last_seen_stamp_is_written_at_most_once_a_minute():
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in()
        stamp = client.session[sessions.SEEN]
        clock.shift(59)
        is_in(client)
        assert client.session[sessions.SEEN] == stamp
        clock.shift(1)
        is_in(client)
        assert client.session[sessions.SEEN] == stamp + 60


def test_asking_how_long_is_left_is_no_activity_but_posting_is():
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in()
        clock.shift(10 * MINUTE)
        assert client.get(reverse("session")).json() == {"seconds_left": 300}
        assert client.get(reverse("session")).json() == {"seconds_left": 300}
        assert client.post(reverse("session")).json() == {"seconds_left": settings.SESSION_IDLE_SECONDS}


def test_a_page_whose_session_is_over_leads_to_the_door_and_back():
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in()
        clock.shift(16 * MINUTE)
        response = client.get(reverse("mfa_index"))
        assert response.status_code == 302
        assert response.url == f"{reverse('account_login')}?next={reverse('mfa_index')}"
        assert "no-store" in response["Cache-Control"]


def test_a_script_whose_session_is_over_is_told_to_sign_in():
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in()
        clock.shift(16 * MINUTE)
        response = client.get(reverse("mfa_index"), headers={"HX-Request": "true"})
        assert (response.status_code, response["HX-Trigger"]) == (401, "login-needed")


def test_an_old_cookie_is_worthless_after_signing_out():
    client = signed_in()
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert is_in(stolen)
    client.post(reverse("account_logout"))
    assert not is_in(stolen)


def test_signing_out_of_the_admin_is_signing_out():
    client = signed_in("supervisor")
    assert client.get(reverse("admin:logout")).url == reverse("account_logout")
    assert is_in(client)
    assert client.post(reverse("admin:logout")).url == reverse("home")
    assert not is_in(client)
    assert AuditEvent.objects.filter(action="session.end", actor=client.user.username).count() == 1


def test_a_changed_password_ends_every_session():
    client, other = signed_in(), Client()
    other.post(reverse("account_login"), {"login": client.user.username, "password": PASSWORD})
    new = "an entirely different phrase"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post(reverse("account_change_password"), fields).status_code == 302
    assert not is_in(client) and not is_in(other)
    assert AuditEvent.objects.filter(action="staff.change_password", actor=client.user.username).exists()


def test_a_password_set_by_the_administrator_ends_every_session():
    client = signed_in()
    staff.set_password(by=person("sysadmin"), user=client.user, password="an entirely different phrase")
    assert not is_in(client)


def test_a_closed_account_ends_every_session():
    client = signed_in()
    assert UserSession.objects.filter(user=client.user).count() == 1
    staff.deactivate(by=person("sysadmin"), user=client.user, reason="left")
    assert not is_in(client)
    assert not UserSession.objects.filter(user=client.user).exists()


def test_the_administrator_can_sign_somebody_out_everywhere():
    client = signed_in()
    assert staff.end_sessions(by=person("sysadmin"), user=client.user) == 1
    assert not is_in(client)


def test_a_role_withdrawn_acts_on_the_next_request():
    client = signed_in("supervisor")
    assert client.get(reverse("admin:index")).status_code == 200
    staff.set_roles(by=person("sysadmin"), user=client.user, roles=["agent"])
    assert client.get(reverse("admin:index")).status_code == 403


def test_signing_in_and_out_are_in_the_audit_log():
    client = signed_in()
    client.post(reverse("account_login"), {"login": client.user.username, "password": PASSWORD})
    client.post(reverse("account_logout"))
    actions = AuditEvent.objects.filter(actor=client.user.username).order_by("seq").values_list("action", flat=True)
    assert list(actions) == ["session.begin", "session.end"]
