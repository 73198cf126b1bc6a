"""Rows of matters that ended elsewhere: rounds, diary and promises as they would stand, had they lived here.

Nothing here is a verb: no promise is open, nobody is told, nothing counts as work of today (docs/decisions/0033).
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_noop, override

from complaints.actions.imports.columns import CLOSED
from complaints.actions.intake import PREFIX
from complaints.models import Clock, Complaint, DailyNumber, DiaryEntry, Origin, Round
from complaints.models.complaint import ABOUT
from complaints.sla import Kind, Unit
from complaints.states import State
from crm_site import bank_day, masking
from crm_site.bulk import bulk_load
from crm_site.workdays import Calendar
from customers.actions.imports.kinds.base import Given
from customers.models import FollowUp, ImportBatch
from customers.models.followup import new_ref

IMPORTED = "IMPORTED"
"""What stands where a promise names its rule set: the source decided, not a rule of ours."""
_ORIGIN = {
    "source_id": "source_id",
    "content_bidx": "content_bidx",
    "sent_at": "sent_at",
    "product": "their_product",
    "sub_product": "sub_product",
    "issue": "their_issue",
    "sub_issue": "sub_issue",
    "channel": "their_channel",
    "response": "their_response",
    "decision": "decision",
    "timely": "timely",
    "disputed": "disputed",
}
_THEIRS = frozenset({"product", "sub_product", "issue", "sub_issue", "channel", "response"})
_TEXTS = ("channel", "cause", "business", "content", "desired_outcome", "complainant_contact")
Columns = dict[str, Any]


@dataclass(slots=True)
class Matter:
    """The rows one matter is written as, by column; promise and clock only where the source reports one."""

    complaint: Columns
    round: Columns
    entry: Columns
    origin: Columns
    promise: Columns | None = None
    clock: Columns | None = None

    @property
    def number(self) -> str:
        """The number it was given."""
        return str(self.complaint["number"])


def numbers(days: Sequence[datetime.date]) -> list[str]:
    """A number for each matter, of the day it was received; given out under a lock, as those of today are."""
    wanted = Counter(days)
    DailyNumber.objects.bulk_create([DailyNumber(prefix=PREFIX, day=day) for day in wanted], ignore_conflicts=True)
    sequences = DailyNumber.objects.select_for_update().filter(prefix=PREFIX, day__among=sorted(wanted))
    rows = list(sequences.order_by("day"))
    last = {row.day: row.last for row in rows}
    for row in rows:
        row.last += wanted[row.day]
    DailyNumber.objects.bulk_update(rows, ["last"], batch_size=300)
    made = []
    for day in days:
        last[day] += 1
        made.append(f"{PREFIX}-{day:%Y%m%d}-{last[day]:04d}")
    return made


def build(given: Given, *, batch: ImportBatch, source_system: str, number: str, calendar: Calendar) -> Matter:
    """All rows of one matter, not yet saved."""
    complaint = _complaint(given, number)
    entry = {
        "at": complaint["registered_at"],
        "verb": "import",
        "to_state": complaint["state"],
        "nature": complaint["nature"],
        "level": complaint["level"],
        "cause": complaint["cause"],
        "data": {"batch": batch.pk, "source": source_system},
    }
    told = {field: given[name] for field, name in _ORIGIN.items() if name in given}
    for field in _THEIRS & set(told):
        told[field] = masking.redact(told[field], complaint["complainant_name"])
    origin = {"batch_id": batch.pk, "source_system": source_system, **told}
    matter = Matter(complaint, _round(given, complaint, calendar), entry, origin)
    if given["status"] == CLOSED and "due_on" in given:
        _promise(given, matter)
    return matter


def _complaint(given: Given, number: str) -> Columns:
    closed = given["status"] == CLOSED
    name = given.get("complainant_name", "")
    nobody = "customer_id" not in given and not name
    relation = Complaint.Relation.ANONYMOUS if nobody else Complaint.Relation.SELF
    return {
        "number": number,
        "nature": given["nature"],
        "state": str(State.CLOSED if closed else State.CLASSIFIED),
        "level": given.get("level"),
        "customer_id": given.get("customer_id"),
        "complainant_name": name,
        "relation": given.get("relation", str(relation)),
        "external_ref": given["source_id"],
        "received_at": given["received_at"],
        "registered_at": given.get("sent_at", given["received_at"]),
        "subject": masking.redact(given["subject"], name),
        "product_id": given.get("product_id"),
        "team_id": given.get("team_id"),
        "disputed_fen": given.get("amount"),
        "vulnerable": given.get("vulnerable", False),
        "closed_at": _end(given) if closed else None,
        **{field: given.get(field, "") for field in _TEXTS},
        "source": given.get("source", str(Complaint.Source.DIRECT)),
    }


def _end(given: Given) -> datetime.datetime:
    """When it ended: as reported, else the last moment known of it; one that was late had not ended by its limit."""
    found: datetime.datetime | None = given.get("closed_at") or given.get("answered_at")
    if found is not None:
        return found
    if given.get("timely") is False and "due_on" in given:
        return min(bank_day.ends(given["due_on"]), timezone.now())
    last: datetime.datetime = given["sent_at"] if "sent_at" in given else given["received_at"]
    return last


def _round(given: Given, complaint: Columns, calendar: Calendar) -> Columns:
    columns = {
        "no": 1,
        "received_at": complaint["received_at"],
        "level": complaint["level"],
        "closed_at": complaint["closed_at"],
        "outcome": given.get("outcome", "") if complaint["closed_at"] else "",
        "fed_back_at": None,
        "took_days": None,
        "took_calendar_days": None,
    }
    if "answered_at" in given:
        received, answered = timezone.localdate(given["received_at"]), timezone.localdate(given["answered_at"])
        columns["fed_back_at"] = given["answered_at"]
        columns["took_days"] = calendar.between(received, answered)
        columns["took_calendar_days"] = (answered - received).days
    return columns


@cache
def _title(kind: Kind) -> str:
    """Stored as the source text, shown through gettext."""
    with override("en"):
        return str(kind.label)


def _promise(given: Given, matter: Matter) -> None:
    """The limit the source worked by, kept or missed as it reports; none where it reports neither."""
    answered, timely = given.get("answered_at"), given.get("timely")
    if timely is None and answered is None:
        return
    complaint, due_on = matter.complaint, given["due_on"]
    kind = Kind(given.get("promise", str(Kind.FEEDBACK)))
    kept_at = answered or (complaint["closed_at"] if timely else None)
    matter.promise = {
        "ref": new_ref(),
        "customer_id": complaint["customer_id"],
        "kind": str(FollowUp.Kind.CLOCK),
        "title": _title(kind),
        "due_on": due_on,
        "due_at": bank_day.ends(due_on),
        "state": str(FollowUp.State.KEPT if kept_at else FollowUp.State.CANCELLED),
        "team_id": complaint["team_id"],
        "promised_at": complaint["registered_at"],
        "kept_at": kept_at,
        "cancelled_at": None if kept_at else complaint["closed_at"],
        "outcome": "" if kept_at else gettext_noop("Late, as its source reports"),
        "about_kind": ABOUT,
        "about_no": complaint["number"],
        "about_level": complaint["level"],
    }
    matter.clock = {
        "kind": str(kind),
        "profile": IMPORTED,
        "profile_version": matter.origin["source_system"],
        "unit": str(Unit.CD),
        "n": (due_on - timezone.localdate(given["received_at"])).days,
        "original_due_on": due_on,
        "missed": kept_at is None,
    }


# --- writing ----------------------------------------------------------------------------------------------------
def save(matters: Iterable[Matter]) -> None:
    """Write new matters, one table after the other, in the caller's transaction."""
    made = list(matters)
    _insert(Complaint, [matter.complaint for matter in made])
    ids = _ids(Complaint, "number", [matter.number for matter in made])
    for matter in made:
        for row in (matter.round, matter.entry, matter.origin):
            row["complaint_id"] = ids[matter.number]
    for model, name in ((Round, "round"), (DiaryEntry, "entry"), (Origin, "origin")):
        _insert(model, [getattr(matter, name) for matter in made])
    rounds = _ids(Round, "complaint_id", list(ids.values()))
    _save_promises((matter, rounds[matter.round["complaint_id"]]) for matter in made)


def _save_promises(made: Iterable[tuple[Matter, int]]) -> None:
    promised = [
        (matter.promise, matter.clock, round_id) for matter, round_id in made if matter.promise and matter.clock
    ]
    _insert(FollowUp, [promise for promise, _clock, _round in promised])
    ids = _ids(FollowUp, "ref", [promise["ref"] for promise, _clock, _round in promised])
    ties = [
        clock | {"round_id": round_id, "follow_up_id": ids[promise["ref"]]} for promise, clock, round_id in promised
    ]
    _insert(Clock, ties)


def _insert(model: type[models.Model], rows: Sequence[Columns]) -> None:
    """Insert rows; a column nobody gave has the model's default."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = [field.attname for field in fields]
    defaults = {field.attname: field.get_default() for field in fields}
    bulk_load(model, names, [[row.get(name, defaults[name]) for name in names] for row in rows])


def _ids(model: type[models.Model], name: str, values: Sequence[Any]) -> Mapping[Any, int]:
    rows = model._default_manager.order_by().filter(**{f"{name}__among": values})
    return dict(rows.values_list(name, "pk"))


def rewrite(matter: Matter, *, complaint_id: int) -> None:
    """Put a matter's rows in the place of those an earlier delivery wrote; its number stays, its diary grows."""
    stored = Complaint.objects.filter(pk=complaint_id)
    number = stored.values_list("number", flat=True).get()
    matter.complaint["number"] = number
    stored.update(**matter.complaint)
    first = Round.objects.filter(complaint_id=complaint_id)
    first.update(**matter.round)
    Origin.objects.filter(complaint_id=complaint_id).update(**_whole(Origin) | matter.origin)
    moved = {"complaint_id": complaint_id, "from_state": matter.entry["to_state"], "at": timezone.now()}
    DiaryEntry.objects.create(**matter.entry | moved)
    FollowUp.objects.filter(clock__round__complaint_id=complaint_id, clock__profile=IMPORTED).delete()
    if matter.promise:
        matter.promise["about_no"] = number
    _save_promises([(matter, first.values_list("pk", flat=True).get())])


def _whole(model: type[models.Model]) -> Columns:
    """What an empty cell means where a row is written anew."""
    kept = ("id", "complaint_id")
    fields = [field for field in model._meta.concrete_fields if field.attname not in kept]
    return {field.attname: field.get_default() for field in fields}
