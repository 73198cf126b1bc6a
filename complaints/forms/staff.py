"""A member of staff, named by number or by name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _

from crm_site.models import User

NUMBER_MOST, CANDIDATES = 40, 6


def field(label: Any, help_text: Any = "") -> forms.CharField:
    """Where one is named."""
    attrs = {"autocomplete": "off"}
    return forms.CharField(
        label=label,
        required=False,
        max_length=NUMBER_MOST,
        help_text=help_text,
        widget=forms.TextInput(attrs=attrs),
    )


def found(typed: str) -> User | None:
    """Who has this staff number or exactly this name; None for an empty field.

    Raises ValidationError for nobody, and for several, naming their numbers to choose from.
    """
    text = typed.strip()
    if not text:
        return None
    numbered = User.objects.filter(employee_no__iexact=text).first()
    if numbered is not None:
        return numbered
    people = User.objects.select_related("team").order_by("employee_no")
    named = list(people.filter(display_name__iexact=text)[: CANDIDATES + 1])
    if len(named) == 1:
        return named[0]
    named = named or list(people.filter(display_name__icontains=text)[: CANDIDATES + 1])
    if not named:
        raise forms.ValidationError(_("Nobody has this staff number or name."))
    listed = get_text_list([_one(person) for person in named[:CANDIDATES]], str(_("or")))
    raise forms.ValidationError(_("Enter the staff number of the one who is meant: %(people)s.") % {"people": listed})


def _one(person: User) -> str:
    where = f", {person.team}" if person.team else ""
    return f"{person.employee_no} ({person.display_name}{where})"
