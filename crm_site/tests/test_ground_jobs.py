"""The ground's own jobs: sealing looks, reading the visitors' book, tidying up."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from structlog.testing import capture_logs

from crm_site import append_only, audit, tasks
from crm_site.actions import drafts
from crm_site.models import AccessRecord, AuditEvent, Draft
from crm_site.testing import person
from crm_site.tests.factories import JobRunFactory

pytestmark = pytest.mark.django_db
NIGHT = datetime.date(2025, 9, 25)


def test_a_sound_book_is_reported_with_its_head_outside_the_database():
    audit.record(by=None, action="thing.change")
    with capture_logs() as lines:
        assert tasks.verify_audit(JobRunFactory(), NIGHT) == {"rows": 1, "seals": 0}
    head = next(line for line in lines if line["event"] == "audit.head")
    assert (head["seq"], head["hash"]) == (1, AuditEvent.objects.get().hash)


def test_a_broken_book_fails_the_run_and_says_where():
    audit.record(by=None, action="thing.change")
    append_only.remove(connection)
    AuditEvent.objects.update(reason="x")
    append_only.install(connection)
    with pytest.raises(tasks.AuditBroken, match="row 1: altered"):
        tasks.verify_audit(JobRunFactory(), NIGHT)


def test_looks_are_sealed_once():
    by = person("agent")
    moment = timezone.now() - datetime.timedelta(minutes=5)
    AccessRecord.objects.create(at=moment, actor_id=by.pk, actor=by.username, kind="VIEW")
    assert tasks.seal_access(JobRunFactory(), NIGHT) == {"sealed": 1}
    assert tasks.seal_access(JobRunFactory(), NIGHT) == {"sealed": 0}


def test_what_nobody_needs_any_more_is_tidied_away_once():
    user, now = person("agent"), timezone.now()
    drafts.save(by=user, key="old", fields={"a": ["1"]})
    Draft.objects.update(saved_at=now - datetime.timedelta(days=31))
    drafts.save(by=user, key="new", fields={"a": ["1"]})
    Session.objects.create(session_key="gone", expire_date=now - datetime.timedelta(hours=1))
    Session.objects.create(session_key="open", expire_date=now + datetime.timedelta(hours=1))
    assert tasks.tidy(JobRunFactory(), NIGHT) == {"sessions": 1, "drafts": 1, "form_tokens": 0, "notices": 0}
    assert tasks.tidy(JobRunFactory(), NIGHT) == {"sessions": 0, "drafts": 0, "form_tokens": 0, "notices": 0}
