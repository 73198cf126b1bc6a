"""What is asked of somebody who takes a list out."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.models import Export
from crm_site.forms import CrmForm


class ExportForm(CrmForm):
    """Format, purpose, and the reason of a large one."""

    file_format = forms.ChoiceField(
        label=_("Format"), choices=Export.Format.choices, initial=Export.Format.CSV, widget=forms.RadioSelect
    )
    purpose = forms.ChoiceField(label=_("Purpose"), choices=[*choices.ASK, *Export.Purpose.choices])
    reason = choices.words(
        _("Reason"), rows=2, required=False, max_length=500, help_text=_("Needed above 1,000 rows; no names here.")
    )
