"""One press, one act: what every door shares that makes or settles something."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import transaction

from crm_site import form_tokens
from crm_site.errors import RuleBroken
from crm_site.forms import CrmForm
from crm_site.models import FormToken, User

LONGEST_URL = FormToken._meta.get_field("result_url").max_length or 0


def once(user: User, form: CrmForm, name: str, act: Callable[[], str]) -> str:
    """Do it once for this form, in one transaction, and say where to go on; the second press is led where the first
    one went. ``name`` tells this form's tokens from those of others."""
    with transaction.atomic():
        if "form_token" not in form.fields:
            return act()
        token = form.cleaned_data["form_token"]
        earlier = form_tokens.use(token, user, name)
        if earlier is not None:
            return earlier
        url = act()
        form_tokens.finish(token, url)
    return url


def put(form: CrmForm, broken: RuleBroken, places: Mapping[str, str] | None = None) -> None:
    """The words of the rule at the field it is about; ``places`` maps names of the verb to those of the form."""
    field = (places or {}).get(broken.field or "", broken.field)
    form.add_error(field if field in form.fields else None, broken.message)  # type: ignore[arg-type]
