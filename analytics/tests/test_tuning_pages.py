"""The pages of the value model: drafted, changed, tried, judged in pairs, decided, and shut to strangers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics import ahp
from analytics.actions import tuning
from analytics.default_model import DEFAULT_V1
from analytics.forms.tuning import ModelForm
from analytics.models import ScoringModel
from analytics.scoring_model import from_json
from analytics.tests.test_drift import EXAMPLE

pytestmark = pytest.mark.django_db
Client = Callable[..., Any]


def typed(row: ScoringModel, **changes: str) -> dict[str, str]:
    """The form as it is sent when only these fields were changed."""
    form = ModelForm(spec=from_json(row.spec), initial={"seen": row.content_hash, "note": row.note})
    data = {field.html_name: field.value() for field in form}
    return {name: str(value) for name, value in data.items() if value is not None and value is not False} | changes


def judged() -> dict[str, str]:
    """The handbook's ten judgements as they are sent."""
    return {f"p_{first}{second}": str(value) for (first, second), value in EXAMPLE.items()}


def url(name: str, *args: str) -> str:
    return reverse(f"analytics:{name}", args=args)


def test_a_draft_is_begun_once_however_often_the_button_is_pressed(client_for: Client) -> None:
    analyst = client_for("analyst")
    for _press in range(2):
        answer = analyst.post(url("model_new"), {"form_token": "w" * 43})
        assert answer["Location"] == url("model_edit", "v2")
    assert list(ScoringModel.objects.values_list("version", flat=True)) == ["v2", "v1"]


def test_sending_the_form_as_it_stands_changes_nothing(client_for: Client) -> None:
    analyst = client_for("analyst")
    row = tuning.draft(by=analyst.user)
    assert analyst.post(url("model_edit", "v2"), typed(row)).status_code == 302
    assert ScoringModel.objects.get(version="v2").spec == row.spec


def test_plain_fields_make_a_version(client_for: Client) -> None:
    analyst = client_for("analyst")
    row = tuning.draft(by=analyst.user)
    changes = {
        "w_C": "30.00",
        "w_G": "20.00",
        "m_c1": "40",
        "m_c2": "30",
        "b_A": "80",
        "l_g2_FARMER": "",
        "t_c2": "MINMAX",
    }
    changes |= {"l_k1_91": "5", "best_k2": "25.5", "pull": "2", "confidence_2": "25", "half_life_days": "90"}
    analyst.post(url("model_edit", "v2"), typed(row, note="Growth", **changes))
    spec = from_json(ScoringModel.objects.get(version="v2").spec)
    assert spec.weights == (3_000, 1_500, 2_000, 2_000, 1_500)
    assert (spec.metric("c1").weight, spec.metric("c2").weight, spec.metric("c2").transform) == (4_000, 3_000, "MINMAX")
    assert (spec.bands[0], spec.metric("k1").steps[-1], spec.metric("k2").best) == (("A", 800), (91, 5), 2_550)
    assert "FARMER" not in dict(spec.metric("g2").codes)
    assert (spec.pull, spec.confidence[2], spec.half_life_days) == (20_000, 2_500, 90)


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"w_C": "34.00"}, "w_C", "must add up to 1"),
        ({"m_l1": "31"}, "m_l1", "must add up to 1"),
        ({"w_C": "61", "w_S": "0", "w_L": "9"}, "w_C", "between 0 and 0.6"),
        ({"b_B": "76"}, "b_A", "must fall"),
        ({"l_g1_18": "101"}, "l_g1_18", "100 or less"),
        ({"w_C": "x"}, "w_C", "amount in figures"),
        ({"confidence_1": "90"}, "confidence_0", "must fall"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    client_for: Client, changes: dict[str, str], field: str, said: str
) -> None:
    analyst = client_for("analyst")
    row = tuning.draft(by=analyst.user)
    answer = analyst.post(url("model_edit", "v2"), typed(row, **changes), headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert any(said in str(error) for error in form.errors[field]), form.errors
    assert all(form[name].value() == value for name, value in changes.items())
    assert ScoringModel.objects.get(version="v2").content_hash == row.content_hash


def test_a_draft_changed_meanwhile_is_not_written_over(client_for: Client) -> None:
    analyst = client_for("analyst")
    row = tuning.draft(by=analyst.user)
    data = typed(row, w_C="30.00", w_G="20.00")
    assert analyst.post(url("model_edit", "v2"), data).status_code == 302
    assert analyst.post(url("model_edit", "v2"), data | {"w_G": "15.00", "w_K": "20.00"}).status_code == 409


def test_judgements_in_pairs_fill_the_weights(client_for: Client) -> None:
    analyst = client_for("analyst")
    row = tuning.draft(by=analyst.user)
    pairs = judged()
    page = analyst.post(url("model_ahp", "v2"), pairs | {"seen": row.content_hash, "show": "1"}).content.decode()
    assert all(figure in page for figure in ("5.0975", "0.0244", "0.0218"))
    assert from_json(ScoringModel.objects.get(version="v2").spec).weights == DEFAULT_V1.weights
    analyst.post(url("model_ahp", "v2"), pairs | {"seen": row.content_hash, "use": "1"})
    assert from_json(ScoringModel.objects.get(version="v2").spec).weights == ahp.judged(EXAMPLE).weights


def test_judgements_that_contradict_each_other_need_a_reason(client_for: Client) -> None:
    analyst = client_for("analyst")
    row = tuning.draft(by=analyst.user)
    pairs = judged()
    pairs |= {"p_CL": "1/3", "p_SL": "4", "seen": row.content_hash, "use": "1"}
    assert analyst.post(url("model_ahp", "v2"), pairs).status_code == 422
    assert analyst.post(url("model_ahp", "v2"), pairs | {"reason": "The board's"}).status_code == 302
    assert "The board's" in ScoringModel.objects.get(version="v2").note


def test_from_the_draft_to_being_in_force_by_the_pages(client_for: Client) -> None:
    analyst, boss = client_for("analyst"), client_for("supervisor")
    row = tuning.draft(by=analyst.user)
    analyst.post(url("model_edit", "v2"), typed(row, w_C="30.00", w_G="20.00"))

    def press(who: Any, verb: str, **more: str) -> int:
        seen = ScoringModel.objects.get(version="v2").content_hash
        return int(who.post(url("model_step", "v2", verb), {"seen": seen, **more}).status_code)

    assert press(analyst, "submit") == 409
    assert press(analyst, "simulate") == 302
    assert analyst.get(url("model_whatif", "v2")).status_code == 200
    assert press(analyst, "submit") == 302
    assert press(analyst, "approve") == 403
    assert press(boss, "approve") == 302
    assert press(boss, "activate") == 422
    assert press(boss, "backtest") == 422  # no history
    assert press(boss, "waive") == 422  # no reason
    assert press(boss, "waive", reason="The bank is new") == 302
    assert press(boss, "activate") == 302
    assert press(boss, "activate") == 409
    assert ScoringModel.objects.get(state="ACTIVE").version == "v2"
    assert "The bank is new" in boss.get(url("model", "v2")).content.decode()


def test_a_supervisor_decides_in_the_admin_too(client_for: Client) -> None:
    boss, author = client_for("supervisor"), client_for("analyst").user
    row = tuning.submit(by=author, row=tuning.simulate(by=author, row=tuning.draft(by=author)))
    address = reverse("admin:analytics_scoringmodel_changelist")
    for action in ("approve", "activate"):
        boss.post(address, {"action": action, "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.state == "APPROVED"  # no back-test yet
    tuning.waive_backtest(by=boss.user, row=row, reason="New")
    boss.post(address, {"action": "activate", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.state == "ACTIVE"
    assert boss.get(reverse("admin:analytics_scoringmodel_change", args=[row.pk])).status_code == 200


def test_an_auditor_reads_and_writes_nothing(client_for: Client) -> None:
    row = tuning.draft(by=client_for("analyst").user)
    auditor = client_for("auditor")
    for name, args in (("models", ()), ("model", ("v2",))):
        assert auditor.get(url(name, *args)).status_code == 200
    for name, args in (
        ("model_new", ()),
        ("model_edit", ("v2",)),
        ("model_ahp", ("v2",)),
        ("model_step", ("v2", "retire")),
    ):
        assert auditor.post(url(name, *args), {"seen": row.content_hash}).status_code == 403


@pytest.mark.parametrize("role", ["agent", "senior", "handler", "planner"])
def test_strangers_see_no_model(client_for: Client, role: str) -> None:
    assert client_for(role).get(url("models")).status_code == 403


def test_anothers_draft_is_not_opened_for_change(client_for: Client) -> None:
    tuning.draft(by=client_for("analyst").user)
    other = client_for("analyst")
    assert other.get(url("model_edit", "v2")).status_code == 409
    assert other.get(url("model_ahp", "v2")).status_code == 409


@pytest.mark.parametrize("name", ["model_whatif", "model_backtest"])
def test_what_was_not_found_out_has_no_page(client_for: Client, name: str) -> None:
    assert client_for("auditor").get(url(name, "v1")).status_code == 404


def test_three_versions_cost_as_many_queries_as_one(client_for: Client) -> None:
    analyst = client_for("analyst")
    counts = []
    for more in (0, 2):
        for _each in range(more):
            tuning.draft(by=analyst.user)
        analyst.get(url("models"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            analyst.get(url("models"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
