"""Message texts: the approved one of the database, else ``templates/messages/<code>.<channel>.<language>.txt``.

The first line of a file is the subject where the channel has one. Places are those of customers.merge_fields (T17).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.translation import override

from crm_site import bank
from customers import merge_fields
from customers.message_kinds import KINDS, SAMPLES
from customers.models import MessageTemplate

FALLBACK = "zh-hans"


@dataclass(frozen=True, slots=True)
class Wording:
    """A text before it is filled; ``version`` is 0 for the one that came with the product."""

    subject: str
    body: str
    version: int = 0


@cache
def shipped(code: str, channel: str, language: str) -> Wording | None:
    """The text that came with the product, if there is one in this language."""
    path = settings.BASE_DIR / "templates" / "messages" / f"{code}.{channel.lower()}.{language}.txt"
    if not path.exists():
        return None
    subject, _newline, body = path.read_text(encoding="utf-8").partition("\n")
    return Wording(subject, body.strip())


def in_force(code: str, channel: str, language: str) -> Wording:
    """What is said now. Raises LookupError for a kind that has no text on this channel."""
    for each in dict.fromkeys((language, FALLBACK)):
        row = MessageTemplate.objects.in_force(code, channel, each)
        found = Wording(row.subject, row.body, row.version) if row else shipped(code, channel, each)
        if found is not None:
            return found
    raise LookupError(f"no text for {code} on {channel}")


def render(code: str, channel: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """(subject, text). Raises LookupError for an unknown kind, KeyError for a place of the list without a value."""
    said = in_force(code, channel, language)
    return filled(code, channel, said, {"bank": bank.name(language), **values})


def filled(code: str, channel: str, said: Wording, values: Mapping[str, str]) -> tuple[str, str]:
    """The wording with these values, each made fit for the channel; only places of the kind's own list are filled."""
    fields = KINDS[code].fields
    given = {name: values[name] for name in merge_fields.places(f"{said.subject}\n{said.body}") if name in fields}
    subject = merge_fields.fill(said.subject, given, escape=merge_fields.one_line)
    return subject, merge_fields.fill(said.body, given, escape=merge_fields.ESCAPES[channel]).strip()


def preview(text: MessageTemplate) -> tuple[str, str]:
    """The text filled with made-up values, as a customer of its language would read it."""
    with override(text.locale):
        samples = {name: str(value) for name, value in SAMPLES.items()}
    said = Wording(text.subject, text.body, text.version)
    return filled(text.code, text.channel, said, {"bank": bank.name(text.locale), **samples})
