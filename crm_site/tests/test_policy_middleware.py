"""Nobody comes in where the table does not say so."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse

from crm_site import policy
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent
from crm_site.testing import table_hash
from tests import walk

urls = import_module(settings.ROOT_URLCONF)


def _break_a_rule(request):
    raise {"stale": Stale, "not_allowed": NotAllowed}.get(request.GET["as"], RuleBroken)(
        "code", "The reason, said plainly."
    )


urlpatterns = [
    *urls.urlpatterns,
    path("planted/", lambda request: HttpResponse("open"), name="planted"),
    path("breaking/", _break_a_rule, name="components"),
]
handler403, handler404, handler500 = urls.handler403, urls.handler404, urls.handler500

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.mark.parametrize("role", ["agent", "supervisor", "sysadmin", "auditor"])
def test_a_page_missing_from_the_table_is_closed_to_every_role(client_for, role):
    assert client_for(role).get("/planted/").status_code == 403


def test_a_page_missing_from_the_table_sends_strangers_to_the_door():
    response = Client().get("/planted/")
    assert response.status_code == 302 and response.url.startswith("/accounts/login/?next=/planted/")


def test_the_framework_s_superuser_flag_opens_nothing(client_for):
    client = client_for([], is_superuser=True, is_staff=True)
    assert client.get("/admin/").status_code == 403
    assert client.get("/planted/").status_code == 403


def test_a_denial_is_written_down_with_who_and_where(client_for):
    client = client_for("agent")
    client.get(reverse("admin:index"))
    event = AuditEvent.objects.get(action="access.denied")
    assert (event.actor, event.object_id, event.after) == (client.user.username, "admin:index", {"method": "GET"})
    assert event.request_id and event.ip == "127.0.0.1"


def test_denied_means_untouched(client_for):
    client = client_for("agent")
    before = table_hash()
    assert client.post(reverse("admin:crm_site_user_add"), {"username": "me"}).status_code == 403
    assert table_hash() == before


def test_a_method_the_table_does_not_name_is_refused(client_for):
    response = client_for("agent").get(reverse("preferences"))
    assert response.status_code == 405 and response["Allow"] == "POST"


def test_a_stranger_s_script_gets_401_and_is_told_to_sign_in():
    response = Client().get(reverse("session"), headers={"HX-Request": "true"})
    assert response.status_code == 401 and response["HX-Trigger"] == "login-needed"


def test_a_stranger_who_posts_is_led_back_to_the_page_of_the_form():
    response = Client().post(reverse("preferences"), headers={"Referer": "http://testserver/complaints/new/"})
    assert response.status_code == 302
    assert "next=http%3A//testserver/complaints/new/" in response.url or "next=/complaints/new/" in response.url


def test_a_foreign_referer_is_no_place_to_return_to():
    response = Client().post(reverse("preferences"), headers={"Referer": "https://evil.example/"})
    assert "evil" not in response.url


def test_pages_of_people_signed_in_are_never_stored(client_for):
    response = client_for("agent").get(reverse("session"))
    assert response["Cache-Control"] == "no-store"
    assert "HX-Request" in response["Vary"]


def test_every_answer_carries_the_number_of_its_request(client_for):
    client = client_for("agent")
    numbers = {client.get(reverse("session"))["X-Request-ID"] for _ in range(3)}
    assert len(numbers) == 3


@pytest.mark.parametrize(("kind", "status"), [("rule", 422), ("stale", 409), ("not_allowed", 403)])
def test_a_broken_rule_is_a_page_that_says_why_and_never_a_500(client_for, kind, status):
    response = client_for("supervisor").get("/breaking/", {"as": kind})
    assert response.status_code == status
    assert "The reason, said plainly." in response.content.decode()


def test_every_post_of_the_building_needs_its_token(client_for):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client_for("sysadmin").cookies
    asked = 0
    for address in walk.collect():
        rule = policy.rule_for(address.name)
        own = ":" not in address.name or address.name.startswith("admin:crm_site")
        # the browser's own reports carry no token and change nothing
        if not own or rule is None or "POST" not in rule.methods or address.name in ("csp_report", "drafts"):
            continue
        response = strict.post(reverse(address.name, kwargs={name: 1 for name in address.parameters}))
        assert response.status_code == 403, address.name
        asked += 1
    assert asked > 40
    assert strict.put("/drafts/a/", "{}").status_code == strict.delete("/drafts/a/").status_code == 403


@pytest.mark.parametrize("role", sorted(policy.ALL_ROLES))
def test_the_admin_opens_to_its_roles_only(client_for, role):
    expected = 200 if role in policy.ADMIN_ROLES else 403
    assert client_for(role).get(reverse("admin:index")).status_code == expected
