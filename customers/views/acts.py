"""What is done on the customer page: one press, one verb, back to the page; a refusal keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_site import bank_day
from crm_site.encryption import CannotDecrypt, decrypt, encrypt
from crm_site.errors import NotAllowed, RuleBroken, Stale, Text
from crm_site.forms import CrmForm
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from customers import sealed
from customers.actions import consent, disclosure, followups, interactions, needs, next_steps, preferences
from customers.forms import contact as forms
from customers.models import ContactPoint, Customer, FollowUp, Interaction
from customers.next_step import Suggestion
from customers.views import detail, next_step, overview
from customers.views.finding import find
from customers.views.once import once, put

_UNDO = "customers.undo"


# --- revealing --------------------------------------------------------------------------------------------------
def reveal(request: StaffRequest, number: str) -> HttpResponse:
    """The full value for a minute: in place for the script, else the page with it, which forgets it by itself."""
    customer = find(request, number)
    field = request.POST.get("field", "")
    covered = {
        "field": field,
        "what": _what(customer, field),
        "masked": _covered(customer, field),
        "reveal_url": reverse("customers:reveal", args=[number]),
        "purposes": sealed.Purpose.choices,
        "seconds": settings.CRM_REVEAL_SECONDS,
    }
    try:
        purpose, note = request.POST.get("purpose", ""), request.POST.get("note", "")
        value = disclosure.reveal(by=request.user, customer=customer, field=field, purpose=purpose, reason=note)
    except RuleBroken as broken:
        if request.htmx:
            return render(request, "_components/reveal_refused.html", covered | {"message": str(broken)}, status=422)
        return detail.page(request, customer, status=422, refused={"field": field, "message": str(broken)})
    if request.htmx:
        return render(request, "_components/revealed.html", covered | {"value": value})
    response = detail.page(request, customer, revealed={"field": field, "value": value})
    response["Refresh"] = f"{settings.CRM_REVEAL_SECONDS}; url={reverse('customers:detail', args=[number])}"
    return response


def _what(customer: Customer, field: str) -> str:
    kind, _dash, pk = field.partition("-")
    if kind == "contact" and pk.isdecimal():
        point = customer.contact_points.filter(pk=int(pk)).first()
        return str(ContactPoint.Type(point.type).label) if point else ""
    return {"document": _("document number"), "birth": _("birth date"), "account": _("account number")}.get(kind, "")


def _covered(customer: Customer, field: str) -> str:
    return overview.covered(customer, field)


# --- contacts ---------------------------------------------------------------------------------------------------
def log(request: StaffRequest, number: str) -> HttpResponse:
    """One contact written down; what needs follow-up ends with a promise, what is a complaint goes on to its form."""
    customer = find(request, number)
    form = forms.LogForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request.user, form, "log", lambda: _log(request, customer, form)))
        except RuleBroken as broken:
            put(form, broken, {"summary": "note", "due_on": "due_on"})
    return detail.page(request, customer, status=422, log_form=form)


def _log(request: StaffRequest, customer: Customer, form: forms.LogForm) -> str:
    step = _step_done(request.user, customer, form)
    made, number = _record(request.user, customer, form), customer.customer_no
    if step is not None:
        next_steps.done(by=request.user, customer=customer, found=step, at=made.recorded_at)
    outcome = form.cleaned_data["outcome"]
    if outcome == Interaction.Outcome.FOLLOW_UP:
        _promise(request.user, customer, form.cleaned_data)
    undo = encrypt(str(made.pk), place=_UNDO)
    toast(request, _("Contact saved"), undo_url=reverse("customers:undo", args=[number, undo]))
    if outcome == Interaction.Outcome.COMPLAINT:
        return f"{reverse('complaints:new')}?customer={number}"
    return reverse("customers:detail", args=[number])


def _step_done(user: User, customer: Customer, form: forms.LogForm) -> Suggestion | None:
    """The suggestion this contact carries out, if it still stands; the contact is written down in any case."""
    step, grounds = form.cleaned_data["step"], form.cleaned_data["grounds"]
    try:
        return next_step.asked(customer, user, step, grounds) if step else None
    except RuleBroken:
        return None


def _promise(user: User, customer: Customer, data: dict[str, Any]) -> None:
    followups.promise(
        by=user,
        customer=customer,
        kind=FollowUp.Kind.PROMISE,
        title=data["promise"],
        due_on=data["due_on"],
        due_at=bank_day.ends(data["due_on"]),
        owner=user,
    )


def _record(user: User, customer: Customer | None, form: forms.LogForm) -> Interaction:
    data = form.cleaned_data
    channel, _colon, direction = data["way"].partition(":")
    return interactions.record(
        by=user,
        customer=customer,
        channel=channel,
        direction=direction,
        topic=data["topic"],
        summary=data["note"],
        outcome=data["outcome"],
    )


def undo(request: StaffRequest, number: str, token: str) -> HttpResponse:
    """Take back what was just written down, within ten minutes."""
    customer = find(request, number)
    try:
        pk = int(decrypt(token, place=_UNDO))
    except CannotDecrypt as error:
        raise Http404 from error
    row = get_object_or_404(Interaction.objects.filter(customer=customer), pk=pk)
    with transaction.atomic():
        interactions.undo(by=request.user, interaction=row)
        next_steps.undone(by=request.user, customer=customer, at=row.recorded_at)
    toast(request, _("Taken back"))
    return redirect("customers:detail", number)


def unknown_caller(request: StaffRequest) -> HttpResponse:
    """A contact with somebody who is not on file."""
    form = forms.UnknownCallerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request.user, form, "unknown", lambda: _log_unknown(request, form)))
        except RuleBroken as broken:
            put(form, broken, {"summary": "note"})
    context = {"form": form, "log_icons": forms.LIVE_ICONS}
    return render(request, "customers/unknown_caller.html", context, status=422 if form.errors else 200)


def _log_unknown(request: StaffRequest, form: forms.UnknownCallerForm) -> str:
    _record(request.user, None, form)
    toast(request, _("Contact saved"))
    return reverse("customers:lookup")


# --- present and future -----------------------------------------------------------------------------------------
def record_consent(request: StaffRequest, number: str) -> HttpResponse:
    """One act of consent."""
    form = forms.ConsentForm(request.POST)

    def act(customer: Customer, user: User) -> Text:
        names = ("purpose", "channel", "act", "evidence", "evidence_ref")
        consent.record_consent(by=user, customer=customer, **{name: form.cleaned_data[name] for name in names})
        return _("Consent recorded")

    return _on_page(request, number, form, "consent_form", act)


def set_preference(request: StaffRequest, number: str) -> HttpResponse:
    """When and how the customer wants to be reached."""
    form = forms.PreferenceForm(request.POST)

    def act(customer: Customer, user: User) -> Text:
        preferences.set_preference(by=user, customer=customer, **form.cleaned_data)
        return _("Preferences saved")

    return _on_page(request, number, form, "preference_form", act)


def record_need(request: StaffRequest, number: str) -> HttpResponse:
    """Something the customer wants."""
    form = forms.NeedForm(request.POST)

    def act(customer: Customer, user: User) -> Text:
        names = ("family", "basis", "strength", "text")
        needs.record_need(by=user, customer=customer, **{name: form.cleaned_data[name] for name in names})
        return _("Need noted")

    return _on_page(request, number, form, "need_form", act)


def settle_need(request: StaffRequest, number: str) -> HttpResponse:
    """A want was met, or is no longer wanted."""
    form = forms.SettleNeedForm(request.POST)

    def act(customer: Customer, user: User) -> Text:
        data = form.cleaned_data
        need = get_object_or_404(customer.needs, pk=data["need"])
        needs.settle_need(by=user, need=need, status=data["status"], how=data["how"])
        return _("Need settled")

    return _on_page(request, number, form, "settle_form", act)


def step_later(request: StaffRequest, number: str) -> HttpResponse:
    """The suggested next step on another day: promised for it, or put off until then."""
    form = forms.StepLaterForm(request.POST)

    def act(customer: Customer, user: User) -> Text:
        data = form.cleaned_data
        found = next_step.asked(customer, user, data["step"], data["grounds"])
        said: dict[str, Any] = {"by": user, "customer": customer, "found": found, "reason": data["reason"]}
        if data["answer"] == "promise":
            next_steps.promise(**said, due_on=data["day"], due_at=bank_day.ends(data["day"]))
            return _("Promise noted")
        next_steps.put_off(**said, until=data["day"])
        return _("Put off")

    return _on_page(request, number, form, "later_form", act)


def step_unsuitable(request: StaffRequest, number: str) -> HttpResponse:
    """The suggested next step does not suit this customer."""
    form = forms.StepUnsuitableForm(request.POST)

    def act(customer: Customer, user: User) -> Text:
        data = form.cleaned_data
        found = next_step.asked(customer, user, data["step"], data["grounds"])
        next_steps.dismiss(by=user, customer=customer, found=found, reason=data["reason"])
        return _("Set aside for 30 days")

    return _on_page(request, number, form, "unsuitable_form", act)


def _on_page(
    request: StaffRequest, number: str, form: CrmForm, name: str, act: Callable[[Customer, User], Text]
) -> HttpResponse:
    customer = find(request, number)
    url = reverse("customers:detail", args=[number])

    def done() -> str:
        toast(request, str(act(customer, request.user)))
        return url

    if form.is_valid():
        try:
            return redirect(once(request.user, form, name, done))
        except (NotAllowed, Stale):
            raise
        except RuleBroken as broken:
            put(form, broken, {"due_on": "day"})
    return detail.page(request, customer, status=422, **{name: form})
