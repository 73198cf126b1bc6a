"""Giving a complaint to a person or passing it to a team: the same questions for one and for many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.forms.steps.gathering import incident_fields
from crm_site.forms import CrmForm
from crm_site.models import Team, User

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from complaints.loads import Load


def person_field(found: list[Load]) -> forms.TypedChoiceField:
    """One of these people, by staff number; who has least stands first."""
    known = {load.user.employee_no: load.user for load in found}
    options = [("", _("Choose …")), *((load.user.employee_no, load.words) for load in found)]
    return forms.TypedChoiceField(
        label=_("Person"), choices=options, coerce=known.__getitem__, empty_value=None, required=False
    )


def team_field(teams: QuerySet[Team]) -> forms.ModelChoiceField:
    """A team that takes complaints in."""
    return forms.ModelChoiceField(
        label=_("Team"), queryset=teams, required=False, to_field_name="code", empty_label=_("Choose …")
    )


def _reason() -> forms.CharField:
    help_text = _("Needed when somebody has it already, or it goes to another team.")
    return choices.words(_("Reason"), rows=2, required=False, max_length=300, help_text=help_text)


def _note() -> forms.CharField:
    help_text = _("What the next person should know. Internal; it never reaches a message to the customer.")
    return choices.words(_("Handover note"), rows=2, required=False, max_length=2000, help_text=help_text)


class AssignForm(StepForm):
    """One complaint."""

    def __init__(self, *args: Any, people: list[Load], teams: QuerySet[Team], **kwargs: Any) -> None:
        self.people, self.teams = people, teams
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """People who may own this one."""
        self.fields["to"] = person_field(self.people)
        self.fields["team"] = team_field(self.teams)
        self.fields["team"].help_text = _("Instead of a person: whoever of the team takes it.")
        self.fields["reason"], self.fields["note"] = _reason(), _note()


class BulkForm(CrmForm):
    """Many complaints; which fields it has depends on what is done with them."""

    one_time = True

    def __init__(
        self, *args: Any, action: str, user: User, people: list[Load], teams: QuerySet[Team], **kwargs: Any
    ) -> None:
        self.action, self.user, self.people, self.teams = action, user, people, teams
        super().__init__(*args, **kwargs)

    def _furnish(self) -> None:
        if self.action == "assign":
            self.fields["to"] = person_field(self.people)
        if self.action == "transfer":
            self.fields["team"] = team_field(self.teams)
        if self.action == "link":
            self.fields |= incident_fields(self.user)
        elif self.action != "claim":
            self.fields["reason"], self.fields["note"] = _reason(), _note()
        super()._furnish()

    def clean(self) -> dict[str, Any]:
        """Somebody, a team, an incident, or the title of a new one."""
        data = super().clean() or self.cleaned_data
        if self.action == "link" and not data.get("incident") and not data.get("title"):
            self.add_error("title", _("Choose an incident, or say in a few words what the new one is about."))
        if self.action in ("assign", "transfer") and (data.get("to") is None) == (data.get("team") is None):
            self.add_error("to" if "to" in self.fields else "team", _("Choose a person or a team."))
        return data

    def chosen(self) -> tuple[User | None, Team | None]:
        """The person or the team, where the field holds one."""
        return self.cleaned_data.get("to"), self.cleaned_data.get("team")
