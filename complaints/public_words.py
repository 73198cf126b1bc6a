"""How a matter is spoken of to those who brought it: fixed words, so that nothing internal slips in (R6.19; pure)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    """What is being done, as the complainant may read it."""

    CHECKING = "CHECKING", _("We are checking the facts.")
    DEPARTMENTS = "DEPARTMENTS", _("The departments concerned are working on it.")
    YOUR_PART = "YOUR_PART", _("We need something from you and have told you what.")
    PREPARING = "PREPARING", _("We are preparing our answer.")
