"""A closed complaint is asked about once, answered once, and a low answer becomes a promise."""

from __future__ import annotations

import datetime
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import satisfaction
from campaigns.actions import surveys
from campaigns.models import Invitation, Survey, SurveyResponse
from campaigns.satisfaction import Given
from complaints.actions import intake
from complaints.actions.resolution import Asked, Solution
from complaints.models import Complaint, Origin
from complaints.tests import scenes
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent
from customers.models import ContactPreference, FollowUp, ImportBatch, Interaction, Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def survey(db: None) -> Survey:
    """The survey that a migration brings."""
    return Survey.objects.get(code=surveys.SURVEY_CODE, state=Survey.State.OPEN)


def closed_complaint() -> Complaint:
    """A minor complaint solved on the spot and closed."""
    agent = scenes.handler(role="agent")
    return intake.receive_minor_solved(
        by=agent,
        statement=scenes.statement(),
        solution=Solution(
            cause="FEES", told=scenes.told(), asked=Asked(channel="PHONE", satisfaction=5, accepted=True)
        ),
    )


def invited() -> tuple[Complaint, str]:
    """A closed complaint whose customer has been invited, and the token of the invitation."""
    complaint = closed_complaint()
    surveys.invite_closed_rounds(now=timezone.now())
    message = Message.objects.get(template="survey_invitation")
    return complaint, json.loads(message.values)["link"].rstrip("/").rsplit("/", 1)[1]


def given(survey: Survey, mark: int, *, solved: bool = True, words: str = "", no_contact: bool = False) -> Given:
    """An answer to the three questions."""
    csat, done, text = survey.questions.order_by("order")
    return Given(marks={csat.pk: mark, done.pk: int(solved)}, words={text.pk: words}, no_contact=no_contact)


@pytest.mark.parametrize(
    ("kind", "mark", "points"),
    [("CSAT5", 1, 0), ("CSAT5", 3, 50), ("CSAT5", 5, 100), ("NPS11", 7, 70), ("CES7", 2, 17), ("CES7", 7, 100)],
)
def test_marks_meet_on_one_scale(kind: str, mark: int, points: int) -> None:
    assert satisfaction.points(kind, mark) == points


def test_a_mark_off_its_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="CSAT5"):
        satisfaction.points("CSAT5", 6)


def test_a_closed_round_is_invited_once_however_often_the_sweep_runs() -> None:
    closed_complaint()
    first = surveys.invite_closed_rounds(now=timezone.now())
    second = surveys.invite_closed_rounds(now=timezone.now())
    assert (first["invited"], second["invited"]) == (1, 0)
    assert Invitation.objects.count() == Message.objects.filter(template="survey_invitation").count() == 1


def test_an_open_complaint_is_not_asked_about() -> None:
    scenes.received(scenes.handler(role="agent"))
    assert surveys.invite_closed_rounds(now=timezone.now()) == {"invited": 0, "suppressed": 0}


def test_who_wants_no_contact_is_not_asked_and_the_reason_is_kept() -> None:
    complaint = closed_complaint()
    ContactPreference.objects.create(customer=complaint.customer, no_proactive_contact=True)
    surveys.invite_closed_rounds(now=timezone.now())
    invitation = Invitation.objects.get()
    assert (invitation.state, invitation.reason) == ("SUPPRESSED", "no_proactive_contact")
    assert not Message.objects.filter(template="survey_invitation").exists()


def test_the_token_is_not_kept_only_its_hash() -> None:
    _complaint, token = invited()
    invitation = Invitation.objects.get()
    assert invitation.token_hash == surveys.token_hash(token) != token


def test_an_answer_becomes_a_rated_contact_of_the_customer(survey: Survey) -> None:
    complaint, token = invited()
    surveys.answer(token=token, given=given(survey, 4, words="Quick"), locale="en")
    rated = Interaction.objects.get(channel="SURVEY")
    assert (rated.customer, rated.rating_points, rated.rating_weight) == (complaint.customer, 75, 100)
    assert rated.summary == "Quick"
    assert AuditEvent.objects.filter(action="survey.answer").count() == 1


@pytest.mark.parametrize(("mark", "solved", "promised"), [(5, True, 0), (2, True, 1), (1, False, 1), (4, False, 1)])
def test_a_low_mark_or_an_unsolved_problem_promises_a_call_back(
    survey: Survey, mark: int, solved: bool, promised: int
) -> None:
    complaint, token = invited()
    surveys.answer(token=token, given=given(survey, mark, solved=solved), locale="en")
    promises = FollowUp.objects.filter(kind=FollowUp.Kind.RECOVERY)
    assert promises.count() == promised
    for promise in promises:
        assert (promise.owner, promise.about_no) == (complaint.owner, complaint.number)
        assert promise.due_on == datetime.date(2025, 9, 28)  # the Sunday is a make-up working day


def test_who_asks_not_to_be_called_is_not_promised_a_call(survey: Survey) -> None:
    _complaint, token = invited()
    surveys.answer(token=token, given=given(survey, 1, no_contact=True), locale="en")
    assert not FollowUp.objects.filter(kind=FollowUp.Kind.RECOVERY).exists()


def test_a_token_answers_once(survey: Survey) -> None:
    _complaint, token = invited()
    surveys.answer(token=token, given=given(survey, 5), locale="en")
    with pytest.raises(RuleBroken, match="used already"):
        surveys.answer(token=token, given=given(survey, 1), locale="en")
    assert SurveyResponse.objects.count() == 1


def test_an_expired_token_answers_nothing(survey: Survey) -> None:
    _complaint, token = invited()
    Invitation.objects.update(expires_at=timezone.now())
    with pytest.raises(RuleBroken):
        surveys.answer(token=token, given=given(survey, 5), locale="en")
    assert surveys.expire(now=timezone.now()) == 1


def test_the_page_takes_the_answer_without_signing_in(client: Client, survey: Survey) -> None:
    _complaint, token = invited()
    url = reverse("campaigns:answer", args=[token])
    csat, done, text = survey.questions.order_by("order")
    page = client.get(url)
    assert page.status_code == 200
    assert "checked" not in page.content.decode()  # nothing is preselected
    sent = client.post(url, {f"q{csat.pk}": "5", f"q{done.pk}": "1", f"q{text.pk}": "谢谢"})
    assert sent.status_code == 302
    assert SurveyResponse.objects.get().words == "谢谢"
    assert client.get(url).status_code == 404


def test_the_page_keeps_what_was_written_when_a_mark_is_missing(client: Client, survey: Survey) -> None:
    _complaint, token = invited()
    text = survey.questions.get(kind="TEXT")
    page = client.post(reverse("campaigns:answer", args=[token]), {f"q{text.pk}": "a long story"})
    assert page.status_code == 422
    assert "a long story" in page.content.decode()
    assert not SurveyResponse.objects.exists()


def test_a_guessed_token_gets_a_neutral_page(client: Client) -> None:
    page = client.get(reverse("campaigns:answer", args=["guess"]))
    assert page.status_code == 404
    assert "TS-" not in page.content.decode()


@pytest.mark.parametrize(("role", "status"), [("supervisor", 200), ("senior", 200), ("agent", 403), ("handler", 403)])
def test_answers_are_read_by_those_who_may(client_for, role: str, status: int) -> None:  # type: ignore[no-untyped-def]
    assert client_for(role).get(reverse("campaigns:surveys")).status_code == status


def test_a_team_leader_reads_answers_about_their_own_team_only(client_for, survey: Survey) -> None:  # type: ignore[no-untyped-def]
    complaint, token = invited()
    surveys.answer(token=token, given=given(survey, 3, words="mine alone"), locale="en")
    own, other = client_for("senior", team=complaint.team), client_for("senior")
    assert "mine alone" in own.get(reverse("campaigns:surveys")).content.decode()
    assert "mine alone" not in other.get(reverse("campaigns:surveys")).content.decode()


def test_one_answer_and_three_cost_the_same_queries(client_for, survey: Survey) -> None:  # type: ignore[no-untyped-def]
    client = client_for("supervisor")
    url, counts = reverse("campaigns:surveys"), []
    client.get(url)
    for number in range(3):
        _complaint, _token = invited_again(survey)
        if number in (0, 2):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            counts.append(len(captured))
    assert counts[0] == counts[1]


def invited_again(survey: Survey) -> tuple[Complaint, str]:
    """Another closed, invited and answered complaint."""
    complaint = closed_complaint()
    surveys.invite_closed_rounds(now=timezone.now())
    message = Message.objects.filter(template="survey_invitation").latest("pk")
    token = json.loads(message.values)["link"].rstrip("/").rsplit("/", 1)[1]
    surveys.answer(token=token, given=given(survey, 5), locale="en")
    return complaint, token


def test_nobody_is_asked_about_a_matter_that_ended_in_another_system(survey: Survey) -> None:
    complaint = closed_complaint()
    batch = ImportBatch.objects.create(
        kind="complaints", profile="Old desk", file_name="f.csv", file_sha256="0" * 64, started_at=timezone.now()
    )
    Origin.objects.create(complaint=complaint, batch=batch, source_system="DESK", source_id="1", content_bidx=bytes(32))
    assert surveys.invite_closed_rounds(now=timezone.now()) == {"invited": 0, "suppressed": 0}
    assert not Invitation.objects.exists()
