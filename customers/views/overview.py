"""What the customer page says of past, present and future, put together from the three books (house §2, mock 02)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site import policy, wording
from crm_site.models import CalendarDay, User
from customers import promises, showing
from customers.actions import measuring
from customers.classes import AgeBand, CreditRisk, Flag, LoyaltyClass, NeedType
from customers.completeness import LABELS
from customers.models import (
    Consent,
    ContactPoint,
    ContactPreference,
    Customer,
    FollowUp,
    Interaction,
    Standing,
)


def header(customer: Customer, user: User, standing: Standing | None) -> dict[str, Any]:
    """Who this is, in one line and a row of covered numbers."""
    points = list(customer.contact_points.order_by("-preferred", "pk"))
    document = customer.identity_documents.filter(primary=True).first()
    filled = measuring.measured(customer, today=timezone.localdate())
    return {
        "name": showing.record_name(customer, user),
        "spoken": showing.spoken_name(customer, user),
        "line": _line(customer, standing),
        "contacts": [
            {
                "label": point.get_type_display(),
                "covered": showing.contact(point),
                "field": f"contact-{point.pk}",
                "verified": point.verified_at is not None,
                "bad": point.status != ContactPoint.Status.OK,
            }
            for point in points
        ],
        "document": {"label": document.get_type_display(), "covered": showing.document(document)} if document else None,
        "birth": showing.birth_date(customer),
        "preference": ContactPreference.objects.filter(customer=customer).first(),
        "completeness": filled.score,
        "missing": [str(LABELS[code]) for code in filled.missing[:3]],
        "chips": _chips(standing, user),
    }


def _line(customer: Customer, standing: Standing | None) -> str:
    parts = [showing.person(customer)]
    if standing is not None and standing.age_band != AgeBand.UNKNOWN:
        words = {"age": parts[0], "band": AgeBand(standing.age_band).label}
        parts[0] = _("%(age)s (%(band)s)") % words if parts[0] else ""
    if customer.occupation:
        parts.append(customer.get_occupation_display())
    if customer.opened_on:
        parts.append(_("since %(year)s") % {"year": customer.opened_on.year})
    if customer.home_branch:
        parts.append(customer.home_branch.name)
    return " · ".join(part for part in parts if part)


def _chips(standing: Standing | None, user: User) -> list[dict[str, str]]:
    """The classes that say how to serve; the asset class stands before them as a tier.

    A high credit risk is said to those alone who may see how the customer is valued.
    """
    if standing is None:
        return []
    chips = []
    if standing.loyalty != LoyaltyClass.UNKNOWN:
        chips.append(_class_chip(standing, "loyalty", str(LoyaltyClass(standing.loyalty).label), "heart"))
    if standing.need_type != NeedType.UNKNOWN:
        chips.append(_class_chip(standing, "need_type", str(NeedType(standing.need_type).label), "graph-up-arrow"))
    if standing.risk_triggers:
        chips.append({"text": str(Flag.AT_RISK.label), "icon": "exclamation-triangle", "kind": "warn"})
    if standing.credit_risk == CreditRisk.HIGH and policy.may(user, "analytics:value"):
        chips.append({"text": _("High credit risk"), "icon": "exclamation-triangle", "kind": "warn"})
    return chips


def _class_chip(standing: Standing, dimension: str, label: str, icon: str) -> dict[str, str]:
    """A class; one that is set by hand looks and reads otherwise."""
    if dimension in standing.by_hand:
        return {"text": _("%(class)s (by hand)") % {"class": label}, "icon": "pencil", "kind": "line"}
    return {"text": label, "icon": icon, "kind": ""}


def future(customer: Customer) -> dict[str, Any]:
    """Open complaints, and the other promises."""
    now, calendar = timezone.now(), CalendarDay.objects.calendar()
    rows = list(customer.follow_ups.open().select_related("owner", "team").order_by("due_at", "pk")[:60])
    subjects = _subjects(rows)
    complaints: dict[str, dict[str, Any]] = {}
    others: list[dict[str, Any]] = []
    for row in rows:
        said = {"promise": row, "due": promises.due_state(row, now, calendar)}
        if row.about_kind != "complaint" or row.kind != FollowUp.Kind.CLOCK:
            others.append(said)
        elif row.about_no not in complaints:
            complaints[row.about_no] = {**said, **_about(row, subjects)}
        else:
            known = complaints[row.about_no]["promise"]
            known.about_level = max(known.about_level or 0, row.about_level or 0) or None
    return {"open_complaints": list(complaints.values()), "promises": others, "rows": rows}


def _about(row: FollowUp, subjects: dict[str, str]) -> dict[str, str]:
    page = promises.about_page(row.about_kind, row.about_no)
    return {"page": page, "subject": subjects.get(row.about_no) or row.about_no}


def _subjects(rows: list[FollowUp]) -> dict[str, str]:
    """What each complaint is about, as the contact says that brought it."""
    numbers = {row.about_no for row in rows if row.about_kind == "complaint"}
    brought = Interaction.objects.filter(
        about_kind="complaint", about_no__in=numbers, outcome="COMPLAINT", restricted=False
    )
    return dict(brought.order_by("-at").values_list("about_no", "title"))


def present(customer: Customer) -> dict[str, Any]:
    """Classes as published, consents in effect, open needs."""
    now = timezone.now()
    acts = Consent.objects.filter(customer=customer).effective(customer, now)
    purposes = list(Consent.Purpose)
    recorded = sorted(acts.values(), key=lambda act: (purposes.index(Consent.Purpose(act.purpose)), act.channel))
    return {
        "consents": [
            {
                "purpose": act.get_purpose_display(),
                "channel": act.get_channel_display(),
                "yes": act.allows(now),
                "said": _expired(act)
                if act.act == Consent.Act.GRANT and not act.allows(now)
                else act.get_act_display(),
                "at": act.at,
                "evidence": act.get_evidence_display(),
            }
            for act in recorded
        ],
        "by_contract": not any(act.purpose == Consent.Purpose.SERVICE for act in recorded),
        "asks_marketing": not any(act.purpose == Consent.Purpose.MARKETING for act in recorded),
        "may_offer": any(act.purpose == Consent.Purpose.MARKETING and act.allows(now) for act in recorded),
        "needs": list(customer.needs.open()[:10]),
        "past_needs": list(customer.needs.past()[:5]),
    }


def _expired(act: Consent) -> str:
    return _("Expired on %(day)s") % {"day": wording.date_words(act.expires_at)}


def covered(customer: Customer, field: str) -> str:
    """The covered form of one sealed value, for a page that could not show the whole one."""
    kind, _dash, pk = field.partition("-")
    if kind == "contact" and pk.isdecimal():
        point = customer.contact_points.filter(pk=int(pk)).first()
        return showing.contact(point) if point else ""
    if kind == "birth":
        return showing.birth_date(customer)
    document = customer.identity_documents.filter(primary=True).first() if kind == "document" else None
    return showing.document(document) if document else "***"
