"""Codes for the page on which people look up their own matter: issued, and taken once (domain R9.7).

A wrong number and a wrong code are one answer, found in the same time: a hash is computed and compared either way.
"""

from __future__ import annotations

import datetime
import secrets
import unicodedata
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from complaints.models import AccessCode, Complaint
from crm_site import audit

if TYPE_CHECKING:
    from crm_site.models import User

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs that are not mistaken for each other
LENGTH = 8
HANDED_OUT, SENT = datetime.timedelta(days=60), datetime.timedelta(days=1)
LOOKED_AT = 5  # the newest codes of a matter; older ones are forgotten
NOBODY = "-"
same = constant_time_compare


@transaction.atomic
def issue(*, by: User | None, complaint: Complaint, valid: datetime.timedelta = HANDED_OUT) -> str:
    """A new code in clear, for this once: only its hash is kept."""
    code = "".join(secrets.choice(ALPHABET) for _each in range(LENGTH))
    now = timezone.now()
    made = AccessCode.objects.create(
        complaint=complaint,
        code_hash=_hash(complaint.number, code),
        issued_at=now,
        issued_by=by,
        expires_at=now + valid,
    )
    after = {"about": complaint.number, "expires_at": made.expires_at}
    audit.record(by=by, action="access_code.issue", obj=made, after=after)
    return f"{code[:4]}-{code[4:]}"


def take(*, number: str, code: str) -> Complaint | None:
    """The complaint this code opens, once; None for a wrong number, a wrong, used or expired code alike."""
    number, code = read_number(number), _read_code(code)
    now, wanted = timezone.now(), _hash(number, code)
    open_codes = AccessCode.objects.filter(complaint__number=number, used_at=None, expires_at__gt=now)
    known = list(open_codes.order_by("-pk").values_list("pk", "code_hash")[:LOOKED_AT])
    known += [(0, _hash(NOBODY, code))] * (LOOKED_AT - len(known))
    found = [pk for pk, kept in known if same(kept, wanted) and pk]
    return _use(found[0], now) if found else None


@transaction.atomic
def _use(pk: int, now: datetime.datetime) -> Complaint | None:
    """Of two who bring the same code at once, one gets in."""
    if AccessCode.objects.filter(pk=pk, used_at=None).update(used_at=now) != 1:
        return None
    used = AccessCode.objects.select_related("complaint").get(pk=pk)
    complaint = used.complaint
    audit.record(by=None, action="access_code.use", obj=used, after={"about": complaint.number})
    return complaint


def read_number(text: str) -> str:
    """A number as it is stored, however it was typed."""
    return unicodedata.normalize("NFKC", text).strip().upper().replace(" ", "")[:20]


def _read_code(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(each for each in folded if each.isalnum())[:20]


def _hash(number: str, code: str) -> str:
    return salted_hmac("complaints.access_code", f"{number}:{code}", algorithm="sha256").hexdigest()
