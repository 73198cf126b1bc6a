"""Words exchanged: written down once, taken back within ten minutes (handbook 2/1.1.8(1)(1); ux 5.3)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import NotAllowed, RuleBroken
from customers.actions import activity, comparing
from customers.forbidden import holds_secret
from customers.models import Activity, Customer, Interaction

if TYPE_CHECKING:
    from crm_site.models import User

UNDO_WITHIN = datetime.timedelta(minutes=10)
AHEAD = datetime.timedelta(minutes=5)


@transaction.atomic
def record(
    *,
    by: User | None,
    customer: Customer | None,
    channel: str,
    direction: str = Interaction.Direction.IN,
    topic: str = Interaction.Topic.OTHER,
    title: str = "",
    summary: str = "",
    outcome: str = Interaction.Outcome.NOTED,
    at: datetime.datetime | None = None,
    duration_s: int = 0,
    about_kind: str = "",
    about_no: str = "",
    restricted: bool = False,
    rating_points: int | None = None,
    rating_weight: int | None = None,
) -> Interaction:
    """Write down one contact. A rating (points 0–100, weight in percent) marks the customer as moved for the night.

    Raises RuleBroken("interaction.future") when ``at`` lies more than five minutes ahead, "interaction.secret"
    when somebody of ours writes a password, PIN or code down (domain J.2).
    """
    now = timezone.now()
    moment = at or now
    if moment > now + AHEAD:
        raise RuleBroken("interaction.future", _("The contact cannot lie in the future."), field="at")
    if by is not None and holds_secret(summary):
        raise RuleBroken(
            "interaction.secret",
            _("Take out the password, PIN or code. It may never be written down."),
            field="summary",
        )
    made = Interaction.objects.create(
        customer=customer,
        channel=channel,
        direction=direction,
        topic=topic,
        title=title,
        summary=summary,
        outcome=outcome,
        at=moment,
        duration_s=duration_s,
        agent=by,
        about_kind=about_kind,
        about_no=about_no,
        restricted=restricted,
        rating_points=rating_points,
        rating_weight=rating_weight,
        recorded_at=now,
    )
    # who came to us is not silent, a low mark is a warning, and a contact of a month that is over cost what it cost
    late = direction != Interaction.Direction.NONE and timezone.localdate(moment) < timezone.localdate(now).replace(
        day=1
    )
    if customer is not None and (direction == Interaction.Direction.IN or rating_points is not None or late):
        activity.touch([customer.pk])
    if customer is not None and rating_points is not None:
        Activity.objects.filter(customer=customer).update(changed_at=now)
    after = {
        "channel": channel,
        "topic": topic,
        "outcome": outcome,
        "about": about_no,
        "rated": rating_points is not None,
    }
    audit.record(by=by, action="interaction.record", obj=made, after=after)
    return made


def close_off(*, about_kind: str, about_no: str, restricted: bool) -> int:
    """Words about one matter leave the customer's timeline, or come back to it; returns how many. Part of a verb."""
    return Interaction.objects.filter(about_kind=about_kind, about_no=about_no).update(restricted=restricted)


@transaction.atomic
def undo(*, by: User, interaction: Interaction) -> Interaction:
    """Take back one's own record within ten minutes; the row stays, marked.

    Raises NotAllowed for somebody else's, RuleBroken when it is too late, Stale when it was taken back already.
    """
    now = timezone.now()
    if interaction.agent_id != by.pk:
        raise NotAllowed("interaction.owner", _("Only the person who wrote a record can take it back."))
    if now > interaction.recorded_at + UNDO_WITHIN:
        raise RuleBroken("interaction.late", _("Ten minutes have passed. Write a correcting record instead."))
    if Interaction.objects.filter(pk=interaction.pk, undone_at=None).update(undone_at=now) != 1:
        raise comparing.overtaken("interaction.stale")
    interaction.refresh_from_db()
    if interaction.customer_id is not None:
        activity.touch([interaction.customer_id])
    audit.record(by=by, action="interaction.undo", obj=interaction)
    return interaction
