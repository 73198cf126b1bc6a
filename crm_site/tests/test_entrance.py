"""Sign-in, second step, recovery codes and sessions, as pages of ours."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.test import Client

from crm_site.testing import PASSWORD, person


@pytest.fixture
def visitor() -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def sign_in(visitor: Client, username: str, password: str = PASSWORD) -> str:
    answer = visitor.post("/accounts/login/", {"login": username, "password": password}, follow=True)
    return answer.content.decode()


def code_for(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def test_a_wrong_password_is_said_once_and_at_the_top(visitor: Client, db: None) -> None:
    user = person("agent")
    html = sign_in(visitor, user.username, "wrong password")
    assert html.count("not correct") == 1
    assert 'id="errsum"' in html
    assert "<title>Error: Sign in" in html


def test_nobody_is_offered_to_sign_up(visitor: Client, db: None) -> None:
    html = visitor.get("/accounts/login/").content.decode()
    assert "signup" not in html
    assert visitor.get("/accounts/signup/").status_code in {302, 404}


def test_a_second_step_is_set_up_from_an_inline_picture_and_asked_for_next_time(visitor: Client, db: None) -> None:
    user = person("agent")
    sign_in(visitor, user.username)
    visitor.post("/accounts/reauthenticate/", {"password": PASSWORD})
    html = visitor.get("/accounts/2fa/totp/activate/").content.decode()
    found = re.search(r'id="totp-secret"[^>]*>([A-Z2-7]+)<', html)
    assert found
    assert '<svg class="c-qr"' in html
    assert "data:" not in html
    answer = visitor.post("/accounts/2fa/totp/activate/", {"code": code_for(found[1])}, follow=True)
    codes = re.findall(r"<li>([0-9a-f ]{6,})</li>", answer.content.decode())
    assert len(codes) == 10

    again = Client()
    again.cookies["django_language"] = "en"
    assert "Second step" in sign_in(again, user.username)
    inside = again.post("/accounts/2fa/authenticate/", {"code": codes[0]}, follow=True)
    assert inside.wsgi_request.user == user


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/",
        "/accounts/sessions/",
        "/accounts/password/change/",
        "/accounts/logout/",
        "/accounts/reauthenticate/",
    ],
)
def test_every_account_page_is_in_our_clothes(visitor: Client, db: None, path: str) -> None:
    user = person("agent")
    visitor.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[1])
    answer = visitor.get(path)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "css/shell" in html
    assert "style=" not in html
    assert not re.search(r"<script(?![^>]*src=)", html)
