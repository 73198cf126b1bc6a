"""Saved segments: made, revised, renamed, archived and put back, and counted by the night (R9.4; decision 0042)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import audience, behaviour
from analytics.audience_book import book
from analytics.audience_rules import Group, content_hash, parse, plain, read
from analytics.audience_words import sentence
from analytics.models import Segment, SegmentCount, SegmentVersion
from analytics.models.segment import WRITERS
from complaints.models import DailyNumber
from crm_site import audit, bank_day, masking
from crm_site.errors import NotAllowed, RuleBroken, Stale
from customers.activity_math import last_complete_month

if TYPE_CHECKING:
    from crm_site.models import User

PREFIX = "SG"
_STALE = gettext_lazy("Somebody else changed this segment in the meantime. Open the current version.")


@transaction.atomic
def create(
    *,
    by: User,
    name: str,
    rules: Mapping[str, Any],
    description: str = "",
    kind: str = Segment.Kind.INCLUDE,
    shared: bool = True,
    note: str = "",
) -> Segment:
    """A segment with its first version. Raises NotAllowed for readers, RuleBroken without a name or for rules that
    cannot be asked."""
    _require_writer(by)
    tree, now = parse(rules, book()), timezone.now()
    made = Segment.objects.create(
        number=_number(timezone.localdate(now)),
        owner=by,
        made_at=now,
        changed_at=now,
        **_face(name, description, kind, shared),
    )
    version = _write(by, made, 1, tree, note, now)
    audit.record(by=by, action="segment.create", obj=made, after=_facts(made) | _said(version))
    return made


@transaction.atomic
def revise(*, by: User, segment: Segment, expected: int, rules: Mapping[str, Any], note: str = "") -> SegmentVersion:
    """The next version of the rules, which counts from now on. ``expected`` is the version that was looked at: of two
    at once, the second is Stale and sees both. The same rules again make no version: RuleBroken "segment.same"."""
    _require_own(by, segment)
    tree, now = parse(rules, book()), timezone.now()
    before = SegmentVersion.objects.select_related("author").filter(segment=segment).current().get()
    if before.no == expected and before.content_hash == content_hash(tree):
        raise RuleBroken("segment.same", _("These are the rules as they stand. Change something, or go back."))
    found = Segment.objects.in_use().filter(pk=segment.pk, current_no=expected)
    if found.update(current_no=F("current_no") + 1, changed_at=now) != 1:
        raise _stale(before, tree)
    version = _write(by, segment, expected + 1, tree, note, now)
    audit.record(by=by, action="segment.revise", obj=segment, before=_said(before), after=_said(version), reason=note)
    return version


@transaction.atomic
def rename(
    *, by: User, segment: Segment, version: int, name: str, description: str, kind: str, shared: bool
) -> Segment:
    """Another name, description or kind, shared or not. Only its owner stops sharing it."""
    _require_own(by, segment)
    if segment.shared and not shared and segment.owner_id != by.pk:
        raise NotAllowed("segment.owner", _("Only its owner takes a shared segment back."), field="shared")
    before = _facts(segment)
    fresh = _turn(segment, version, **_face(name, description, kind, shared))
    audit.record(by=by, action="segment.rename", obj=fresh, before=before, after=_facts(fresh))
    return fresh


@transaction.atomic
def archive(*, by: User, segment: Segment) -> None:
    """Out of the list and no longer counted; its versions and sizes stay."""
    _require_own(by, segment)
    if Segment.objects.in_use().filter(pk=segment.pk).update(archived_at=timezone.now()) != 1:
        raise Stale("segment.stale", _("This was done already."))
    audit.record(by=by, action="segment.archive", obj=segment)


@transaction.atomic
def restore(*, by: User, segment: Segment) -> None:
    """Back into the list, counted again from the next night on."""
    _require_own(by, segment)
    if Segment.objects.filter(pk=segment.pk, archived_at__isnull=False).update(archived_at=None) != 1:
        raise Stale("segment.stale", _("This was done already."))
    audit.record(by=by, action="segment.restore", obj=segment)


def may_write(user: User, segment: Segment) -> bool:
    """Whether this person may change it: analysts and supervisors what is shared, everybody among them their own."""
    return user.has_role(*WRITERS) and (segment.shared or segment.owner_id == user.pk)


def refresh(as_of: datetime.date) -> dict[str, int]:
    """Count the current version of every segment in use for this business date; repeating it writes the same rows."""
    when = audience.When.at(as_of, bank_day.ends(as_of))
    counts = {"segments": 0, "customers": 0}
    versions = SegmentVersion.objects.current().filter(segment__archived_at=None).order_by("pk")
    for version in versions.iterator(chunk_size=100):
        found = audience.composition(read(version.rules), when)
        counts["customers"] += _keep(version, as_of, found, _habits(version, when))
        counts["segments"] += 1
    return counts


def _habits(version: SegmentVersion, when: audience.When) -> dict[str, Any]:
    """What they do, measured anew once a month is over: until then the figures of the last night stand."""
    end = last_complete_month(when.day).isoformat()
    last = version.counts.filter(as_of__lt=when.day).order_by("-as_of").first()
    if last is not None and last.behaviour.get("end") == end:
        return dict(last.behaviour)
    return behaviour.habits(audience.customers(read(version.rules), when), when.day).to_json()


def _keep(
    version: SegmentVersion, as_of: datetime.date, found: Mapping[tuple[str, str], int], habits: Mapping[str, Any]
) -> int:
    grades: dict[str, int] = {}
    assets: dict[str, int] = {}
    for (grade, asset), n in found.items():
        grades[grade] = grades.get(grade, 0) + n
        assets[asset] = assets.get(asset, 0) + n
    values = {"n": sum(found.values()), "grades": grades, "assets": assets, "behaviour": habits}
    values["counted_at"] = timezone.now()
    SegmentCount.objects.update_or_create(version=version, as_of=as_of, defaults=values)
    return sum(found.values())


def _number(day: datetime.date) -> str:
    DailyNumber.objects.bulk_create([DailyNumber(prefix=PREFIX, day=day)], ignore_conflicts=True)
    today = DailyNumber.objects.filter(prefix=PREFIX, day=day)
    today.update(last=F("last") + 1)
    return f"{PREFIX}-{day:%Y%m%d}-{today.values_list('last', flat=True).get():04d}"


def _write(by: User, segment: Segment, no: int, tree: Group, note: str, now: datetime.datetime) -> SegmentVersion:
    return SegmentVersion.objects.create(
        segment=segment,
        no=no,
        rules=plain(tree),
        content_hash=content_hash(tree),
        note=masking.redact(note.strip())[:200],
        author=by,
        made_at=now,
    )


def _face(name: str, description: str, kind: str, shared: bool) -> dict[str, Any]:
    said = masking.redact(name.strip())[:60]
    if not said:
        raise RuleBroken("segment.name", _("Give it a name."), field="name")
    if kind not in Segment.Kind.values:
        raise RuleBroken("segment.kind", _("Choose what the segment is for."), field="kind")
    return {"name": said, "description": masking.redact(description.strip())[:300], "kind": kind, "shared": shared}


def _turn(segment: Segment, version: int, **values: Any) -> Segment:
    found = Segment.objects.in_use().filter(pk=segment.pk, version=version)
    if found.update(version=F("version") + 1, changed_at=timezone.now(), **values) != 1:
        raise Stale("segment.stale", _STALE)
    return Segment.objects.get(pk=segment.pk)


def _stale(theirs: SegmentVersion, yours: Group) -> Stale:
    known = book()
    words = {name: sentence(tree, known) for name, tree in (("yours", yours), ("theirs", read(theirs.rules)))}
    return Stale(
        "segment.stale",
        _STALE,
        who=str(theirs.author),
        when=theirs.made_at,
        theirs={_("Rules"): words["theirs"]},
        yours={_("Rules"): words["yours"]},
    )


def _require_writer(by: User) -> None:
    if not by.has_role(*WRITERS):
        raise NotAllowed("segment.role", _("Analysts and supervisors write segments."))


def _require_own(by: User, segment: Segment) -> None:
    _require_writer(by)
    if not may_write(by, segment):
        raise NotAllowed("segment.private", _("This segment belongs to a colleague and is not shared."))


def _facts(segment: Segment) -> dict[str, Any]:
    return {"name": segment.name, "kind": segment.kind, "shared": segment.shared, "version": segment.current_no}


def _said(version: SegmentVersion) -> dict[str, Any]:
    return {"version": version.no, "rules": version.rules, "hash": version.content_hash[:16]}
