"""One press, one object."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from crm_site import form_tokens
from crm_site.errors import RuleBroken
from crm_site.models import Department, FormToken
from crm_site.testing import person

pytestmark = pytest.mark.django_db


def submit(token, user, code, *, meet=lambda: None):
    """What a create view does."""
    with transaction.atomic():
        earlier = form_tokens.use(token, user, "department")
        if earlier is not None:
            return earlier
        meet()
        made = Department.objects.create(code=code, name=code, kind="SERVICE")
        url = f"/departments/{made.code}/"
        form_tokens.finish(token, url)
    return url


def test_a_second_press_leads_to_the_first_object():
    user, token = person("agent"), form_tokens.issue()
    assert submit(token, user, "A") == submit(token, user, "B") == "/departments/A/"
    assert Department.objects.count() == 1


def test_two_forms_make_two_objects():
    user = person("agent")
    assert submit(form_tokens.issue(), user, "A") != submit(form_tokens.issue(), user, "B")


def test_a_press_that_failed_leaves_the_token_free():
    user, token = person("agent"), form_tokens.issue()

    def fail():
        raise ValueError("the verb refused")

    with pytest.raises(ValueError, match="refused"):
        submit(token, user, "A", meet=fail)
    assert submit(token, user, "A") == "/departments/A/"


@pytest.mark.parametrize("token", ["", "short", "x" * 44, "é" * 43, "a" * 42 + "!"])
def test_a_token_that_is_none_is_refused_in_words(token):
    with pytest.raises(RuleBroken, match="."), transaction.atomic():
        form_tokens.use(token, person("agent"), "department")


def test_another_person_s_token_tells_nothing():
    token = form_tokens.issue()
    submit(token, person("agent"), "A")
    with pytest.raises(RuleBroken):
        submit(token, person("agent"), "B")


def test_another_form_s_token_is_refused():
    user, token = person("agent"), form_tokens.issue()
    submit(token, user, "A")
    with pytest.raises(RuleBroken), transaction.atomic():
        form_tokens.use(token, user, "team")


@pytest.mark.django_db(transaction=True)
def test_a_token_is_only_used_inside_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        form_tokens.use(form_tokens.issue(), person("agent"), "department")


def test_tokens_are_forgotten_after_a_week():
    user = person("agent")
    submit(form_tokens.issue(), user, "A")
    now = timezone.now()
    assert form_tokens.purge(now=now + datetime.timedelta(days=6)) == 0
    assert form_tokens.purge(now=now + datetime.timedelta(days=8)) == 1
    assert not FormToken.objects.exists()


@pytest.mark.together
@pytest.mark.django_db(transaction=True)
def test_two_presses_in_two_connections_make_one_object():
    user = person("agent")
    for round_number in range(10):
        token, results, started = form_tokens.issue(), [], threading.Barrier(2)

        def press(code, token=token, results=results, started=started):
            started.wait()
            results.append(submit(token, user, code, meet=lambda: threading.Event().wait(0.02)))
            connection.close()

        threads = [threading.Thread(target=press, args=(f"{side}{round_number}",)) for side in "AB"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 2 and len(set(results)) == 1
    assert Department.objects.count() == 10


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_presses_while_the_first_press_takes_long_is_told_so_and_may_press_again():
    user, token = person("agent"), form_tokens.issue()
    holding, told = threading.Event(), threading.Event()

    def first():
        submit(token, user, "A", meet=lambda: (holding.set(), told.wait(30)))
        connection.close()

    slow = threading.Thread(target=first)
    slow.start()
    holding.wait(30)
    with pytest.raises(RuleBroken) as refused, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
        form_tokens.use(token, user, "department")
    told.set()
    slow.join()
    assert refused.value.code == "form_busy"
    assert submit(token, user, "B") == "/departments/A/"
    assert Department.objects.count() == 1
