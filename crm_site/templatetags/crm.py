"""Tags and filters of every page: icons, chips, masks, ribbons, radio cards, words for dates and money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms, template
from django.forms.boundfield import BoundField
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm_site import form_tokens, icons, ribbon, shell, wording
from crm_site import forms as house_forms
from crm_site import qr as qr_code
from crm_site.errors import Stale

register = template.Library()

_LEVELS = {"1": 1, "MINOR": 1, "2": 2, "MODERATE": 2, "3": 3, "SEVERE": 3}
_SLA = {
    "over": ("over", "exclamation-octagon-fill"),
    "today": ("danger", "alarm-fill"),
    "soon": ("warn", "hourglass-split"),
    "ok": ("plain", "clock"),
    "pause": ("line", "pause-circle"),
    "met": ("ok", "check-circle-fill"),
}


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """{% icon "eye" "ic-lg" label=_("Reveal") %}"""
    return icons.icon(name, classes, label)


@register.simple_tag
def one_time(prefix: str = "") -> SafeString:
    """The hidden token of a form that is written out by hand, one for each row of a list (crm_site.form_tokens)."""
    name = f"{prefix}-form_token" if prefix else "form_token"
    return format_html('<input type="hidden" name="{}" value="{}">', name, form_tokens.issue())


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """A QR code drawn inline."""
    return qr_code.qr_svg(text, label=label)


@register.inclusion_tag("_components/level.html")
def level(value: object) -> dict[str, object]:
    """Bars and the word for a level: 1–3 or MINOR, MODERATE, SEVERE; anything else reads "not assessed"."""
    number = _LEVELS.get(str(value or "").upper(), 0)
    return {"number": number, "word": ["", _("Minor"), _("Moderate"), _("Severe")][number]}


@register.inclusion_tag("_components/tier.html")
def tier(value: object) -> dict[str, str]:
    """Gem, half diamond or diamond with the word for a tier; nothing when there is none."""
    return {"tier": str(value or "")[:1].upper()}


@register.inclusion_tag("_components/chip.html")
def chip(text: str, kind: str = "", icon_name: str = "") -> dict[str, str]:
    """A word in a box. Kinds: danger, over, warn, ok, info, brand, line, plain or none."""
    return {"text": text, "kind": kind, "icon_name": icon_name}


@register.inclusion_tag("_components/chip.html")
def sla_chip(due: wording.DueState | str | None, text: str = "") -> dict[str, str]:
    """A deadline in one chip, from a wording.DueState or from a state and its words; nothing for None."""
    if due is None:
        return {"text": ""}
    state, words = (due.state, due.text) if isinstance(due, wording.DueState) else (due, text)
    kind, icon_name = _SLA[state]
    return {"text": words, "kind": kind, "icon_name": icon_name}


@register.inclusion_tag("_components/avatar.html")
def avatar(name: str, classes: str = "") -> dict[str, str]:
    """A person's circle."""
    return {"initials": wording.initials(str(name)), "classes": classes}


@register.inclusion_tag("_components/mask.html", takes_context=True)
def mask(
    context: Context,
    masked: str,
    what: str,
    reveal_url: str = "",
    field: str = "",
    purposes: Iterable[tuple[str, str]] = (),
) -> dict[str, object]:
    """A masked value with, where allowed, the way to see it for a purpose. ``what`` names it in a sentence."""
    return {
        "masked": masked,
        "what": what,
        "reveal_url": reveal_url,
        "field": field,
        "purposes": list(purposes),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("_components/day_ribbon.html")
def day_ribbon(days: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """The working-day ribbon, see ribbon.fold for what a day holds."""
    cells = ribbon.fold(days, today=timezone.localdate())
    return {"cells": cells, "long": len(cells) > 6}


@register.inclusion_tag("_error_summary.html")
def error_summary(form: forms.BaseForm) -> dict[str, object]:
    """What must be mended, in field order; nothing for a form without errors."""
    return {"errors": house_forms.error_list(form) if form.is_bound else []}


@register.inclusion_tag("_components/conflict.html")
def conflict(stale: Stale, reload_url: str = "/") -> dict[str, object]:
    """Who changed it, when, and both values of every field that differs."""
    labels = list(dict.fromkeys([*stale.yours, *stale.theirs]))
    rows = [{"label": name, "yours": stale.yours.get(name), "theirs": stale.theirs.get(name)} for name in labels]
    when = wording.moment_words(stale.when, "short")
    return {"who": stale.who, "when": when, "rows": rows, "reload_url": reload_url}


def _radios(field: BoundField, extra: Mapping[Any, Any]) -> list[dict[str, object]]:
    """Radio buttons of a field as plain values; ``extra`` is matched by value."""
    by_value = {str(key): value for key, value in extra.items()}
    return [
        {
            "id": radio.id_for_label,
            "value": str(radio.data["value"]),
            "label": radio.choice_label,
            "checked": radio.data["selected"],
            "extra": by_value.get(str(radio.data["value"]), ""),
        }
        for radio in field.subwidgets
        if str(radio.data["value"]) != ""
    ]


@register.inclusion_tag("_components/choice_cards.html")
def choice_cards(field: BoundField, hints: Mapping[Any, Any] | None = None, levels: bool = False) -> dict[str, object]:
    """Radio cards, each with its guidance; ``levels`` draws the level bars in place of the label."""
    return {"field": field, "radios": _radios(field, hints or {}), "levels": levels}


@register.inclusion_tag("_components/segmented.html")
def segmented(field: BoundField, icons: Mapping[Any, Any] | None = None, hide_label: bool = False) -> dict[str, object]:
    """Short radio options side by side; ``icons`` maps a value to an icon name."""
    return {"field": field, "radios": _radios(field, icons or {}), "hide_label": hide_label}


@register.inclusion_tag("_components/nav_link.html", takes_context=True)
def nav_link(context: Context, url_name: str, icon_name: str, label: str, key: str = "") -> dict[str, object]:
    """A rail item, when this person may open it; ``key`` is its letter after G."""
    surroundings = cast(shell.Shell, context["shell"])
    return {"item": surroundings.nav(url_name), "icon_name": icon_name, "label": label, "key": key}


@register.filter
def localdate_words(value: wording.Moment, style: wording.DateStyle = "") -> str:
    """ "Tue 14 Oct 2025" or 10月14日（周二）; "short" and "long" as in wording.date_words."""
    return wording.date_words(value, style)


@register.filter
def localmoment_words(value: wording.Moment, style: wording.DateStyle = "") -> str:
    """The day in words and the time of day."""
    return wording.moment_words(value, style)


@register.filter
def weekday_words(value: wording.Moment) -> str:
    """ "Tue" or 周二."""
    return wording.weekday_words(value)


@register.filter
def day_words(value: wording.Moment) -> str:
    """ "14 Oct" or 10/14."""
    return wording.day_words(value)


@register.filter
def money(value: Decimal | int | None) -> str:
    """Yuan as ¥1,286,400."""
    return wording.money_words(value)


@register.filter
def fen(value: int | None) -> str:
    """Whole fen as ¥3,200.50."""
    return wording.money_words(None if value is None else Decimal(value) / 100)


@register.filter
def initials(name: str) -> str:
    """What stands in a person's circle."""
    return wording.initials(str(name))


@register.filter
def undo_url(extra_tags: str | None) -> str:
    """The way back a toast carries, or ""."""
    return shell.undo_url(extra_tags or "")
