"""The system administrator opens and closes accounts and gives roles; nobody else, and never to themselves."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from crm_site.actions import organisation, staff
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import AuditEvent, Department, Team, User
from crm_site.roles import conflicts
from crm_site.testing import person

pytestmark = pytest.mark.django_db
GOOD = "seven green umbrellas"


def new_account(by, **changes):
    values = {
        "username": "newcomer",
        "employee_no": "E900",
        "display_name": "New Comer",
        "roles": ["agent"],
        "password": GOOD,
        **changes,
    }
    return staff.create_user(by=by, **values)


def test_an_account_is_opened_with_roles_and_an_audit_row():
    by = person("sysadmin")
    user = new_account(by)
    assert user.check_password(GOOD) and user.roles == ["agent"] and not user.is_staff and not user.is_superuser
    event = AuditEvent.objects.get(action="staff.create")
    assert (event.actor, event.object_id, event.after["roles"]) == (by.username, "newcomer", ["agent"])
    assert GOOD not in json.dumps([event.before, event.after])


@pytest.mark.parametrize("role", ["agent", "supervisor", "privacy", "auditor"])
def test_only_the_system_administrator_opens_accounts(role):
    with pytest.raises(NotAllowed):
        new_account(person(role))


def test_nobody_changes_their_own_account():
    by = person("sysadmin")
    for act in (
        lambda: staff.set_roles(by=by, user=by, roles=["supervisor"]),
        lambda: staff.deactivate(by=by, user=by),
        lambda: staff.set_password(by=by, user=by, password=GOOD),
    ):
        with pytest.raises(NotAllowed):
            act()
    by.refresh_from_db()
    assert by.roles == ["sysadmin"] and by.is_active


@pytest.mark.parametrize(
    "roles",
    [
        ["planner", "approver"],
        ["analyst", "supervisor"],
        ["auditor", "agent"],
        ["sysadmin", "agent"],
        ["sysadmin", "auditor"],
    ],
)
def test_roles_that_check_each_other_are_never_one_person_s(roles):
    assert conflicts(roles)
    with pytest.raises(RuleBroken) as refused:
        new_account(person("sysadmin"), roles=roles)
    assert refused.value.field == "roles" and not User.objects.filter(username="newcomer").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "password1234"}, "password"),
        ({"username": "not a name!"}, "username"),
        ({"roles": ["king"]}, "roles"),
        ({"display_name": " "}, "display_name"),
    ],
)
def test_an_account_that_is_not_right_is_refused_with_the_field(changes, field):
    with pytest.raises(RuleBroken) as refused:
        new_account(person("sysadmin"), **changes)
    assert refused.value.field == field and str(refused.value)


def test_a_name_that_is_taken_is_refused_in_words():
    by = person("sysadmin")
    new_account(by)
    with pytest.raises(RuleBroken) as refused:
        new_account(by, employee_no="E901")
    assert refused.value.field == "username"


def test_giving_the_same_roles_again_writes_nothing():
    by, user = person("sysadmin"), person("agent")
    staff.set_roles(by=by, user=user, roles=["agent"])
    assert not AuditEvent.objects.filter(action="staff.set_roles").exists()


def test_roles_change_with_before_and_after():
    by, user = person("sysadmin"), person("agent")
    staff.set_roles(by=by, user=user, roles=["handler", "agent", "agent"])
    event = AuditEvent.objects.get(action="staff.set_roles")
    assert (event.before, event.after) == ({"roles": ["agent"]}, {"roles": ["agent", "handler"]})


def test_somebody_who_left_can_no_longer_come_in():
    user = person("agent")
    after = staff.update_user(by=person("sysadmin"), user=user, display_name="X", team=None, status="LEFT")
    assert not after.is_active
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {"staff.update", "staff.deactivate"}


def test_a_closed_account_is_opened_again_with_its_roles():
    by, user = person("sysadmin"), person("agent")
    staff.deactivate(by=by, user=user)
    assert staff.reactivate(by=by, user=user).is_active
    user.refresh_from_db()
    assert user.is_active and user.roles == ["agent"]


def test_departments_and_teams_are_kept_by_the_administrator():
    by = person("sysadmin")
    centre = organisation.keep_department(by=by, code="CSC", name="Service centre", kind="SERVICE")
    organisation.keep_team(by=by, code="T1", name="Team one", department=centre, purpose="SERVICE")
    organisation.keep_team(by=by, code="T1", name="Team 1", department=centre, purpose="SERVICE")
    assert Team.objects.get().name == "Team 1" and Department.objects.count() == 1
    event = AuditEvent.objects.filter(action="team.keep").first()
    assert (event.before, event.after) == ({"name": "Team one"}, {"name": "Team 1"})
    with pytest.raises(NotAllowed):
        organisation.keep_department(by=person("supervisor"), code="X", name="X", kind="IT")


def test_a_department_never_stands_above_itself():
    by = person("sysadmin")
    top = organisation.keep_department(by=by, code="A", name="A", kind="SERVICE")
    below = organisation.keep_department(by=by, code="B", name="B", kind="SERVICE", parent=top)
    with pytest.raises(RuleBroken, match="above itself|自身"):
        organisation.keep_department(by=by, code="A", name="A", kind="SERVICE", parent=below)


def test_the_command_line_opens_the_first_account(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(GOOD + "\n"))
    call_command("create_staff", "--username", "root1", "--role", "sysadmin", "--json")
    assert json.loads(capsys.readouterr().out) == {"username": "root1", "employee_no": "root1", "roles": ["sysadmin"]}
    assert User.objects.get(username="root1").check_password(GOOD)
    assert AuditEvent.objects.get(action="staff.create").actor == "SYSTEM"


def test_the_command_refuses_conflicting_roles_with_exit_1(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(GOOD + "\n"))
    with pytest.raises(CommandError) as refused:
        call_command("create_staff", "--username", "x", "--role", "planner", "--role", "approver", "--json")
    assert refused.value.returncode == 1
    assert json.loads(capsys.readouterr().out)["code"] == "roles_conflict"
