"""Moving stored dates: which promises, why, and what the second person says."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.models import RecalcBatch, SlaRuleSet
from crm_site.forms import CrmForm


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class ProposeForm(CrmForm):
    one_time = True
    scope = choices.radios(_("Which promises"), RecalcBatch.Scope.choices)
    rule_set = forms.ChoiceField(label=_("Rule set"), required=False, help_text=_("Only for those under one rule set."))
    first = _day(_("Due from"))
    last = _day(_("Due until"))
    reason = choices.words(_("Reason"), rows=2, max_length=300, help_text=_("Stands in the diary of every complaint."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["rule_set"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        names = SlaRuleSet.objects.filter(state=SlaRuleSet.State.ACTIVE).order_by("name").values_list("name", flat=True)
        field.choices = [("", "–"), *((name, name) for name in names)]
        self.initial.setdefault("scope", RecalcBatch.Scope.ALL)

    def chosen(self) -> dict[str, Any]:
        """Which promises, from a valid form."""
        return {name: self.cleaned_data[name] for name in ("scope", "rule_set", "first", "last")}


class DecideForm(CrmForm):
    note = forms.CharField(label=_("Note"), required=False, max_length=300, help_text=_("Needed when the dates stay."))
