"""The pages of saved segments: the list, the builder without a script, one segment, and who is shown what."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.actions import segments as verbs
from analytics.models import Segment, SegmentVersion
from analytics.tests.test_saved_segments import GRADE_A, GRADE_B, analyst, graded, saved
from crm_site import form_tokens
from crm_site.models import AccessRecord
from crm_site.tests.factories import DepartmentFactory

pytestmark = pytest.mark.django_db

ClientFor = Callable[..., Client]
LIST = reverse("analytics:segments")
NEW = reverse("analytics:segment_new")
PREVIEW = reverse("analytics:segment_preview")


def at(name: str, segment: Segment) -> str:
    return reverse(f"analytics:{name}", args=[segment.number])


def grade_a(**more: Any) -> dict[str, Any]:
    """The form as a browser sends it: one box, one row."""
    boxes = {"box": "0", "how.0": "all", "row.0": "0"}
    return boxes | {"field.0.0": "grade", "op.0.0": "in", "value.0.0": ["A"]} | more


def named(**more: Any) -> dict[str, Any]:
    token = {"form_token": form_tokens.issue()}
    return grade_a() | {"name": "Best", "kind": "INCLUDE", "shared": "on", "act": "save"} | token | more


def page(client: Client, url: str, **query: str) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


# --- the list ---------------------------------------------------------------------------------------------------------
def test_an_empty_list_says_what_a_segment_is(client_for: ClientFor) -> None:
    said = page(client_for("analyst"), LIST)
    assert "No segment yet" in said
    assert "Sizes come with the next night." in said
    assert NEW in said
    assert NEW not in page(client_for("planner"), LIST)


def test_the_list_shows_rules_sizes_and_what_is_suppression(client_for: ClientFor) -> None:
    graded("A", "A")
    made = saved(kind="EXCLUDE")
    verbs.refresh(made.made_at.date())
    said = page(client_for("analyst"), LIST)
    assert "value grade is A" in said
    assert re.search(r'data-l="Customers">2<', said)
    assert re.search(r"c-chip--warn.*Suppression", said)
    assert re.search(r'data-l="Customers">fewer than 5<', page(client_for("planner"), LIST))


def test_the_list_is_narrowed_by_view_and_words(client_for: ClientFor) -> None:
    verbs.archive(by=analyst(), segment=saved(name="Old one"))
    saved(name="Plain one")
    saved(name="Leave alone", kind="EXCLUDE")
    client = client_for("analyst")

    def names(**query: str) -> set[str]:
        return set(re.findall(r'lead1" href="[^"]+">([^<]+)<', page(client, LIST, **query)))

    assert names() == names(view="nonsense") == {"Plain one", "Leave alone"}
    assert names(view="exclude") == {"Leave alone"}
    assert names(view="archived") == {"Old one"}
    assert names(view="mine") == set()
    assert names(q="PLAIN") == {"Plain one"}
    assert "Nothing matches" in page(client, LIST, q="absent")


def test_the_list_asks_no_more_for_more_segments(client_for: ClientFor) -> None:
    client, by = client_for("analyst"), analyst()
    saved(by)
    verbs.refresh(Segment.objects.get().made_at.date())
    client.get(LIST)
    with _counting() as one:
        client.get(LIST)
    for _n in range(2):
        saved(analyst())
    verbs.refresh(Segment.objects.first().made_at.date())  # type: ignore[union-attr]
    with _counting() as three:
        client.get(LIST)
    assert len(three) == len(one)


def _counting() -> CaptureQueriesContext:
    return CaptureQueriesContext(connection)


# --- one segment ------------------------------------------------------------------------------------------------------
def test_who_sees_customers_and_who_only_counts(client_for: ClientFor) -> None:
    customers = graded("A", "A", "B")
    made, number = saved(), customers[0].customer_no
    for role, opens in (("analyst", False), ("supervisor", True), ("auditor", True)):
        said = page(client_for(role), at("segment", made))
        assert number in said
        assert "2 customers" in said
        assert customers[0].full_name not in said
        assert (reverse("customers:detail", args=[number]) in said) is opens
    said = page(client_for("planner"), at("segment", made))
    assert "fewer than 5 customers" in said
    assert number not in said
    assert "By value grade" not in said


def test_looking_at_the_sample_is_written_down(client_for: ClientFor) -> None:
    graded("A")
    made = saved()
    page(client_for("planner"), at("segment", made))
    assert not AccessRecord.objects.filter(object_type="analytics.segment").exists()
    page(client_for("analyst"), at("segment", made))
    row = AccessRecord.objects.get(object_type="analytics.segment")
    assert (row.object_id, row.fields, row.results) == (made.number, "sample", 1)


def test_a_restricted_customer_is_counted_but_not_shown_to_an_analyst(client_for: ClientFor) -> None:
    hidden, shown = graded("A", "A")
    type(hidden).objects.filter(pk=hidden.pk).update(restricted=True)
    made = saved()
    said = page(client_for("analyst"), at("segment", made))
    assert "2 customers" in said
    assert shown.customer_no in said
    assert hidden.customer_no not in said
    assert hidden.customer_no in page(client_for("supervisor"), at("segment", made))


def test_versions_say_what_changed(client_for: ClientFor) -> None:
    made = saved()
    verbs.revise(by=analyst(), segment=made, expected=1, rules=GRADE_B, note="B sells better")
    said = page(client_for("analyst"), at("segment", made))
    assert "<del>value grade is A</del>" in said
    assert "<ins>value grade is B</ins>" in said
    assert "B sells better" in said


@pytest.mark.parametrize("name", ["segment", "segment_rules", "segment_rename"])
def test_a_segment_of_a_colleague_that_is_not_shared_is_not_there(client_for: ClientFor, name: str) -> None:
    made = saved(shared=False)
    assert client_for("analyst").get(at(name, made)).status_code == 404
    assert client_for("planner").get(at(name, made)).status_code in (403, 404)


@pytest.mark.parametrize("role", ["agent", "senior", "handler", "liaison", "approver", "trainer", "privacy"])
def test_a_stranger_reads_nothing(client_for: ClientFor, role: str) -> None:
    made = saved()
    assert client_for(role).get(LIST).status_code == 403
    assert client_for(role).get(at("segment", made)).status_code == 403


@pytest.mark.parametrize("role", ["planner", "auditor"])
def test_a_reader_changes_nothing(client_for: ClientFor, role: str) -> None:
    made, client = saved(), client_for(role)
    for name in ("segment_rules", "segment_rename", "segment_archive", "segment_restore"):
        assert client.post(at(name, made), named()).status_code == 403
    assert client.post(NEW, named()).status_code == 403
    assert client.post(PREVIEW, grade_a()).status_code == 403
    assert Segment.objects.count() == SegmentVersion.objects.count() == 1


# --- the builder ------------------------------------------------------------------------------------------------------
def test_a_segment_is_built_and_a_second_press_leads_to_the_same_one(client_for: ClientFor) -> None:
    client, form = client_for("analyst"), named()
    first, second = client.post(NEW, form), client.post(NEW, form)
    made = Segment.objects.get()
    assert first["Location"] == second["Location"] == at("segment", made)
    assert made.versions.get().rules == GRADE_A


def test_rows_and_groups_come_and_go_by_buttons_and_nothing_typed_is_lost(client_for: ClientFor) -> None:
    client = client_for("analyst")
    added = client.post(NEW, named(act="add.0", **{"new.0": "aum"})).content.decode()
    assert 'value="Best"' in added
    assert re.search(r'name="value.0.0" value="A" checked', added)
    assert 'name="low.0.1"' in added
    assert "data-autofocus" in added
    grouped = client.post(NEW, named(act="group")).content.decode()
    assert 'name="how.1"' in grouped
    dropped = client.post(NEW, named(act="drop.0.0")).content.decode()
    assert 'name="value.0.0"' not in dropped
    assert 'name="how.1"' not in client.post(NEW, named(act="ungroup.1", box=["0", "1"])).content.decode()
    assert not Segment.objects.exists()


def test_wrong_rows_are_named_and_kept(client_for: ClientFor) -> None:
    wrong = {"row.0": ["0", "1"], "field.0.1": "aum", "op.0.1": "range", "low.0.1": "123456"}
    answer = client_for("analyst").post(NEW, named(name="", **wrong))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "in steps of 10,000" in said
    assert 'href="#op-0.1"' in said
    assert 'value="123456"' in said
    assert "Name of the segment" in said
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    "junk",
    [
        {"box": ["x", "9999", "1"], "row.1": "a"},
        {"field.0.0": "full_name"},
        {"op.0.0": "drop table"},
        {"value.0.0": ["<script>"]},
        {"how.0": "maybe", "act": "add.7", "new.7": "grade"},
        {"rules_json": "{"},
        {"rules_json": "[]"},
        {"rules_json": '{"how": "all", "parts": [{"field": "full_name", "op": "in", "values": ["x"]}]}'},
    ],
)
def test_what_no_form_of_ours_sends_breaks_nothing(client_for: ClientFor, junk: dict[str, Any]) -> None:
    answer = client_for("analyst").post(NEW, named(**junk))
    assert answer.status_code in (200, 302, 422)
    assert "<script>" not in answer.content.decode()
    assert "full_name" not in str(list(SegmentVersion.objects.values_list("rules", flat=True)))


def test_the_form_shows_every_kind_of_rule_and_saves_it_as_it_was(client_for: ClientFor) -> None:
    DepartmentFactory(code="BR01", kind="BRANCH")
    parts: list[dict[str, Any]] = [
        {"field": "grade", "op": "not_in", "values": ["A", "B"]},
        {"field": "branch", "op": "in", "values": ["BR01"]},
        {"field": "flags", "op": "every", "values": ["AT_RISK", "GOLD"]},
        {"field": "region", "op": "in", "values": ["31", "3301"]},
        {"field": "score", "op": "between", "low": "45.0", "high": "60.5"},
        {"field": "aum", "op": "below", "high": "500000"},
        {"field": "inactive", "op": "at_least", "low": "90"},
        {"field": "opened_on", "op": "older_days", "low": "365"},
        {"field": "opened_on", "op": "before", "high": "2025-10-14"},
        {"field": "need_type", "op": "unknown"},
        {"field": "open_complaint", "op": "no"},
        {"field": "complaint", "op": "yes", "low": "30"},
        {"field": "consent", "op": "missing", "values": ["MARKETING", "SMS"]},
    ]
    rules = {"how": "any", "parts": [*parts, {"how": "none", "parts": parts}]}
    made, client = saved(rules=rules), client_for("analyst")
    form = page(client, at("segment_rules", made))
    sent = _fields(form) | {"note": "Once more", "act": "save"}
    again = client.post(at("segment_rules", made), sent)
    assert again.status_code == 422  # nothing changed, so there is no new version
    assert "These are the rules as they stand" in again.content.decode()
    assert client.post(at("segment_rules", made), sent | {"how.0": "all"}).status_code == 302
    assert made.versions.first().rules == rules | {"how": "all"}  # type: ignore[union-attr]


def _fields(html: str) -> dict[str, list[str]]:
    """What a browser sends of the segment's form, no button pressed."""
    form = html[html.index('id="segment-form"') : html.index("</form>", html.index('id="segment-form"'))]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            found.setdefault(name[1], []).append(value[1] if value else "")
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found.setdefault(name, []).append(chosen[1] if chosen else "")
    return found


def test_rules_nested_deeper_than_the_form_are_changed_as_text(client_for: ClientFor) -> None:
    deep = {"how": "all", "parts": [{"how": "any", "parts": [GRADE_A, GRADE_B]}]}
    made, client = saved(rules=deep), client_for("analyst")
    said = page(client, at("segment_rules", made))
    assert 'name="rules_json"' in said
    form = {"version": 1, "form_token": form_tokens.issue(), "note": "", "act": "save"}
    text = '{"how": "none", "parts": [{"how": "any", "parts": [{"field": "open_complaint", "op": "yes"}]}]}'
    assert client.post(at("segment_rules", made), form | {"rules_json": text}).status_code == 302
    made.refresh_from_db()
    assert made.current_no == 2


def test_the_preview_counts_says_and_shows_some(client_for: ClientFor) -> None:
    one, other = graded("A", "B")
    said = client_for("analyst").post(PREVIEW, grade_a()).content.decode()
    assert "1 customer" in said
    assert "value grade is A" in said
    assert one.customer_no in said
    assert other.customer_no not in said
    unfinished = client_for("analyst").post(PREVIEW, grade_a(**{"value.0.0": []})).content.decode()
    assert "choose at least one value" in unfinished


def test_without_a_script_the_button_tries_the_rules_out(client_for: ClientFor) -> None:
    graded("A")
    said = client_for("analyst").post(NEW, named(act="preview")).content.decode()
    assert "1 customer" in said
    assert not Segment.objects.exists()


def test_two_who_revise_at_once_see_both_rules(client_for: ClientFor) -> None:
    made, client = saved(), client_for("analyst")
    verbs.revise(by=analyst(), segment=made, expected=1, rules=GRADE_B)
    late = grade_a(**{"value.0.0": ["C"]}) | {"version": 1, "note": "", "act": "save"}
    answer = client.post(at("segment_rules", made), late | {"form_token": form_tokens.issue()})
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "value grade is B" in said
    assert "value grade is C" in said
    assert made.versions.count() == 2


def test_a_segment_is_renamed_archived_and_put_back_by_its_pages(client_for: ClientFor) -> None:
    made, client = saved(), client_for("supervisor")
    form = {"name": "Other", "description": "", "kind": "EXCLUDE", "shared": "on", "version": 1}
    assert client.post(at("segment_rename", made), form).status_code == 302
    assert client.post(at("segment_rename", made), form).status_code == 409
    assert client.post(at("segment_archive", made)).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.kind, made.archived_at is None) == ("Other", "EXCLUDE", False)
    assert client.get(at("segment_rules", made)).status_code == 403
    assert client.post(at("segment_restore", made)).status_code == 302
    made.refresh_from_db()
    assert made.archived_at is None
