"""The name under which the bank writes and shows itself, in the reader's language."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language


def name(language: str = "") -> str:
    """settings.CRM_BANK_NAME for this language, or for the one in use."""
    names: dict[str, str] = settings.CRM_BANK_NAME
    wanted = language or get_language() or settings.LANGUAGE_CODE
    return names.get(wanted) or names[settings.LANGUAGES[0][0]]
