"""The plan: written with its actions, sent, decided on, revised; an action done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import ActionItem, Payment, Plan
from complaints.models.plan import DECISION_MAX
from crm_site.models import User
from crm_site.wording import date_words, money_words

FIRST_ROWS, MORE_ROWS, MOST_ROWS = 3, 3, 30
_TEXTS = ("findings", "cause_text", "measures", "customer_message")


class WritePlanForm(StepForm):
    findings = choices.words(_("What was found"), required=False)
    cause_text = choices.words(_("Why it happened"), rows=2, required=False)
    measures = choices.words(_("What will be done"))
    redress_type = forms.ChoiceField(label=_("Redress"), choices=Plan.Redress.choices)
    redress = choices.money(_("Amount (CNY)"))
    customer_message = choices.words(
        _("What the customer will be told"),
        required=False,
        help_text=_("Offered as the text of the feedback once the plan is approved."),
    )
    rows = forms.IntegerField(widget=forms.HiddenInput, required=False)
    send = forms.BooleanField(label=_("Send for approval now"), required=False)

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        self.people = {str(person.pk): person for person in people}
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """The words of the latest version stand in the fields; a row for each action, and some that are empty."""
        self._recall()
        for n in range(self.row_count):
            self._add_row(n)
        self.fields["rows"].initial = self.row_count

    def _recall(self) -> None:
        plan = self._latest()
        same = plan is not None and plan.round_id == self.complaint.round.pk
        self.done = list(plan.actions.exclude(done_at=None)) if plan and same else []
        if plan is None or "measures" in self.initial:
            return
        self.initial.update({name: getattr(plan, name) for name in _TEXTS})
        if same:
            self.initial["redress_type"] = plan.redress_type
            self.initial["redress"] = Decimal(plan.redress_fen).scaleb(-2) if plan.redress_fen else None
        elif plan.redress_fen:  # money is never granted twice by a copy
            earlier = {"amount": money_words(Decimal(plan.redress_fen) / 100)}
            self.fields["redress"].help_text = _("Beside the %(amount)s granted in an earlier round.") % earlier
        for n, item in enumerate(plan.actions.filter(done_at=None)):
            row = {f"do_{n}": item.text, f"who_{n}": str(item.owner_id), f"until_{n}": item.due_on}
            self.initial.update(row)

    def _latest(self) -> Plan | None:
        """The latest version of this round; in a new round, what the earlier one had agreed."""
        of_all = Plan.objects.filter(round__complaint=self.complaint)
        return of_all.order_by("-round__no", "-version").first()

    @property
    def row_count(self) -> int:
        """Rows of the form as it is drawn."""
        sent = str(self.data.get("rows") if self.is_bound else self.initial.get("rows"))
        asked = int(sent) if sent.isdecimal() else FIRST_ROWS
        filled = sum(name.startswith("do_") for name in self.initial)
        return min(MOST_ROWS, max(asked, filled + 1, FIRST_ROWS))

    def _add_row(self, n: int) -> None:
        options = [*choices.ASK, *((pk, _who(person)) for pk, person in self.people.items())]
        number = {"n": n + 1}
        self.fields[f"do_{n}"] = forms.CharField(label=_("Action %(n)s") % number, required=False, max_length=300)
        who = pgettext_lazy("does it", "Who")
        self.fields[f"who_{n}"] = forms.ChoiceField(label=who, choices=options, required=False)
        self.fields[f"until_{n}"] = forms.DateField(
            label=_("By when"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        )

    @property
    def step_rows(self) -> list[tuple[BoundField, BoundField, BoundField]]:
        """Fields of each action."""
        return [(self[f"do_{n}"], self[f"who_{n}"], self[f"until_{n}"]) for n in range(self.row_count)]

    @property
    def asks_more(self) -> bool:
        """Whether the button for more rows was pressed."""
        return "more" in self.data

    def again(self) -> WritePlanForm:
        """The same form with what was typed, and more rows."""
        typed: dict[str, Any] = {name: self.data[name] for name in self.fields if name in self.data}
        typed["rows"] = self.row_count + MORE_ROWS
        typed["send"] = "send" in self.data
        people = list(self.people.values())
        return WritePlanForm(complaint=self.complaint, user=self.user, people=people, initial=typed)

    def clean(self) -> dict[str, Any]:
        """Every row says what, who and by when, or nothing."""
        data: dict[str, Any] = super().clean() or {}
        for n in range(self.row_count):
            self._require_whole(n, data)
        return data

    def _require_whole(self, n: int, data: dict[str, Any]) -> None:
        missing = [name for name in ("do", "who", "until") if not data.get(f"{name}_{n}")]
        if len(missing) in (0, 3):
            return
        words = {
            "do": _("Write what is done in every action, or leave its row empty."),
            "who": _("Choose who does it."),
            "until": _("Enter the day by which it is done."),
        }
        for name in missing:
            if not self.has_error(f"{name}_{n}"):
                self.add_error(f"{name}_{n}", words[name])

    def written(self) -> dict[str, Any]:
        """The words and the amount in fen, from a valid form."""
        words = {name: self.cleaned_data[name] for name in (*_TEXTS, "redress_type")}
        return words | {"redress_fen": choices.fen(self.cleaned_data["redress"])}

    def actions(self) -> list[dict[str, Any]]:
        """Text, owner and day of each row that is filled in, from a valid form."""
        data = self.cleaned_data
        return [
            {"text": text, "owner": self.people[data[f"who_{n}"]], "due_on": data[f"until_{n}"]}
            for n in range(self.row_count)
            if (text := data[f"do_{n}"])
        ]


def _who(person: User) -> str:
    return f"{person.display_name} · {person.team.department.name}" if person.team else person.display_name


class DecidePlanForm(StepForm):
    """Nothing is asked: pressing it sends or approves the plan that is shown."""

    def __init__(self, *args: Any, plan: Plan | None, **kwargs: Any) -> None:
        self.plan = plan
        super().__init__(*args, **kwargs)


class ReturnPlanForm(DecidePlanForm):
    reason = choices.words(_("What has to change"), max_length=DECISION_MAX)


class RevisePlanForm(StepForm):
    reason = choices.words(
        _("Why the agreed plan does not hold"),
        rows=2,
        max_length=500,
        help_text=_("The next version begins as a copy; actions already done stay done."),
    )


class ItemField(forms.ModelChoiceField):
    """One of the actions that are owed."""

    def label_from_instance(self, obj: ActionItem) -> str:
        """Who owes what."""
        return f"{obj.text} · {obj.owner.display_name}"


class CompleteActionForm(StepForm):
    item = ItemField(label=_("Action"), queryset=ActionItem.objects.none(), empty_label=None, widget=forms.RadioSelect)
    evidence = choices.words(_("What was done, and where it can be seen"), rows=2, required=False, max_length=500)

    def __init__(self, *args: Any, items: Any, **kwargs: Any) -> None:
        self.items = items
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """The actions this person may call done; one alone stands chosen."""
        field = self.fields["item"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = self.items
        if len(self.items) == 1:
            self.initial.setdefault("item", self.items[0].pk)


class PaymentField(forms.ModelChoiceField):
    """One of the payments that are owed."""

    def label_from_instance(self, obj: Payment) -> str:
        """How much, by whom and by when."""
        promise = obj.follow_up
        by_when = _("by %(day)s") % {"day": date_words(promise.due_on, "short")}
        owner = promise.owner.display_name if promise.owner else ""
        return " · ".join(part for part in (money_words(_yuan(obj.amount_fen)), owner, by_when) if part)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


class PayForm(StepForm):
    payment = PaymentField(
        label=_("Redress that was agreed"),
        queryset=Payment.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
    )
    paid = choices.money(_("Amount paid (CNY)"))
    paid_at = choices.moment(_("Paid at"), help_text=_("Empty means just now."))
    reference = forms.CharField(
        label=_("Reference of the payment"),
        required=False,
        max_length=40,
        help_text=_("Under which the booking is found."),
    )
    reason = choices.words(_("Why less, where less is paid than was agreed"), rows=2, required=False, max_length=500)

    def __init__(self, *args: Any, payments: Any, **kwargs: Any) -> None:
        self.payments = payments
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """What is owed; one alone stands chosen with its amount."""
        self.fields["paid"].required = True
        field = self.fields["payment"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = self.payments
        found = list(self.payments)
        if len(found) == 1:
            self.initial.setdefault("payment", found[0].pk)
            self.initial.setdefault("paid", _yuan(found[0].amount_fen))
