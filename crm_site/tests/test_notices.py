"""People are told once, in working time; they alone read it and say that they know (domain O.3, peers §3)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from crm_site import office_hours
from crm_site.actions import notices
from crm_site.calendar_seed import read_seed
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import AuditEvent, Notice, User
from crm_site.tests.factories import UserFactory

ClientFor = Callable[..., Client]
ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = read_seed().calendar()
HOURS = office_hours.parse("09:00-18:00")


def local(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE)


# --- working time -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("made", "delivered"),
    [
        ("2025-09-26 10:00", "2025-09-26 10:00"),
        ("2025-09-26 08:59", "2025-09-26 09:00"),
        ("2025-09-26 09:00", "2025-09-26 09:00"),
        ("2025-09-26 17:59:59", "2025-09-26 17:59:59"),
        ("2025-09-26 18:00", "2025-09-28 09:00"),  # the Sunday that works
        ("2025-09-28 03:00", "2025-09-28 09:00"),
        ("2025-09-30 23:50", "2025-10-09 09:00"),  # eight days rest
        ("2025-12-31 18:30", "2026-01-04 09:00"),  # three days rest, Sunday 4 January works
        ("2026-02-14 19:00", "2026-02-24 09:00"),  # Spring Festival
        ("2026-03-01 12:00", "2026-03-02 09:00"),  # an ordinary Sunday
    ],
)
def test_what_comes_up_outside_working_time_waits_for_the_next_working_morning(made: str, delivered: str) -> None:
    assert office_hours.next_moment(local(made), CALENDAR, ZONE, HOURS) == local(delivered)


def test_the_moment_is_the_bank_s_wherever_the_clock_was_read() -> None:
    berlin = local("2025-09-26 20:00").astimezone(ZoneInfo("Europe/Berlin"))  # two in the afternoon there
    assert office_hours.next_moment(berlin, CALENDAR, ZONE, HOURS) == local("2025-09-28 09:00")


@pytest.mark.parametrize("text", ["", "09:00", "18:00-09:00", "nine to five"])
def test_a_working_day_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        office_hours.parse(text)


# --- telling ----------------------------------------------------------------------------------------------------
def tell(*people: User, **fields: Any) -> int:
    values: dict[str, Any] = {
        "kind": "due",
        "title": "Notices",
        "values": {},
        "about_kind": "complaint",
        "about_no": "TS-20250926-0001",
        "dedupe": "due:1",
        **fields,
    }
    return notices.tell(to=people, **values)


@pytest.mark.django_db
def test_a_person_is_told_once_however_often_it_is_asked(now: datetime.datetime) -> None:
    ann, bo = UserFactory(), UserFactory()
    assert tell(ann, ann) == 1
    assert tell(ann, bo) == 1
    assert tell(ann, bo) == 0
    assert tell(ann, dedupe="due:2") == 1
    assert Notice.objects.filter(to=ann).count() == 2
    with pytest.raises(IntegrityError):
        Notice.objects.create(to=ann, kind="x", title="x", at=now, deliver_at=now, dedupe_key="due:1")


@pytest.mark.django_db
def test_who_has_left_is_not_told(now: datetime.datetime) -> None:
    away = UserFactory(status=User.Status.LEAVE)
    assert tell(UserFactory(is_active=False), UserFactory(status=User.Status.LEFT), away) == 1
    assert Notice.objects.get().to == away


@pytest.mark.django_db
def test_a_notice_of_sunday_is_seen_on_monday_morning(client_for: ClientFor) -> None:
    with time_machine.travel(local("2026-03-01 11:00"), tick=False):
        client = client_for("agent")
        tell(client.user)  # type: ignore[attr-defined]
        assert "TS-20250926-0001" not in client.get("/notices/?view=all").content.decode()
    with time_machine.travel(local("2026-03-02 09:00"), tick=False):
        assert "TS-20250926-0001" in again(client).get("/notices/").content.decode()


def again(client: Client) -> Client:
    """The same person, signed in anew: a session does not live through a night."""
    fresh = Client()
    fresh.force_login(client.user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[attr-defined]
    return fresh


@pytest.mark.django_db
def test_it_is_said_in_the_reader_s_language(now: datetime.datetime) -> None:
    ann = UserFactory()
    tell(ann, title="by %(day)s", values={"day": "2025-10-10"})
    notice = Notice.objects.get()
    assert notice.text == "by Fri 10 Oct"
    with translation.override("zh-hans"):
        assert notice.text == "10月10日（周五）前"
    tell(ann, title="%(level_word)s", values={"level_word": "Severe"}, dedupe="other")
    with translation.override("zh-hans"):
        assert Notice.objects.latest("pk").text == "严重"


@pytest.mark.django_db
def test_it_leads_to_its_matter_where_there_is_one(now: datetime.datetime) -> None:
    ann = UserFactory()
    for n, (kind, number) in enumerate(
        [("complaint", "TS-20250926-0001"), ("complaints:list", ""), ("nothing:known", "7"), ("", "")]
    ):
        tell(ann, about_kind=kind, about_no=number, dedupe=str(n))
    urls = [notice.url for notice in Notice.objects.order_by("pk")]
    assert urls == ["/complaints/TS-20250926-0001/", "/complaints/", "", ""]


# --- reading and answering --------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_an_acknowledgement_is_said_once_and_on_record(now: datetime.datetime) -> None:
    ann, bo = UserFactory(), UserFactory()
    tell(ann, needs_ack=True)
    notice = Notice.objects.get()
    with pytest.raises(NotAllowed):
        notices.acknowledge(by=bo, notice=notice)
    for _again in range(2):
        notices.acknowledge(by=ann, notice=notice)
    notice.refresh_from_db()
    assert notice.acked_at == notice.read_at == now
    event = AuditEvent.objects.get(action="notice.acknowledge")
    assert (event.actor, event.after) == (ann.username, {"kind": "due", "about": "TS-20250926-0001"})


@pytest.mark.django_db
def test_a_notice_that_asks_for_nothing_is_not_acknowledged(now: datetime.datetime) -> None:
    ann = UserFactory()
    tell(ann)
    with pytest.raises(RuleBroken, match="asks for no"):
        notices.acknowledge(by=ann, notice=Notice.objects.get())


@pytest.mark.django_db
def test_old_notices_are_forgotten_acknowledged_ones_stay(now: datetime.datetime) -> None:
    ann = UserFactory()
    tell(ann)
    tell(ann, dedupe="b", needs_ack=True)
    tell(ann, dedupe="c")
    notices.acknowledge(by=ann, notice=Notice.objects.get(dedupe_key="b"))
    notices.read(by=ann, notice=Notice.objects.get(dedupe_key="due:1"))
    assert notices.purge(now=now + datetime.timedelta(days=181)) == 1
    assert set(Notice.objects.values_list("dedupe_key", flat=True)) == {"b", "c"}


# --- the doors --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_bell_counts_and_the_page_lists_what_waits(client_for: ClientFor, now: datetime.datetime) -> None:
    client = client_for("agent")
    tell(client.user, needs_ack=True)  # type: ignore[attr-defined]
    tell(client.user, dedupe="b", about_no="TS-20250926-0002")  # type: ignore[attr-defined]
    page = client.get("/notices/").content.decode()
    assert 'c-bell__n num">2<' in page
    assert "TS-20250926-0001" in page and "TS-20250926-0002" in page
    first = Notice.objects.get(dedupe_key="due:1")
    answer = client.post(f"/notices/{first.pk}/read/")
    assert answer["Location"] == "/complaints/TS-20250926-0001/"
    assert "TS-20250926-0001" not in client.get("/notices/").content.decode()
    waiting = client.get("/notices/?view=acknowledge").content.decode()
    assert "TS-20250926-0001" in waiting and f"/notices/{first.pk}/acknowledge/" in waiting
    sent = {"next": "/notices/?view=acknowledge"}
    assert client.post(f"/notices/{first.pk}/acknowledge/", sent)["Location"] == sent["next"]
    assert (
        client.post(f"/notices/{first.pk}/acknowledge/", {"next": "https://evil.example/"})["Location"] == "/notices/"
    )
    assert "TS-20250926-0001" not in client.get("/notices/?view=acknowledge").content.decode()


@pytest.mark.django_db
def test_a_page_its_reader_may_not_open_is_named_and_not_linked(client_for: ClientFor, now: datetime.datetime) -> None:
    client = client_for("approver")
    tell(client.user, needs_ack=True)  # type: ignore[attr-defined]
    page = client.get("/notices/").content.decode()
    notice = Notice.objects.get()
    assert "TS-20250926-0001" in page and f"/notices/{notice.pk}/acknowledge/" in page
    assert f"/notices/{notice.pk}/read/" not in page


@pytest.mark.django_db
def test_all_are_marked_as_read_at_once(client_for: ClientFor, now: datetime.datetime) -> None:
    client = client_for("liaison")
    for n in range(3):
        tell(client.user, dedupe=str(n), needs_ack=n == 0)  # type: ignore[attr-defined]
    tell(UserFactory())
    assert client.post("/notices/read/").status_code == 302
    page = client.get("/notices/").content.decode()
    assert "c-bell__n" not in page and "All read" in page
    assert Notice.objects.unread().count() == 1
    assert Notice.objects.visible_to(client.user).unacknowledged().count() == 1  # type: ignore[attr-defined]


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["read", "acknowledge"])
def test_a_stranger_s_notice_is_not_found(act: str, client_for: ClientFor, now: datetime.datetime) -> None:
    tell(UserFactory(), needs_ack=True)
    notice = Notice.objects.get()
    assert client_for("supervisor").post(f"/notices/{notice.pk}/{act}/").status_code == 404
    assert Client().post(f"/notices/{notice.pk}/{act}/").status_code in (302, 403)
    notice.refresh_from_db()
    assert notice.read_at is None


@pytest.mark.django_db
def test_a_notice_that_asks_for_nothing_refuses_the_word_at_the_door(
    client_for: ClientFor, now: datetime.datetime
) -> None:
    client = client_for("agent")
    tell(client.user)  # type: ignore[attr-defined]
    assert client.post(f"/notices/{Notice.objects.get().pk}/acknowledge/").status_code == 422


@pytest.mark.django_db
def test_the_page_asks_as_little_for_thirty_notices_as_for_one(client_for: ClientFor, now: datetime.datetime) -> None:
    client = client_for("agent")
    tell(client.user)  # type: ignore[attr-defined]
    client.get("/notices/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/notices/?view=all").status_code == 200
        return len(asked)

    one = queries()
    for n in range(30):
        tell(client.user, dedupe=str(n))  # type: ignore[attr-defined]
    assert queries() == one
    assert 'rel="next"' in client.get("/notices/?view=all").content.decode()


@pytest.mark.django_db
def test_the_bell_counts_no_further_than_it_shows(client_for: ClientFor, now: datetime.datetime) -> None:
    client = client_for("agent")
    for n in range(101):
        tell(client.user, dedupe=str(n))  # type: ignore[attr-defined]
    assert 'c-bell__n num">99+<' in client.get("/notices/").content.decode()
