"""Staff speak among themselves about a complaint, and keep files with it (handbook 6/1.1.36; R6.22)."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions import attachments, comments
from complaints.models import Attachment, AttachmentContent, Comment, Complaint
from complaints.tests import scenes
from crm_site import form_tokens, uploads
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import AccessRecord, AuditEvent, Notice, Team, User
from crm_site.tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
LETTER = b"%PDF-1.7 the letter of the customer"


@pytest.fixture
def by(now: datetime.datetime) -> User:
    return scenes.handler()


@pytest.fixture
def complaint(by: User) -> Complaint:
    return scenes.in_work(by)


@pytest.fixture
def mate(by: User) -> User:
    made: User = UserFactory(role="senior", team=by.team, display_name="周宁")
    return made


def page(complaint: Complaint, what: str) -> str:
    return reverse(f"complaints:{what}", args=[complaint.number])


# --- comments -----------------------------------------------------------------------------------------------------
def test_a_comment_is_kept_sealed_and_calls_whom_it_names(by: User, complaint: Complaint, mate: User) -> None:
    made = comments.write(by=by, complaint=complaint, text="@周宁 请核对清算报文,客户很着急。")
    assert list(made.mentioned.all()) == [mate]
    notice = Notice.objects.get()
    assert (notice.to, notice.about_no, notice.kind) == (mate, complaint.number, "mention")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM complaints_comment")
        assert "清算" not in cursor.fetchone()[0]


def test_a_comment_turns_nothing(by: User, complaint: Complaint) -> None:
    entries = complaint.diary.count()
    comments.write(by=by, complaint=complaint, text="Asked operations by phone.")
    fresh = Complaint.objects.get(pk=complaint.pk)
    assert (fresh.version, fresh.state, fresh.diary.count()) == (complaint.version, complaint.state, entries)
    event = AuditEvent.objects.get(action="complaint.comment")
    assert "operations" not in str(event.after)


def test_the_writer_is_not_told_of_a_word_of_their_own(by: User, complaint: Complaint) -> None:
    comments.write(by=by, complaint=complaint, text=f"@{by.display_name} remember the letter")
    assert not Notice.objects.exists()


def test_the_longer_of_two_names_is_meant(by: User, complaint: Complaint, mate: User) -> None:
    longer = UserFactory(role="agent", team=by.team, display_name="周宁宁")
    made = comments.write(by=by, complaint=complaint, text="@周宁宁 好吗")
    assert list(made.mentioned.all()) == [longer]


def test_nobody_is_called_who_cannot_open_the_complaint(by: User, complaint: Complaint) -> None:
    stranger = UserFactory(role="agent", team=TeamFactory(purpose=Team.Purpose.SERVICE))
    with pytest.raises(RuleBroken) as refused:
        comments.write(by=by, complaint=complaint, text="Look here", mentioned=[stranger])
    assert refused.value.code == "comment.mention"
    assert not Comment.objects.exists()


@pytest.mark.parametrize(("text", "code"), [("   ", "comment.text"), ("字" * 4001, "comment.long")])
def test_a_comment_says_something_and_not_everything(by: User, complaint: Complaint, text: str, code: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        comments.write(by=by, complaint=complaint, text=text)
    assert refused.value.code == code


@pytest.mark.parametrize("role", ["auditor", "privacy", "planner", "liaison"])
def test_who_only_reads_or_sees_nothing_writes_nothing(complaint: Complaint, role: str) -> None:
    with pytest.raises(NotAllowed):
        comments.write(by=UserFactory(role=role), complaint=complaint, text="Hello")


def test_the_page_keeps_a_comment_once(by: User, complaint: Complaint, client_for: ClientFor) -> None:
    client, sent = client_for(by), {"text": "客户愿意等到周四", "form_token": form_tokens.issue()}
    first, second = (client.post(page(complaint, "comment"), sent) for _press in range(2))
    assert first["Location"] == second["Location"]
    assert Comment.objects.get().text == "客户愿意等到周四"
    assert "客户愿意等到周四" in client.get(page(complaint, "detail")).content.decode()


def test_an_empty_comment_is_asked_again_with_what_was_ticked(
    by: User, complaint: Complaint, mate: User, client_for: ClientFor
) -> None:
    sent = {"text": "", "mentioned": [mate.pk], "form_token": form_tokens.issue()}
    answer = client_for(by).post(page(complaint, "comment"), sent)
    assert answer.status_code == 422
    assert f'value="{mate.pk}"' in answer.content.decode() and "checked" in answer.content.decode()


def test_a_comment_stays_off_paper(by: User, complaint: Complaint, client_for: ClientFor) -> None:
    comments.write(by=by, complaint=complaint, text="only among ourselves")
    assert "only among ourselves" not in client_for(by).get(page(complaint, "print")).content.decode()


@pytest.mark.parametrize("what", ["comment", "attach"])
def test_a_stranger_finds_no_door(complaint: Complaint, what: str, client_for: ClientFor) -> None:
    stranger = UserFactory(role="agent", team=TeamFactory(purpose=Team.Purpose.SERVICE))
    assert client_for(stranger).get(page(complaint, what)).status_code == 404
    assert client_for(UserFactory(role="planner")).get(page(complaint, what)).status_code == 403


def test_the_page_asks_no_more_for_three_comments_than_for_one(
    by: User, complaint: Complaint, mate: User, client_for: ClientFor
) -> None:
    client, counts = client_for(by), []
    client.get(page(complaint, "detail"))  # the session is read and renewed
    for several in (1, 2):
        for n in range(several):
            comments.write(by=by, complaint=complaint, text=f"@周宁 word {n}")
            attachments.attach(by=by, complaint=complaint, name="a.txt", content=f"{several} {n}".encode())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(page(complaint, "detail"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- files ---------------------------------------------------------------------------------------------------------
def test_a_file_is_kept_sealed_and_comes_back_as_it_was(by: User, complaint: Complaint, client_for: ClientFor) -> None:
    kept = attachments.attach(by=by, complaint=complaint, name="投诉信.pdf", content=LETTER, note="客户来信")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM complaints_attachmentcontent")
        assert "JVBERi0" not in cursor.fetchone()[0]
    answer = client_for(by).get(reverse("complaints:attachment", args=[complaint.number, kept.uuid]))
    assert b"".join(answer) == LETTER
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert AccessRecord.objects.filter(object_id=str(kept.uuid), kind=AccessRecord.Kind.EXPORT).count() == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.svg", b"<svg/>", "attachment.kind"),
        ("a.pdf", b"<html>", "attachment.kind"),
        ("a.pdf", b"%PDF-" + b"0" * uploads.MAX_BYTES, "attachment.large"),
    ],
)
def test_a_file_the_house_does_not_take_is_refused(
    by: User, complaint: Complaint, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        attachments.attach(by=by, complaint=complaint, name=name, content=content)
    assert refused.value.code == code
    assert not Attachment.objects.exists()


def test_the_same_file_is_kept_once(by: User, complaint: Complaint) -> None:
    attachments.attach(by=by, complaint=complaint, name="a.pdf", content=LETTER)
    with pytest.raises(RuleBroken) as refused:
        attachments.attach(by=by, complaint=complaint, name="b.pdf", content=LETTER)
    assert refused.value.code == "attachment.twice"
    assert AttachmentContent.objects.count() == 1


def test_a_shelf_is_full_one_day(by: User, complaint: Complaint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST", 1)
    attachments.attach(by=by, complaint=complaint, name="a.pdf", content=LETTER)
    with pytest.raises(RuleBroken) as refused:
        attachments.attach(by=by, complaint=complaint, name="b.pdf", content=LETTER + b"2")
    assert refused.value.code == "attachment.many"


def test_the_page_takes_a_file_and_refuses_another(by: User, complaint: Complaint, client_for: ClientFor) -> None:
    client = client_for(by)
    bad = {"file": SimpleUploadedFile("a.html", b"<html>"), "form_token": form_tokens.issue()}
    refused = client.post(page(complaint, "attach"), bad)
    assert refused.status_code == 422
    good = {"file": SimpleUploadedFile("来信.pdf", LETTER), "note": "来信", "form_token": form_tokens.issue()}
    assert client.post(page(complaint, "attach"), good).status_code == 302
    shown = client.get(page(complaint, "detail")).content.decode()
    assert "来信.pdf" in shown


def test_a_file_is_found_under_its_own_complaint_only(by: User, complaint: Complaint, client_for: ClientFor) -> None:
    kept = attachments.attach(by=by, complaint=complaint, name="a.pdf", content=LETTER)
    other = scenes.in_work(by)
    assert client_for(by).get(reverse("complaints:attachment", args=[other.number, kept.uuid])).status_code == 404
    stranger = UserFactory(role="agent", team=TeamFactory(purpose=Team.Purpose.SERVICE))
    address = reverse("complaints:attachment", args=[complaint.number, kept.uuid])
    assert client_for(stranger).get(address).status_code == 404
