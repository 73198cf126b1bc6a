"""The base of every form: what is optional is marked, messages say what to do, errors are listed in field order."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# messages Django formats with the value or the limit, where a per cent sign of ours would be taken for a placeholder
_FORMATTED_LATER = frozenset({"invalid_choice", "min_length", "max_length", "min_value", "max_value"})
_DASHES = "---------"  # what Django writes for "nothing chosen"
FORM_TOKEN_LENGTH = 43  # secrets.token_urlsafe(32); the column of FormToken

# general first: a later, more particular kind of field replaces the advice of an earlier one
_ADVICE: list[tuple[type[forms.Field], dict[str, Any]]] = [
    (forms.Field, {"required": _("Fill in “%(label)s”.")}),
    (
        forms.ChoiceField,
        {
            "required": _("Choose an option for “%(label)s”."),
            "invalid_choice": _("Choose one of the options listed for “%(label)s”."),
        },
    ),
    (
        forms.ModelChoiceField,
        {
            "required": _("Choose an option for “%(label)s”."),
            "invalid_choice": _("Choose one of the options listed for “%(label)s”."),
        },
    ),
    (forms.BooleanField, {"required": _("Tick “%(label)s” to go on.")}),
    (forms.DateField, {"invalid": _("Enter “%(label)s” as YYYY-MM-DD, for example 2025-10-14.")}),
    (forms.DateTimeField, {"invalid": _("Enter “%(label)s” as YYYY-MM-DD HH:MM, for example 2025-10-14 09:30.")}),
    (forms.IntegerField, {"invalid": _("Enter a whole number for “%(label)s”.")}),
    (forms.DecimalField, {"invalid": _("Enter an amount in figures for “%(label)s”, for example 3200.50.")}),
    (
        forms.CharField,
        {
            "min_length": _("Write at least %(limit_value)d characters in “%(label)s”."),
            "max_length": _("Shorten “%(label)s” to %(limit_value)d characters; it has %(show_value)d."),
        },
    ),
    (
        forms.IntegerField,  # and its kinds: decimals and floats
        {
            "min_value": _("Enter %(limit_value)s or more for “%(label)s”."),
            "max_value": _("Enter %(limit_value)s or less for “%(label)s”."),
        },
    ),
    (forms.EmailField, {"invalid": _("Enter an e-mail address such as name@example.com.")}),
    (
        forms.FileField,
        {
            "required": _("Choose a file for “%(label)s”."),
            "empty": _("The file is empty. Choose a file with content."),
        },
    ),
]


def _default_messages(field: forms.Field) -> dict[str, Any]:
    """What Django itself would say, by code: only those words are replaced, never a form's own."""
    messages: dict[str, Any] = {}
    for cls in reversed(type(field).__mro__):
        messages.update(getattr(cls, "default_error_messages", {}))
    return messages


def _advise(field: forms.Field, label: str) -> None:
    defaults = _default_messages(field)
    advice: dict[str, Any] = {}
    for kind, texts in _ADVICE:
        if isinstance(field, kind):
            advice.update(texts)
    for code, text in advice.items():
        if field.error_messages.get(code) is defaults.get(code):
            shown = label.replace("%", "%%") if code in _FORMATTED_LATER else label
            field.error_messages[code] = str(text).replace("%(label)s", shown)


def field_id(bound: BoundField) -> str:
    """The id of the first control of a field, which a link may jump to (radio groups have none of their own)."""
    return bound.id_for_label or f"{bound.auto_id}_0"


def error_list(form: forms.BaseForm) -> list[tuple[str, str]]:
    """(id of the control, message) in the order of the fields; whole-form errors first, with the id ``errsum``."""
    found = [("errsum", str(message)) for message in form.non_field_errors()]
    for bound in form:
        target = "errsum" if bound.is_hidden else field_id(bound)
        found += [(target, str(message)) for message in bound.errors]
    return found


class _House(forms.BaseForm):
    """What CrmForm and CrmModelForm share. ``one_time`` adds a token against double submits, ``versioned`` the version
    the person was looking at, so that a stale edit is noticed."""

    one_time: ClassVar[bool] = False
    versioned: ClassVar[bool] = False
    error_css_class = "c-field--err"
    use_required_attribute = False

    def _furnish(self) -> None:
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.attrs = {"novalidate": ""}
        for name, field in self.fields.items():
            if field.widget.is_hidden:
                continue
            label = str(field.label or name.replace("_", " ").capitalize())
            _advise(field, label)
            if isinstance(field, forms.ModelChoiceField) and field.empty_label == _DASHES:
                field.empty_label = gettext("Choose …")
            if not field.required and not isinstance(field, forms.BooleanField):
                mark = gettext("(optional)")
                field.label = format_html('{} <span class="opt">{}</span>', label, mark)
        self._add_hidden()

    def _add_hidden(self) -> None:
        if self.one_time:
            self.fields["form_token"] = forms.CharField(
                required=False,
                max_length=FORM_TOKEN_LENGTH,
                widget=forms.HiddenInput,
                initial=secrets.token_urlsafe(32),
            )
        if self.versioned:
            instance = getattr(self, "instance", None)
            version = self.initial.get("version", getattr(instance, "version", None))
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=version)

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Errors for the summary at the top of the page, see error_list."""
        return error_list(self)


class CrmForm(_House, forms.Form):
    """Base of every form that is not about one row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._furnish()


class CrmModelForm(_House, forms.ModelForm):
    """Base of every form about one row. It validates; a verb saves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._furnish()
