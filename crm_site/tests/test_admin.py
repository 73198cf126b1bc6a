"""The admin shows what the table says and changes only through verbs; nobody climbs there."""

from __future__ import annotations

import datetime

import pytest
from django.contrib import admin
from django.urls import reverse

from crm_site import policy
from crm_site.admin.base import CrmModelAdmin
from crm_site.models import AuditEvent, CalendarDay, CalendarYear, JobRun, User
from crm_site.testing import PASSWORD, person, table_hash
from crm_site.tests.factories import JobRunFactory

pytestmark = pytest.mark.django_db
GROUND = sorted(name for name in policy.ADMIN_READ if name.startswith("crm_site."))
PRIVILEGED = {
    "is_superuser": "on",
    "is_staff": "on",
    "groups": "1",
    "user_permissions": "1",
    "roles": ["sysadmin"],
    "password": "a-new-password-123",
}


def url(model, page, *args):
    return reverse(f"admin:{model.replace('.', '_')}_{page}", args=args)


def account(user):
    return User.objects.filter(pk=user.pk).values().get()


def form_of(user, **changes):
    values = {"display_name": user.display_name, "roles": user.roles, "status": user.status, "is_active": "on"}
    return {**values, "extension": "", "team": "", "password": "", "password_again": "", **changes}


def test_every_model_in_the_admin_is_ours_and_in_the_table():
    for model, model_admin in admin.site._registry.items():
        assert isinstance(model_admin, CrmModelAdmin), model
        assert model._meta.label_lower in policy.ADMIN_READ.keys() | policy.ADMIN_CHANGE.keys(), model


@pytest.mark.parametrize("model", GROUND)
@pytest.mark.parametrize("role", sorted(policy.ADMIN_ROLES))
def test_a_list_opens_to_those_who_may_read_it(client_for, model, role):
    allowed = role in policy.ADMIN_READ[model] | policy.ADMIN_CHANGE.get(model, frozenset())
    assert client_for(role).get(url(model, "changelist")).status_code == (200 if allowed else 403)


@pytest.mark.parametrize("model", GROUND)
@pytest.mark.parametrize("role", sorted(policy.ADMIN_ROLES))
def test_a_row_is_added_by_those_who_may_change_it(client_for, model, role):
    allowed = role in policy.ADMIN_CHANGE.get(model, frozenset())
    assert client_for(role).get(url(model, "add")).status_code == (200 if allowed else 403)


@pytest.mark.parametrize("model", GROUND)
def test_nothing_is_deleted_in_the_admin(client_for, model):
    victim = person("agent")
    for role in sorted(policy.ADMIN_ROLES):
        client = client_for(role)
        before = table_hash()
        assert client.post(url(model, "delete", victim.pk), {"post": "yes"}).status_code in (403, 302, 404)
        fields = {"action": "delete_selected", "_selected_action": [victim.pk], "post": "yes"}
        client.post(url(model, "changelist"), fields)
        assert table_hash() == before


@pytest.mark.parametrize("role", ["supervisor", "privacy", "auditor"])
def test_a_reader_cannot_climb_by_posting_privileged_fields(client_for, role):
    victim, client = person("agent"), client_for(role)
    before, mine = account(victim), account(client.user)
    for target in (victim, client.user):
        client.post(url("crm_site.user", "change", target.pk), form_of(target, **PRIVILEGED))
    assert client.post(url("crm_site.user", "add"), {"username": "x", **PRIVILEGED}).status_code == 403
    assert account(victim) == before
    assert {**account(client.user), "last_login": None} == {**mine, "last_login": None}


def test_even_the_administrator_cannot_set_the_framework_s_flags(client_for):
    victim, client = person("agent"), client_for("sysadmin")
    fields = form_of(victim, is_superuser="on", is_staff="on", groups="1", user_permissions="1", display_name="Renamed")
    assert client.post(url("crm_site.user", "change", victim.pk), fields).status_code == 302
    after = User.objects.get(pk=victim.pk)
    assert after.display_name == "Renamed"
    assert not after.is_superuser and not after.is_staff and not after.groups.exists()


def test_the_administrator_cannot_change_the_own_account_here_either(client_for):
    client = client_for("sysadmin")
    response = client.post(url("crm_site.user", "change", client.user.pk), form_of(client.user, roles=["supervisor"]))
    assert response.status_code == 200 and response.context["errors"]
    assert User.objects.get(pk=client.user.pk).roles == ["sysadmin"]


def test_the_administrator_opens_an_account(client_for):
    fields = {
        "username": "newcomer",
        "employee_no": "E900",
        "display_name": "New Comer",
        "roles": ["agent"],
        "status": "ACTIVE",
        "is_active": "on",
        "password": "seven green umbrellas",
        "password_again": "seven green umbrellas",
    }
    client = client_for("sysadmin")
    assert client.post(url("crm_site.user", "add"), fields).status_code == 302
    assert User.objects.get(username="newcomer").check_password("seven green umbrellas")
    assert AuditEvent.objects.get(action="staff.create").actor == client.user.username


@pytest.mark.parametrize(
    "changes",
    [{"roles": ["planner", "approver"]}, {"password": "short"}, {"password_again": "different"}, {"password": ""}],
)
def test_an_account_that_is_not_right_is_shown_again_as_typed(client_for, changes):
    fields = {
        "username": "newcomer",
        "employee_no": "E900",
        "display_name": "New Comer",
        "roles": ["agent"],
        "status": "ACTIVE",
        "password": "seven green umbrellas",
        "password_again": changes.get("password", "seven green umbrellas"),
        **changes,
    }
    response = client_for("sysadmin").post(url("crm_site.user", "add"), fields)
    assert response.status_code == 200 and response.context["errors"]
    assert 'value="New Comer"' in response.content.decode()
    assert not User.objects.filter(username="newcomer").exists()


def test_a_person_s_password_survives_an_edit_of_something_else(client_for):
    user = person("agent")
    client_for("sysadmin").post(url("crm_site.user", "change", user.pk), form_of(user, extension="8001"))
    after = User.objects.get(pk=user.pk)
    assert after.extension == "8001" and after.check_password(PASSWORD)


def test_passwords_are_not_guessed_letter_by_letter_through_the_list(client_for):
    for query in ("password__startswith=p", "team__leader__password__startswith=p", "roles__contains=x"):
        assert client_for("auditor").get(f"{url('crm_site.user', 'changelist')}?{query}").status_code in (302, 400)


def test_the_supervisor_finds_runs_audit_rows_and_the_calendar(client_for):
    client = client_for("supervisor")
    JobRunFactory(job="score", state=JobRun.State.FAILED)
    JobRunFactory(job="seal_access", state=JobRun.State.OK)
    page = client.get(url("crm_site.jobrun", "changelist"), {"state__exact": "FAILED", "job": "score"})
    assert [run.job for run in page.context["cl"].result_list] == ["score"]
    client.get(reverse("admin:autocomplete"))
    found = client.get(url("crm_site.auditevent", "changelist"), {"q": "access.denied"})
    assert found.status_code == 200
    holidays = client.get(url("crm_site.calendarday", "changelist"), {"date__year": 2025, "kind__exact": "HOLIDAY"})
    assert holidays.context["cl"].result_count > 20


@pytest.mark.parametrize("model", ["crm_site.auditevent", "crm_site.jobrun"])
def test_what_happened_is_read_and_never_edited(client_for, model):
    JobRunFactory()
    client = client_for("supervisor")
    client.get(reverse("admin:crm_site_accessrecord_changelist"))
    row = admin.site._registry[
        {"crm_site.auditevent": AuditEvent, "crm_site.jobrun": JobRun}[model]
    ].model.objects.first()
    before = table_hash()
    assert client.get(url(model, "change", row.pk)).status_code == 200
    assert client.post(url(model, "change", row.pk), {"state": "OK", "reason": "x"}).status_code == 403
    assert table_hash() == before


def test_the_calendar_is_changed_through_its_verb(client_for):
    client = client_for("supervisor")
    fields = {"date": "2026-07-15", "kind": "BANK_SPECIAL", "name": "Moving day"}
    assert client.post(url("crm_site.calendarday", "add"), fields).status_code == 302
    day = CalendarDay.objects.get(date="2026-07-15")
    assert day.source == "MANUAL" and AuditEvent.objects.filter(action="calendar.set_day").count() == 1
    assert CalendarYear.objects.get(year=2026).revision == 2
    fields = {"action": "withdraw", "_selected_action": [day.pk]}
    assert client.post(url("crm_site.calendarday", "changelist"), fields).status_code == 302
    assert not CalendarDay.objects.filter(date=datetime.date(2026, 7, 15)).exists()


def test_a_calendar_day_that_contradicts_itself_is_shown_again_with_the_reason(client_for):
    fields = {"date": "2026-07-15", "kind": "MAKEUP", "name": "Odd"}
    response = client_for("supervisor").post(url("crm_site.calendarday", "add"), fields)
    assert response.status_code == 200 and "kind" in response.context["adminform"].form.errors


def test_an_auditor_cannot_withdraw_a_day(client_for):
    day = CalendarDay.objects.first()
    client_for("auditor").post(
        url("crm_site.calendarday", "changelist"), {"action": "withdraw", "_selected_action": [day.pk]}
    )
    assert CalendarDay.objects.filter(pk=day.pk).exists()


def test_forms_use_one_field_for_a_date(client_for):
    page = client_for("supervisor").get(url("crm_site.calendarday", "add")).content.decode()
    assert 'type="date"' in page and "date_0" not in page
