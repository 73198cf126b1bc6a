"""The visitors' book: complete, append-only, and telling on whoever tampers with it."""

from __future__ import annotations

import datetime
import json
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from crm_site import append_only, audit, verification
from crm_site.models import AccessRecord, AccessSeal, AuditEvent, AuditHead
from crm_site.testing import person

pytestmark = pytest.mark.django_db
ROWS = 12


@pytest.fixture
def book():
    """Twelve changes by one person."""
    by = person("agent")
    for number in range(ROWS):
        audit.record(by=by, action="thing.change", object_type="thing", object_id=f"T-{number}", after={"n": number})
    return by


@pytest.fixture
def unguarded():
    """What an intruder with the database's own password can do first."""
    append_only.remove(connection)
    yield
    append_only.install(connection)


def run(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def sealed_looks(by, count=3):
    """Looks written five minutes ago, and their seal."""
    moment = timezone.now() - datetime.timedelta(minutes=5)
    rows = [
        AccessRecord.objects.create(at=moment, actor_id=by.pk, actor=by.username, kind="VIEW", object_id=f"T-{number}")
        for number in range(count)
    ]
    assert audit.seal_access() == count
    return rows


def test_an_untouched_book_verifies(book):
    report = verification.verify()
    assert report.ok and report.checked == ROWS and report.head_seq == ROWS


def test_a_change_is_written_in_three_statements(book, django_assert_num_queries):
    with django_assert_num_queries(3):  # the head, the line, the head again; no savepoint inside the verb's transaction
        audit.record(by=book, action="thing.change", object_type="thing", object_id="T-1")


def test_an_empty_book_verifies():
    assert verification.verify().ok


def test_an_edited_row_is_named(book, unguarded):
    run("UPDATE crm_site_auditevent SET reason = 'never happened' WHERE seq = %s", 5)
    report = verification.verify()
    assert (report.first_bad, report.finding) == (5, "altered")


@pytest.mark.parametrize(
    "column", ["actor", "role", "action", "object_id", "request_id", "ip", "reason", "object_type"]
)
def test_every_column_is_under_the_hash(book, unguarded, column):
    AuditEvent.objects.filter(seq=3).update(**{column: "x"})
    assert verification.verify().first_bad == 3


def test_a_removed_row_is_named(book, unguarded):
    run("DELETE FROM crm_site_auditevent WHERE seq = %s", 7)
    report = verification.verify()
    assert (report.first_bad, report.finding) == (7, "missing")


def test_a_removed_end_is_named(book, unguarded):
    run("DELETE FROM crm_site_auditevent WHERE seq = %s", ROWS)
    assert verification.verify().first_bad == ROWS


def test_an_inserted_row_is_named(book, unguarded):
    run("UPDATE crm_site_auditevent SET seq = -seq WHERE seq > %s", 4)
    run("UPDATE crm_site_auditevent SET seq = 1 - seq WHERE seq < 0")
    forged = AuditEvent.objects.get(seq=4)
    forged.pk, forged.seq, forged.object_id = None, 5, "T-99"
    forged.save(force_insert=True)
    AuditHead.objects.update(seq=ROWS + 1)
    assert verification.verify().first_bad == 5


def test_a_row_added_behind_the_head_is_named(book):
    forged = AuditEvent.objects.get(seq=ROWS)
    forged.pk, forged.seq = None, ROWS + 1
    forged.save(force_insert=True)
    assert verification.verify().first_bad == ROWS + 1


def test_swapped_rows_are_named(book, unguarded):
    for old, new in ((6, -6), (9, 6), (-6, 9)):
        run("UPDATE crm_site_auditevent SET seq = %s WHERE seq = %s", new, old)
    assert verification.verify().first_bad == 6


def test_a_rolled_back_end_is_found_by_a_head_noted_elsewhere(book, unguarded):
    head = AuditHead.objects.get()
    run("DELETE FROM crm_site_auditevent WHERE seq = %s", ROWS)
    last = AuditEvent.objects.get(seq=ROWS - 1)
    AuditHead.objects.update(seq=last.seq, hash=last.hash)
    assert verification.verify().first_bad is None
    assert verification.verify(anchor=verification.Anchor(head.seq, head.hash)).first_bad == ROWS


def test_the_command_exits_1_and_names_the_row(book, unguarded, capsys):
    run("DELETE FROM crm_site_auditevent WHERE seq = %s", 7)
    append_only.install(connection)
    with pytest.raises(CommandError) as refused:
        call_command("verify_audit", json=True)
    assert refused.value.returncode == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["first_bad"], answer["finding"]) == (False, 7, "missing")


def test_the_command_reports_a_dropped_trigger(book, unguarded):
    with pytest.raises(CommandError, match="append_only_"):
        call_command("verify_audit")


@pytest.mark.parametrize("table", append_only.TABLES)
@pytest.mark.parametrize("verb", ["UPDATE {table} SET id = id", "DELETE FROM {table}"])
def test_the_database_refuses_changes_and_removals(book, table, verb):
    sealed_looks(book)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(verb.format(table=table))


@pytest.mark.postgres
@pytest.mark.parametrize("table", append_only.TABLES)
def test_postgresql_refuses_to_empty_the_book(table):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(f"TRUNCATE {table} CASCADE")


def test_looks_are_sealed_once_and_verify(book):
    sealed_looks(book)
    sealed_looks(book, count=2)
    assert audit.seal_access() == 0
    report = verification.verify()
    assert report.ok and report.seals == 2
    assert list(AccessSeal.objects.order_by("last_id").values_list("count", flat=True)) == [3, 2]


def test_looks_younger_than_a_minute_wait_for_the_next_batch(book):
    audit.accessed(by=book, kind=AccessRecord.Kind.VIEW, object_id="T-1")
    assert audit.seal_access() == 0


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE crm_site_accessrecord SET object_id = 'T-99' WHERE id = {row}",
        "DELETE FROM crm_site_accessrecord WHERE id = {row}",
        "UPDATE crm_site_accessseal SET root = 'x'",
        "DELETE FROM crm_site_accessseal",
    ],
)
def test_a_broken_seal_names_its_row_of_the_chain(book, unguarded, tamper):
    rows = sealed_looks(book)
    run(tamper.format(row=rows[1].pk))
    report = verification.verify()
    assert report.first_bad == AuditEvent.objects.get(action="access.seal").seq
    assert "access records" in report.finding


def test_a_search_term_is_stored_as_a_hash_only(book):
    row = audit.accessed(by=book, kind=AccessRecord.Kind.SEARCH, term="13800138000", results=1)
    stored = " ".join(str(value) for value in AccessRecord.objects.filter(pk=row.pk).values().get().values())
    assert "13800138000" not in stored and len(row.term_hash) == 64


def test_a_refused_verb_leaves_no_row(book):
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        audit.record(by=book, action="thing.change")
        raise ValueError("no")
    assert AuditEvent.objects.count() == ROWS and verification.verify().ok


@pytest.mark.together
@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain_without_gaps():
    by = person("agent")

    def write():
        for number in range(25):
            audit.record(by=by, action="thing.change", after={"n": number})
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verification.verify()
    assert report.ok and report.checked == 100


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_slow_transaction_cannot_slip_a_look_under_a_seal(monkeypatch):
    monkeypatch.setattr(audit, "SETTLING", datetime.timedelta(0))
    by = person("agent")
    written, sealed = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            audit.accessed(by=by, kind=AccessRecord.Kind.VIEW)
            written.set()
            sealed.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    audit.accessed(by=by, kind=AccessRecord.Kind.VIEW)
    assert audit.seal_access() == 0
    sealed.set()
    thread.join()
    assert audit.seal_access() == 2
    assert verification.verify().ok
