"""The screens of the classification rules: a draft of plain fields, what a simulation found, who decides (R3.8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics import class_rule_book as book
from analytics.actions import class_rules
from analytics.models import ClassRules
from analytics.tests import nights
from analytics.tests.test_class_rules import night, person
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]


@pytest.fixture
def analyst() -> User:
    return UserFactory(role="analyst")


def pages(row: ClassRules) -> dict[str, str]:
    names = ("class_rules", "class_rules_edit", "class_rules_step")
    return {name: reverse(f"analytics:{name}", args=[row.dimension, row.version]) for name in names}


def fields(client: Client, address: str) -> dict[str, Any]:
    form = client.get(address).context["form"]
    return {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}


@pytest.mark.parametrize("dimension", book.NIGHTLY)
def test_a_draft_starts_from_the_rules_in_force(client_for: ClientFor, dimension: str) -> None:
    client = client_for("analyst")
    address = reverse("analytics:class_rules_new", args=[dimension])
    data = fields(client, address) | {"note": "As it is"}
    data.pop("preset", None)
    answer = client.post(address, data)
    assert answer.status_code == 302
    row = ClassRules.objects.get(dimension=dimension, version=2)
    assert row.rules == book.default(dimension)
    assert client.post(address, data).headers["Location"] == answer.headers["Location"]  # the second press
    assert ClassRules.objects.filter(dimension=dimension).count() == 2


def test_from_the_draft_to_the_night_through_the_pages(client_for: ClientFor) -> None:
    person(1, aum_fen=40_000_000)
    night(nights.AS_OF)
    writer, boss = client_for("analyst"), client_for("supervisor")
    new = reverse("analytics:class_rules_new", args=["ASSET"])
    data = fields(writer, new) | {"mid_fen": "300000.50", "note": "More people"}
    assert writer.post(new, data | {"mid_fen": "7000000"}).status_code == 422
    assert writer.post(new, data).status_code == 302
    row = ClassRules.objects.get(dimension="ASSET", version=2)
    assert row.rules["mid_fen"] == 30_000_050
    at = pages(row)
    assert writer.post(at["class_rules_step"], {"act": "submit"}).status_code == 422  # nobody has simulated it
    assert writer.post(at["class_rules_step"], {"act": "simulate"}).status_code == 302
    page = writer.get(at["class_rules"]).content.decode()
    assert "C-2026-000001" in page
    assert "¥300,000.50" in page
    assert writer.post(at["class_rules_step"], {"act": "submit"}).status_code == 302
    assert writer.post(at["class_rules_step"], {"act": "approve"}).status_code == 403
    assert boss.post(at["class_rules_step"], {"act": "send_back", "reason": ""}).status_code == 422
    assert boss.post(at["class_rules_step"], {"act": "approve"}).status_code == 302
    assert boss.post(at["class_rules_step"], {"act": "activate"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "ACTIVE"
    assert AuditEvent.objects.filter(action="classrules.activate", object_id="ASSET 2").exists()


def test_a_draft_is_written_anew(client_for: ClientFor) -> None:
    writer = client_for("analyst")
    new = reverse("analytics:class_rules_new", args=["AGE"])
    assert writer.post(new, fields(writer, new) | {"preset": "UN", "note": "Young ones"}).status_code == 302
    row = ClassRules.objects.get(dimension="AGE", version=2)
    assert row.rules["young"] == 15
    at = pages(row)
    writer.post(at["class_rules_step"], {"act": "simulate"})
    changed = fields(writer, at["class_rules_edit"]) | {"preset": "", "middle": "45"}
    assert writer.post(at["class_rules_edit"], changed).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.simulation, row.rules["young"], row.rules["middle"]) == ("DRAFT", None, 15, 45)


@pytest.mark.parametrize("role", ["agent", "handler", "senior", "planner", "privacy", "sysadmin"])
def test_strangers_find_no_rules(client_for: ClientFor, role: str) -> None:
    client = client_for(role)
    assert client.get(reverse("analytics:classes")).status_code == 403
    assert client.get(reverse("analytics:class_rules_new", args=["AGE"])).status_code == 403


def test_an_auditor_reads_and_writes_nothing(client_for: ClientFor) -> None:
    client = client_for("auditor")
    row = ClassRules.objects.get(dimension="ASSET")
    assert client.get(reverse("analytics:classes")).status_code == 200
    assert client.get(pages(row)["class_rules"]).status_code == 200
    assert client.post(pages(row)["class_rules_step"], {"act": "retire"}).status_code == 403


@pytest.mark.parametrize("address", ["/analytics/classes/MOOD/new/", "/analytics/classes/AGE/99/"])
def test_what_is_not_there_is_not_found(client_for: ClientFor, address: str) -> None:
    assert client_for("supervisor").get(address).status_code == 404


def test_the_list_asks_no_more_for_more_versions(client_for: ClientFor, analyst: User) -> None:
    client, address = client_for("supervisor"), reverse("analytics:classes")
    client.get(address)
    counts = []
    for _n in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
        for _m in range(3):
            class_rules.draft(by=analyst, dimension="AGE", data={"preset": "UN"})
    assert counts[0] == counts[1]


def test_a_supervisor_drafts_and_decides_in_the_admin(client_for: ClientFor, analyst: User) -> None:
    client = client_for("supervisor")
    add = reverse("admin:analytics_classrules_add")
    said = {"dimension": "AGE", "rules": json.dumps({"middle": 40}), "note": "n"}
    assert "Nobody is looked at again" in client.post(add, said).content.decode()
    assert client.post(add, said | {"rules": json.dumps({"preset": "UN"})}).status_code == 302
    mine = ClassRules.objects.get(dimension="AGE", version=2)
    theirs = class_rules.draft(by=analyst, dimension="ASSET", data={"high_months": 4})
    theirs = class_rules.submit(by=analyst, row=class_rules.simulate(by=analyst, row=theirs))
    listed = reverse("admin:analytics_classrules_changelist")
    for act in ("approve", "activate"):
        client.post(listed, {"action": act, "_selected_action": [mine.pk, theirs.pk]})
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.state, theirs.state) == ("DRAFT", "ACTIVE")
    assert client.get(reverse("admin:analytics_classrules_change", args=[theirs.pk])).status_code == 200
    assert client_for("agent").get(listed).status_code in (302, 403)
