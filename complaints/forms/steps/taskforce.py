"""The task force: who sits in it, a seat answered, its lead, its meetings, its milestones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import Milestone, Seat
from complaints.taskforce import Capacity
from crm_site.models import User

FIRST_ROWS, MORE_ROWS, MOST_ROWS = 4, 3, 30
DEPUTY = "DEPUTY"
CAPACITIES: choices.Options = [
    *choices.ASK,
    (Capacity.SERVICE.value, Capacity.SERVICE.label),
    (Capacity.DEPT_HEAD.value, Capacity.DEPT_HEAD.label),
    (DEPUTY, _("Deputy sent by the head")),
    (Capacity.SPECIALIST.value, Capacity.SPECIALIST.label),
]


def sits_for(capacity: str, *, deputises: bool) -> str:
    """The option of the form that stands for a seat."""
    return DEPUTY if deputises else str(capacity)


class FormForceForm(StepForm):
    """A row for each member. ``named`` is what it begins with, ``people`` whom it offers."""

    rows = forms.IntegerField(widget=forms.HiddenInput, required=False)
    lead = forms.ChoiceField(label=_("Who leads"), required=False)

    def __init__(self, *args: Any, people: Sequence[User], named: Sequence[Any] = (), **kwargs: Any) -> None:
        self.people, self.named = {str(person.pk): person for person in people}, named
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """What is proposed, or sits already, stands in the rows; some more are empty."""
        options = [*choices.ASK, *((pk, _who(person)) for pk, person in self.people.items())]
        if "who_0" not in self.initial:
            self._recall()
        lead = self.fields["lead"]
        assert isinstance(lead, forms.ChoiceField)  # noqa: S101 - declared above
        lead.choices = options
        for n in range(self.row_count):
            self.fields[f"who_{n}"] = forms.ChoiceField(label=_("Member"), choices=options, required=False)
            self.fields[f"for_{n}"] = forms.ChoiceField(label=_("Sits for"), choices=CAPACITIES, required=False)
        self.fields["rows"].initial = self.row_count

    def _recall(self) -> None:
        for n, one in enumerate(self.named):
            self.initial[f"who_{n}"] = str(one.person.pk)
            self.initial[f"for_{n}"] = sits_for(one.capacity, deputises=one.deputises)
            if one.leads:
                self.initial["lead"] = str(one.person.pk)

    @property
    def row_count(self) -> int:
        """Rows of the form as it is drawn."""
        sent = str(self.data.get("rows") if self.is_bound else self.initial.get("rows"))
        asked = int(sent) if sent.isdecimal() else FIRST_ROWS
        filled = sum(name.startswith("who_") for name in self.initial)
        return min(MOST_ROWS, max(asked, filled + 1, FIRST_ROWS))

    @property
    def seat_rows(self) -> list[tuple[BoundField, BoundField]]:
        """Fields of each member."""
        return [(self[f"who_{n}"], self[f"for_{n}"]) for n in range(self.row_count)]

    @property
    def asks_more(self) -> bool:
        """Whether the button for more rows was pressed."""
        return "more" in self.data

    def again(self) -> FormForceForm:
        """The same form with what was typed, and more rows."""
        typed: dict[str, Any] = {name: self.data[name] for name in self.fields if name in self.data}
        typed |= {"rows": self.row_count + MORE_ROWS, "who_0": typed.get("who_0", "")}
        people = list(self.people.values())
        return FormForceForm(complaint=self.complaint, user=self.user, people=people, initial=typed)

    def clean(self) -> dict[str, Any]:
        """Every row says who and for what, or nothing; the lead is one of them."""
        data: dict[str, Any] = super().clean() or {}
        for n in range(self.row_count):
            who, sits = data.get(f"who_{n}"), data.get(f"for_{n}")
            if who and not sits and not self.has_error(f"for_{n}"):
                self.add_error(f"for_{n}", _("Choose what this member sits for."))
            if sits and not who and not self.has_error(f"who_{n}"):
                self.add_error(f"who_{n}", _("Choose who sits for it."))
        chosen = {data.get(f"who_{n}") for n in range(self.row_count)}
        if data.get("lead") and data["lead"] not in chosen:
            self.add_error("lead", _("The lead is one of the members."))
        return data

    def members(self) -> list[dict[str, Any]]:
        """Person, capacity and whether they lead, of each row that is filled in; from a valid form."""
        data = self.cleaned_data
        return [
            {
                "person": self.people[who],
                "capacity": Capacity.DEPT_HEAD if data[f"for_{n}"] == DEPUTY else data[f"for_{n}"],
                "deputises": data[f"for_{n}"] == DEPUTY,
                "leads": who == data["lead"],
            }
            for n in range(self.row_count)
            if (who := data[f"who_{n}"])
        ]


def _who(person: User) -> str:
    """Name, department, and what they know."""
    parts = [person.display_name, person.team.department.name if person.team else "", *person.skill_names]
    return " · ".join(part for part in parts if part)


class SeatForm(StepForm):
    """Nothing is asked: pressing it takes the seat that is shown."""

    def __init__(self, *args: Any, seat: Seat | None, **kwargs: Any) -> None:
        self.seat = seat
        super().__init__(*args, **kwargs)


class DeclineSeatForm(SeatForm):
    reason = choices.words(
        _("Why not"),
        rows=2,
        max_length=500,
        help_text=_("Read by those who look for somebody else; it never reaches a message to the customer."),
    )


class SeatField(forms.ModelChoiceField):
    """One of the seats."""

    def label_from_instance(self, obj: Seat) -> str:
        """Who sits there, for what."""
        return seat_words(obj)


class SeatsField(forms.ModelMultipleChoiceField):
    """Some of the seats."""

    def label_from_instance(self, obj: Seat) -> str:
        """Who sits there, for what."""
        return seat_words(obj)


def seat_words(seat: Seat) -> str:
    """Name, department and capacity."""
    return f"{seat.person.display_name} · {seat.department.name} · {seat.get_capacity_display()}"


class _OfSeatsForm(StepForm):
    """Base: chooses among the seats given."""

    def __init__(self, *args: Any, seats: Any, **kwargs: Any) -> None:
        self.seats = seats
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """The seats that are held."""
        for name in ("seat", "present"):
            if name in self.fields:
                field = self.fields[name]
                assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared below
                field.queryset = self.seats


class NameLeadForm(_OfSeatsForm):
    seat = SeatField(label=_("Who leads"), queryset=Seat.objects.none(), empty_label=None, widget=forms.RadioSelect)


class MeetingForm(_OfSeatsForm):
    held_at = choices.moment(_("When"), required=True)
    present = SeatsField(label=_("Who was there"), queryset=Seat.objects.none(), widget=forms.CheckboxSelectMultiple)
    note = choices.words(_("What was discussed"), help_text=_("Internal; it never reaches a message to the customer."))
    decisions = choices.words(_("What was decided"), rows=2, required=False)


class MilestoneForm(_OfSeatsForm):
    text = choices.words(_("What is to be reached"), rows=2, max_length=300)
    seat = SeatField(label=_("Who answers for it"), queryset=Seat.objects.none(), empty_label=_("Choose …"))
    due_on = forms.DateField(
        label=_("By when"), widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d")
    )


class MilestoneField(forms.ModelChoiceField):
    """One of the milestones that are owed."""

    def label_from_instance(self, obj: Milestone) -> str:
        """What is to be reached, and by whom."""
        return f"{obj.text} · {obj.owner.display_name}"


class MeetMilestoneForm(StepForm):
    milestone = MilestoneField(
        label=_("Milestone"), queryset=Milestone.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    result = choices.radios(_("How it ended"), Milestone.Result)
    note = choices.words(
        _("Where it can be seen, or why it is not needed"),
        rows=2,
        required=False,
        max_length=500,
        help_text=_("Needed when it fell away."),
    )

    def __init__(self, *args: Any, milestones: Any, **kwargs: Any) -> None:
        self.milestones = milestones
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """The milestones this person may call reached; one alone stands chosen."""
        self.initial.setdefault("result", Milestone.Result.MET)
        field = self.fields["milestone"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = self.milestones
        if len(self.milestones) == 1:
            self.initial.setdefault("milestone", self.milestones[0].pk)
