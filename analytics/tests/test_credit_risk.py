"""From a credit record to the band on the page: found by night, moved with its figures, for staff alone (R3.15)."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone, translation

from analytics import class_history
from analytics.models import ClassMove, ScoreRun
from analytics.tests import nights
from analytics.tests.test_class_history import now, person
from crm_site.tests.factories import UserFactory
from customers.models import Customer, Standing

pytestmark = pytest.mark.django_db
D = datetime.date
FIRST, SECOND, THIRD = D(2026, 8, 31), D(2026, 9, 30), D(2026, 10, 31)
SOUND = {"dpd_24m": 0, "debt_service_bp": 2_000, "rating": "A"}
LATE = {"dpd_24m": 95, "debt_service_bp": 3_500, "rating": "C"}


def band(customer: Customer) -> str:
    return Standing.objects.published().get(customer=customer).credit_risk


def test_who_falls_behind_moves_with_the_figures_that_decided() -> None:
    customer, stranger = person(1, **SOUND), person(2)
    nights.night(FIRST)
    assert (band(customer), band(stranger)) == ("LOW", "UNKNOWN")
    now(customer, **LATE, loans_fen=1_000_000, aum_3m_fen=20_000)
    nights.night(SECOND)
    assert (band(customer), band(stranger)) == ("HIGH", "UNKNOWN")
    move = ClassMove.objects.get(customer=customer, dimension="RISK")
    assert json.loads(move.figures) == {"overdue": 95, "burden": 3_500, "rating": "C", "reserve": 200, "points": 8}
    words = (
        "Low → High: longest delay 95 days, on Wed 30 Sep 2026, debt service 35% of income, internal rating C, "
        "reserve 2% of what is owed, 8 risk points (medium from 2, high from 4), rules RISK 1"
    )
    assert words in class_history.moves_of(customer)
    now(customer, dpd_24m=None, debt_service_bp=None, rating="")
    nights.night(THIRD)
    assert band(customer) == "UNKNOWN"
    assert any("nothing is known of repayment" in said for said in class_history.moves_of(customer))


def test_other_limits_by_policy_move_them_in_the_next_night(tmp_path: Any, capsys: Any) -> None:
    customer = person(1, dpd_24m=40)
    nights.night(FIRST)
    assert band(customer) == "MEDIUM"
    path = tmp_path / "risk.json"
    path.write_text(json.dumps({"dimension": "RISK", "high_points": 3, "overdue_points": 3}), encoding="utf-8")
    people = ["--by", UserFactory(role="analyst").username, "--approve-by", UserFactory(role="supervisor").username]
    capsys.readouterr()
    call_command("policy", "apply", "classification", str(path), *people, "--json")
    applied = json.loads(capsys.readouterr().out)["applied"][0]
    assert (applied["name"], applied["version"], applied["moved"]) == ("RISK", 2, 1)
    assert {line["what"] for line in applied["changed"]} == {"High risk from", "Overdue: earns"}
    assert band(customer) == "MEDIUM"
    nights.night(SECOND)
    assert band(customer) == "HIGH"


def test_a_bank_that_knew_no_credit_risk_has_everybody_read_once() -> None:
    """The nights before went by five classifications; nobody waits for a fact of theirs to move."""
    customer = person(1, **LATE)
    nights.night(D(2026, 10, 29))
    run = ScoreRun.objects.get()
    ScoreRun.objects.update(class_rules={name: row for name, row in run.class_rules.items() if name != "RISK"})
    Standing.objects.update(credit_risk="UNKNOWN", fingerprint=1)
    nights.night(D(2026, 10, 30))
    assert ScoreRun.objects.latest("no").full
    assert band(customer) == "HIGH"
    nights.night(D(2026, 10, 31))
    nights.night(D(2026, 11, 1))
    assert not ScoreRun.objects.latest("no").full


@pytest.fixture
def late() -> Customer:
    customer = person(1, **LATE, age_step=35)
    nights.night(timezone.localdate())
    return customer


def test_the_value_card_names_the_band_and_its_signs(late: Customer, client_for: Callable[..., Any]) -> None:
    page = client_for("senior").get(reverse("analytics:value", args=[late.customer_no])).content.decode()
    for words in ("Credit risk", "High", "longest delay 95 days", "6 risk points"):
        assert words in page
    now(late, dpd_24m=0, rating="A")
    page = client_for("senior").get(reverse("analytics:value", args=[late.customer_no])).content.decode()
    assert "High" in page  # as published
    assert "risk points" not in page  # the signs are no more what they were in the night


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_the_band_is_said_in_chinese(late: Customer, language: str) -> None:
    with translation.override(language):
        found = class_history.credit_risk_of(Standing.objects.published().get(customer=late))
        assert found is not None
        assert str(found["label"]) == "高"
    assert "95" in found["why"]
    assert "risk" not in found["why"]


def test_a_high_risk_stands_beside_the_name_for_who_may_see_the_value(
    late: Customer, client_for: Callable[..., Any]
) -> None:
    for name, arguments in (("customers:detail", [late.customer_no]), ("customers:list", [])):
        assert "High credit risk" in client_for("supervisor").get(reverse(name, args=arguments)).content.decode()
    now(late, **SOUND)
    nights.night(timezone.localdate() + datetime.timedelta(days=1))
    assert "High credit risk" not in client_for("supervisor").get(reverse("customers:list")).content.decode()


def test_who_may_not_see_the_value_sees_no_credit_risk(late: Customer) -> None:
    from customers.views import overview

    standing = Standing.objects.published().get(customer=late)
    chips = [chip["text"] for chip in overview.header(late, UserFactory(role="planner"), standing)["chips"]]
    assert "High credit risk" not in chips


def test_nothing_a_customer_reads_speaks_of_credit_risk() -> None:
    """Three pages of staff do, two of them only for who may open the value card; no message and no public page does."""
    folder = settings.BASE_DIR / "templates"
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.*")
        if re.search("credit.?risk", path.read_text(encoding="utf-8"), re.IGNORECASE)
    }
    assert found == {
        "analytics/_value.html", "analytics/_segment_sample.html", "customers/customer_list.html",
    }  # fmt: skip
    for name in found - {"analytics/_value.html"}:
        assert "shell.may.analytics__value" in (folder / name).read_text(encoding="utf-8")
