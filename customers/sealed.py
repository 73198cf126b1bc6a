"""Why somebody may look at a full value (ux 5.7; domain J.6). Pure."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Purpose(TextChoices):
    """The purposes the reveal form offers; the last one has to be explained."""

    VERIFY = "VERIFY", _("Verify the caller")
    SERVICE = "SERVICE", _("Carry out a request")
    CORRECT = "CORRECT", _("Correct the record")
    OTHER = "OTHER", _("Other (explain)")
