"""The form of a kept list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_site.forms import CrmForm


class SavedViewForm(CrmForm):
    """Its name, whether the team has it, whether it opens first."""

    name = forms.CharField(label=_("Name"), max_length=40)
    default = forms.BooleanField(label=_("Opens first when I go to Complaints"), required=False)
    shared = forms.BooleanField(label=_("Share with my team"), required=False)

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        self.may_share = may_share
        super().__init__(*args, **kwargs)

    def _furnish(self) -> None:
        if not self.may_share:
            del self.fields["shared"]
        super()._furnish()
