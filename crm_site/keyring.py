"""The encryption keys: one is current, the others only open what they once sealed."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from crm_site.env import PRODUCTION, choose_embedded_key, embedded_secrets
from crm_site.errors import RuleBroken

_NAME = re.compile(r"[a-z0-9]{1,16}")


def current() -> str:
    """The name of the key new values are sealed with."""
    return str(settings.ENCRYPTION_KEYS["current"])


def key(key_id: str) -> str:
    """64 hex digits. Raises KeyError when the ring has no such key.

    In embedded use another process may have added a key since this one started, so the key file is read again.
    """
    keys: dict[str, str] = settings.ENCRYPTION_KEYS["keys"]
    if key_id not in keys and not PRODUCTION:
        stored: Any = embedded_secrets()["encryption"]
        keys.update(stored["keys"])
    return keys[key_id]


def choose(key_id: str) -> None:
    """Make a key the current one; in embedded use it is made when it is missing.

    Raises RuleBroken in production, where keys come from the environment, unless it is the current one already.
    """
    if not _NAME.fullmatch(key_id):
        raise RuleBroken("bad_key_name", _("Name a key with up to 16 small letters and digits, such as k2."))
    if key_id == current():
        return
    if PRODUCTION:
        message = _("Add “%(key)s” to CRMIS_ENCRYPTION_KEYS on every machine, restart, then make it current there.")
        raise RuleBroken("keys_come_from_environment", message % {"key": key_id})
    settings.ENCRYPTION_KEYS.update(choose_embedded_key(key_id))
