"""The door: one message for every failure, five tries, no sign-up, a second factor for those who release things."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from crm_site.models import AuditEvent
from crm_site.testing import PASSWORD, person

pytestmark = pytest.mark.django_db
INSIDE = "/accounts/sessions/"  # any page that needs the second factor


@pytest.fixture(autouse=True)
def no_counts_from_other_tests():
    cache.clear()


def attempt(username, password, ip="10.0.0.1", client=None):
    client = client or Client()
    return client.post(reverse("account_login"), {"login": username, "password": password}, REMOTE_ADDR=ip)


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_the_right_password_leads_home():
    person("agent", username="anna")
    response = attempt("anna", PASSWORD)
    assert response.status_code == 302 and response.url == reverse("home")


def test_five_failures_lock_name_and_address_even_for_the_right_password():
    person("agent", username="anna")
    statuses = [attempt("anna", "wrong").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert attempt("anna", PASSWORD).status_code == 429


def test_colleagues_behind_the_same_address_still_come_in():
    person("agent", username="anna")
    for _ in range(6):
        attempt("anna", "wrong")
    for number in range(40):
        person("agent", username=f"colleague{number}")
        assert attempt(f"colleague{number}", PASSWORD).status_code == 302


def test_the_locked_one_still_comes_in_from_another_desk():
    person("agent", username="anna")
    for _ in range(6):
        attempt("anna", "wrong")
    assert attempt("anna", PASSWORD, ip="10.0.0.2").status_code == 302


def test_unknown_names_and_wrong_passwords_get_the_same_answer():
    person("agent", username="anna")
    known, unknown = attempt("anna", "wrong"), attempt("nobody", "wrong")
    assert known.context["form"].errors == unknown.context["form"].errors != {}


def test_the_address_cannot_be_forged_by_a_header_unless_proxies_are_declared(settings):
    person("agent", username="anna")
    for number in range(6):
        headers = {"X-Forwarded-For": f"10.1.1.{number}"}
        response = Client().post(reverse("account_login"), {"login": "anna", "password": "wrong"}, headers=headers)
    assert response.status_code == 429


def test_a_closed_account_does_not_open():
    person("agent", username="anna", is_active=False)
    attempt("anna", PASSWORD)
    client = Client()
    attempt("anna", PASSWORD, client=client)
    assert client.get(reverse("mfa_index")).status_code == 302


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_email"])
def test_nobody_signs_up_or_resets_a_password_alone(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_the_admin_has_no_door_of_its_own():
    response = Client().get("/admin/login/?next=/admin/crm_site/user/")
    assert response.status_code == 302
    assert response.url == "/accounts/login/?next=%2Fadmin%2Fcrm_site%2Fuser%2F"
    assert Client().post("/admin/login/", {"username": "x", "password": "y"}).status_code == 302


def test_the_door_leads_to_no_foreign_place():
    assert "evil" not in Client().get("/admin/login/?next=https://evil.example/").url


class TestSecondFactor:
    @pytest.fixture(autouse=True)
    def required(self, settings):
        settings.SECOND_FACTOR_REQUIRED = True

    def enter(self, role):
        client = Client()
        user = person(role)
        attempt(user.username, PASSWORD, client=client)
        client.user = user
        return client

    @pytest.mark.parametrize("role", ["supervisor", "approver", "privacy", "auditor", "sysadmin"])
    def test_roles_that_release_things_set_it_up_before_anything_else(self, role):
        client = self.enter(role)
        assert client.get(INSIDE).url == reverse("mfa_activate_totp")
        asked = client.get(reverse("mfa_activate_totp"))
        assert asked.url.startswith(reverse("account_reauthenticate"))
        assert client.post(asked.url, {"password": PASSWORD}, follow=True).status_code == 200
        secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
        assert client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}).status_code == 302
        assert client.get(INSIDE).status_code == 200
        assert AuditEvent.objects.filter(action="staff.add_second_factor", actor=client.user.username).count() == 1

    def test_a_script_is_led_there_too(self):
        response = self.enter("supervisor").get(INSIDE, headers={"HX-Request": "true"})
        assert response.status_code == 204 and response["HX-Redirect"] == reverse("mfa_activate_totp")

    def test_an_agent_is_not_asked(self):
        assert self.enter("agent").get(INSIDE).status_code == 200

    @pytest.mark.parametrize(("wrong_ones", "status"), [(9, 200), (10, 302)])
    def test_guessing_codes_ends_after_ten(self, wrong_ones, status, now):
        TOTP.activate(person("supervisor", username="sue"), "JBSWY3DPEHPK3PXP")
        client = Client()
        attempt("sue", PASSWORD, client=client)
        for _guess in range(wrong_ones):
            client.post(reverse("mfa_authenticate"), {"code": "000000"})
        client.post(reverse("mfa_authenticate"), {"code": code_of("JBSWY3DPEHPK3PXP")})
        assert client.get(INSIDE).status_code == status

    def test_with_it_the_door_asks_for_the_code_and_then_opens(self):
        user = person("supervisor", username="sue")
        secret = "JBSWY3DPEHPK3PXP"
        TOTP.activate(user, secret)
        client = Client()
        response = attempt("sue", PASSWORD, client=client)
        assert response.url == reverse("mfa_authenticate")
        assert client.get(INSIDE).status_code == 302
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert client.get(INSIDE).status_code == 302
        assert client.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).status_code == 302
        assert client.get(INSIDE).status_code == 200
        assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
