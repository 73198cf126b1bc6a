"""The rules of recency, frequency and value as a form: what is typed is what they say, and bad input loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analytics import rfm
from analytics.actions import class_rules
from analytics.forms.rfm_rules import ROWS, RfmRulesForm
from analytics.models import ClassRules
from crm_site import form_tokens
from crm_site.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def typed(**changed: Any) -> dict[str, Any]:
    """What a browser sends when the form is left as it comes, but for these fields."""
    form = RfmRulesForm()
    sent = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (sent | {"note": "why"} | changed).items() if value is not None}


def test_a_form_left_as_it_comes_says_the_rules_it_came_with() -> None:
    form = RfmRulesForm(typed())
    assert form.is_valid(), form.errors
    assert form.data_of_rules() == rfm.DEFAULT


def test_limits_are_typed_in_days_times_and_yuan() -> None:
    cuts = {f"{mark}{n}": n * 10 for mark in "rfm" for n in range(1, 5)}
    form = RfmRulesForm(typed(method="CUTS", m1="10.50", **{name: cut for name, cut in cuts.items() if name != "m1"}))
    assert form.is_valid(), form.errors
    assert form.data_of_rules()["cuts"] == {
        "r": [10, 20, 30, 40],
        "f": [10, 20, 30, 40],
        "m": [1_050, 2_000, 3_000, 4_000],
    }


@pytest.mark.parametrize(("text", "span"), [("3", [3, 3]), ("2-5", [2, 5]), ("2–5", [2, 5]), (" 1 - 2 ", [1, 2])])
def test_a_range_of_marks(text: str, span: list[int]) -> None:
    form = RfmRulesForm(typed(r_0=text))
    assert form.is_valid(), form.errors
    assert form.data_of_rules()["boxes"][0]["r"] == span


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"r_0": "0-6"}, "r_0"),
        ({"f_1": "many"}, "f_1"),
        ({"zh_0": ""}, "zh_0"),
        ({f"en_{ROWS - 1}": "Alone"}, f"r_{ROWS - 1}"),
        ({"window_months": "121"}, "window_months"),
        ({"r_0": "5-1"}, "__all__"),
        ({"method": "CUTS"}, "__all__"),
        ({"method": "GUESS"}, "method"),
    ],
)
def test_what_cannot_count_is_said_at_its_field(changed: dict[str, Any], field: str) -> None:
    form = RfmRulesForm(typed(**changed))
    assert not form.is_valid()
    assert field in form.errors


def test_a_line_left_empty_is_no_box_and_a_new_one_gets_a_code() -> None:
    gone = {f"{name}_2": "" for name in ("zh", "zh-hant", "en", "r", "f", "m")}
    added = {"zh_6": "新盒", "zh-hant_6": "新盒", "en_6": "New", "r_6": "1", "f_6": "1", "m_6": "1"}
    form = RfmRulesForm(typed(**gone, **added))
    assert form.is_valid(), form.errors
    codes = [box["code"] for box in form.data_of_rules()["boxes"]]
    assert codes == ["CHAMPIONS", "BIG_SILENT", "POTENTIAL", "NEED_ATTENTION", "HIBERNATING", "BOX_7"]


# --- pages ------------------------------------------------------------------------------------------------------------
def test_an_analyst_drafts_changes_and_simulates_the_boxes(client_for: Callable[..., Client]) -> None:
    analyst, address = client_for("analyst"), reverse("analytics:class_rules_new", args=["RFM"])
    assert analyst.get(address).status_code == 200
    done = analyst.post(address, typed(r_0="5", form_token=form_tokens.issue()))
    row = ClassRules.objects.get(dimension="RFM", version=2)
    assert done.url == reverse("analytics:class_rules", args=["RFM", 2])
    assert row.rules["boxes"][0]["r"] == [5, 5]
    page = analyst.get(reverse("analytics:class_rules_edit", args=["RFM", 2]))
    assert 'value="5"' in page.content.decode()
    step = reverse("analytics:class_rules_step", args=["RFM", 2])
    analyst.post(step, {"act": "simulate"})
    row.refresh_from_db()
    assert row.state == "SIMULATED"


def test_the_page_of_a_version_says_its_rules_in_words(client_for: Callable[..., Client]) -> None:
    cuts = {"r": [30, 60, 90, 180], "f": [2, 4, 8, 16], "m": [1_050, 2_000, 3_000, 4_000]}
    class_rules.draft(by=UserFactory(role="analyst"), dimension="RFM", data={"method": "CUTS", "cuts": cuts})
    page = client_for("analyst").get(reverse("analytics:class_rules", args=["RFM", 2])).content.decode()
    for words in (
        "Months looked at",
        "My own limits",
        "Monetary value, limits (yuan)",
        "10.5, 20, 30, 40",
        "Big but silent",
    ):
        assert words in page
    for code in ("window_months", "BIG_SILENT", "MIDRANK"):
        assert code not in page


def test_bad_input_comes_back_with_its_words(client_for: Callable[..., Client]) -> None:
    analyst, address = client_for("analyst"), reverse("analytics:class_rules_new", args=["RFM"])
    page = analyst.post(address, typed(r_0="0-6", en_0="Best of all", form_token=form_tokens.issue()))
    assert page.status_code == 422
    assert "Best of all" in page.content.decode()
    assert "such as 4-5" in page.content.decode()


def test_who_writes_no_rules_is_refused(client_for: Callable[..., Client]) -> None:
    assert client_for("agent").get(reverse("analytics:class_rules_new", args=["RFM"])).status_code == 403
    assert client_for("auditor").get(reverse("analytics:class_rules_new", args=["RFM"])).status_code == 403
