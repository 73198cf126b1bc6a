"""What stands around every page, for whom, in which language and theme."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.contrib.messages.storage.base import Message
from django.db import connection
from django.db.models import QuerySet
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from crm_site import policy, shell
from crm_site.models import User
from crm_site.roles import Role
from crm_site.tests.factories import UserFactory

ClientFor = Callable[..., Client]


class Page(HTMLParser):
    """Facts about a page that a reader of its source would check."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.styled: list[str] = []
        self.inline_scripts = 0
        self.posts_without_token = 0
        self._form: list[bool] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.styled += [tag] if "style" in given or any(name.startswith("on") for name in given) else []
        self.ids += [str(given["id"])] if "id" in given else []
        self.inline_scripts += tag == "script" and "src" not in given
        if tag == "form":
            self._form.append(given.get("method", "get").lower() == "post")
        if tag == "input" and given.get("name") == "csrfmiddlewaretoken" and self._form:
            self._form[-1] = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.posts_without_token += self._form.pop()


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
@pytest.mark.parametrize("query", ["", "?errors=1"])
def test_the_gallery_shows_every_component_cleanly(client_for: ClientFor, language: str, query: str) -> None:
    client = client_for(Role.SUPERVISOR)
    client.cookies["django_language"] = language
    answer = client.get(f"/components/{query}")
    page = Page(answer.content.decode())
    assert answer.status_code == 200
    assert page.styled == []
    assert page.inline_scripts == 0
    assert page.posts_without_token == 0
    assert len(page.ids) == len(set(page.ids))


def test_the_gallery_is_closed_to_agents(client_for: ClientFor) -> None:
    assert client_for(Role.AGENT).get("/components/").status_code == 403


@pytest.mark.parametrize("role", sorted(Role.values))
def test_the_rail_shows_exactly_what_the_policy_opens(role: str, client_for: ClientFor) -> None:
    client = client_for(role)
    html = client.get("/accounts/sessions/").content.decode()
    shown = set(re.findall(r'<a class="c-nav" href="([^"]+)"', html))
    doors = {
        "home": "/",
        "complaints:list": "/complaints/",
        "customers:list": "/customers/",
        "customers:followups": "/follow-ups/",
        "campaigns:surveys": "/surveys/",
        "complaints:summaries": "/summaries/",
        "complaints:improvements": "/improvements/",
        "analytics:dashboard": "/analytics/",
        "analytics:reports": "/reports/",
        "analytics:models": "/analytics/models/",
        "analytics:segments": "/segments/",
        "analytics:classes": "/analytics/classes/",
        "analytics:suggestion_models": "/analytics/suggestions/",
        "admin:index": "/admin/",
    }
    assert shown == {path for name, path in doors.items() if policy.may(client.user, name)}  # type: ignore[attr-defined]


def test_a_nav_item_is_current_on_its_own_pages_only(client_for: ClientFor) -> None:
    request = RequestFactory().get("/complaints/TS-20250926-0018/")
    request.user = client_for(Role.SUPERVISOR).user  # type: ignore[attr-defined]
    around = shell.Shell(request)
    items = {name: around.nav(name) for name in ("home", "complaints:list", "customers:list")}
    assert {name: item.current for name, item in items.items() if item} == {
        "home": False,
        "complaints:list": True,
        "customers:list": False,
    }


def everybody(user: User) -> QuerySet[User]:
    """What waits, as an app would name it in settings.CRM_RAIL_BADGES."""
    return User.objects.all()


def test_a_badge_counts_through_the_name_in_the_settings(client_for: ClientFor, settings: object) -> None:
    user = client_for(Role.AGENT).user  # type: ignore[attr-defined]
    settings.CRM_RAIL_BADGES = {  # type: ignore[attr-defined]
        "complaints:list": "crm_site.tests.test_shell.everybody",
        "analytics:dashboard": "crm_site.tests.test_shell.everybody",
    }
    UserFactory()
    with CaptureQueriesContext(connection) as asked:
        assert shell.badges(user) == {"complaints:list": 2, "notices": 0}
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("cookies", "theme", "density", "keys"),
    [
        ({}, "auto", "comfortable", "on"),
        ({"theme": "dark", "density": "compact", "keys": "off"}, "dark", "compact", "off"),
        ({"theme": '"><script>', "density": "x", "keys": ""}, "auto", "comfortable", "on"),
    ],
)
def test_theme_and_density_come_from_cookies_of_known_values(
    client_for: ClientFor, cookies: dict[str, str], theme: str, density: str, keys: str
) -> None:
    client = client_for(Role.AGENT)
    for name, value in cookies.items():
        client.cookies[name] = value
    html = client.get("/accounts/sessions/").content.decode()
    assert f'data-bs-theme="{theme}" data-density="{density}" data-keys="{keys}"' in html


@pytest.mark.parametrize(("code", "html"), [("en", "en"), ("zh-hans", "zh-Hans"), ("zh-hant", "zh-Hant")])
def test_the_page_says_its_language_as_html_does(client_for: ClientFor, code: str, html: str) -> None:
    client = client_for(Role.AGENT)
    client.cookies["django_language"] = code
    assert f'<html lang="{html}"' in client.get("/accounts/sessions/").content.decode()


def test_a_toast_carries_the_way_back_and_an_ordinary_message_none(rf: RequestFactory) -> None:
    words = Message(25, "Saved", extra_tags="undo:/undo/7/")
    with translation.override("en"):
        with_undo = render_to_string("_components/toasts.html", {"messages": [words]})
        plain = render_to_string("_components/toasts.html", {"messages": [Message(25, "<b>Saved</b>")]})
    assert 'action="/undo/7/"' in with_undo
    assert "data-stay" in with_undo
    assert "data-undo" not in plain
    assert "&lt;b&gt;Saved&lt;/b&gt;" in plain


def test_a_masked_value_without_a_right_to_see_it_has_no_way_to_see_it() -> None:
    text = '{% load crm %}{% mask "138****5678" "mobile number" url "phone" purposes %}'
    closed = Template(text).render(Context({"url": "", "purposes": []}))
    opened = Template(text).render(Context({"url": "/x/reveal/", "purposes": [("verify", "Verify")]}))
    assert "<form" not in closed
    assert 'action="/x/reveal/"' in opened
    assert 'name="purpose" value="verify"' in opened


def test_a_revealed_value_holds_its_mask_ready() -> None:
    html = render_to_string(
        "_components/revealed.html",
        {
            "value": "13812345678",
            "masked": "138****5678",
            "what": "number",
            "reveal_url": "/r/",
            "field": "phone",
            "seconds": 60,
        },
    )
    assert 'data-remask="60"' in html
    assert "138****5678" in html.split("<template>")[1]


def test_the_page_for_a_failure_needs_no_request_and_no_database() -> None:
    with translation.override("en"):
        html = render_to_string("500.html", {"request_id": "abc-123"})
    assert "abc-123" in html
    assert Page(html).inline_scripts == 0


def test_a_refusal_names_the_roles_the_page_is_for(client_for: ClientFor) -> None:
    client = client_for(Role.AGENT)
    client.cookies["django_language"] = "en"
    html = client.get("/components/").content.decode()
    assert "It is for: Supervisor, System administrator." in html
    assert "Your role: Agent." in html


def test_a_wrong_address_gives_our_page_to_strangers_too(client: Client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "c-enter" in answer.content.decode()
