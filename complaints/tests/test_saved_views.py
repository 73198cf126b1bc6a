"""Lists somebody keeps: one's own, the team's, the one that opens first; taken away and put back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints.actions import views
from complaints.models import SavedView
from complaints.tests import scenes
from complaints.tests.scenes import handler
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
QUERY = "view=open&level=3&cause=FEES"


@pytest.fixture
def clerk() -> User:
    return handler()


def tabs(client: Client, address: str = "/complaints/?view=open") -> list[tuple[str, str]]:
    text = client.get(address).content.decode()
    nav = text[text.index('class="c-views"') : text.index("</nav>", text.index('class="c-views"'))]
    return re.findall(r'<a href="[^"]*saved=[^"]*"[^>]*>([^<]+)(?:<span class="n">([^<]*)</span>)?', nav)


def test_a_list_is_kept_from_its_page_and_stands_as_a_tab_with_its_count(client_for: ClientFor, clerk: User) -> None:
    scenes.in_work(clerk, scenes.Level.SEVERE)
    scenes.in_work(clerk)
    client = client_for(clerk)
    address = f"{reverse('complaints:view_new')}?{QUERY}"
    assert "Severe" in client.get(address).content.decode()
    made = client.post(address, {"name": "严重·费用"})
    view = SavedView.objects.get()
    assert (view.query, view.owner, view.team) == (QUERY, clerk, None)
    assert made["Location"] == f"/complaints/?{QUERY}&saved={view.ref}"
    assert tabs(client) == [("严重·费用", "1")]
    assert 'aria-current="page">严重·费用' in client.get(made["Location"]).content.decode()
    assert AuditEvent.objects.filter(action="saved_view.save").count() == 1


def test_a_name_is_needed_and_what_was_typed_is_kept(client_for: ClientFor, clerk: User) -> None:
    answer = client_for(clerk).post(f"{reverse('complaints:view_new')}?{QUERY}", {"name": " ", "default": "on"})
    assert answer.status_code == 422
    assert 'name="default" class="checkboxinput form-check-input" id="id_default" checked' in answer.content.decode()
    assert not SavedView.objects.exists()


def test_the_list_begins_with_the_view_its_owner_chose_and_only_for_them(client_for: ClientFor, clerk: User) -> None:
    first = views.save(by=clerk, name="First", query=QUERY, default=True)
    second = views.save(by=clerk, name="Second", query="view=overdue", default=True)
    client = client_for(clerk)
    assert client.get("/complaints/")["Location"] == f"/complaints/?view=overdue&saved={second.ref}"
    first.refresh_from_db()
    assert not first.default
    assert client_for(handler(clerk.team)).get("/complaints/").status_code == 200


def test_a_leader_shares_with_the_team_and_a_handler_does_not(client_for: ClientFor, clerk: User) -> None:
    leader = UserFactory(role="senior", team=clerk.team)
    views.save(by=leader, name="Ours", query=QUERY, shared=True)
    assert tabs(client_for(clerk)) == [("Ours", "0")]
    assert tabs(client_for(handler())) == []
    with pytest.raises(NotAllowed):
        views.save(by=clerk, name="Mine", query=QUERY, shared=True)
    client = client_for(clerk)
    assert 'name="shared"' not in client.get(reverse("complaints:view_new")).content.decode()
    client.post(f"{reverse('complaints:view_new')}?{QUERY}", {"name": "Mine", "shared": "on"})
    assert SavedView.objects.get(name="Mine").team is None


def test_a_colleagues_view_is_nobody_elses_to_change(client_for: ClientFor, clerk: User) -> None:
    view = views.save(by=UserFactory(role="senior", team=clerk.team), name="Ours", query=QUERY, shared=True)
    client = client_for(clerk)
    assert client.get(reverse("complaints:view_edit", args=[view.ref])).status_code == 404
    assert client.post(reverse("complaints:view_delete", args=[view.ref])).status_code == 404
    for verb in (views.delete, views.restore):
        with pytest.raises(NotAllowed):
            verb(by=clerk, view=view)


def test_taken_away_it_is_put_back_from_the_toast(client_for: ClientFor, clerk: User) -> None:
    view = views.save(by=clerk, name="Mine", query=QUERY, default=True)
    client = client_for(clerk)
    text = client.post(reverse("complaints:view_delete", args=[view.ref]), follow=True).content.decode()
    undo = reverse("complaints:view_restore", args=[view.ref])
    assert f'action="{undo}"' in text
    assert tabs(client) == []
    views.save(by=clerk, name="Other", query="view=overdue", default=True)
    client.post(undo)
    assert {name for name, _n in tabs(client)} == {"Mine", "Other"}
    view.refresh_from_db()
    assert not view.default
    with pytest.raises(Stale):
        views.restore(by=clerk, view=view)


def test_it_is_renamed(client_for: ClientFor, clerk: User) -> None:
    view = views.save(by=clerk, name="Mine", query=QUERY)
    client_for(clerk).post(reverse("complaints:view_edit", args=[view.ref]), {"name": "Fees, severe"})
    view.refresh_from_db()
    assert view.name == "Fees, severe"


def test_a_number_of_a_person_is_masked_in_a_name(clerk: User) -> None:
    assert "13912344821" not in views.save(by=clerk, name="Calls 13912344821", query=QUERY).name


@pytest.mark.parametrize("fields", [{"query": "view=open&q=" + "x" * 1000}, {"name": " "}])
def test_too_much_and_too_little_are_refused(clerk: User, fields: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken):
        views.save(by=clerk, **({"name": "Mine", "query": QUERY} | fields))


def test_nobody_keeps_more_than_thirty(clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 1)
    views.save(by=clerk, name="One", query=QUERY)
    with pytest.raises(RuleBroken):
        views.save(by=clerk, name="Two", query=QUERY)


def test_tabs_cost_one_question_however_many(
    client_for: ClientFor, clerk: User, django_assert_max_num_queries: Any
) -> None:
    scenes.received(clerk)
    client = client_for(clerk)
    client.get("/complaints/?view=open")
    for n in range(3):
        views.save(by=clerk, name=f"View {n}", query=f"view=open&level={n + 1}")
    with django_assert_max_num_queries(8):
        client.get("/complaints/?view=open")


@pytest.mark.parametrize("role", ["planner", "privacy", "sysadmin"])
def test_who_has_no_list_keeps_none(client_for: ClientFor, role: str) -> None:
    assert client_for(role).get(reverse("complaints:view_new")).status_code == 403
