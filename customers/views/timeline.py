"""The past of one customer as a page shows it: newest first, by channel, each entry in its own words (ux 6(2))."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_site import wording
from customers import promises
from customers.models import Customer, Interaction

FIRST, MORE, MOST = 10, 40, 400
Channel = Interaction.Channel
FILTERS = {
    "all": (gettext_lazy("All"), Q()),
    "phone": (gettext_lazy("Phone"), Q(channel=Channel.PHONE)),
    "wechat": (gettext_lazy("WeChat"), Q(channel=Channel.WECHAT)),
    "branch": (gettext_lazy("Branch"), Q(channel=Channel.BRANCH)),
    "complaints": (gettext_lazy("Complaints"), Q(about_kind="complaint")),
    "surveys": (gettext_lazy("Surveys"), Q(channel=Channel.SURVEY)),
}
_ICONS = {
    Channel.BRANCH: "bank",
    Channel.WECHAT: "chat-dots",
    Channel.EMAIL: "envelope",
    Channel.SMS: "chat-left-text",
    Channel.APP: "phone",
    Channel.WEBFORM: "ui-checks",
    Channel.LETTER: "envelope-paper",
    Channel.VISIT: "geo-alt",
    Channel.EVENT: "calendar-event",
    Channel.SURVEY: "star",
    Channel.SYSTEM: "robot",
}
LONG = 180


def timeline(customer: Customer, chosen: str, wanted: str) -> dict[str, Any]:
    """The entries of one filter: ``wanted`` of them, and how many there are."""
    chosen = chosen if chosen in FILTERS else "all"
    shown = min(int(wanted), MOST) if wanted.isdecimal() else FIRST
    rows: QuerySet[Interaction] = Interaction.objects.timeline(customer).filter(FILTERS[chosen][1], undone_at=None)
    entries = list(rows[:shown])
    total = rows.order_by().count() if len(entries) == shown else len(entries)
    return {
        "entries": [entry(row) for row in entries],
        "total": total,
        "earlier": min(total - len(entries), MOST - shown),
        "more": shown + MORE,
        "chosen": chosen,
        "filters": [{"code": code, "label": label, "current": code == chosen} for code, (label, _q) in FILTERS.items()],
    }


def entry(row: Interaction) -> dict[str, Any]:
    """One entry in words."""
    return {
        "icon": _icon(row),
        "kind": _kind(row),
        "title": _title(row),
        "meta": _meta(row),
        "body": row.summary,
        "long": len(row.summary) > LONG,
        "start": row.summary[:LONG],
        "url": promises.about_page(row.about_kind, row.about_no),
        "number": row.about_no,
        "mark": None if row.rating_points is None else 1 + row.rating_points // 25,
    }


def _icon(row: Interaction) -> str:
    if row.channel == Channel.PHONE:
        return "telephone-outbound" if row.direction == Interaction.Direction.OUT else "telephone-inbound"
    return _ICONS.get(Channel(row.channel), "chat")


def _kind(row: Interaction) -> str:
    """Which colour the dot has: complaints stand out, the system stays back."""
    if row.channel == Channel.SYSTEM:
        return "sys"
    if row.outcome == Interaction.Outcome.COMPLAINT:
        return "hot"
    return "brand" if row.direction == Interaction.Direction.OUT else ""


def _title(row: Interaction) -> str:
    way = row.get_channel_display()
    if row.channel == Channel.PHONE:
        way = _("Call out") if row.direction == Interaction.Direction.OUT else _("Call in")
    return f"{way} · {_(row.title) if row.title else row.get_topic_display()}"


def _meta(row: Interaction) -> str:
    parts = [wording.moment_words(row.at, "short")]
    if row.agent is not None:
        parts.append(row.agent.display_name)
    if row.duration_s:
        parts.append(
            _("%(minutes)s min %(seconds)s s") % {"minutes": row.duration_s // 60, "seconds": row.duration_s % 60}
        )
    return " · ".join(parts)
