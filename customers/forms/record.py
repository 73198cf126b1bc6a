"""What a browser sends when a customer is filed or a record corrected; each field is checked by its own rule."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site.forms import CrmForm
from crm_site.models import Department
from customers import identity, names
from customers.classes import Occupation
from customers.identity import Malformed
from customers.models import Customer, IdentityDocument
from customers.record import ContactData, CustomerData, DocumentData

ASK = [("", _("Choose…"))]
CONTACTS = ("mobile", "landline", "email", "wechat", "address")


def _text(label: Any, *, required: bool = False, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, required=required, max_length=200, widget=widget)


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **kwargs)


class _RecordForm(CrmForm):
    """Fields a new record and a corrected one share."""

    full_name = _text(_("Name"))
    status = forms.ChoiceField(label=_("Status"), required=False)
    sex = forms.TypedChoiceField(
        label=_("Sex"),
        choices=Customer.Sex.choices,
        coerce=int,
        required=False,
        empty_value=0,  # type: ignore[arg-type]  # the stubs know only text
    )
    birth_date = _day(_("Birth date"))
    occupation = forms.ChoiceField(label=_("Occupation"), choices=[*ASK, *Occupation.choices], required=False)
    employer = _text(_("Employer"))
    annual_income = forms.DecimalField(
        label=_("Yearly income (CNY)"),
        required=False,
        max_digits=18,
        decimal_places=2,
        min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    nationality = forms.RegexField(
        label=_("Nationality"),
        regex=r"^[A-Z]{3}$",
        initial="CHN",
        strip=True,
        error_messages={"invalid": _("Enter the three letters of the country, for example CHN.")},
    )
    language = forms.ChoiceField(label=_("Language"), choices=Customer._meta.get_field("language").flatchoices)
    region_code = _text(_("Region"), inputmode="numeric", placeholder="310104")
    home_branch = forms.ModelChoiceField(
        label=_("Home branch"), queryset=Department.objects.none(), required=False, empty_label=_("Choose…")
    )
    document_type = forms.ChoiceField(
        label=_("Document"), choices=IdentityDocument.Type.choices, initial=IdentityDocument.Type.RESIDENT_ID
    )
    document_number = _text(_("Document number"))
    document_seen = forms.BooleanField(label=_("I have seen the document"), required=False)
    mobile = _text(_("Mobile"), inputmode="tel")
    mobile_verified = forms.BooleanField(label=_("Number verified"), required=False)
    landline = _text(_("Landline"), inputmode="tel", placeholder="010-12345678")
    email = _text(_("E-mail"), inputmode="email")
    wechat = _text(_("WeChat"))
    address = _text(_("Address"))

    def _furnish(self) -> None:
        branches = self.fields["home_branch"]
        assert isinstance(branches, forms.ModelChoiceField)  # noqa: S101 - declared above
        branches.queryset = Department.objects.filter(kind=Department.Kind.BRANCH, active=True)
        super()._furnish()

    def _settled(self, name: str, read: Callable[[str], str]) -> str:
        """The value as it will be stored; what cannot be right is said at its field and kept as typed."""
        value = str(self.cleaned_data[name])
        if not value:
            return ""
        try:
            return read(value)
        except Malformed as wrong:
            raise forms.ValidationError(str(wrong), code=wrong.code) from wrong

    def clean_mobile(self) -> str:
        """An 11-digit mobile number, in any notation."""
        return self._settled("mobile", identity.mobile)

    def clean_landline(self) -> str:
        """Area code and number."""
        return self._settled("landline", identity.landline)

    def clean_email(self) -> str:
        """An e-mail address."""
        return self._settled("email", identity.email)

    def clean_document_number(self) -> str:
        """A number of the chosen kind."""
        kind = self.cleaned_data.get("document_type", IdentityDocument.Type.RESIDENT_ID)
        return self._settled("document_number", lambda text: identity.document(kind, text, today=timezone.localdate()))

    def clean_birth_date(self) -> datetime.date | None:
        """Between 1900 and today."""
        born: datetime.date | None = self.cleaned_data["birth_date"]
        if born is not None and not identity.EARLIEST <= born <= timezone.localdate():
            raise forms.ValidationError(_("Enter a birth date between 1900 and today."))
        return born

    def contacts(self) -> tuple[ContactData, ...]:
        """The ways to reach the customer that were filled in, the first of them preferred."""
        filled = [name for name in CONTACTS if self.cleaned_data.get(name)]
        return tuple(
            ContactData(
                name.upper(),
                self.cleaned_data[name],
                preferred=name == filled[0],
                verified=name == "mobile" and bool(self.cleaned_data.get("mobile_verified")),
            )
            for name in filled
        )

    def document(self) -> DocumentData | None:
        """The document, if its number was filled in."""
        number = self.cleaned_data.get("document_number")
        if not number:
            return None
        return DocumentData(self.cleaned_data["document_type"], number, verified=self.cleaned_data["document_seen"])


class NewCustomerForm(_RecordForm):
    """A new customer: a name and one way to reach them are enough for a prospect."""

    one_time = True
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Customer.Kind.choices,
        initial=Customer.Kind.INDIVIDUAL,
        widget=forms.RadioSelect,
    )
    best_time = _text(_("Best time to call"))
    distinct = forms.BooleanField(
        label=_("I have compared them: this is another person"), required=False, widget=forms.HiddenInput
    )
    field_order = ("kind", "full_name")

    def _furnish(self) -> None:
        self.fields["full_name"].required = True
        status = self.fields["status"]
        assert isinstance(status, forms.ChoiceField)  # noqa: S101 - declared above
        status.choices = [(Customer.Status.PROSPECT, _("Prospect")), (Customer.Status.ACTIVE, _("Active"))]
        status.initial = Customer.Status.PROSPECT
        super()._furnish()

    def clean_full_name(self) -> str:
        """Letters and characters; digits for organisations only."""
        organisation = self.data.get("kind") == Customer.Kind.ORGANISATION
        return self._settled("full_name", lambda text: names.clean(text, organisation=organisation))

    def clean(self) -> dict[str, Any]:
        """At least one way to reach the customer."""
        data = super().clean() or self.cleaned_data
        if all(name in data and not data[name] for name in CONTACTS):
            self.add_error("mobile", _("Enter at least one way to reach the customer."))
        return data

    def ask_to_compare(self) -> None:
        """Show the box that says the look-alikes were compared."""
        self.fields["distinct"].widget = forms.CheckboxInput(attrs={"class": "form-check-input"})

    def customer_data(self) -> CustomerData:
        """What the verb takes."""
        data = self.cleaned_data
        same = (
            "full_name kind sex birth_date nationality occupation employer annual_income region_code language best_time"
        ).split()
        return CustomerData(
            **{name: data[name] for name in same},
            status=data["status"] or Customer.Status.PROSPECT,
            home_branch_id=data["home_branch"].pk if data["home_branch"] else None,
            contacts=self.contacts(),
            document=self.document(),
            distinct=bool(data["distinct"]),
        )


COVERED = ("birth_date", "employer", "annual_income")
"""Sealed facts the form does not show; left empty, they stay as they are."""
EMPTY: dict[str, str | None] = {"birth_date": None, "employer": "", "annual_income": None}
SHOWN = ("full_name", "status", "sex", "occupation", "nationality", "language", "region_code")


class EditCustomerForm(_RecordForm):
    """A correction. Sealed facts are not shown: an empty field leaves them, unless it is ticked that they go.

    Contacts and documents are added.
    """

    remove = forms.MultipleChoiceField(
        label=_("Take off the record"), required=False, widget=forms.CheckboxSelectMultiple
    )

    one_time = True
    versioned = True

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        self.customer = customer
        initial = {name: getattr(customer, name) for name in SHOWN}
        initial |= {"home_branch": customer.home_branch_id, "version": customer.version}
        kwargs["initial"] = initial | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)

    def _furnish(self) -> None:
        self.fields["full_name"].required = True
        on_file = [name for name in COVERED if getattr(self.customer, name) not in (None, "")]
        for name in on_file:
            self.fields[name].help_text = _("On file. Enter it only to change it.")
        remove = self.fields["remove"]
        assert isinstance(remove, forms.MultipleChoiceField)  # noqa: S101 - declared above
        remove.choices = [(name, str(self.fields[name].label)) for name in on_file]
        if not on_file:
            del self.fields["remove"]
        for name in (*CONTACTS, "document_number"):
            self.fields[name].help_text = _("Enter it only to add a new one.")
        status = self.fields["status"]
        assert isinstance(status, forms.ChoiceField)  # noqa: S101 - declared above
        gone = (Customer.Status.MERGED, Customer.Status.ERASED)
        status.choices = [choice for choice in Customer.Status.choices if choice[0] not in gone]
        super()._furnish()

    def clean_full_name(self) -> str:
        """Letters and characters; digits for organisations only."""
        organisation = self.customer.kind == Customer.Kind.ORGANISATION
        return self._settled("full_name", lambda text: names.clean(text, organisation=organisation))

    def clean(self) -> dict[str, Any]:
        """A covered fact is either changed or taken off."""
        data = super().clean() or self.cleaned_data
        for name in data.get("remove", []):
            if data.get(name) not in (None, ""):
                self.add_error(name, _("Either enter a new value or take this off the record."))
        return data

    def changes(self) -> dict[str, Any]:
        """What the verb takes: shown fields as they stand now, covered ones when filled in or taken off."""
        data = self.cleaned_data
        changed: dict[str, Any] = {name: data[name] for name in SHOWN}
        changed["home_branch_id"] = data["home_branch"].pk if data["home_branch"] else None
        changed |= {name: EMPTY[name] for name in data.get("remove", [])}
        return changed | {name: data[name] for name in COVERED if data[name] not in (None, "")}
