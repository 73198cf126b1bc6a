"""Message texts: files ``templates/messages/<event>.<channel>.<language>.txt`` with ``$name`` places (T17).

The first line is the subject where the channel has one. Places are filled once, from a fixed set of plain values; a
value that looks like a place stays text.
"""

from __future__ import annotations

import re
from functools import cache
from string import Template

from django.conf import settings

FALLBACK = "zh-hans"


class MessageTemplate(Template):
    """``$name`` and ``${name}``, lower-case names only."""

    idpattern = r"[a-z_]+"
    flags = re.ASCII


@cache
def _load(event: str, channel: str, language: str) -> str:
    folder = settings.BASE_DIR / "templates" / "messages"
    for name in (f"{event}.{channel.lower()}.{language}.txt", f"{event}.{channel.lower()}.{FALLBACK}.txt"):
        path = folder / name
        if path.exists():
            return str(path.read_text(encoding="utf-8"))
    raise LookupError(f"no text for {event} on {channel}")


def render(event: str, channel: str, language: str, values: dict[str, str]) -> tuple[str, str]:
    """(subject, text). Raises LookupError for an unknown event, KeyError for a place without a value."""
    subject, _newline, text = _load(event, channel, language).partition("\n")
    filled = {name: value.replace("\x00", "") for name, value in values.items()}
    clean = {name: re.sub(r"[\r\n]+", " ", value) for name, value in filled.items()}
    return MessageTemplate(subject).substitute(clean), MessageTemplate(text).substitute(filled).strip()
