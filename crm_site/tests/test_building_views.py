"""Small doors of the building: drafts, preferences, health, metrics, the browser's reports, error pages."""

from __future__ import annotations

import datetime
import json

import pytest
from django.core.cache import caches
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from structlog.testing import capture_logs

from crm_site import client, permissions
from crm_site.actions import drafts
from crm_site.models import AuditEvent, Draft, JobRun
from crm_site.testing import person
from crm_site.tests.factories import JobRunFactory
from crm_site.views import errors

pytestmark = pytest.mark.django_db
KEY = "complaint-new:c-2019-004217"
DRAFT = f"/drafts/{KEY}/"


def put(browser, fields, address=DRAFT):
    return browser.put(address, json.dumps({"fields": fields}), content_type="application/json")


class TestDrafts:
    def test_what_was_typed_comes_back(self, client_for):
        browser = client_for("agent")
        fields = {"title": ["转账失败"], "tags": ["a", "b"]}
        assert put(browser, fields).status_code == 200
        answer = browser.get(DRAFT).json()
        assert answer["fields"] == fields and len(answer["saved_at"]) == 5

    def test_a_plain_form_body_is_read_too(self, client_for):
        browser = client_for("agent")
        body = "title=%E8%BD%AC%E8%B4%A6&tags=a&tags=b&csrfmiddlewaretoken=x&form_token=y&version=3"
        browser.put(DRAFT, body, content_type="application/x-www-form-urlencoded")
        assert browser.get(DRAFT).json()["fields"] == {"title": ["转账"], "tags": ["a", "b"]}

    def test_a_draft_is_its_owner_s_alone(self, client_for):
        put(client_for("agent"), {"title": ["secret"]})
        assert client_for("supervisor").get(DRAFT).status_code == 404

    def test_the_database_holds_no_readable_draft(self, client_for):
        put(client_for("agent"), {"title": ["geheim"]})
        with connection.cursor() as cursor:
            cursor.execute("SELECT data FROM crm_site_draft")
            assert "geheim" not in cursor.fetchone()[0]

    def test_only_the_first_save_and_the_removal_are_written_down(self, client_for):
        browser = client_for("agent")
        for number in range(3):
            put(browser, {"n": [str(number)]})
        assert browser.delete(DRAFT).status_code == 204
        assert browser.delete(DRAFT).status_code == 204
        rows = AuditEvent.objects.order_by("seq").values_list("action", "object_id", "after")
        assert list(rows) == [("draft.create", KEY, {}), ("draft.delete", KEY, {})]

    @pytest.mark.parametrize("body", ["", "{", "[]", '{"fields": 1}', '{"fields": {"a": "text"}}', "null"])
    def test_a_body_that_is_no_form_is_refused_and_nothing_is_saved(self, client_for, body):
        browser = client_for("agent")
        assert browser.put(DRAFT, body, content_type="application/json").status_code == 400
        assert not Draft.objects.exists()

    def test_a_draft_larger_than_any_form_is_refused(self, client_for):
        browser = client_for("agent")
        assert put(browser, {"a": ["字" * 30_000]}).status_code == 413
        assert put(browser, {"a": ["x" * 50_000]}).status_code == 200

    def test_nobody_keeps_more_than_fifty(self, client_for):
        browser = client_for("agent")
        statuses = [put(browser, {"a": ["x"]}, f"/drafts/d{n}/").status_code for n in range(drafts.MOST + 1)]
        assert statuses == [200] * drafts.MOST + [413] and Draft.objects.count() == drafts.MOST

    @pytest.mark.parametrize("key", ["UPPER", "with space", "a" * 81, "semi;colon", "ünï"])
    def test_a_key_is_plain(self, client_for, key):
        assert put(client_for("agent"), {"a": ["x"]}, f"/drafts/{key}/").status_code == 404

    def test_drafts_are_forgotten_after_thirty_quiet_days(self, client_for):
        put(client_for("agent"), {"a": ["x"]})
        now = timezone.now()
        assert drafts.purge(now=now + datetime.timedelta(days=29)) == 0
        assert drafts.purge(now=now + datetime.timedelta(days=31)) == 1


class TestPreferences:
    def test_a_choice_becomes_a_cookie_and_leads_back(self, client_for):
        browser = client_for("agent")
        response = browser.post(reverse("preferences"), {"theme": "dark", "next": "/somewhere/?page=2"})
        assert response.status_code == 302 and response.url == "/somewhere/?page=2"
        assert browser.cookies["theme"].value == "dark" and browser.cookies["theme"]["samesite"] == "Lax"

    def test_unknown_values_are_dropped(self, client_for):
        browser = client_for("agent")
        browser.post(reverse("preferences"), {"theme": "<script>", "density": "compact", "other": "x"})
        assert "theme" not in browser.cookies and "other" not in browser.cookies
        assert browser.cookies["density"].value == "compact"

    def test_it_leads_to_no_foreign_place(self, client_for):
        response = client_for("agent").post(reverse("preferences"), {"theme": "dark", "next": "https://evil.example/"})
        assert response.url == "/"

    def test_a_script_gets_204(self, client_for):
        headers = {"HX-Request": "true"}
        assert client_for("agent").post(reverse("preferences"), {"keys": "off"}, headers=headers).status_code == 204


class TestHealth:
    def test_it_answers_strangers_in_json(self):
        response = Client().get("/health/", headers={"Accept": "application/json"})
        assert response.status_code == 200 and set(response.json().values()) == {"OK"}
        assert len(response.json()) == 3

    def test_a_browser_gets_json_too_and_a_terminal_text(self):
        assert Client().get("/health/", headers={"Accept": "text/html"})["Content-Type"] == "application/json"
        assert Client().get("/health/", headers={"Accept": "text/plain"})["Content-Type"].startswith("text/plain")

    @pytest.mark.django_db(transaction=True)
    def test_a_run_nobody_goes_on_with_is_a_warning_and_not_this_server_s_fault(self):
        late = timezone.now() - datetime.timedelta(minutes=90)
        JobRunFactory(job="score", state=JobRun.State.RUNNING, lease_until=late, finished_at=None)
        response = Client().get("/health/", headers={"Accept": "application/json"})
        assert response.status_code == 200
        assert any("score" in line and "90 minutes" in line for line in response.json().values())

    @pytest.mark.django_db(transaction=True)
    def test_no_progress_at_all_is_a_warning_too(self):
        JobRunFactory(job="seal_access", started_at=timezone.now() - datetime.timedelta(minutes=25))
        lines = Client().get("/health/", headers={"Accept": "application/json"}).json().values()
        assert any("no job has started for 25 minutes" in line for line in lines)
        JobRunFactory(job="seal_access", started_at=timezone.now())
        lines = Client().get("/health/", headers={"Accept": "application/json"}).json().values()
        assert set(lines) == {"OK"}

    def test_a_broken_part_makes_it_500(self, monkeypatch):
        def full_disk(*_arguments, **_options):
            raise OSError("no space left on device")

        monkeypatch.setattr(default_storage, "save", full_disk)
        assert Client().get("/health/", headers={"Accept": "application/json"}).status_code == 500


class TestMetrics:
    def test_this_machine_reads_them(self):
        response = Client().get("/metrics")
        assert response.status_code == 200 and b"django_http_requests_total" in response.content

    @pytest.mark.parametrize("address", ["10.0.0.9", "192.0.2.1"])
    def test_others_do_not(self, address):
        assert Client().get("/metrics", REMOTE_ADDR=address).status_code == 403

    def test_a_caller_behind_an_undeclared_proxy_is_not_local(self):
        assert Client().get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403

    def test_with_a_token_only_its_bearer_reads_them(self, settings):
        settings.METRICS_TOKEN = "s3cret-token"
        assert Client().get("/metrics").status_code == 403
        assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
        good = Client().get("/metrics", REMOTE_ADDR="10.0.0.9", headers={"Authorization": "Bearer s3cret-token"})
        assert good.status_code == 200


class TestCspReports:
    REPORT = {
        "csp-report": {"document-uri": "http://x/a?q=1", "effective-directive": "img-src", "blocked-uri": "data:"}
    }

    def send(self, body):
        browser = Client(enforce_csrf_checks=True)
        return browser.post("/csp-report/", body, content_type="application/csp-report")

    def test_a_report_is_logged_without_its_query(self):
        caches["process"].clear()
        with capture_logs() as lines:
            assert self.send(json.dumps(self.REPORT)).status_code == 204
        assert [(line["page"], line["directive"]) for line in lines] == [("http://x/a", "img-src")]

    @pytest.mark.parametrize("body", ["", "{", "[]", '{"csp-report": 1}', "null"])
    def test_nonsense_is_no_error(self, body):
        assert self.send(body).status_code == 204

    def test_a_flood_is_dropped_after_twenty(self):
        caches["process"].clear()
        with capture_logs() as lines:
            for _ in range(60):
                assert self.send(json.dumps(self.REPORT)).status_code == 204
        assert len(lines) == 20

    def test_it_answers_no_get(self):
        assert Client().get("/csp-report/").status_code == 405


class TestErrorPages:
    def test_the_500_page_needs_nothing_that_may_be_broken(self, django_assert_num_queries):
        request = RequestFactory().get("/")
        request.request_id = "number-1"
        with django_assert_num_queries(0):
            response = errors.server_error(request)
        assert response.status_code == 500 and "number-1" in response.content.decode()

    def test_an_unknown_address_is_404_for_everybody(self, client_for):
        assert Client().get("/nothing/").status_code == 404
        assert client_for("agent").get("/nothing/").status_code == 404

    def test_a_form_without_its_token_is_told_so_in_a_page(self):
        response = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "x", "password": "y"})
        assert response.status_code == 403 and "csrf" not in response.content.decode().lower().replace(
            "csrfmiddleware", ""
        )


@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        (0, "1.2.3.4", "127.0.0.1"),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "127.0.0.1"),
        (1, "<script>", client.UNKNOWN),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_caller_s_address_is_believed_as_far_as_proxies_are_declared(settings, proxies, header, expected):
    settings.TRUSTED_PROXIES = proxies
    assert client.client_ip(RequestFactory().get("/", headers={"X-Forwarded-For": header})) == expected


def test_the_page_of_permissions_is_the_table():
    call_command("permissions", "--check")


def test_a_page_of_permissions_out_of_date_is_refused(monkeypatch):
    monkeypatch.setattr(permissions, "_HEAD", "other")
    with pytest.raises(CommandError):
        call_command("permissions", "--check")


def test_nobody_but_the_owner_sees_a_draft_even_with_the_same_key():
    one, other = person("agent"), person("agent")
    drafts.save(by=one, key="k", fields={"a": ["1"]})
    drafts.save(by=other, key="k", fields={"a": ["2"]})
    assert drafts.read(by=one, key="k")[0] == {"a": ["1"]}
