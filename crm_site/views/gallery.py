"""Every component on one page with fictional data, for whoever builds pages or checks the look."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site.forms import CrmForm
from crm_site.wording import due_state


class SampleForm(CrmForm):
    """One field of each kind."""

    one_time = True
    channel = forms.ChoiceField(
        label=_("Channel"),
        widget=forms.RadioSelect,
        initial="in",
        choices=[("in", _("Call in")), ("out", _("Call out")), ("wx", _("WeChat")), ("br", _("Branch"))],
    )
    level = forms.ChoiceField(
        label=_("Level"),
        widget=forms.RadioSelect,
        choices=[("MINOR", _("Minor")), ("MODERATE", _("Moderate")), ("SEVERE", _("Severe"))],
    )
    received = forms.DateTimeField(
        label=_("Received at"), help_text=_("Received on a holiday: counts from the next working day")
    )
    category = forms.ChoiceField(label=_("Category"), choices=[("", "—"), ("fee", _("Fees")), ("card", _("Cards"))])
    content = forms.CharField(label=_("What happened"), widget=forms.Textarea({"rows": 3}), min_length=10)
    wish = forms.CharField(label=_("What is wanted"), required=False)
    amount = forms.DecimalField(label=_("Amount involved (CNY)"), required=False)
    ours = forms.BooleanField(label=_("This is ours to handle"), required=False)

    hints: ClassVar[dict[str, Any]] = {
        "MINOR": _("You can solve it now, on your own.\nDue: on the spot"),
        "MODERATE": _("Needs another department, a refund or a correction.\nDue: 5 working days"),
        "SEVERE": _("Several people, safety of funds, press or regulator.\nDue: 10 working days"),
    }
    icons: ClassVar[dict[str, str]] = {
        "in": "telephone-inbound",
        "out": "telephone-outbound",
        "wx": "chat-dots",
        "br": "bank",
    }


def _days(received: dt.date, working_days: int, today: dt.date) -> list[dict[str, object]]:
    """A plain week count for the sample: weekends off, the first Saturday a make-up day."""
    days: list[dict[str, object]] = []
    date, count, makeup_left = received, 0, 1
    while count < working_days:
        date += dt.timedelta(days=1)
        weekend = date.weekday() >= 5
        makeup = weekend and makeup_left > 0
        makeup_left -= makeup
        count += not weekend or makeup
        kind = "makeup" if makeup else "off" if weekend else "work"
        days.append(
            {
                "date": date,
                "n": count,
                "kind": kind,
                "due": count == working_days and kind != "off",
                "now": date == today,
            }
        )
    return days


def _samples(today: dt.date) -> dict[str, object]:
    return {
        "dues": [due_state(n) for n in (-2, 0, 1, 2, 4)] + [due_state(3, paused=True), due_state(3, met=True)],
        "short_ribbon": _days(today, 5, today + dt.timedelta(days=1)),
        "long_ribbon": _days(today - dt.timedelta(days=6), 10, today),
        "steps": [
            {"label": _("Received"), "state": "done", "detail": "沈佳"},
            {"label": _("Assessed"), "state": "done", "detail": _("Severe")},
            {"label": _("Investigating"), "state": "cur", "detail": "2 / 5"},
            {"label": _("Feedback given"), "state": "", "detail": ""},
            {"label": _("Closed"), "state": "", "detail": ""},
        ],
        "timeline": [
            {
                "icon": "telephone-outbound",
                "kind": "brand",
                "title": _("Call out"),
                "meta": "09-30 16:20 · 沈佳",
                "body": "已说明查询进度。",
            },
            {"icon": "people", "kind": "hot", "title": _("Raised to severe"), "meta": "09-28 11:05 · 周宁", "body": ""},
            {"icon": "robot", "kind": "sys", "title": _("Value score 79.6 → 82.1"), "meta": "08-18 02:00", "body": ""},
        ],
        "actions": [
            {"label": _("Record feedback given"), "url": "#", "icon": "reply", "method": "get"},
            {
                "label": _("Ask for more time"),
                "url": "#",
                "icon": "calendar-plus",
                "method": "get",
                "hint": _("A supervisor decides."),
            },
        ],
        "locks": [{"title": _("Not closable yet:"), "text": _("feedback must be given first.")}],
        "stats": [
            {"label": _("Logged today"), "value": "14", "detail": _("10 solved on the spot")},
            {
                "label": _("On time this month"),
                "value": "96.4%",
                "detail": "27 / 28",
                "trend": _("meets goal 95%"),
                "good": True,
                "icon": "check-circle",
            },
            {"label": _("Satisfaction"), "value": "4.6", "unit": "/ 5", "detail": "n = 38"},
            {
                "label": _("Open now"),
                "value": "128",
                "trend": _("9 late"),
                "good": False,
                "icon": "exclamation-octagon",
            },
        ],
        "views": [
            {"label": _("My open"), "url": "?view=my", "n": 7, "current": True},
            {"label": _("Overdue"), "url": "?view=late", "n": 9, "hot": True},
        ],
        "rows": [
            {
                "subject": "跨行转账手续费重复扣收",
                "who": "林晓彤",
                "no": "TS-20250926-0018",
                "level": "SEVERE",
                "due": due_state(-2),
            },
            {
                "subject": "网点排队超过 90 分钟",
                "who": "徐若溪",
                "no": "TS-20250925-0012",
                "level": "MODERATE",
                "due": due_state(0),
            },
            {
                "subject": "贷款提前还款违约金争议",
                "who": "周明远",
                "no": "TS-20251008-0003",
                "level": "MODERATE",
                "due": due_state(4),
            },
        ],
        "purposes": [
            ("verify", _("Verify the caller")),
            ("serve", _("Carry out a request")),
            ("other", _("Other (explain)")),
        ],
        "empty_actions": [{"label": _("See this week"), "url": "#"}, {"label": _("Back to Today"), "url": "/"}],
        "conflict_rows": [{"label": _("Level"), "yours": _("Moderate"), "theirs": _("Severe")}],
        "page_obj": Paginator(range(128), 10).page(2),
        "amounts": [Decimal(1286400), Decimal("3200.50"), Decimal(-96)],
        "options": [
            {
                "name": "林晓彤",
                "url": "#",
                "masked": "138****5678",
                "line": "C-2019-004217",
                "tier": "HIGH",
                "alert": _("1 severe complaint open"),
            },
            {"name": "阿依古丽·吐尔逊", "url": "#", "masked": "151****5678", "line": "C-2016-051902", "tier": "MID"},
        ],
    }


def components(request: HttpRequest) -> HttpResponse:
    """The gallery; ``?errors=1`` shows the form refused."""
    form = (
        SampleForm({"received": "31.12.", "channel": "in", "content": "—"}) if "errors" in request.GET else SampleForm()
    )
    today = timezone.localdate()
    return render(request, "components.html", {"form": form, "today": today, **_samples(today)})
