"""What a member of staff is a specialist in (handbook 6/1.1.30(3): 專業人員; domain N.1(16))."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Skill(TextChoices):
    """One code a field of knowledge; a person may have several, most have none."""

    RISK = "risk", _("Risk")
    LEGAL = "legal", _("Law and compliance")
    PRODUCT = "product", _("Products")
    TECHNOLOGY = "technology", _("Technology")
    FINANCE = "finance", _("Finance")
    PRIVACY = "privacy", _("Protection of personal data")
