"""One press, one object: the second submit of a form finds where the first one led.

Inside the transaction that creates the object::

    with transaction.atomic():
        earlier = form_tokens.use(token, user, "complaint")
        if earlier is None:
            thing = verb(...)
            form_tokens.finish(token, url_of(thing))

A second request with the same token waits for the first one's transaction. When that is rolled back, the token is free.
"""

from __future__ import annotations

import datetime
import re
import secrets

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site.errors import RuleBroken
from crm_site.models import FormToken, User

_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
_LOCK_TIMEOUT = "55P03"  # PostgreSQL's lock_not_available
KEPT_FOR = datetime.timedelta(days=7)


def issue() -> str:
    """A fresh token for a form that is about to be shown."""
    return secrets.token_urlsafe(32)


def use(token: str, user: User | None, form: str) -> str | None:
    """None for the first submit; for a later one the URL of what the first one made.

    ``user`` None is a public form. Raises RuleBroken when the token is no token, was used by another person or form, or
    when the first submit is still being worked on after the database's lock timeout.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("form_tokens.use() belongs inside the creating transaction.")
    if not _SHAPE.fullmatch(token):
        raise _out_of_date()
    try:
        with transaction.atomic():
            FormToken.objects.create(token=token, user=user, form=form, used_at=timezone.now())
    except IntegrityError:
        return _earlier(token, user, form)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != _LOCK_TIMEOUT:
            raise
        text = _("Your first press is still being worked on. Wait a moment, then press again.")
        raise RuleBroken("form_busy", text) from error
    return None


def _out_of_date() -> RuleBroken:
    return RuleBroken("form_out_of_date", _("This form is out of date. Open it again and enter what is missing."))


def _earlier(token: str, user: User | None, form: str) -> str:
    row = FormToken.objects.filter(token=token, user=user, form=form).first()
    if row is None or not row.result_url:
        raise _out_of_date()
    return row.result_url


def finish(token: str, url: str) -> None:
    """Remember where the first submit led; same transaction as ``use``."""
    FormToken.objects.filter(token=token).update(result_url=url)


def purge(*, now: datetime.datetime) -> int:
    """Forget tokens used more than a week ago; returns how many."""
    deleted, _by_model = FormToken.objects.filter(used_at__lt=now - KEPT_FOR).delete()
    return deleted
