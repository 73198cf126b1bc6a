"""The result told, the customer asked, the matter ended or opened again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import behalf
from complaints.forms import choices
from complaints.forms.steps.base import StepForm, WritingForm
from complaints.models import Complaint, Payment
from complaints.models.authority import may_hear, standing
from crm_site.errors import Text


class _Answered(StepForm):
    """Fields of "asked whether satisfied", shared by two steps."""

    satisfaction = choices.radios(_("Satisfaction, 5 is best"), choices.MARKS, required=False)
    accepted = choices.radios(_("Accepts the result"), choices.YES_NO, required=False)


_LAST = ("to_customer", "written")


class _Telling(WritingForm):
    """A result told; where somebody speaks for the customer without authority, it is told to the customer alone."""

    to_customer = forms.BooleanField(
        label=_("Told to the customer in person, not to the representative"), required=False
    )

    def prepare(self) -> None:
        """Asked only where the authority is missing or has expired."""
        if may_hear(self.complaint):
            del self.fields["to_customer"]
        else:
            stands = standing(self.complaint, timezone.localdate())
            self.fields["to_customer"].help_text = str(behalf.SAYS[stands])


class ResolveForm(_Answered, _Telling):
    cause = forms.ChoiceField(label=_("Cause"), choices=choices.causes)
    content = choices.words(_("What was done and said"))
    decision = choices.radios(_("Decision"), choices.DECISIONS)
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    redress = choices.money(_("Redress (CNY)"))
    routes_told = forms.BooleanField(label=_("Further routes explained"), required=False)
    field_order = (
        "cause",
        "content",
        "decision",
        "channel",
        "redress",
        "routes_told",
        "to_customer",
        "written",
        "satisfaction",
        "accepted",
    )

    def prepare(self) -> None:
        """Told on the channel it came by, unless changed; a result heard is not written as well unless wished."""
        super().prepare()
        heard = self.complaint.live
        known = {"channel": self.complaint.channel, "written": not heard}
        self.initial.update({"cause": choices.cause_of(self.complaint)} | known)


class FeedBackForm(_Telling):
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    at = choices.moment(_("When"), help_text=_("Empty means just now."))
    reached = choices.radios(
        _("Did you reach the customer?"),
        [
            ("1", _("Yes, told the result")),
            ("0", _("No, nobody reached")),
            ("served", _("No, the result was sent in writing")),
        ],
    )
    decision = choices.radios(_("Decision"), choices.DECISIONS, required=False)
    content = choices.words(
        _("What the customer was told"), help_text=_("Decision, reasons, what happens now, further routes.")
    )
    reason = choices.words(_("Why it was decided so"), rows=2, max_length=500)
    redress = choices.money(_("Redress (CNY)"))
    routes_told = forms.BooleanField(label=_("Further routes explained"), required=False)
    close_now = forms.BooleanField(label=_("Close it with this answer"), required=False, initial=True)

    def prepare(self) -> None:
        """An inquiry is answered; a suggestion is adopted or not, with the reason; a complaint may bring redress."""
        super().prepare()
        nature = self.complaint.nature
        drop = {
            "INQUIRY": ("decision", "reason", "redress", "routes_told"),
            "SUGGESTION": ("redress", "routes_told"),
        }.get(nature, ("reason", "close_now"))
        for name in drop:
            del self.fields[name]
        if nature == Complaint.Nature.SUGGESTION:
            self.fields["decision"] = choices.radios(_("Decision"), choices.ADOPTIONS, required=False)
            last = ("reason", "close_now", "to_customer", "written")
            self.order_fields(("channel", "at", "reached", "decision", "content", *last))
        else:
            self.order_fields([*(name for name in self.fields if name not in _LAST), *_LAST])
        self.initial.setdefault("reached", "1")
        self._offer_agreed()

    def _offer_agreed(self) -> None:
        """What the agreed plan says the customer will be told and given stands in the fields."""
        plan = self.complaint.round.plans.approved().first()
        if plan is not None:
            self.initial.setdefault("content", plan.customer_message)
            self.initial.setdefault("redress", Decimal(plan.redress_fen).scaleb(-2) if plan.redress_fen else None)


class SatisfactionForm(_Answered):
    channel = forms.ChoiceField(label=_("Asked by"), choices=choices.CHANNELS)
    at = choices.moment(_("When"), help_text=_("Empty means just now."))
    reached = choices.radios(_("Did you reach the customer?"), choices.YES_NO)
    comment = choices.words(_("In the customer’s words"), rows=2, required=False)
    field_order = ("channel", "at", "reached", "satisfaction", "accepted", "comment")


class CloseForm(WritingForm):
    outcome = choices.radios(_("How it ended"), [])
    cause = forms.ChoiceField(label=_("Cause"), choices=choices.causes)
    position_final = forms.BooleanField(
        label=_("A second solution was offered, or this is our final position"), required=False
    )
    routes_told = forms.BooleanField(
        label=_("Told about review, mediation, arbitration, court and regulator"), required=False
    )
    field_order = ("outcome", "cause", "position_final", "routes_told", "written")

    def __init__(self, *args: Any, outcomes: list[tuple[str, Any]], unpaid: Iterable[Payment], **kwargs: Any) -> None:
        self.outcomes, self.unpaid = outcomes, unpaid
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """Only ends that are possible now; only what is still missing."""
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = self.outcomes
        if choices.cause_of(self.complaint) or self.complaint.nature != Complaint.Nature.COMPLAINT:
            del self.fields["cause"]
        if "UNSATISFIED_FINAL" not in dict(self.outcomes):
            del self.fields["position_final"], self.fields["routes_told"]


class ReopenForm(WritingForm):
    reason = choices.words(_("What the customer says now"), rows=3, max_length=1000)
    new_facts = forms.BooleanField(label=_("New facts, not only dissatisfaction"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=choices.CHANNELS)
    received_at = choices.moment(_("When the customer said so"), help_text=_("Empty means just now."))
    level = choices.radios(_("Level"), choices.LEVELS, required=False)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"level": choices.LEVEL_HINTS}
    field_order = ("reason", "new_facts", "channel", "received_at", "level", "written")

    def prepare(self) -> None:
        """The level it had stands chosen; other natures have none."""
        if self.complaint.nature in (Complaint.Nature.INQUIRY, Complaint.Nature.SUGGESTION):
            del self.fields["level"]
        for name, value in (("level", self.complaint.sla_level), ("channel", self.complaint.channel)):
            self.initial.setdefault(name, value)


class WithdrawForm(StepForm):
    reason = choices.words(_("Why the customer takes it back"), rows=2, max_length=500)
    evidence = forms.CharField(
        label=_("Where it can be read or heard"),
        required=False,
        max_length=300,
        help_text=_("E-mail, recording, signed note."),
    )
    read_back = forms.BooleanField(label=_("Read back to the customer and confirmed"), required=False)
