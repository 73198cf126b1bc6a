"""More rooms of the house: saved segments."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.actions import segments
from analytics.models import Segment
from crm_site.models import User
from crm_site.tests.factories import UserFactory
from tests.walk import Sample

RULES = {"how": "all", "parts": [{"field": "grade", "op": "in", "values": ["A"]}]}
FORM = {"box": "0", "how.0": "any", "row.0": "0", "field.0.0": "open_complaint", "op.0.0": "yes"}
TOKEN = "w" * 43


def samples() -> dict[str, list[Sample]]:
    """A segment for each step, shared, and one that never was."""
    by = UserFactory(roles=["analyst"])
    face = {"name": "Best", "kind": "INCLUDE", "shared": "on"}
    archived = _made(by)
    segments.archive(by=by, segment=archived)
    return {
        "analytics:segments": [Sample()],
        "analytics:segment_new": [Sample(data=FORM | face | {"act": "save", "form_token": TOKEN})],
        "analytics:segment_preview": [Sample(data=FORM)],
        "analytics:segment": _of(_made(by), {}),
        "analytics:segment_rules": _of(_made(by), FORM | {"act": "save", "version": "1", "form_token": TOKEN}),
        "analytics:segment_rename": _of(_made(by), face | {"version": "1"}),
        "analytics:segment_archive": _of(_made(by), {}),
        "analytics:segment_restore": _of(archived, {}),
    }


def _made(by: User) -> Segment:
    return segments.create(by=by, name="Grade A", rules=RULES)


def _of(segment: Segment, data: Mapping[str, str]) -> list[Sample]:
    return [Sample({"number": segment.number}, data=data), Sample({"number": "SG-19990101-0001"}, "missing")]
