"""The pages of a plan: written with its actions, decided on, an action done; and who is refused (handbook 6/1.1.30)."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions import plans
from complaints.models import ActionItem, Complaint, Plan
from complaints.tests import scenes
from complaints.tests.scenes import handler, in_work, planned
from crm_site.models import Department, User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
D = datetime.date


def url(verb: str, complaint: Complaint) -> str:
    return reverse(f"complaints:{verb}", args=[complaint.number])


def filled(complaint: Complaint, by: User, **change: str) -> dict[str, str]:
    form = {
        "version": str(complaint.version),
        "measures": "退回两笔手续费，系统加去重校验",
        "redress_type": "FEE_REFUND",
        "redress": "96",
        "customer_message": "多扣的九十六元将退回。",
        "rows": "3",
        "do_0": "退回手续费",
        "who_0": str(by.pk),
        "until_0": "2025-09-29",
    }
    return form | change


def test_the_plan_is_written_and_sent_on_one_page(client_for: ClientFor) -> None:
    by = handler()
    complaint = in_work(by)
    client = client_for(by)
    shown = client.get(url("write_plan", complaint)).content.decode()
    assert scenes.PLAN in shown
    answer = client.post(url("write_plan", complaint), filled(complaint, by, send="on"))
    assert answer["Location"] == url("detail", complaint)
    plan = complaint.round.plans.get()
    assert (plan.status, plan.redress_fen, plan.actions.get().text) == ("SUBMITTED", 9600, "退回手续费")
    page = client.get(url("detail", complaint)).content.decode()
    assert "退回手续费" in page
    assert "Waits for approval" in page
    again = client.post(url("write_plan", complaint), filled(complaint, by, send="on"))
    assert again.status_code == 409  # the second press of the same form


def test_more_rows_come_without_scripts_and_keep_what_was_typed(client_for: ClientFor) -> None:
    by = handler()
    complaint = in_work(by)
    sent = filled(complaint, by, more="1", measures="短")
    answer = client_for(by).post(url("write_plan", complaint), sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="do_5"' in page
    assert 'value="退回手续费"' in page
    assert 'value="2025-09-29"' in page
    assert "errsum" not in page
    assert complaint.round.plans.get().measures == scenes.PLAN


@pytest.mark.parametrize(
    ("change", "href"),
    [
        ({"who_0": ""}, "#id_who_0"),
        ({"until_0": ""}, "#id_until_0"),
        ({"do_0": ""}, "#id_do_0"),
        ({"redress": "96", "redress_type": "NONE"}, "#id_redress_type"),
        ({"until_0": "tomorrow"}, "#id_until_0"),
        ({"send": "on", "customer_message": ""}, "#id_customer_message"),
    ],
)
def test_what_is_missing_in_a_row_stands_beside_it(client_for: ClientFor, change: dict[str, str], href: str) -> None:
    by = handler()
    complaint = in_work(by)
    answer = client_for(by).post(url("write_plan", complaint), filled(complaint, by, **change))
    assert answer.status_code == 422
    assert f'href="{href}"' in answer.content.decode()
    assert complaint.round.plans.get().measures == scenes.PLAN


def test_the_plan_is_read_approved_and_sent_back_on_its_page(client_for: ClientFor) -> None:
    by = handler()
    client = client_for("senior", team=by.team)
    complaint = scenes.sent(by, in_work(by))
    shown = client.get(url("approve_plan", complaint)).content.decode()
    assert "Refund the fee" in shown
    assert "We refund the fee that was taken twice." in shown
    short = client.post(url("return_plan", complaint), {"version": complaint.version, "reason": ""})
    assert short.status_code == 422
    sent = {"version": complaint.version, "reason": "金额依据不足"}
    assert client.post(url("return_plan", complaint), sent).status_code == 302
    assert "金额依据不足" in client.get(url("detail", complaint)).content.decode()
    complaint = scenes.sent(by, Complaint.objects.get())
    assert client.post(url("approve_plan", complaint), {"version": complaint.version}).status_code == 302
    assert Complaint.objects.get().state == "PLAN_AGREED"


def test_an_action_due_after_the_feedback_is_marked(client_for: ClientFor) -> None:
    by = handler()
    late = plans.Step(text="Patch goes live", owner=by, due_on=D(2025, 10, 11))
    complaint = scenes.agreed(by, in_work(by), steps=[late])
    assert "after the feedback" in client_for(by).get(url("detail", complaint)).content.decode()


def test_an_action_is_called_done_by_its_owner_from_another_department(client_for: ClientFor) -> None:
    by = handler()
    it = TeamFactory(department=scenes.department())
    client = client_for("liaison", team=it)
    step = plans.Step(text="Read the logs", owner=client.user, due_on=D(2025, 9, 26))  # type: ignore[attr-defined]
    complaint = scenes.agreed(by, in_work(by), steps=[step])
    today = client.get(reverse("home")).content.decode()
    assert "Read the logs" in today
    assert url("detail", complaint) in today
    item = ActionItem.objects.get()
    sent = {"version": complaint.version, "item": item.pk, "evidence": "日志已核对"}
    assert client.post(url("complete_action", complaint), sent).status_code == 302
    page = client_for(by).get(url("detail", complaint)).content.decode()
    assert "日志已核对" in page


@pytest.mark.parametrize("verb", ["write_plan", "submit_plan", "approve_plan", "return_plan", "revise_plan"])
@pytest.mark.parametrize("role", ["agent", "liaison", "auditor", "planner", "sysadmin"])
def test_who_has_no_part_in_plans_is_shown_none(client_for: ClientFor, verb: str, role: str) -> None:
    team = scenes.team()
    complaint = scenes.sent(handler(team), in_work(handler(team)))
    answer = client_for(role, team=team).post(url(verb, complaint), {"version": complaint.version})
    assert answer.status_code == 403
    assert Plan.objects.get().status == "SUBMITTED"


def test_a_complaint_of_others_is_not_found(client_for: ClientFor) -> None:
    by = handler()
    complaint = scenes.sent(by, in_work(by))
    for verb in ("write_plan", "complete_action"):
        assert client_for("handler", team=scenes.team()).get(url(verb, complaint)).status_code == 404


def test_the_page_asks_as_often_for_one_action_as_for_four(client_for: ClientFor) -> None:
    by, counts = handler(), []
    client = client_for(by)
    client.get(url("detail", planned(by)))
    for n in (1, 4):
        steps = [plans.Step(text=f"Step {k}", owner=by, due_on=D(2025, 9, 30)) for k in range(n)]
        complaint = scenes.agreed(by, in_work(by), steps=steps)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url("detail", complaint)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_departments_that_take_part_are_offered_with_their_heads(client_for: ClientFor) -> None:
    by = handler()
    head = UserFactory(role="liaison", team=TeamFactory(department=DepartmentFactory(code="RISK", kind="RISK")))
    complaint = in_work(by)
    Department.objects.filter(code="IT").update(head=head)
    assert head in plans.doers(complaint)
