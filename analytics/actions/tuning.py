"""Versions of the value score: drafted, tried, looked back with, approved, in force (handbook 3/1.1.15; R3.16).

The way itself is that of all rules (``actions.rules``); here is what a model must satisfy, what is simulated of it, and
that none comes into force without a back-test or the words of a supervisor why there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from analytics.actions import rules
from analytics.actions.backtest import back_test
from analytics.actions.scoring_run import active_model
from analytics.actions.whatif import what_if
from analytics.model_checks import normalised, problems
from analytics.models import RuleState, ScoringModel
from analytics.scoring_model import ScoreModel, content_hash, from_json, to_json
from crm_site.errors import NotAllowed, RuleBroken, Stale

if TYPE_CHECKING:
    from crm_site.models import User

State = RuleState
OPEN = frozenset({State.DRAFT, State.SIMULATED, State.SUBMITTED, State.APPROVED})
_WAIVED = ScoringModel._meta.get_field("backtest_waived").max_length or 0


class FaultyModel(RuleBroken):
    """A version that breaks rules; ``found`` says which, and where."""

    def __init__(self, spec: ScoreModel) -> None:
        self.found = problems(spec)
        super().__init__("model.rules", " ".join(problem.text for problem in self.found), field="rules")


def checked(spec: ScoreModel) -> ScoreModel:
    """The version with weights that add up to exactly one. Raises FaultyModel."""
    if problems(spec):
        raise FaultyModel(spec)
    return normalised(spec)


def read(data: Mapping[str, Any]) -> ScoreModel:
    """The version a JSON object describes, checked. Raises RuleBroken."""
    try:
        spec = from_json({"version": "", **data})
    except ValueError as wrong:
        raise RuleBroken("model.unreadable", str(wrong), field="rules") from wrong
    return checked(spec)


def draft(*, by: User, spec: ScoreModel | None = None, note: str = "") -> ScoringModel:
    """Write down the next version: these rules, or those in force to be changed. Raises RuleBroken for faulty ones."""
    rules.require_author(by)
    found = checked(spec or from_json(active_model().spec))
    row = ScoringModel(version=_next_version())
    try:
        return rules.draft(by=by, row=row, content=_content(found, row.version), note=note)
    except IntegrityError as error:  # somebody else took the number a moment ago
        raise Stale("rules.stale", _("Somebody else began a version at the same moment. Begin yours again.")) from error


def revise(*, by: User, row: ScoringModel, spec: ScoreModel, note: str, seen: str = "") -> ScoringModel:
    """Write a draft anew; ``seen`` is the fingerprint of what was looked at. What was found out of it is forgotten."""
    if seen and seen != row.content_hash:
        raise Stale("rules.stale", _("Somebody else changed this in the meantime. Open the current version."))
    content = _content(checked(spec), row.version)
    return rules.revise(by=by, row=row, content=content, note=note)


def simulate(*, by: User, row: ScoringModel) -> ScoringModel:
    """Find out whom it moves (see whatif), and keep that. The long part runs outside any transaction."""
    rules.require_author(by)
    _require_state(row, frozenset({State.DRAFT, State.SIMULATED}))
    return rules.simulated(by=by, row=row, found=what_if(from_json(row.spec)))


def backtest(*, by: User, row: ScoringModel) -> ScoringModel:
    """Find out how well it would have told half a year ahead. Raises RuleBroken with the reason when nobody can say."""
    rules.require_author(by)
    _require_state(row, OPEN)
    found = back_test(from_json(row.spec))
    with transaction.atomic():
        return rules.turn("backtest", by, row, {RuleState(row.state)}, RuleState(row.state), backtest=found)


@transaction.atomic
def waive_backtest(*, by: User, row: ScoringModel, reason: str) -> ScoringModel:
    """Let it come into force without a back-test; a supervisor other than the author says why."""
    rules.require_approver(by)
    if row.author_id == by.pk:
        raise NotAllowed("rules.own", _("Somebody else has to approve the rules you wrote."))
    _require_state(row, OPEN)
    if not reason.strip():
        raise RuleBroken("backtest.reason", _("Say why it may come into force without a back-test."), field="reason")
    state, words = RuleState(row.state), reason.strip()[:_WAIVED]
    return rules.turn("waive_backtest", by, row, {state}, state, _why=words, backtest_waived=words)


def submit(*, by: User, row: ScoringModel) -> ScoringModel:
    """Hand it over for approval."""
    return rules.submit(by=by, row=row)


def approve(*, by: User, row: ScoringModel) -> ScoringModel:
    """A second person says yes."""
    return rules.approve(by=by, row=row)


def send_back(*, by: User, row: ScoringModel, reason: str) -> ScoringModel:
    """A second person says no, and why."""
    return rules.send_back(by=by, row=row, reason=reason)


def activate(*, by: User, row: ScoringModel) -> ScoringModel:
    """In force from the next night. Raises RuleBroken without a back-test or a waiver of it."""
    rules.require_approver(by)
    if row.backtest is None and not row.backtest_waived:
        text = _("Run the back-test first, or have a supervisor say why there is none.")
        raise RuleBroken("model.backtest", text)
    return rules.activate(by=by, row=row, instead_of=_in_force)


def retire(*, by: User, row: ScoringModel) -> ScoringModel:
    """Give it up."""
    return rules.retire(by=by, row=row)


def put_in_force(*, by: User, approve_by: User, data: Mapping[str, Any], note: str = "") -> tuple[ScoringModel, bool]:
    """All steps by two persons: the version in force, and whether it is new. The same rules again are not.

    Where the bank's history allows no back-test, ``note`` is the approver's reason to go without.
    """
    rules.require_author(by)
    rules.require_approver(approve_by)
    spec = read(data)
    active = ScoringModel.objects.filter(state=State.ACTIVE).first()
    if active is not None and active.content_hash == content_hash(spec):
        return active, False
    row = simulate(by=by, row=draft(by=by, spec=spec, note=note))
    try:
        row = backtest(by=by, row=row)
    except RuleBroken as broken:
        if broken.code != "backtest.history":
            raise
        if not note.strip():
            text = _("%(why)s Give --note TEXT: the approver's reason to go without.")
            raise RuleBroken(broken.code, text % {"why": str(broken)}) from broken
        row = waive_backtest(by=approve_by, row=row, reason=note)
    row = approve(by=approve_by, row=submit(by=by, row=row))
    return activate(by=approve_by, row=row), True


def changed(before: ScoreModel, after: ScoreModel) -> list[tuple[str, Any, Any]]:
    """What differs between two versions: (name, old, new), as their JSON has it."""
    old, new = _flat(to_json(before)), _flat(to_json(after))
    names = dict.fromkeys([*old, *new])
    return [(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def _flat(data: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in data.items() if name not in ("version", "weights", "metrics")}
    found |= {f"weight.{key}": value for key, value in data["weights"].items()}
    for metric in data["metrics"]:
        found |= {f"{metric['key']}.{name}": value for name, value in metric.items() if name != "key"}
    return found


def _content(spec: ScoreModel, version: str) -> rules.Hashed:
    return to_json(replace(spec, version=version)), content_hash(spec)


def _in_force(_row: ScoringModel) -> list[ScoringModel]:
    return list(ScoringModel.objects.filter(state=State.ACTIVE))


def _next_version() -> str:
    """v and the number after the highest there is."""
    names = ScoringModel.objects.values_list("version", flat=True)
    return f"v{max((int(name[1:]) for name in names if name[:1] == 'v' and name[1:].isdecimal()), default=0) + 1}"


def _require_state(row: ScoringModel, states: frozenset[RuleState]) -> None:
    if row.state not in states:
        raise RuleBroken("state.forbidden", _("This step is not possible now. Reload the page to see what is."))
