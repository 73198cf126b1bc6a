"""More rooms of the house: complaints joined, taken apart, hidden or referred, and what was learnt from them."""

from __future__ import annotations

import datetime
from typing import Any

from analytics.actions.whatif import what_if
from analytics.models import Calibration, ScoreRun, ScoringModel
from analytics.scoring_model import from_json
from analytics.tests.test_tuning_pages import judged, typed
from complaints.actions import attachments, gathering, improvements, merging, recusing, referring, summaries
from complaints.actions.improvements import Idea
from complaints.models import Complaint, RecalcBatch
from complaints.tests import scenes
from crm_site.models import JobRun, Team, User
from crm_site.tests.factories import UserFactory
from customers.models import Customer
from tests.walk import Sample

NOWHERE = "TS-19990101-0001"
SCOPES = ("own", "elsewhere", "restricted")
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def stages(by: User, customer: Customer) -> dict[str, Complaint]:
    """A complaint for each step, where that step comes next."""
    said: dict[str, Any] = {"customer": customer}
    in_work = scenes.in_work(by, **said)
    merged = _merged(by, scenes.in_work(by, **said), in_work)
    in_work.refresh_from_db()
    names = ("why", "comment", "attach", "set_complexity", "root_cause", "split", "new_facts", "restrict", "link")
    return {name: in_work for name in names} | {
        "merge": scenes.in_work(by, **said),
        "unmerge": merged,
        "unlink": _linked(by, scenes.in_work(by, **said)),
        "unrestrict": _hidden(by, scenes.in_work(by, **said)),
        "come_back": _referred(by, scenes.received(by, **said)),
    }


def step_data(complaint: Complaint) -> dict[str, dict[str, Any]]:
    """The forms of these steps, filled in."""
    held = complaint.memberships.select_related("gathering").first()
    same = Complaint.objects.open().filter(customer=complaint.customer, level=complaint.level).exclude(pk=complaint.pk)
    it = str(scenes.department().pk)
    forms: dict[str, dict[str, Any]] = {
        "attach": {"file": PDF, "form_token": "w" * 43},
        "comment": {"text": "Who knows the ledger?", "form_token": "w" * 43},
        "set_complexity": {"complexity": "COMPLEX", "channel": "PHONE", "told": "It takes longer.", "reason": "Old"},
        "root_cause": {"cause": "FEES", "description": "Sent twice.", "systemic": "1", "responsible": it},
        "split": {"subject": "Rude clerk", "content": "The clerk was rude, too.", "reason": "Another matter"},
        "new_facts": {"channel": "PHONE", "words": "A third fee was taken."},
        "restrict": {"reason": "Rude at the counter"},
        "unrestrict": {"reason": "The reporter agreed"},
        "link": {"kind": "GROUP", "title": "Fees taken twice"},
        "unlink": {"gathering": held.gathering.number if held else "", "reason": "Another fee"},
        "merge": {"reason": "The same fee", "no_new_facts": "on"},
        "come_back": {"reason": "It was ours"},
    }
    other = same.filter(state=complaint.state, memberships=None).first()
    forms["merge"]["target"] = other.number if other else ""
    return forms


def _merged(by: User, complaint: Complaint, target: Complaint) -> Complaint:
    return merging.merge(
        by=by,
        complaint=complaint,
        version=complaint.version,
        target=target,
        reason="The same fee",
        no_new_facts=True,
    )


def _linked(by: User, complaint: Complaint) -> Complaint:
    return gathering.begin(
        by=by, complaint=complaint, version=complaint.version, kind="GROUP", title="Fees taken twice"
    )


def _hidden(by: User, complaint: Complaint) -> Complaint:
    return recusing.restrict(by=by, complaint=complaint, version=complaint.version, reason="Rude at the counter")


def _referred(by: User, complaint: Complaint) -> Complaint:
    elsewhere = referring.Referral(target="Operator", told_how="By phone", reason="Not ours")
    return referring.refer_out(by=by, complaint=complaint, version=complaint.version, referral=elsewhere)


def books(teams: dict[str, User], customers: dict[str, Customer]) -> dict[str, list[Sample]]:
    """Groups, files, improvements, summaries, reports and recalculations, a row for each scope."""
    samples: dict[str, list[Sample]] = {}
    for scope in SCOPES:
        by = teams[scope]
        for name, sample in _rows(by, customers[scope], scope).items():
            samples.setdefault(f"complaints:{name}", []).append(sample)
    none = {"number": "NO-19990101-0001"}
    missing: dict[str, dict[str, Any]] = dict.fromkeys(samples, none)
    missing["complaints:attachment"] = {"number": NOWHERE, "uuid": "00000000-0000-4000-8000-000000000000"}
    missing["complaints:improvement_step"] = none | {"verb": "approve"}
    found = {name: [*rows, Sample(missing[name], "missing")] for name, rows in samples.items()}
    return found | _of_everybody() | _without_row()


def _rows(by: User, customer: Customer, scope: str) -> dict[str, Sample]:
    complaint = scenes.in_work(by, customer=customer)
    joined = _linked(by, complaint).memberships.get().gathering
    more = scenes.in_work(by, customer=customer)
    gathering.link(by=by, complaint=more, version=more.version, gathering=joined)
    file = attachments.attach(by=by, complaint=complaint, name="receipt.pdf", content=PDF)
    idea = Idea(title="Check before a retry", cause="FEES", change="Check before a retry.", department=_of(by))
    improvement = improvements.propose(by=by, idea=idea)
    summary = _summary(by)
    told = {"channel": "PHONE", "decision": "UPHELD", "content": "All fees are refunded.", "form_token": "w" * 43}
    approved = {"owner": str(by.pk), "due_on": "2025-10-31", "change": "Check before a retry."}
    number = {"number": improvement.number}
    return {
        "gathering": Sample({"number": joined.number}, scope, told),
        "attachment": Sample({"number": complaint.number, "uuid": file.uuid}, scope),
        "improvement": Sample(number, scope),
        "improvement_step": Sample(number | {"verb": "approve"}, scope, approved | {"version": "1"}),
        "summary": Sample({"number": summary.number}, scope),
        "summary_acknowledge": Sample({"number": summary.number}, scope, {"actions": "We check."}),
    }


def _of(by: User) -> Any:
    return by.team.department if by.team else None


def _summary(by: User) -> Any:
    department = _of(by)
    first = datetime.date(2025, 8, 1) if not department.summaries.exists() else datetime.date(2025, 7, 1)
    last = first.replace(month=first.month + 1) - datetime.timedelta(days=1)
    return summaries.issue(kind="MONTHLY", first=first, last=last, department=department)


def _of_everybody() -> dict[str, list[Sample]]:
    """What has no scope: whoever may open it at all opens every one."""
    batch = RecalcBatch.objects.create(
        number="CS-20250926-0001",
        scope="ALL",
        reason="A day off",
        proposed_by=UserFactory(role="supervisor", team=Team.objects.first()),
        proposed_at=datetime.datetime(2025, 9, 26, 1, 0, tzinfo=datetime.UTC),
        calendar_version="0" * 16,
    )
    number, missing = {"number": batch.number}, {"number": "CS-19990101-0001"}
    report, no_report = {"name": "complaint-summary"}, {"name": "nothing"}
    kind = {"kind": "csv"}
    first, draft, no_version, step = {"version": "v1"}, {"version": "v9"}, {"version": "v404"}, {"verb": "submit"}
    row = _a_tried_version(draft["version"])
    seen = {"seen": row.content_hash}
    return {
        "complaints:recalculation": same(number, missing),
        "complaints:recalculation_decide": same(number, missing, {"act": "reject", "note": "It stays"}),
        "analytics:model": same(first, no_version),
        "analytics:model_edit": same(draft, no_version, typed(row, w_C="30.00", w_G="20.00")),
        "analytics:model_ahp": same(draft, no_version, judged() | seen | {"use": "1"}),
        "analytics:model_step": same(draft | step, no_version | step, seen),
        "analytics:model_whatif": same(draft, no_version),
        "analytics:model_backtest": same(draft, no_version),
        "analytics:night": same({"no": _a_night()}, {"no": 9_999}),
        "analytics:report": same(report, no_report),
        "analytics:report_export": same(report | kind, no_report | kind),
    }


def _a_night() -> int:
    """A run nobody has published yet."""
    on, at = datetime.date(2025, 8, 31), datetime.datetime(2025, 9, 25, 18, 0, tzinfo=datetime.UTC)
    model = ScoringModel.objects.get(state="ACTIVE")
    frozen = Calibration.objects.create(model=model, on=on, population=0, data={})
    job_run = JobRun.objects.create(job="score", business_date=on, started_at=at)
    run = ScoreRun.objects.create(
        no=9_001, as_of=on, job_run=job_run, model=model, calibration=frozen, watermark=at, started_at=at
    )
    return int(run.no)


def _a_tried_version(version: str) -> ScoringModel:
    """A version of nobody's yet, tried and looked back with."""
    active = ScoringModel.objects.get(state="ACTIVE")
    spec = from_json(active.spec)
    report = {"n": 0, "rho": None, "grades": [], "violations": [], "lift": None, "gini": None}
    return ScoringModel.objects.create(
        version=version,
        state="SIMULATED",
        spec=active.spec,
        content_hash=active.content_hash,
        simulation=what_if(spec),
        backtest={"then": "2025-02-28", "on": "2025-08-31", "months": 6, "asked": 0, **report},
    )


def same(kwargs: dict[str, Any], missing: dict[str, Any], data: dict[str, str] | None = None) -> list[Sample]:
    """What has no scope: the same row for all three."""
    return [*(Sample(kwargs, scope, data or {}) for scope in SCOPES), Sample(missing, "missing")]


def _without_row() -> dict[str, list[Sample]]:
    proposed = {"title": "Check before a retry", "cause": "FEES", "form_token": "w" * 43}
    posts: dict[str, dict[str, str]] = {
        "complaints:recalculations": {},
        "complaints:recalculation_new": {"scope": "DATES", "reason": "A day off", "form_token": "w" * 43},
        "complaints:summaries": {},
        "complaints:improvements": {},
        "complaints:improvement_new": proposed,
        "analytics:reports": {},
        "analytics:models": {},
        "analytics:nights": {},
        "analytics:model_new": {"form_token": "w" * 43},
    }
    nothing_moves = frozenset({422})  # what a batch of dates does, its own tests ask
    also = {"complaints:recalculation_new": nothing_moves}
    return {name: [Sample(data=data, also=also.get(name, frozenset()))] for name, data in posts.items()}
