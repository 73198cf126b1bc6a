"""Redress and who may say yes to it: what the gate asks about consents and payments (domain D.10, INV-8, INV-17)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from complaints import redress, severity
from complaints.models import Complaint, Consent, Participation, Payment, Plan
from complaints.models.redress import PaymentQuerySet
from complaints.redress import Office
from crm_site.errors import NotAllowed, RuleBroken, Text
from crm_site.models import Department
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

Asked = tuple["User", Department]
MAY_AGREE = (Role.LIAISON, Role.TFMEMBER, Role.HANDLER, Role.SUPERVISOR)
"""Roles to whom a promise opens the complaint it is about."""
_NOBODY: dict[Office, Text] = {
    Office.HEAD: _(
        "Redress of this amount needs the consent of the head of a department concerned, and no department that takes "
        "part has a head who may give it. Ask a department whose head is named."
    ),
    Office.FINANCE: _(
        "Redress of this amount needs the consent of finance, and no finance department has a head who may give it. "
        "A head is named on the page of the department."
    ),
}


# --- consents ---------------------------------------------------------------------------------------------------
def heads(complaint: Complaint) -> list[Department]:
    """Departments concerned: that answers for it, the branch, those asked and not sent back; each once."""
    asked = Participation.objects.filter(round=complaint.round, bounced_at=None).select_related("department__head")
    found = [complaint.responsible, complaint.branch, *(one.department for one in asked)]
    return list({one.pk: one for one in found if one is not None and one.kind != Department.Kind.FINANCE}.values())


def finance() -> list[Department]:
    """Departments of finance."""
    return list(Department.objects.filter(active=True, kind=Department.Kind.FINANCE).select_related("head"))


def may_agree(complaint: Complaint, plan: Plan, person: User) -> bool:
    """At work, let in by being asked, no writer of the plan, and none whom the complaint is about."""
    at_work = person.is_active and person.status == person.Status.ACTIVE
    free = at_work and person.has_role(*MAY_AGREE) and not complaint.concerns(person)
    return free and not plan.writers.filter(pk=person.pk).exists()


def _able(complaint: Complaint, plan: Plan, departments: list[Department], by: User | None) -> Iterator[Asked]:
    for department in departments:
        head = department.head
        if department.active and head is not None and head != by and may_agree(complaint, plan, head):
            yield head, department


def whom(complaint: Complaint, plan: Plan, *, by: User | None = None) -> dict[Office, Asked]:
    """Whom the chain of this plan leads through, each another person; ``by`` is about to write in it.

    Raises RuleBroken where an office has nobody.
    """
    given = {one.office: (one.person, one.department) for one in plan.consents.standing().select_related("person")}
    found = {
        Office.HEAD: [given["HEAD"]] if "HEAD" in given else list(_able(complaint, plan, heads(complaint), by)),
        Office.FINANCE: list(_able(complaint, plan, finance(), by)),
    }
    for office, people in found.items():
        if not people:
            raise RuleBroken(f"redress.no_{office.lower()}", _NOBODY[office])
    for head, money in product(found[Office.HEAD], found[Office.FINANCE]):
        if head[0] != money[0]:
            return {Office.HEAD: head, Office.FINANCE: money}
    raise RuleBroken("redress.no_finance", _NOBODY[Office.FINANCE])


def require_whom(complaint: Complaint, plan: Plan, by: User) -> None:
    """A plan above the limit is sent only where somebody can be asked."""
    if redress.needed(plan.redress_fen):
        whom(complaint, plan, by=by)


def asked_of(complaint: Complaint, user: User) -> Consent | None:
    """The consent this person is asked for now."""
    asked = Consent.objects.asked().filter(plan__round__complaint=complaint, person=user)
    return asked.select_related("plan", "follow_up").first()


def require_asked(complaint: Complaint, by: User) -> None:
    """Only who was asked answers, and once."""
    if asked_of(complaint, by) is not None:
        return
    said = (Consent.State.GIVEN, Consent.State.REFUSED)
    if Consent.objects.filter(plan__round=complaint.round, person=by, state__in=said).exists():
        raise RuleBroken("redress.answered", _("You have said already whether you agree to this redress."))
    raise NotAllowed("redress.not_asked", _("Your consent to this redress is not asked."))


def require_granted(plan: Plan, by: User) -> None:
    """Within what this person may grant; above the limit what others agreed to before, each another (domain D.10)."""
    limit = severity.redress_authority(by.roles)
    if plan.redress_fen <= limit:
        return
    if limit < redress.ABOVE_FEN:
        raise NotAllowed("plan.authority", _("This redress is more than you may grant."))
    consents = {one.office: one for one in plan.consents.standing().select_related("person")}
    for office in redress.needed(plan.redress_fen):
        one = consents.get(office)
        if one is None or one.state != Consent.State.GIVEN:
            raise RuleBroken(f"redress.missing_{office.lower()}", missing_words(office, one))
        if one.person_id == by.pk:
            text = _("You agreed to its redress already. Another supervisor approves the plan.")
            raise NotAllowed("redress.own_consent", text)


def missing_words(office: Office, asked: Consent | None) -> Text:
    """Whose consent is missing, and who was asked for it."""
    if asked is None:
        return _("Consent still missing: %(office)s.") % {"office": office.label}
    text = _("Consent still missing: %(office)s. %(name)s was asked.")
    return text % {"office": office.label, "name": asked.person.display_name}


# --- payments ---------------------------------------------------------------------------------------------------
def owed(complaint: Complaint, user: User, *, handles: bool) -> PaymentQuerySet:
    """Payments this person may record: those they promised, or any where they handle the complaint."""
    found = Payment.objects.owed(complaint).select_related("plan", "follow_up__owner", "granted_by")
    return found if handles else found.of(user)


def require_another_pays(complaint: Complaint, by: User) -> None:
    """Who granted the money does not record that it was paid (domain INV-8)."""
    waiting = Payment.objects.owed(complaint)
    if not waiting.exists():
        raise RuleBroken("redress.none", _("No redress waits to be paid."))
    if not waiting.exclude(granted_by=by).exists():
        raise NotAllowed("redress.own", _("You granted this redress. Somebody else records that it was paid."))
