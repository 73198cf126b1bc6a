"""The columns of a matter of another system, what understands them, and the rules between them."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Complaint, Feedback, Round
from complaints.sla import Kind as Promise
from customers.actions.imports.kinds.base import Bad, Given
from customers.actions.imports.values import Parser, Reader, choice, flag, text
from customers.identity import Malformed
from customers.models import Interaction

CONTENT_MAX = 40_000
CLOSED, OPEN, LEFT_OUT = "CLOSED", "OPEN", "LEFT_OUT"
_PROMISES = (str(Promise.FEEDBACK), str(Promise.REG_FINAL))
_LEVELS = {level.name: int(level) for level in Complaint.Level}
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # all but line feed and tab


def _prose(value: str) -> str:
    """A text of many lines; other control characters are a sign of a spoilt file."""
    kept = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    kept = kept if kept.isascii() else unicodedata.normalize("NFC", kept)
    if _CONTROLS.search(kept):
        raise Malformed("text_control", _("Remove control characters."))
    if len(kept) > CONTENT_MAX:
        raise Malformed("text_long", _("Shorten this to %(limit)s characters.") % {"limit": CONTENT_MAX})
    return kept


def _one_of(*codes: str) -> Parser:
    def parse(value: str) -> str:
        if value not in codes:
            text_ = _("“%(value)s” is not one of %(known)s; map it in the profile.")
            raise Malformed("choice", text_ % {"value": value, "known": ", ".join(codes)})
        return value

    return parse


def _level(value: str) -> int:
    return _LEVELS[_one_of(*_LEVELS)(value)]


def _nature(value: str) -> str:
    return _one_of(*[str(code) for code in Complaint.Nature if code != Complaint.Nature.UNCLASSIFIED])(value)


def parsers(reader: Reader, now: datetime.datetime) -> Mapping[str, Parser]:
    """Every column of ours."""

    def past(value: str) -> datetime.datetime:
        found = reader.moment(value)
        if found > now:
            raise Malformed("date_future", _("%(value)s is still to come.") % {"value": value})
        return found

    return {
        "source_id": text(40),
        "received_at": past,
        "sent_at": past,
        "answered_at": past,
        "closed_at": past,
        "due_on": reader.day,
        "promise": _one_of(*_PROMISES),
        "status": _one_of(CLOSED, OPEN, LEFT_OUT),
        "nature": _nature,
        "level": _level,
        "subject": text(120),
        "content": _prose,
        "desired_outcome": _prose,
        "channel": choice(Interaction.Channel),
        "source": choice(Complaint.Source),
        "business": choice(Complaint.Business),
        "product": text(20),
        "cause": choice(Complaint.Cause),
        "customer_no": text(20),
        "complainant_name": text(60),
        "complainant_contact": text(120),
        "relation": choice(Complaint.Relation),
        "amount": reader.owed_money,
        "vulnerable": flag,
        "team": text(12),
        "outcome": choice(Round.Outcome),
        "decision": choice(Feedback.Decision),
        "timely": flag,
        "disputed": flag,
        "their_product": text(100),
        "sub_product": text(100),
        "their_issue": text(120),
        "sub_issue": text(200),
        "their_channel": text(30),
        "their_response": text(60),
    }


def check(given: Given) -> None:
    """The rules between columns. Raises Bad."""
    status = given.setdefault("status", CLOSED)
    if status == LEFT_OUT:
        raise Bad("status", _("It was still open at its source, and the profile leaves such matters out."))
    _check_order(given)
    nature = given.setdefault("nature", str(Complaint.Nature.COMPLAINT))
    if "level" in given and nature != Complaint.Nature.COMPLAINT:
        raise Bad("level", _("Only a complaint has a level."))
    if status == OPEN and ("answered_at" in given or "closed_at" in given):
        raise Bad("status", _("It is open, yet the row says when it was answered or closed."))
    _check_promise(given)


def _check_order(given: Given) -> None:
    received = given["received_at"]
    for name, reason in (
        ("sent_at", _("It was sent on before it was received.")),
        ("answered_at", _("It was answered before it was received.")),
        ("closed_at", _("It was closed before it was received.")),
    ):
        if name in given and given[name] < received:
            raise Bad(name, reason)
    if "due_on" in given and given["due_on"] < timezone.localdate(received):
        raise Bad("due_on", _("It was due before it was received."))
    if "answered_at" in given and "closed_at" in given and given["closed_at"] < given["answered_at"]:
        raise Bad("closed_at", _("It was closed before it was answered."))


def _check_promise(given: Given) -> None:
    """What the source reports as in time, and its dates, must agree."""
    if not {"timely", "due_on", "answered_at"} <= set(given):
        return
    if given["timely"] != (timezone.localdate(given["answered_at"]) <= given["due_on"]):
        raise Bad("timely", _("The dates of the answer and of the limit say otherwise."))
