"""What a department answers to a summary."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from crm_site.forms import CrmForm


class AcknowledgeForm(CrmForm):
    actions = choices.words(_("What the department will do"), max_length=2000, required=False)
