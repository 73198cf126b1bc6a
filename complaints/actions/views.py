"""Kept lists: saved, renamed, shared with the team, made the first one, taken away and put back (R6.34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.models import SavedView
from crm_site import audit, masking
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

MOST = 30  # of one person
LONGEST_NAME, LONGEST_QUERY = 40, 1000


def may_share(user: User) -> bool:
    """Whether this person's lists may stand before the whole team."""
    return user.team_id is not None and user.has_role(Role.SENIOR, Role.SUPERVISOR)


@transaction.atomic
def save(*, by: User, name: str, query: str, shared: bool = False, default: bool = False) -> SavedView:
    """Keep a list. Raises RuleBroken without a name, for too long a query and past MOST, NotAllowed for sharing."""
    if SavedView.objects.kept().filter(owner=by).count() >= MOST:
        raise RuleBroken("view.many", _("You have %(most)s saved views. Take one away first.") % {"most": MOST})
    if len(query) > LONGEST_QUERY:
        raise RuleBroken("view.long", _("These are too many filters to keep."))
    view = SavedView(owner=by, query=query, made_at=timezone.now())
    _write(by, view, name, shared, default)
    audit.record(by=by, action="saved_view.save", obj=view, after={"shared": shared, "default": default})
    return view


@transaction.atomic
def change(*, by: User, view: SavedView, name: str, shared: bool, default: bool) -> SavedView:
    """Another name, shared or not, first or not. Only its owner may."""
    _own(by, view)
    before = {"shared": view.team_id is not None, "default": view.default}
    _write(by, view, name, shared, default)
    after = {"shared": shared, "default": default}
    audit.record(by=by, action="saved_view.change", obj=view, before=before, after=after)
    return view


def _write(by: User, view: SavedView, name: str, shared: bool, default: bool) -> None:
    said = masking.redact(name.strip())[:LONGEST_NAME]
    if not said:
        raise RuleBroken("view.name", _("Give it a name."), field="name")
    if shared and not may_share(by):
        raise NotAllowed("view.share", _("Only team leaders and supervisors share views with their team."))
    if default:
        SavedView.objects.filter(owner=by, default=True).exclude(pk=view.pk).update(default=False)
    view.name, view.team, view.default = said, by.team if shared else None, default
    view.save()


def _own(by: User, view: SavedView) -> None:
    if view.owner_id != by.pk:
        raise NotAllowed("view.owner", _("This view belongs to a colleague."))


@transaction.atomic
def delete(*, by: User, view: SavedView) -> None:
    """Take it away; it can be put back."""
    _own(by, view)
    _turn(view, gone=True)
    audit.record(by=by, action="saved_view.delete", obj=view)


@transaction.atomic
def restore(*, by: User, view: SavedView) -> None:
    """Put it back as it was; it opens first only where no other does by now."""
    _own(by, view)
    if view.default and SavedView.objects.kept().filter(owner=by, default=True).exists():
        SavedView.objects.filter(pk=view.pk).update(default=False)
    _turn(view, gone=False)
    audit.record(by=by, action="saved_view.restore", obj=view)


def _turn(view: SavedView, *, gone: bool) -> None:
    now = timezone.now()
    rows = SavedView.objects.filter(pk=view.pk, deleted_at__isnull=gone)
    if rows.update(deleted_at=now if gone else None) != 1:
        raise Stale("view.stale", _("This was done already."))
