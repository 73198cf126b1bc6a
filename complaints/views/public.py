"""The public door: bring a matter, look it up with number and code, add to it. No sign-in; nothing tells who is whose.

What is known of a visitor lies sealed in their session: the code they were just given, the matter they just opened.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from complaints import public_page
from complaints.actions import access_codes, public_door
from complaints.actions.public_door import Brought
from complaints.forms.public import ComplainForm, LookUpForm, MoreWordsForm, NewCodeForm, TrapForm
from complaints.models import Complaint
from crm_site import door_counts, form_tokens
from crm_site.client import client_ip
from crm_site.door_counts import Limit
from crm_site.encryption import CannotDecrypt, decrypt, encrypt
from crm_site.errors import RuleBroken

BRING = Limit("bring", most=20, minutes=60)
BRING_CONTACT = Limit("bring.contact", most=5, minutes=1440)
LOOK = Limit("look", most=5, minutes=30)
LOOK_ADDRESS = Limit("look.address", most=60, minutes=30)
LOOK_NUMBER = Limit("look.number", most=100, minutes=1440)
CODE = Limit("code", most=3, minutes=1440)
CODE_ADDRESS = Limit("code.address", most=20, minutes=60)
ADD = Limit("add", most=10, minutes=60)
OPEN_FOR = datetime.timedelta(minutes=30)
_PLACE = "complaints.public"


# --- what a visitor's session holds -----------------------------------------------------------------------------
def _keep(request: HttpRequest, name: str, **facts: str) -> None:
    request.session[name] = encrypt(json.dumps(facts), place=_PLACE)


def _kept(request: HttpRequest, name: str) -> dict[str, str]:
    """What was kept; nothing where there is nothing, or it was sealed by another key."""
    try:
        facts: dict[str, str] = json.loads(decrypt(str(request.session.get(name, "")), place=_PLACE))
    except (CannotDecrypt, ValueError, IndexError):
        return {}
    return facts


def _busy(request: HttpRequest, limit: Limit) -> HttpResponse:
    """429: too often; the same words for everybody."""
    seconds = limit.minutes * 60
    minutes = min(limit.minutes, 30)
    page = render(request, "complaints/public_busy.html", {"minutes": minutes}, status=429)
    page["Retry-After"] = str(seconds)
    return page


# --- bringing a matter ------------------------------------------------------------------------------------------
@never_cache
def complain(request: HttpRequest) -> HttpResponse:
    """The form. One press makes one complaint; what was typed stays when something is missing."""
    form = ComplainForm(request.POST or None)
    if request.method == "POST":
        if not door_counts.knock(BRING, client_ip(request)):
            return _busy(request, BRING)
        if form.is_valid():
            return _bring(request, form)
    return render(request, "complaints/public_complain.html", {"form": form}, status=422 if form.errors else 200)


def _bring(request: HttpRequest, form: ComplainForm) -> HttpResponse:
    if not door_counts.knock(BRING_CONTACT, form.cleaned_data["contact"].casefold()):
        return _busy(request, BRING_CONTACT)
    try:
        return redirect(_bring_once(request, form))
    except RuleBroken as broken:
        form.add_error(None, str(broken))
    return render(request, "complaints/public_complain.html", {"form": form}, status=422)


@transaction.atomic
def _bring_once(request: HttpRequest, form: ComplainForm) -> str:
    data, url = form.cleaned_data, reverse("complaints:complain_received")
    earlier = form_tokens.use(data["form_token"], None, "complain")
    if earlier is not None:
        return earlier
    names = ("name", "contact", "nature", "business", "content", "wish")
    behalf = data["on_behalf_of"] if data["relation"] == "AGENT" else ""
    brought = Brought(**{name: data[name] for name in names}, on_behalf_of=behalf, language=get_language() or "")
    complaint, code = public_door.bring(brought)
    form_tokens.finish(data["form_token"], url)
    _keep(request, "receipt", number=complaint.number, code=code)
    return url


@never_cache
def received(request: HttpRequest) -> HttpResponse:
    """Number and code, for the browser that brought the matter; for any other a page that says nothing."""
    facts = _kept(request, "receipt")
    complaint = Complaint.objects.select_related("team").filter(number=facts.get("number", "")).first()
    if complaint is None:
        return redirect("complaints:complain")
    matter = public_page.of(complaint)
    return render(request, "complaints/public_received.html", {"matter": matter, "code": facts["code"]})


# --- looking it up ----------------------------------------------------------------------------------------------
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Number and code. A wrong one, a used one, an old one: the same words."""
    form = LookUpForm(request.POST or None)
    if request.method == "POST":
        number = access_codes.read_number(request.POST.get("number", ""))
        if not _may_look(request, number):
            return _busy(request, LOOK)
        if form.is_valid():
            return _look(request, form)
    return render(request, "complaints/public_status.html", {"form": form}, status=422 if form.errors else 200)


def _may_look(request: HttpRequest, number: str) -> bool:
    """By number and address together, so that nobody locks somebody else out; and by each of them more widely."""
    address = client_ip(request)
    knocks = [
        door_counts.knock(LOOK, f"{number} {address}"),
        door_counts.knock(LOOK_ADDRESS, address),
        door_counts.knock(LOOK_NUMBER, number),
    ]
    return all(knocks)


def _look(request: HttpRequest, form: LookUpForm) -> HttpResponse:
    complaint = access_codes.take(number=form.cleaned_data["number"], code=form.cleaned_data["code"])
    if complaint is None:
        form.add_error(None, _("Number and code do not fit, or the code was used or is too old."))
        return render(request, "complaints/public_status.html", {"form": form}, status=422)
    request.session.cycle_key()
    _keep(request, "matter", number=complaint.number, until=(timezone.now() + OPEN_FOR).isoformat())
    return redirect("complaints:matter")


@never_cache
def new_code(request: HttpRequest) -> HttpResponse:
    """A new code to the address on record; the answer is the same whether there is one."""
    form = NewCodeForm(request.POST or None)
    sent = False
    if request.method == "POST":
        number = access_codes.read_number(request.POST.get("number", ""))
        knocks = [door_counts.knock(CODE, number), door_counts.knock(CODE_ADDRESS, client_ip(request))]
        if not all(knocks):
            return _busy(request, CODE)
        if form.is_valid():
            public_door.send_code(number)
            sent = True
    context = {"form": form, "sent": sent}
    return render(request, "complaints/public_code.html", context, status=422 if form.errors else 200)


def _opened(request: HttpRequest) -> Complaint | None:
    """The matter this visitor opened with a code, while its half hour runs."""
    facts = _kept(request, "matter")
    if not facts or datetime.datetime.fromisoformat(facts["until"]) <= timezone.now():
        return None
    return Complaint.objects.select_related("team", "customer", "owner").filter(number=facts["number"]).first()


@never_cache
def matter(request: HttpRequest) -> HttpResponse:
    """Where it stands; and more words, or that the answer does not satisfy."""
    complaint = _opened(request)
    if complaint is None:
        return redirect("complaints:status")
    form = MoreWordsForm(request.POST or None)
    if request.method == "POST":
        if not door_counts.knock(ADD, complaint.number):
            return _busy(request, ADD)
        if form.is_valid() and _said(form, complaint):
            return redirect(f"{reverse('complaints:matter')}?said=1")
    context: dict[str, Any] = {"form": form, "matter": public_page.of(complaint), "said": "said" in request.GET}
    return render(request, "complaints/public_matter.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _said(form: TrapForm, complaint: Complaint) -> bool:
    """Whether the words were taken down, now or by the press before."""
    data, act = form.cleaned_data, public_door.add_words
    if data["act"] == "object":
        act = public_door.not_satisfied
    try:
        if form_tokens.use(data["form_token"], None, f"matter:{complaint.number}") is None:
            act(complaint=complaint, words=data["words"])
            form_tokens.finish(data["form_token"], reverse("complaints:matter"))
    except RuleBroken as broken:
        form.add_error(broken.field if broken.field in form.fields else None, str(broken))
        transaction.set_rollback(True)
    return not form.errors


@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """Close the matter in this browser."""
    for name in ("matter", "receipt"):
        request.session.pop(name, None)
    return redirect("complaints:status")
