"""More rooms of the house: the rules of the classifications, and what stands beside a customer's classes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.utils import timezone

from analytics.models import ClassRules, SuggestionModel
from crm_site.models import User
from crm_site.tests.factories import UserFactory
from customers.models import Activity, ClassOverride, Customer, Standing
from tests import house_more
from tests.walk import Sample

TOKEN = "w" * 43


def samples() -> dict[str, list[Sample]]:
    """A version of each kind, and one that never was."""
    ClassRules.objects.get_or_create(
        dimension="AGE", version=2, defaults={"rules": ClassRules.objects.get(dimension="AGE").rules}
    )
    there, missing = {"dimension": "AGE", "version": "2"}, {"dimension": "AGE", "version": "99"}
    limits = {"preset": "UN", "note": "Young ones", "form_token": TOKEN}
    limits |= {"young": "15", "middle": "25", "senior": "60", "suitability": "65", "oldest": "130"}
    return {
        "analytics:classes": [Sample()],
        "analytics:rfm": [Sample()],
        "analytics:class_rules_new": house_more.same({"dimension": "AGE"}, {"dimension": "MOOD"}, limits),
        "analytics:class_rules": house_more.same(there, missing),
        "analytics:class_rules_edit": house_more.same(there, missing, limits),
        "analytics:class_rules_step": house_more.same(there, missing, {"act": "simulate"}),
    }


def suggestion_models() -> dict[str, list[Sample]]:
    """A version that waits for its training, and one that never was."""
    SuggestionModel.objects.create(
        kind="NEXT",
        version=1,
        asked_at=timezone.now(),
        content_hash="a" * 64,
        author=UserFactory(role="analyst"),
        drafted_at=timezone.now(),
    )
    there, missing = {"kind": "NEXT", "version": "1"}, {"kind": "NEXT", "version": "99"}
    return {
        "analytics:suggestion_models": [Sample()],
        "analytics:suggestion_model_new": [Sample(data={"kind": "LEAVING", "form_token": TOKEN})],
        "analytics:suggestion_model": house_more.same(there, missing),
        "analytics:suggestion_model_step": house_more.same(there, missing, {"act": "retire"}),
    }


def decided(customer: Customer, scope: str) -> Sample:
    """What the rule suggests of a customer at risk, set aside."""
    facts = {"opened_on": timezone.localdate(), "window_end": timezone.localdate().replace(day=1)}
    Activity.objects.update_or_create(
        customer=customer, defaults=facts | {"closed": False, "changed_at": timezone.now()}
    )
    Standing.objects.filter(customer=customer).update(risk=1)
    said = {"kind": "LEAVING", "target": "LEAVING", "judge": "rule", "answer": "DISMISSED", "reason": "Moved"}
    return Sample({"customer_no": customer.customer_no}, scope, said | {"form_token": TOKEN})


def overrides(scopes: Iterable[tuple[str, User, Customer]]) -> dict[str, list[Sample]]:
    """A class set by hand for each customer, and another that could be proposed."""
    found: dict[str, list[Sample]] = {"customers:override": [], "customers:override_step": []}
    later = timezone.localdate() + datetime.timedelta(days=90)
    for scope, _by, customer in scopes:
        row = ClassOverride.objects.create(
            customer=customer,
            dimension="loyalty",
            code="LOYAL",
            reason="Family account",
            expires_on=later,
            state="APPROVED",
            proposed_by=UserFactory(role="senior"),
            proposed_at=timezone.now(),
            decided_by=UserFactory(role="supervisor"),
            decided_at=timezone.now(),
        )
        number = {"number": customer.customer_no}
        asked = {"code": "asset_class:HIGH", "reason": "Trust abroad", "expires_on": later.isoformat()}
        data = {f"override-{name}": value for name, value in asked.items()} | {"override-form_token": TOKEN}
        found["customers:override"].append(Sample(number, scope, data))
        stepped = {"step-override": str(row.pk), "step-act": "end", "step-reason": "No papers"}
        found["customers:override_step"].append(Sample(number, scope, stepped))
    nobody = {"number": "C-1999-000000"}
    return {name: [*rows, Sample(nobody, "missing")] for name, rows in found.items()}
