"""Why it came to a complaint, and who answers for it (handbook 6/1.1.31(3); domain D.9, R6.31)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from complaints import causing
from complaints.actions.turning import turn
from complaints.models import CauseDetail, Complaint, RootCause
from crm_site import audit
from crm_site.errors import RuleBroken

if TYPE_CHECKING:
    from crm_site.models import Department, User
    from customers.models import Product

DESCRIPTION_MIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found out. ``cause`` is a code, or a code and the code of its kind: "FEES.ATM"."""

    cause: str
    description: str
    systemic: bool
    responsible: Department | None = None
    business: str = ""
    product: Product | None = None
    branch: Department | None = None


def record_root_cause(*, by: User, complaint: Complaint, version: int, finding: Finding) -> Complaint:
    """The root cause of a complaint with cause, product and department; a later finding takes the place of this one."""
    if len(finding.description.strip()) < DESCRIPTION_MIN:
        text = _("Write in a sentence what lay behind it.")
        raise RuleBroken("root_cause.description", text, field="description")
    changes: dict[str, Any] = causing.columns(finding.cause)
    given: dict[str, Any] = {"responsible": finding.responsible, "business": finding.business}
    given |= {"product": finding.product, "branch": finding.branch}
    changes |= {name: value for name, value in given.items() if value}
    with turn("root_cause", by=by, complaint=complaint, version=version, changes=changes) as now:
        values = {"description": finding.description.strip(), "systemic": finding.systemic, "by": by, "at": now.at}
        RootCause.objects.update_or_create(complaint=now.complaint, defaults=values)
        now.facts |= {
            "cause": now.complaint.cause,
            "detail": now.complaint.cause_detail.code if now.complaint.cause_detail else "",
            "systemic": finding.systemic,
            "responsible": finding.responsible.code if finding.responsible else "",
        }
    return now.complaint


@transaction.atomic
def set_detail(
    *, by: User, code: str, cause: str, name: str, standard_code: str = "", active: bool = True
) -> CauseDetail:
    """A kind of a cause, made or changed; complaints keep the one they have."""
    if not name.strip():
        raise RuleBroken("cause.name", _("Name the kind of the cause."), field="name")
    if causing.BETWEEN in code or not code.strip():
        raise RuleBroken("cause.code", _("Give it a code of letters and digits."), field="code")
    before = CauseDetail.objects.filter(code=code).first()
    if before is not None and before.cause != cause:
        raise RuleBroken("cause.moved", _("A kind keeps its cause. Make a new one."), field="cause")
    values = {"cause": cause, "name": name.strip(), "standard_code": standard_code.strip(), "active": active}
    was = {field: getattr(before, field) for field in values} if before else {}
    made, _created = CauseDetail.objects.update_or_create(code=code.strip(), defaults=values)
    audit.record(by=by, action="cause.set", obj=made, before=was, after=values)
    return made
