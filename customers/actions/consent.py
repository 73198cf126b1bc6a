"""What a customer allows: written down as acts, asked before all that is not service (domain H.2; PIPL 13–16)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import RuleBroken
from customers.models import Consent, Customer

if TYPE_CHECKING:
    from crm_site.models import User

AHEAD = datetime.timedelta(minutes=5)
PROVEN_BY_REFERENCE = (Consent.Evidence.FORM, Consent.Evidence.CALL, Consent.Evidence.PAPER)


@transaction.atomic
def record_consent(
    *,
    by: User | None,
    customer: Customer,
    purpose: str,
    channel: str,
    act: str,
    at: datetime.datetime | None = None,
    evidence: str,
    evidence_ref: str = "",
    expires_at: datetime.datetime | None = None,
    text_version: str = "1",
) -> Consent:
    """Add one act; the latest by its own time counts, for its channel or for all.

    Saying no needs no proof; a grant names where its proof is kept. Raises RuleBroken "consent.future",
    "consent.expired" or "consent.evidence".
    """
    now = timezone.now()
    moment = at or now
    if moment > now + AHEAD:
        raise RuleBroken("consent.future", _("The moment of consent cannot lie in the future."), field="at")
    if act == Consent.Act.GRANT:
        _check_grant(moment, expires_at, evidence, evidence_ref)
    made = Consent.objects.create(
        customer=customer,
        purpose=purpose,
        channel=channel,
        act=act,
        at=moment,
        expires_at=expires_at,
        evidence=evidence,
        evidence_ref=evidence_ref.strip(),
        text_version=text_version,
        recorded_by=by,
        recorded_at=now,
    )
    after = {"purpose": purpose, "channel": channel, "act": act, "at": moment, "evidence": evidence}
    audit.record(by=by, action="consent.record", obj=customer, after=after)
    return made


def _check_grant(at: datetime.datetime, expires_at: datetime.datetime | None, evidence: str, evidence_ref: str) -> None:
    if expires_at is not None and expires_at <= at:
        raise RuleBroken("consent.expired", _("Choose an end that lies after the consent."), field="expires_at")
    if evidence in PROVEN_BY_REFERENCE and not evidence_ref.strip():
        raise RuleBroken(
            "consent.evidence", _("Enter the number of the form, letter or recording."), field="evidence_ref"
        )


def allowed(customer: Customer, purpose: str, channel: str, now: datetime.datetime) -> bool:
    """Whether this purpose may use this channel now. Nothing recorded means no; service asks for nothing.

    Of the latest act for the channel and the latest for all channels, the later one counts.
    """
    if purpose == Consent.Purpose.SERVICE:
        return True
    acts = Consent.objects.filter(customer=customer).effective(customer, now)
    said = [acts[key] for key in ((purpose, channel), (purpose, Consent.Channel.ALL)) if key in acts]
    return bool(said) and max(said, key=lambda act: (act.at, act.pk)).allows(now)
