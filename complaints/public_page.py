"""A matter as its complainant may see it: stage, day, what they were told; nothing internal, no names (R9.7, R6.22).

What is shown is asked for by name, so what is added to the complaint later stays inside until somebody lists it here.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from complaints import heard, public_words
from complaints.actions import notices, public_door
from complaints.models import Complaint, Feedback
from complaints.models.authority import may_hear
from complaints.models.complaint import ABOUT
from crm_site.errors import Text
from crm_site.models import User
from customers.models import Interaction

TOLD = ("Customer told of progress", "Customer told of a pause", "Referred to whom it concerns")
"""Titles of what was said outward; only their words are shown."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class News:
    """Something the complainant was told or wrote."""

    at: datetime.datetime
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What the page shows."""

    number: str
    received_at: datetime.datetime
    sentence: Text
    stages: list[dict[str, str]]
    team: str
    due: datetime.date | None
    status: Text
    answer: Feedback | None
    answer_words: str
    news: list[News] = field(default_factory=list)
    may_add: bool = False
    may_object: bool = False
    objected: bool = False
    withheld: bool = False


def of(complaint: Complaint) -> Matter:
    """The page of this complaint."""
    people, team = _people(complaint), _team(complaint)
    answer = complaint.round.feedbacks.given().order_by("-at", "-pk").first() or _earlier_answer(complaint)
    objected = heard.unsatisfied(complaint) is not None
    withheld = not may_hear(complaint)
    if withheld:
        answer = None
    return Matter(
        number=complaint.number,
        received_at=complaint.received_at,
        sentence=public_words.sentence_of(complaint.state),
        stages=_stages(complaint.state),
        team=team,
        due=notices.promised_day(complaint),
        status=_status(complaint),
        answer=answer,
        answer_words=_without(people, team, answer.content) if answer else "",
        news=_news(complaint, people, team, told=not withheld),
        may_add=complaint.closed_at is None,
        may_object=not objected and public_door.may_object(complaint),
        objected=objected,
        withheld=withheld,
    )


def _team(complaint: Complaint) -> str:
    return complaint.team.name if complaint.team is not None else _("our service centre")


def _earlier_answer(complaint: Complaint) -> Feedback | None:
    """The answer of the round before, while the next has none."""
    given = Feedback.objects.given().filter(round__complaint=complaint)
    return given.order_by("-at", "-pk").first()


def _stages(state: str) -> list[dict[str, str]]:
    """Parts of the way: done, current, to come."""
    keys = list(public_words.STAGES)
    at = keys.index(public_words.stage_of(state))
    ended = keys[at] == "ENDED"
    return [
        {
            "label": str(public_words.STAGE_WORDS[key]),
            "state": "done" if place < at or ended else "cur" if place == at else "",
            "detail": "",
        }
        for place, key in enumerate(keys)
    ]


def _status(complaint: Complaint) -> Text:
    """The status told last in this round, in its fixed words; "" once the answer is given."""
    latest = complaint.round
    if latest.fed_back_at is not None or complaint.closed_at is not None:
        return ""
    told = complaint.diary.filter(verb="progress", round_no=latest.no).order_by("-pk").first()
    code = told.data.get("status", "") if told else ""
    return public_words.Status(code).label if code in public_words.Status.values else ""


def _news(complaint: Complaint, people: list[str], team: str, *, told: bool) -> list[News]:
    """What was written and told; what was told only to who may hear it."""
    words = Interaction.objects.filter(about_kind=ABOUT, about_no=complaint.number, undone_at=None)
    ours = words.filter(direction=Interaction.Direction.OUT, title__in=TOLD if told else ())
    own = words.filter(direction=Interaction.Direction.IN, title__in=(heard.ADDED, heard.UNSATISFIED))
    rows = (ours | own).order_by("-at", "-pk")[:SHOWN]
    return [News(row.at, _title(row), _without(people, team, row.summary)) for row in rows]


def _title(row: Interaction) -> str:
    return _("You wrote") if row.direction == Interaction.Direction.IN else _("We told you")


def _people(complaint: Complaint) -> list[str]:
    """Names of everybody of ours who had to do with it or whom it is about, the longest first."""
    rows: Any = complaint.diary.exclude(by=None).values_list("by", flat=True).distinct()
    about: Any = complaint.accused.values_list("person", flat=True)
    ids = {*rows, *about, complaint.owner_id, complaint.registered_by_id}
    return sorted(
        User.objects.filter(pk__in=ids - {None}).values_list("display_name", flat=True), key=len, reverse=True
    )


def _without(people: list[str], team: str, text: str) -> str:
    """The words without names of staff: the team speaks."""
    for name in filter(None, people):
        text = text.replace(name, team)
    return text
