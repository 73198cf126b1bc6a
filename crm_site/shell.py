"""What every page needs around it: who is here, what they may open, theme and density, languages, toasts.

The context processor offers one object, ``shell``; nothing in it is computed until a template asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language, get_language_info, to_locale

from crm_site import bank, counting, policy
from crm_site.counting import CappedCount
from crm_site.models import Notice, User
from crm_site.roles import Role

# the cookies views.preferences sets; the first value of each stands for "never chosen"
CHOICES = {"theme": ("auto", "light", "dark"), "density": ("comfortable", "compact"), "keys": ("on", "off")}
MOST_UNREAD = 99
MOST_WAITING = 9_999
_UNDO = "undo:"
_FRONT_DOORS = frozenset({"analytics:dashboard"})  # pages behind whose address other items of the rail stand


def may_open(user: object, url_name: str) -> bool:
    """Whether this person may open a page, by its URL name; nobody signed in may open none."""
    return isinstance(user, User) and policy.may(user, url_name)


def html_language(code: str) -> str:
    """``zh-hans`` as HTML writes it: ``zh-Hans``."""
    return to_locale(code).replace("_", "-")


@cache
def _asker(dotted: str) -> Callable[[User], QuerySet[Any]]:
    found: Callable[[User], QuerySet[Any]] = import_string(dotted)
    return found


def badges(user: User) -> dict[str, int]:
    """How much of my own open work waits behind each item of the rail, and unread notices under ``notices``.

    settings.CRM_RAIL_BADGES names a callable ``(user) -> QuerySet`` for a URL name as a dotted string, so that the
    ground imports no app. One query for all of them; an item without an entry, or that they may not open, has none.
    """
    waiting = {name: _asker(dotted)(user) for name, dotted in settings.CRM_RAIL_BADGES.items() if may_open(user, name)}
    asking = {name: CappedCount(rows, MOST_WAITING) for name, rows in waiting.items()}
    unread = Notice.objects.visible_to(user).delivered(timezone.now()).unread()
    asking["notices"] = CappedCount(unread, MOST_UNREAD)
    return counting.counts(user, asking)


def toast(request: HttpRequest, text: str, *, undo_url: str = "") -> None:
    """Say that something is done, on the next page or in this fragment; a POST to ``undo_url`` takes it back."""
    messages.success(request, text, extra_tags=f"{_UNDO}{undo_url}" if undo_url else "")


def undo_url(extra_tags: str) -> str:
    """The way back that ``toast`` put on a message, or ""."""
    return extra_tags.removeprefix(_UNDO) if extra_tags.startswith(_UNDO) else ""


@dataclass(frozen=True, slots=True)
class Language:
    """One entry of the language menu."""

    code: str
    html: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the rail that this person may open."""

    url: str
    current: bool
    badge: int


class Rights:
    """``shell.may.complaints__new`` in a template: whether this person may open complaints:new."""

    def __init__(self, user: object) -> None:
        self._user = user

    def __getitem__(self, name: str) -> bool:
        return may_open(self._user, name.replace("__", ":"))


class Shell:
    """The surroundings of one request."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)
        self.may = Rights(self.user)
        self._items: dict[str, NavItem | None] = {}

    def _choice(self, cookie: str) -> str:
        value = self.request.COOKIES.get(cookie, "")
        return value if value in CHOICES[cookie] else CHOICES[cookie][0]

    @property
    def theme(self) -> str:
        """auto, light or dark; auto is resolved by theme.js before the first paint."""
        return self._choice("theme")

    @property
    def density(self) -> str:
        """comfortable or compact rows."""
        return self._choice("density")

    @property
    def single_keys(self) -> str:
        """on or off: whether single keys act (WCAG 2.1.4)."""
        return self._choice("keys")

    @property
    def layout(self) -> str:
        """The template an error page stands in: the console for people signed in, the entrance for others."""
        return "base.html" if isinstance(self.user, User) else "entrance.html"

    @property
    def language(self) -> str:
        """This page's language as HTML writes it."""
        return html_language(get_language() or settings.LANGUAGE_CODE)

    @cached_property
    def languages(self) -> list[Language]:
        """Every language switched on, each by its own name."""
        current = get_language()
        return [
            Language(code, html_language(code), get_language_info(code)["name_local"], code == current)
            for code, _name in settings.LANGUAGES
        ]

    @property
    def here(self) -> str:
        """Where a preference or a language change returns to: this page, or home when it was not fetched by GET."""
        return self.request.get_full_path() if self.request.method == "GET" else "/"

    @cached_property
    def now(self) -> dt.datetime:
        """Server time in the business zone."""
        return timezone.localtime()

    @property
    def idle_seconds(self) -> int:
        """After how many seconds without a request the session ends."""
        return int(settings.SESSION_IDLE_SECONDS)

    @property
    def openers(self) -> list[str]:
        """Names of the roles this very page is for: what a refused person may ask for."""
        match = self.request.resolver_match
        rule = policy.rule_for(match.view_name) if match else None
        roles = rule.allow | rule.scope if rule else frozenset[str]()
        return [str(role.label) for role in Role if role.value in roles]

    @property
    def grantor(self) -> str:
        """Who to ask for a right: the leader of this person's team, or "" when there is none or it is oneself."""
        team = self.user.team if isinstance(self.user, User) else None
        leader = team.leader if team else None
        return "" if leader is None or leader == self.user else str(leader)

    @cached_property
    def unread(self) -> str:
        """How many notices wait at the bell, "" for none; counted no further than it shows."""
        n = self._badges.get("notices", 0)
        return f"{MOST_UNREAD}+" if n > MOST_UNREAD else str(n or "")

    @cached_property
    def _badges(self) -> dict[str, int]:
        """What waits, asked for once a page."""
        return badges(self.user) if isinstance(self.user, User) else {}

    def nav(self, url_name: str) -> NavItem | None:
        """A rail item, or None when this person may not open it or the app is not installed; asked for once a page."""
        if url_name not in self._items:
            self._items[url_name] = self._item(url_name)
        return self._items[url_name]

    def _item(self, url_name: str) -> NavItem | None:
        if not isinstance(self.user, User) or not may_open(self.user, url_name):
            return None
        try:
            url = reverse(url_name)
        except NoReverseMatch:  # a bank that leaves a step out loses the item, not the page
            return None
        path = self.request.path
        current = path == url or (len(url) > 1 and url_name not in _FRONT_DOORS and path.startswith(url))
        return NavItem(url, current, self._badges.get(url_name, 0))


def shell(request: HttpRequest) -> dict[str, Shell | str]:
    """Context processor."""
    return {"shell": Shell(request), "bank_name": bank.name()}
