"""Models for suggestions: asked for, trained by a worker, submitted, approved, in force (domain R9.12, decision 0055).

Their way is that of all versions of rules (``analytics.actions.rules``); here is how one is trained, and what it must
have shown on the rows held out before anybody may decide on it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics import next_family
from analytics.actions import rules
from analytics.actions.suggestion_history import History, Rows, gathered
from analytics.fixedpoint import Bools, Ints
from analytics.models import SuggestionModel
from analytics.suggestions import training
from analytics.suggestions.table import Floats, Table
from crm_site import jobs
from crm_site.errors import RuleBroken, Stale
from crm_site.models import JobRun
from customers.models import Product

if TYPE_CHECKING:
    from crm_site.models import User

log = structlog.get_logger(__name__)

State, Kind = SuggestionModel.State, SuggestionModel.Kind
OPEN = {State.DRAFT, State.SIMULATED}
Beat = Callable[[], None]


@dataclass(frozen=True, eq=False)
class _Case:
    """One target: rows to learn from and rows held out, each with what followed; what the rule says of the latter."""

    target: str
    learnt: Table
    followed: Bools
    held: Table
    held_followed: Bools
    rule: Floats


# --- verbs ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def ask(*, by: User, kind: str, note: str = "") -> SuggestionModel:
    """A new version that waits for its training. Raises RuleBroken "suggestions.asked" when one of its kind waits."""
    if SuggestionModel.objects.filter(kind=kind, asked_at__isnull=False, state__in=OPEN).exists():
        raise RuleBroken("suggestions.asked", _("A version of this kind waits for its training already."))
    last = SuggestionModel.objects.filter(kind=kind).aggregate(last=Max("version"))["last"] or 0
    row = SuggestionModel(kind=kind, version=last + 1, asked_at=timezone.now(), asked_by=by)
    try:
        with transaction.atomic():
            return rules.draft(by=by, row=row, content=_hashed(kind, {}), note=note)
    except IntegrityError as twice:
        text = _("Somebody else changed this in the meantime. Open the current version.")
        raise Stale("rules.stale", text) from twice


@transaction.atomic
def ask_again(*, by: User, row: SuggestionModel) -> SuggestionModel:
    """Have it trained once more on what is known by now. Asked twice is asked once."""
    rules.require_own(by, row)
    return rules.turn("ask_training", by, row, OPEN, State(row.state), asked_at=timezone.now(), asked_by=by, trouble="")


def train_asked(job_run: JobRun) -> int:
    """Train the versions that were asked for, oldest first; a sweep. Returns how many.

    A sweep that is still at it is left to it, and without the extra they wait. A version that cannot be trained says
    why, and is asked for no longer.
    """
    if not training.available() or jobs.another_is_at_it(job_run):
        return 0
    waiting = SuggestionModel.objects.filter(asked_at__isnull=False, state__in=OPEN).select_related("asked_by")
    return sum(
        row.asked_by is not None
        and _train_asked(row, row.asked_by, lambda: jobs.heartbeat(job_run, job_run.lease_owner))
        for row in waiting.order_by("asked_at")
    )


def _train_asked(row: SuggestionModel, by: User, beat: Beat) -> bool:
    try:
        train(by=by, row=row, beat=beat)
    except RuleBroken as broken:
        _troubled(row, broken)
        return False
    return True


def _troubled(row: SuggestionModel, broken: RuleBroken) -> None:
    log.warning("suggestions.not_trained", version=str(row), why=broken.code)
    mine = SuggestionModel.objects.filter(pk=row.pk, asked_at=row.asked_at)
    mine.update(asked_at=None, asked_by=None, trouble=str(broken)[:300])


def train_now(*, by: User, kind: str, note: str = "") -> SuggestionModel:
    """Ask for a version and train it here. Raises as ``train``; then the version stays, and says why."""
    _require_extra()
    row = ask(by=by, kind=kind, note=note)
    try:
        return train(by=by, row=row)
    except RuleBroken as broken:
        _troubled(row, broken)
        raise


def train(*, by: User, row: SuggestionModel, beat: Beat = lambda: None) -> SuggestionModel:
    """Learn from the bank's history, try it on the latest half year, keep both on the version.

    Raises RuleBroken "suggestions.extra" without scikit-learn, "suggestions.history" with what the history lacks.
    """
    rules.require_own(by, row)
    if row.state not in OPEN:
        raise RuleBroken("state.forbidden", _("This step is not possible now. Reload the page to see what is."))
    _require_extra()
    history = gathered(beat)
    learnt, targets = _trained(row.kind, history, beat)
    found = {
        "on": history.held_on.isoformat(),
        "learnt_on": [day.isoformat() for day in history.learnt_on],
        "every": history.every,
        "targets": targets,
    }
    beat()
    with transaction.atomic():
        row = rules.revise(by=by, row=row, content=_hashed(row.kind, learnt), note=row.note)
        row = rules.simulated(by=by, row=row, found=found)
        SuggestionModel.objects.filter(pk=row.pk).update(trouble="")
    return SuggestionModel.objects.get(pk=row.pk)


def _require_extra() -> None:
    if not training.available():
        raise RuleBroken("suggestions.extra", _("Training needs the extra: pip install -r requirements-ml.txt"))


def submit(*, by: User, row: SuggestionModel) -> SuggestionModel:
    """Hand it over for approval. Raises RuleBroken "suggestions.no_better" when it told nobody apart better than naive
    Bayes and the rule do."""
    if row.state == State.SIMULATED and not row.learnt:
        text = _("It is no better than naive Bayes and the rule, or too little is known: the rules go on to speak.")
        raise RuleBroken("suggestions.no_better", text)
    return rules.submit(by=by, row=row)


def approve(*, by: User, row: SuggestionModel) -> SuggestionModel:
    """A second person says yes."""
    return rules.approve(by=by, row=row)


def send_back(*, by: User, row: SuggestionModel, reason: str) -> SuggestionModel:
    """A second person says no, and why."""
    return rules.send_back(by=by, row=row, reason=reason)


def activate(*, by: User, row: SuggestionModel) -> SuggestionModel:
    """From now on it speaks in place of the rule, or of the version before."""
    return rules.activate(by=by, row=row, instead_of=_instead_of)


def retire(*, by: User, row: SuggestionModel) -> SuggestionModel:
    """Give up a version that is not in force."""
    return rules.retire(by=by, row=row)


def in_force(kind: str) -> SuggestionModel | None:
    """The version that speaks; None where the rule does."""
    return SuggestionModel.objects.filter(kind=kind, state=State.ACTIVE).first()


def _instead_of(row: SuggestionModel) -> list[SuggestionModel]:
    return list(SuggestionModel.objects.filter(kind=row.kind, state=State.ACTIVE).exclude(pk=row.pk))


def _hashed(kind: str, learnt: dict[str, Any]) -> rules.Hashed:
    text = json.dumps([kind, learnt], sort_keys=True, separators=(",", ":"))
    return learnt, hashlib.sha256(text.encode("ascii")).hexdigest()


# --- training -------------------------------------------------------------------------------------------------------
def _trained(kind: str, history: History, beat: Beat) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the models worth having, the figures of every target) by the target."""
    learnt, targets = {}, {}
    for case in _leaving(history) if kind == Kind.LEAVING else _families(history):
        beat()
        try:
            found = training.train(case.learnt, case.followed, case.held, case.held_followed, rule=case.rule)
        except training.TooFew as few:
            targets[case.target] = {"refused": "few", "learnt_hits": few.trained, "held_hits": few.held}
            continue
        refused = _no_better(found)
        targets[case.target] = {**found.report(), "refused": refused}
        if not refused:
            learnt[case.target] = found.learnt.to_json()
    return learnt, targets


def _no_better(found: training.Trained) -> str:
    """Who tells at least as well: ``bayes`` or ``rule``; empty when nobody does."""
    for name, other in (("bayes", found.bayes_auc), ("rule", found.rule_auc)):
        if other is not None and (found.held.auc or 0) <= other:
            return name
    return ""


def _leaving(history: History) -> Iterator[_Case]:
    """The rule: the more triggers of risk have fired, the likelier."""
    learnt, held = history.learnt, history.held
    rule = held.triggers.astype(np.float64)
    yield _Case(Kind.LEAVING.value, learnt.table, learnt.left, held.table, held.left, rule)


def _families(history: History) -> Iterator[_Case]:
    """Each family, of those who do not hold it. The rule: how many who hold the same hold it, too."""
    masks, numbers = np.unique(history.held.held, return_counts=True)
    counts = dict(zip(masks.tolist(), numbers.tolist(), strict=True))
    for place, family in enumerate(Product.Family.values):
        learnt, followed = _without(history.learnt, place)
        held, held_followed = _without(history.held, place)
        masks = history.held.held[history.held.held >> place & 1 == 0]
        yield _Case(family, learnt, followed, held, held_followed, _shares(masks, counts, place))


def _without(rows: Rows, family: int) -> tuple[Table, Bools]:
    """Those who do not hold the family at this place, and who opened something of it."""
    at = np.flatnonzero(rows.held >> family & 1 == 0)
    return rows.table.take(at), (rows.opened[at] >> family & 1) == 1


def _shares(held: Ints, counts: next_family.Counts, family: int) -> Floats:
    masks, place = np.unique(held, return_inverse=True)
    shares = [next_family.companion(counts, mask, family).share for mask in masks.tolist()]
    return np.array(shares, dtype=np.float64)[place]
