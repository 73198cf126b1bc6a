"""The name of a segment and what stands beside it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics.models import Segment
from crm_site.forms import CrmForm


class SegmentNameForm(CrmForm):
    """What a segment is called, what it is for, and who sees it."""

    versioned = True
    name = forms.CharField(label=_("Name of the segment"), max_length=60)
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    kind = forms.ChoiceField(
        label=_("What it is for"),
        choices=Segment.Kind.choices,
        initial=Segment.Kind.INCLUDE,
        help_text=_("An audience is chosen from; whoever is in a suppression is left out."),
    )
    shared = forms.BooleanField(label=_("Shared with analysts, supervisors and planners"), required=False, initial=True)


class NewSegmentForm(SegmentNameForm):
    """A segment to be made."""

    one_time = True
    versioned = False


class SegmentRulesForm(CrmForm):
    """The version of the rules that was looked at, and why they change."""

    one_time = True
    versioned = True
    note = forms.CharField(
        label=_("What changes, and why"), max_length=200, required=False, help_text=_("Stands with the version.")
    )
