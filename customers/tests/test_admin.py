"""Customers in the admin: covered, read only, through verbs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from crm_site.models import AuditEvent
from customers.models import Customer, ImportBatch, Product

from .factories import ConsentFactory, CustomerFactory, MessageFactory, ProductFactory

pytestmark = pytest.mark.django_db
Door = Callable[..., Client]
MODELS = ("customer", "contactpoint", "consent", "message", "importbatch", "product")


@pytest.fixture
def bank(now: object) -> Customer:
    made = CustomerFactory(full_name="林晓彤", phone="+8613800138000", employer="星火科技")
    ConsentFactory(customer=made)
    MessageFactory(customer=made, values='{"link": "https://bank.example/s/canary"}')
    ProductFactory()
    ImportBatch.objects.create(kind="customers", profile="p", file_name="f.csv", started_at=now)
    return made


@pytest.mark.parametrize("model", MODELS)
def test_auditors_read_everything_covered_and_change_nothing(client_for: Door, bank: Customer, model: str) -> None:
    client = client_for("auditor")
    page = client.get(reverse(f"admin:customers_{model}_changelist"))
    row = page.context["cl"].result_list[0]
    change = reverse(f"admin:customers_{model}_change", args=[row.pk])
    for shown in (page, client.get(change)):
        assert shown.status_code == 200
        for canary in ("林晓彤", "13800138000", "星火科技", "canary"):
            assert canary not in shown.content.decode()
    assert client.post(change, {"code": "X"}).status_code == 403
    assert client.get(reverse(f"admin:customers_{model}_add")).status_code == 403
    assert client.get(reverse(f"admin:customers_{model}_delete", args=[row.pk])).status_code == 403


@pytest.mark.parametrize("role", ["agent", "sysadmin"])
def test_who_has_no_business_there_finds_nothing(client_for: Door, bank: Customer, role: str) -> None:
    assert client_for(role).get(reverse("admin:customers_customer_changelist")).status_code == 403


def test_a_supervisor_enters_a_product_through_the_verb(client_for: Door) -> None:
    client = client_for("supervisor")
    sent = {"code": "W180", "name": "180 days", "family": "WEALTH", "risk": "R2", "counts_in_aum": "on", "active": "on"}
    client.post(reverse("admin:customers_product_add"), sent)
    made = Product.objects.get()
    client.post(reverse("admin:customers_product_change", args=[made.pk]), sent | {"name": "Half a year"})
    added, corrected = AuditEvent.objects.filter(action="product.save").order_by("seq")
    assert added.after["code"] == "W180"
    assert (corrected.before, corrected.after) == ({"name": "180 days"}, {"name": "Half a year"})
