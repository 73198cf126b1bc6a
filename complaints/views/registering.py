"""How a new complaint comes in: one screen, one press, one complaint (ux 6(3), mock 03)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints import states, suggesting
from complaints.actions import intake
from complaints.actions.accusing import Accusation
from complaints.actions.assessment import Judgement
from complaints.actions.authority import Paper
from complaints.actions.intake import Statement
from complaints.actions.referring import Method, Referral
from complaints.actions.resolution import Asked, Solution, Told
from complaints.forms import choices
from complaints.forms.intake import ComplaintForm, choosable
from complaints.models import Complaint
from complaints.sla import Level
from complaints.views import preview
from crm_site import form_tokens
from crm_site.actions import drafts
from crm_site.errors import RuleBroken
from crm_site.models import Draft, Team, User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from customers.models import Interaction

DRAFT = "complaint-new"
FORM = "complaint"


def new(request: StaffRequest) -> HttpResponse:
    """Register what somebody brings. One press makes one complaint; what was typed is never lost."""
    user = request.user
    form = ComplaintForm(request.POST or None, user=user, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        try:
            url, said = _register_once(user, form)
        except RuleBroken as broken:
            form.add_error(broken.field if broken.field in form.fields else None, str(broken))
        else:
            drafts.discard(by=user, key=DRAFT)
            toast(request, said)
            return redirect(url)
    return render(request, "complaints/complaint_new.html", _new_page(form), status=422 if form.errors else 200)


def _initial(request: StaffRequest) -> dict[str, Any]:
    """The customer of the page it was opened from, and what was left unfinished."""
    initial: dict[str, Any] = {"customer": request.GET.get("customer", "")}
    kept = drafts.read(by=request.user, key=DRAFT) if "draft" in request.GET else None
    if kept is not None:
        fields, _saved_at = kept
        initial |= {name: values[0] if len(values) == 1 else values for name, values in fields.items() if values}
    return initial


def _register_once(user: User, form: ComplaintForm) -> tuple[str, str]:
    """Where it goes on, and what is said there."""
    token = form.cleaned_data["form_token"]
    with transaction.atomic():
        earlier = form_tokens.use(token, user, FORM)
        if earlier is not None:
            return earlier, _("Registered")
        complaint = _register(user, form)
        url, said = _onward(user, complaint)
        form_tokens.finish(token, url)
    return url, said


def _onward(user: User, complaint: Complaint) -> tuple[str, str]:
    """To its page; who gave it out of sight by registering it is told so, on the list."""
    if Complaint.objects.visible_to(user).filter(pk=complaint.pk).exists():
        return reverse("complaints:detail", args=[complaint.number]), _("Registered")
    text = _("%(number)s is registered. It is restricted and goes on without you, so you do not see it any more.")
    return reverse("complaints:list"), text % {"number": complaint.number}


def _register(user: User, form: ComplaintForm) -> Complaint:
    """The way out the form took."""
    data = form.cleaned_data
    given: dict[str, Any] = {"by": user, "statement": _statement(data), "reason": data["reason"]}
    if data["not_ours"]:
        told = {name: data[name] for name in ("target", "department", "told_how")}
        told |= {"reason": data["referral_reason"], "method": data["method"] or Method.OTHER}
        return intake.receive_and_refer(referral=Referral(**told, written=data["written"]), **given)
    given["written"] = data["written"]
    if data["nature"] != Complaint.Nature.COMPLAINT:
        owner, team = _hands(user, form, None, complains=False)
        return intake.receive(nature=data["nature"], owner=owner, team=team, **given)
    if data["solved"]:
        return intake.receive_minor_solved(solution=_solution(data), **given)
    return _register_complaint(user, form, given)


def _register_complaint(user: User, form: ComplaintForm, given: dict[str, Any]) -> Complaint:
    """Assessed at once by whoever may decide on the level; else the level is proposed."""
    data = form.cleaned_data
    level = Level(data["level"]) if data["level"] else None
    owner, team = _hands(user, form, level, complains=True)
    given |= {"owner": owner, "team": team}
    if level is not None and states.assessors(level) & set(user.roles):
        return intake.receive_and_assess(judgement=_judgement(data, level), **given)
    return intake.receive(nature=data["nature"], proposed_level=level, **given)


def _statement(data: dict[str, Any]) -> Statement:
    same = (
        "subject content channel received_at customer complainant_name complainant_contact relation source "
        "external_ref desired_outcome business vulnerable forwarded_on their_due_on"
    ).split()
    disputed = choices.fen(data["amount"]) if data["amount"] is not None else None
    return Statement(
        **{name: data[name] for name in same},
        disputed_fen=disputed,
        recording=data["recording"] or (_NOT_ASKED if data["channel"] == Interaction.Channel.PHONE else ""),
        authority=_paper(data),
        accusation=Accusation(person=data["accused"], said=data["accused_said"]) if data["accused"] else None,
    )


_NOT_ASKED = Complaint.Recording.NOT_ASKED


def _paper(data: dict[str, Any]) -> Paper | None:
    """The authority, where somebody speaks for the customer and showed one."""
    if not data["authority"]:
        return None
    return Paper(kind=data["authority"], seen_on=data["seen_on"], valid_until=data["valid_until"])


def _solution(data: dict[str, Any]) -> Solution:
    told = Told(
        channel=data["channel"],
        content=data["solution"],
        decision=data["decision"],
        redress_fen=choices.fen(data["redress"]),
    )
    asked = Asked(
        channel=data["channel"],
        satisfaction=int(data["satisfaction"]) if data["satisfaction"] else None,
        accepted={"1": True, "0": False}.get(data["accepted"]),
    )
    return Solution(cause=data["cause"], told=told, asked=asked)


def _judgement(data: dict[str, Any], level: Level) -> Judgement:
    return Judgement(
        factors=suggesting.factors(
            customer=data["customer"],
            cause=data["cause"],
            source=data["source"],
            disputed_fen=choices.fen(data["amount"]),
            vulnerable=data["vulnerable"],
            departments=int(data["departments"] or 0),
        ),
        level=level,
        cause=data["cause"],
        core_issue=data["subject"],
        desired_outcome=data["desired_outcome"],
        deviation_reason=data["deviation_reason"],
    )


def _hands(user: User, form: ComplaintForm, level: Level | None, complains: bool) -> tuple[User | None, Team | None]:
    """Who gets it. By the rules: who may decide on it keeps it; else it waits with a complaints team."""
    choice = form.cleaned_data["owner"] or "auto"
    if choice.startswith("team:"):
        return None, form.teams.get(int(choice.removeprefix("team:")))
    mine = not complains or level == Level.MINOR or bool(states.assessors(Level.SEVERE) & set(user.roles))
    if choice == "me" or mine:
        return user, user.team
    waiting = next((team for team in form.teams.values() if team.purpose == Team.Purpose.COMPLAINT), user.team)
    return None, waiting


def _new_page(form: ComplaintForm) -> dict[str, Any]:
    number = form["customer"].value()
    customer = choosable(form.user).filter(customer_no=number or "-").first()
    return {
        "form": form,
        "customer": customer,
        "earlier": customer.complaints.count() if customer else 0,
        "nature_hints": choices.NATURE_HINTS,
        "level_hints": choices.LEVEL_HINTS,
        "draft_key": DRAFT,
        "draft": None if form.is_bound else Draft.objects.filter(user=form.user, key=DRAFT).first(),
        "preview": _preview(form),
    }


def _preview(form: ComplaintForm) -> preview.Preview:
    """The side of the page before any script has asked."""
    data = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else {}
    return preview.of(
        nature=data.get("nature") or "",
        level=data.get("level") or "",
        channel=data.get("channel") or "",
        source=data.get("source") or "DIRECT",
        received_at=data.get("received_at"),
    )
