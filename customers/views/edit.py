"""Filing a customer and correcting a record: one form each, one press, nothing typed is lost (ux 5.4, 5.5)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_site.actions import drafts
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import Draft, User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from customers import showing
from customers.actions import disclosure, filing, removal
from customers.actions.duplicates import LooksAlike, OnFile
from customers.forms.record import EditCustomerForm, NewCustomerForm
from customers.models import Customer
from customers.views.once import once, put

NEW_DRAFT = "customer-new"


def new(request: StaffRequest) -> HttpResponse:
    """File a new customer. Who looks like somebody on file is compared first."""
    form = NewCustomerForm(request.POST or None, initial=_left(request, NEW_DRAFT))
    context: dict[str, Any] = {"form": form, "draft_key": NEW_DRAFT, "draft": _offer(request, form, NEW_DRAFT)}
    if request.method == "POST" and form.is_valid():
        try:
            url = once(request.user, form, "customer", lambda: _file(request.user, form))
        except RuleBroken as broken:
            put(form, broken)
            context["alike"] = _alike(request.user, form, broken)
        else:
            return _saved(request, NEW_DRAFT, _("Customer filed"), url)
    return render(request, "customers/new.html", context, status=422 if form.errors else 200)


def _file(user: User, form: NewCustomerForm) -> str:
    made = filing.create_customer(by=user, data=form.customer_data())
    return reverse("customers:detail", args=[made.customer_no])


def _alike(user: User, form: NewCustomerForm, broken: RuleBroken) -> list[dict[str, Any]]:
    """Who is on file already, covered; the number only of those this person may open."""
    if isinstance(broken, LooksAlike):
        form.ask_to_compare()
        found = [(each.customer, str(each.shares)) for each in broken.found]
    else:
        found = [(broken.customer, _("same document"))] if isinstance(broken, OnFile) else []
    pks = [customer.pk for customer, _shares in found]
    visible = set(Customer.objects.visible_to(user).filter(pk__in=pks).values_list("pk", flat=True))
    return [
        {
            "name": customer.masked_name,
            "number": customer.customer_no if customer.pk in visible else "",
            "person": showing.person(customer),
            "shares": shares,
        }
        for customer, shares in found
    ]


def edit(request: StaffRequest, number: str) -> HttpResponse:
    """Correct a record. Saved by somebody else in between, both versions are shown and nothing is written."""
    user = request.user
    customer = get_object_or_404(Customer.objects.visible_to(user).living(), customer_no=number)
    key = f"customer:{customer.customer_no.lower()}"
    on_file = showing.on_file(customer)
    form = EditCustomerForm(request.POST or None, customer=customer, on_file=on_file, initial=_left(request, key))
    if request.method == "POST" and form.is_valid():
        url = _correct(user, customer, form)
        if url:
            return _saved(request, key, _("Saved"), url)
    elif request.method == "GET":
        disclosure.view(by=user, customer=customer)
    context = {"form": form, "customer": customer, "draft_key": key, "draft": _offer(request, form, key)}
    context["name"] = showing.record_name(customer, user)
    return render(request, "customers/edit.html", context, status=422 if form.errors else 200)


def _correct(user: User, customer: Customer, form: EditCustomerForm) -> str:
    """Where to go on; empty when a rule is broken, which the form then says."""
    try:
        return once(user, form, "customer-edit", lambda: _correct_once(user, customer, form))
    except (NotAllowed, Stale):
        raise
    except RuleBroken as broken:
        put(form, broken)
        return ""


def _correct_once(user: User, customer: Customer, form: EditCustomerForm) -> str:
    version = form.cleaned_data["version"]
    current = filing.update_customer(by=user, customer=customer, version=version, changes=form.changes())
    for contact in form.contacts():
        filing.add_contact_point(by=user, customer=current, data=contact)
    document = form.document()
    if document is not None:
        filing.add_document(by=user, customer=current, data=document)
    removal.remove_contact_points(by=user, customer=current, keys=form.removed("contacts"))
    removal.remove_documents(by=user, customer=current, keys=form.removed("documents"))
    return reverse("customers:detail", args=[customer.customer_no])


# --- what both share --------------------------------------------------------------------------------------------
def _left(request: StaffRequest, key: str) -> dict[str, Any]:
    """What was typed and not saved, when the page is asked to go on with it."""
    kept = drafts.read(by=request.user, key=key) if "draft" in request.GET else None
    if kept is None:
        return {}
    fields, _saved_at = kept
    return {name: values[0] for name, values in fields.items() if len(values) == 1 and values[0]}


def _offer(request: StaffRequest, form: NewCustomerForm | EditCustomerForm, key: str) -> Draft | None:
    """The draft to go on with, until one does."""
    if form.is_bound or "draft" in request.GET:
        return None
    return Draft.objects.filter(user=request.user, key=key).first()


def _saved(request: StaffRequest, key: str, text: str, url: str) -> HttpResponse:
    drafts.discard(by=request.user, key=key)
    toast(request, text)
    return redirect(url)
