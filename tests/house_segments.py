"""More rooms of the house: saved segments."""

from __future__ import annotations

from analytics.actions import segments
from analytics.models import Segment
from crm_site.models import User
from crm_site.tests.factories import UserFactory
from tests.walk import Sample

RULES = {"how": "all", "parts": [{"field": "grade", "op": "in", "values": ["A"]}]}
FORM = {"box": "0", "how.0": "any", "row.0": "0", "field.0.0": "open_complaint", "op.0.0": "yes"}
TOKEN = "w" * 43


def samples() -> dict[str, list[Sample]]:
    """A shared segment for each step, one that a colleague keeps to themselves, and one that never was."""
    by = UserFactory(roles=["analyst"])
    private = _made(by, shared=False)
    face = {"name": "Best", "kind": "INCLUDE", "shared": "on"}
    archived = _made(by)
    segments.archive(by=by, segment=archived)
    steps: dict[str, tuple[Segment, dict[str, str]]] = {
        "analytics:segment": (_made(by), {}),
        "analytics:segment_rules": (_made(by), FORM | {"act": "save", "version": "1", "form_token": TOKEN}),
        "analytics:segment_rename": (_made(by), face | {"version": "1"}),
        "analytics:segment_archive": (_made(by), {}),
        "analytics:segment_restore": (archived, {}),
    }
    return {
        "analytics:segments": [Sample()],
        "analytics:segment_new": [Sample(data=FORM | face | {"act": "save", "form_token": TOKEN})],
        "analytics:segment_preview": [Sample(data=FORM)],
        **{name: _of(own, private, data) for name, (own, data) in steps.items()},
    }


def _made(by: User, *, shared: bool = True) -> Segment:
    return segments.create(by=by, name="Grade A", rules=RULES, shared=shared)


def _of(own: Segment, private: Segment, data: dict[str, str]) -> list[Sample]:
    foreign = {"number": private.number}
    return [
        Sample({"number": own.number}, "own", data),
        *(Sample(foreign, scope, data) for scope in ("elsewhere", "restricted")),
        Sample({"number": "SG-19990101-0001"}, "missing"),
    ]
