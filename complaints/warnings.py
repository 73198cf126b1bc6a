"""The warnings of a complaint as its page shows them: when, told to whom, acknowledged by whom (peers row 69)."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from complaints.ladder import Threshold
from complaints.models import Clock, Complaint, Escalation, Lateness
from complaints.models.complaint import ABOUT
from crm_site.models import Notice, User
from crm_site.wording import moment_words

Rows = list[dict[str, Any]]


def of(complaint: Complaint, user: User, now: datetime.datetime) -> Rows:
    """Warnings, the newest first. ``mine`` is the notice this person has yet to acknowledge, ``waits`` the moment the
    notices arrive where they have not."""
    reached = Escalation.objects.filter(clock__round__complaint=complaint).order_by("-at", "-reached_at", "-pk")
    rows = list(reached.exclude(state=Escalation.State.SKIPPED, week__gt=0))  # the weeks say no more than the first
    told = _told(complaint) if rows else {}
    return [_row(escalation, told.get(escalation.key, []), user, now) for escalation in rows]


def _told(complaint: Complaint) -> dict[str, list[Notice]]:
    found: dict[str, list[Notice]] = defaultdict(list)
    about = Notice.objects.filter(about_kind=ABOUT, about_no=complaint.number, dedupe_key__startswith="ladder:")
    for notice in about.select_related("to").order_by("pk"):
        found[notice.dedupe_key].append(notice)
    return found


def _row(escalation: Escalation, notices: list[Notice], user: User, now: datetime.datetime) -> dict[str, Any]:
    own = next((n.pk for n in notices if n.to_id == user.pk and n.needs_ack and n.acked_at is None), None)
    later = [notice.deliver_at for notice in notices if notice.deliver_at > now]
    return {
        "label": _label(escalation),
        "at": escalation.at,
        "skipped": escalation.state == Escalation.State.SKIPPED,
        "told": [{"name": str(notice.to), "acked_at": notice.acked_at} for notice in notices],
        "waits": later[0] if later else None,
        "mine": None if later else own,
    }


def _label(escalation: Escalation) -> str:
    label = str(Threshold(escalation.threshold).label)
    return _("%(label)s, week %(n)s") % {"label": label, "n": escalation.week + 1} if escalation.week else label


def items(rows: Rows) -> Rows:
    """The warnings that were told, as entries of the history."""
    return [
        {
            "at": row["at"],
            "icon": "exclamation-octagon",
            "kind": "hot",
            "title": row["label"],
            "meta": moment_words(row["at"], "short"),
            "body": _("Told: %(names)s") % {"names": _(", ").join(person["name"] for person in row["told"])},
            "customer": False,
        }
        for row in rows
        if row["told"]
    ]


def late(complaint: Complaint, now: datetime.datetime) -> dict[str, Any] | None:
    """Why the answer of the latest round was late, or that nobody has said why; None where it was not late."""
    said = Lateness.objects.filter(clock__round=complaint.round).select_related("promise", "by").order_by("-pk").first()
    if said is not None:
        on = said.promise.due_on if said.promise else None
        return {"why": said.get_reason_display(), "words": said.words, "on": on, "by": said.by, "at": said.at}
    unsaid = Clock.objects.unexplained(now).filter(round=complaint.round).exists()
    return {"why": ""} if unsaid else None
