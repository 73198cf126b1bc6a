"""Many complaints at once: select, look at what will happen to each, do it, see what became of each, take it back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from complaints import loads, persons
from complaints.actions import batches
from complaints.actions.batches import Decision
from complaints.forms.steps.assigning import BulkForm
from complaints.models import Batch, BatchRow, Complaint, Gathering, Membership
from complaints.views.queue.walking import asked_of
from crm_site import form_tokens
from crm_site.errors import NotAllowed, RuleBroken, Text
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.shell import toast

SHOWN = 200  # rows a page names one by one
FORM = "complaint-batch"
Looked = tuple[Complaint, RuleBroken | None]
TITLES: dict[str, Text] = {
    "assign": _("Assign complaints"),
    "transfer": _("Pass complaints to a team"),
    "claim": _("Take complaints"),
    "link": _("Put complaints into an incident"),
}


def bulk(request: StaffRequest, action: str) -> HttpResponse:
    """POST: the page that names what will happen to every selected row; with ``go`` it is done."""
    if action not in TITLES:
        raise Http404
    chosen = _selected(request)
    if action not in batches.actions_of(request.user):
        raise NotAllowed("state.role", _("Your role may not take this step. Ask your team leader."))
    people = loads.people(request.user, chosen) if action == "assign" else []
    going = "go" in request.POST
    first = _first(request, people)
    sent = request.POST if going else None
    form = BulkForm(sent, action=action, user=request.user, people=people, teams=loads.teams(), initial=first)
    if going and form.is_valid():
        done = _go(request, form, chosen)
        if done is not None:
            return done
    return render(request, "complaints/bulk.html", _preview(request, form, chosen), status=422 if form.errors else 200)


def _first(request: StaffRequest, people: list[loads.Load]) -> dict[str, str]:
    """Who has least stands chosen, unless somebody was."""
    asked = request.POST.get("to", "")
    return {
        "to": asked or (people[0].user.employee_no if people else ""),
        **{
            name: request.POST[name] for name in ("team", "reason", "note", "incident", "title") if name in request.POST
        },
    }


def _selected(request: StaffRequest) -> list[Complaint]:
    """The ticked rows, or with ``all`` every row of the list, as far as this person sees them, in its order."""
    related = ("customer", "owner", "team")
    if "all" in request.POST:
        rows = asked_of(request, request.POST.get("list", "")).rows()
        return list(rows.select_related(*related)[: batches.MOST + 1])
    numbers = request.POST.getlist("row")[: batches.MOST + 1]
    found = Complaint.objects.visible_to(request.user).filter(number__in=numbers).select_related(*related)
    if numbers and not found:
        raise Http404
    place = {number: at for at, number in enumerate(numbers)}
    return sorted(found, key=lambda complaint: place[complaint.number])


def _decision(form: BulkForm) -> Decision:
    if form.action == "link":
        return _into(form)
    if form.is_bound and form.is_valid():
        to, team = form.chosen()
        words = {name: form.cleaned_data.get(name, "") for name in ("reason", "note")}
        return Decision(form.action, to, team, **words)
    known = {load.user.employee_no: load.user for load in form.people}
    to = known.get(str(form["to"].value() or "")) if "to" in form.fields else None
    team = loads.teams().filter(code=form["team"].value() or "").first() if "team" in form.fields else None
    return Decision(form.action, to, team, str(form["reason"].value() or "") if "reason" in form.fields else "")


def _into(form: BulkForm) -> Decision:
    if form.is_bound and form.is_valid():
        return batches.into(form.cleaned_data["incident"], form.cleaned_data["title"])
    known = Gathering.objects.visible_to(form.user).open()
    return batches.into(known.filter(number=form["incident"].value() or "").first(), str(form["title"].value() or ""))


def _go(request: StaffRequest, form: BulkForm, chosen: list[Complaint]) -> HttpResponse | None:
    """Written once, however often it is sent; None when a rule stands against the whole."""
    decision = _decision(form)
    try:
        batch, earlier = _start(request, decision, chosen)
    except RuleBroken as broken:
        form.add_error(broken.field if broken.field in form.fields else None, str(broken))
        return None
    if batch is None:
        return redirect(earlier)
    if batch.total <= batches.AT_ONCE:
        batches.run(batch)
        _say(request, batch)
    return redirect("complaints:batch", ref=batch.ref)


@transaction.atomic
def _start(request: StaffRequest, decision: Decision, chosen: list[Complaint]) -> tuple[Batch | None, str]:
    token = request.POST.get("form_token", "")
    earlier = form_tokens.use(token, request.user, FORM)
    if earlier is not None:
        return None, earlier
    batch = batches.start(decision, by=request.user, complaints=chosen)
    form_tokens.finish(token, reverse("complaints:batch", args=[batch.ref]))
    return batch, ""


def _say(request: StaffRequest, batch: Batch) -> None:
    n = batch.rows.filter(state=BatchRow.State.DONE).count()
    words = ngettext("%(n)s complaint done", "%(n)s complaints done", n) % {"n": n}
    toast(request, words, undo_url=reverse("complaints:undo", args=[batch.ref]) if n else "")


def _preview(request: StaffRequest, form: BulkForm, chosen: list[Complaint]) -> dict[str, Any]:
    decision = _decision(form)
    looked = [(row, batches.against(decision, by=request.user, complaint=row)) for row in chosen]
    good = sum(broken is None for _row, broken in looked)
    return {
        "title": TITLES[form.action],
        "form": form,
        "action": form.action,
        "now_label": _("Now in") if form.action == "link" else _("Now with"),
        "then_label": _("Then in") if form.action == "link" else _("Then with"),
        "fields": list(form.visible_fields()),
        "rows": _lines(looked[:SHOWN], decision, request.user),
        "numbers": [] if "all" in request.POST else [row.number for row in chosen],
        "all": "all" in request.POST,
        "list": request.POST.get("list", ""),
        "total": len(chosen),
        "good": good,
        "bad": len(chosen) - good,
        "unseen": max(0, len(chosen) - SHOWN),
        "later": len(chosen) > batches.AT_ONCE,
        "back": f"{reverse('complaints:list')}?{request.POST.get('list', '')}",
    }


def _lines(looked: list[Looked], decision: Decision, user: User) -> list[dict[str, Any]]:
    """Where each is now, where it goes, and what stands against it."""
    links = decision.action == "link"
    held = _held([row for row, _broken in looked]) if links else {}
    goes = decision.to.display_name if decision.to else decision.team.name if decision.team else user.display_name
    then = str(decision.incident or decision.title or _("A new one")) if links else goes
    return [
        {
            "complaint": row,
            "name": persons.listed_name(row, user),
            "now": ", ".join(held.get(row.pk, [])) if links else _holder(row),
            "then": then,
            "broken": str(broken) if broken else "",
        }
        for row, broken in looked
    ]


def _holder(row: Complaint) -> str:
    return row.owner.display_name if row.owner else row.team.name if row.team else ""


def _held(rows: list[Complaint]) -> dict[int, list[str]]:
    """Groups and incidents each belongs to."""
    found: dict[int, list[str]] = defaultdict(list)
    memberships = Membership.objects.filter(complaint__in=[row.pk for row in rows])
    for pk, number in memberships.values_list("complaint", "gathering__number"):
        found[pk].append(number)
    return found


# --- what became of it ---------------------------------------------------------------------------------------------
def batch(request: StaffRequest, ref: str) -> HttpResponse:
    """How far it is, what was refused and why, and the way back; for a script the changing part alone."""
    made = _find(request, ref)
    count = {state: 0 for state in BatchRow.State.values}
    count |= dict(made.rows.order_by().values_list("state").annotate(n=Count("pk")))
    rows = made.rows.select_related("complaint").exclude(state=BatchRow.State.WAITING).order_by("-state", "pk")
    context = {
        "batch": made,
        "title": TITLES[made.action],
        "count": count,
        "done": made.total - count["WAITING"],
        "rows": list(rows[:SHOWN]),
        "undo": _undo_url(made, count, request.user),
    }
    template = "complaints/_batch.html" if request.htmx else "complaints/batch.html"
    return render(request, template, context)


def _undo_url(made: Batch, count: dict[str, int], user: User) -> str:
    mine = made.by_id == user.pk and made.undone_at is None and made.finished_at is not None
    return reverse("complaints:undo", args=[made.ref]) if mine and count["DONE"] else ""


def _find(request: StaffRequest, ref: str) -> Batch:
    rows = Batch.objects.visible_to(request.user).select_related("by", "to", "team", "gathering")
    return get_object_or_404(rows, ref=ref)


def undo(request: StaffRequest, ref: str) -> HttpResponse:
    """POST: the whole batch goes back, what somebody changed since stays and is listed."""
    made = _find(request, ref)
    back, left = batches.undo(by=request.user, batch=made)
    words = ngettext("%(n)s complaint taken back", "%(n)s complaints taken back", back) % {"n": back}
    if left:
        words += _(", ") + ngettext("%(n)s changed since and left", "%(n)s changed since and left", left) % {"n": left}
    toast(request, words)
    return redirect("complaints:batch", ref=made.ref)
