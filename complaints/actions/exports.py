"""Taking a list out: asked for with a purpose, granted by a second person where it is large, fetched once (J.5)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.models import Export
from complaints.models.export import FREE_ROWS
from crm_site import audit, masking
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AccessRecord
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

State = Export.State
VALID_FOR = datetime.timedelta(hours=24)
GRANTERS = (Role.SUPERVISOR, Role.PRIVACY)
GROWTH = 1.1  # a list that grew by more since it was granted is another list
LONGEST_QUERY, MOST_IN_A_SHEET = 1000, 1_000_000


@transaction.atomic
def ask(*, by: User, query: str, rows: int, file_format: str, purpose: str, reason: str = "") -> Export:
    """Enter it in the register. Up to FREE_ROWS it is ready at once; above, it waits for a second person's consent.

    Raises RuleBroken for an empty list, for a large one without a reason, and for more rows than a sheet holds.
    """
    if rows == 0:
        raise RuleBroken("export.empty", _("There is nothing in this list to export."))
    if len(query) > LONGEST_QUERY:
        raise RuleBroken("export.long", _("These are too many filters to keep."))
    if file_format == Export.Format.XLSX and rows > MOST_IN_A_SHEET:
        raise RuleBroken("export.sheet", _("A workbook does not hold so many rows. Choose CSV."), field="file_format")
    large = rows > FREE_ROWS
    if large and not reason.strip():
        text = _("More than %(most)s rows: say what they are needed for.") % {"most": f"{FREE_ROWS:,}"}
        raise RuleBroken("export.reason", text, field="reason")
    now = timezone.now()
    made = Export.objects.create(
        by=by,
        query=query,
        format=file_format,
        purpose=purpose,
        reason=masking.redact(reason.strip()),
        rows=rows,
        state=State.ASKED if large else State.APPROVED,
        asked_at=now,
        expires_at=None if large else now + VALID_FOR,
    )
    facts = {"rows": rows, "format": file_format, "purpose": purpose}
    audit.record(by=by, action="complaint_export.ask", obj=made, after=facts, reason=made.reason)
    return made


@transaction.atomic
def decide(*, by: User, export: Export, granted: bool) -> Export:
    """A second person grants it for VALID_FOR, or does not. Raises NotAllowed for the asker and for other roles."""
    if not by.has_role(*GRANTERS) or export.by_id == by.pk:
        raise NotAllowed("export.second", _("A second person decides: a supervisor or the privacy officer."))
    now = timezone.now()
    state = State.APPROVED if granted else State.REFUSED
    changed = Export.objects.filter(pk=export.pk, state=State.ASKED).update(
        state=state, decided_by=by, decided_at=now, expires_at=now + VALID_FOR if granted else None
    )
    if changed != 1:
        raise Stale("export.decided", _("This was decided already."))
    audit.record(by=by, action="complaint_export.decide", obj=export, after={"state": str(state)})
    export.refresh_from_db()
    return export


@transaction.atomic
def fetch(*, by: User, export: Export, rows: int) -> None:
    """The file is made now, once, for who asked. ``rows`` are in the list now; a list that grew is asked for again.

    Written before the first row leaves: what was begun counts as taken out.
    """
    if export.by_id != by.pk:
        raise NotAllowed("export.owner", _("Only who asked for it fetches it."))
    if rows > max(FREE_ROWS, export.rows * GROWTH):
        raise RuleBroken("export.grown", _("The list has grown since it was granted. Ask for it again."))
    now = timezone.now()
    ready = Export.objects.filter(pk=export.pk, state=State.APPROVED, expires_at__gt=now)
    if ready.update(state=State.FETCHED, fetched_at=now) != 1:
        raise Stale("export.fetched", _("It was fetched already, was not granted, or its time is over."))
    audit.record(by=by, action="complaint_export.fetch", obj=export, after={"rows": rows})
    audit.accessed(
        by=by,
        kind=AccessRecord.Kind.EXPORT,
        obj=export,
        purpose=export.purpose,
        reason=export.reason,
        results=rows,
        fields="list",
    )
