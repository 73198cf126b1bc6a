"""The night: classify and score everybody by id ranges, stage what changed, publish by one flip (decision 0004).

Killed anywhere it resumes: the run, its calibration and its shards are rows; a shard is one transaction; nothing staged
is visible before the pointer moves.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

import numpy as np
import structlog
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics import reading
from analytics.actions import class_rules, inputs, staging
from analytics.calibrating import calibrate
from analytics.calibration import Calibration as Frozen
from analytics.models import Calibration, ScoreRun, ScoringModel
from analytics.scoring import Inputs, score
from analytics.scoring_model import ScoreModel, from_json
from analytics.segment_rules import SegmentRules
from crm_site import arrays, jobs
from crm_site.arrays import Rows
from crm_site.errors import RuleBroken
from crm_site.models import JobRun, JobShard
from customers.actions import standing
from customers.activity_math import last_complete_month, month_end
from customers.models import Customer, PublishedRun

SHARD = 0  # customers a shard; 0 is what suits the database
# Facts carry the moment of their verb, which may commit a little later: look back a little further than the last night.
OVERLAP = datetime.timedelta(minutes=20)

RECHECK = datetime.timedelta(days=7)  # after so long everybody is read once more and must be found as they stand
log = structlog.get_logger(__name__)

Range = tuple[int, int]
Found = dict[Range, Rows]


def run(job_run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Score for one business date; returns counts. Doing it again for a published date changes nothing.

    Raises NightRefused("run.backwards") for a date before the published one.
    """
    night, found = _night(job_run, as_of)
    if night.state != ScoreRun.State.PUBLISHED:
        jobs.plan_shards(job_run, _ranges(night, found))
        jobs.complete_shards(job_run, partial(_shard, replace(ruler_of(night), found=found)))
        _publish(night, job_run)
    counts = {"customers": night.population, "changed": night.changed, "run": night.no, "full": int(night.full)}
    return counts | _drifted(night, job_run)


class NightRefused(RuleBroken):
    """The night may not run now; its words are ours alone and are kept with the run."""

    TELLS_NO_VALUES = True


def active_model() -> ScoringModel:
    """The version in force. Raises NightRefused when there is none."""
    model = ScoringModel.objects.filter(state=ScoringModel.State.ACTIVE).first()
    if model is None:
        raise NightRefused("model.none", _("No scoring model is active. Activate one before the night."))
    return model


def reference_date(as_of: datetime.date) -> datetime.date:
    """The date scores are measured at: the end of the last month complete at ``as_of`` (decision 0003)."""
    return month_end(last_complete_month(as_of))


def _night(job_run: JobRun, as_of: datetime.date) -> tuple[ScoreRun, Found]:
    """This date's run, made on the first attempt: calibration frozen, whether everybody is due; what that read."""
    before = ScoreRun.objects.filter(as_of=as_of).first()
    if before is not None and before.state != ScoreRun.State.FAILED:
        return _adopted(before, job_run), {}
    pointer = PublishedRun.objects.filter(pk=1).first()
    if before is not None or (pointer is not None and pointer.as_of is not None and as_of < pointer.as_of):
        raise NightRefused("run.backwards", _("A newer night is already published."))
    inputs.settled()
    watermark = timezone.now()
    model = active_model()
    calibration, found = _calibration(model, reference_date(as_of))
    night = _created(job_run, as_of, model=model, calibration=calibration, watermark=watermark)
    return night, found if night.full else {}


def _adopted(night: ScoreRun, job_run: JobRun) -> ScoreRun:
    if night.job_run_id != job_run.pk:
        raise NightRefused("run.taken", _("This night already belongs to another job run."))
    return night


@transaction.atomic
def _created(
    job_run: JobRun,
    as_of: datetime.date,
    *,
    model: ScoringModel,
    calibration: Calibration,
    watermark: datetime.datetime,
) -> ScoreRun:
    jobs.heartbeat(job_run, job_run.lease_owner)
    _give_up_older()
    highest = ScoreRun.objects.aggregate(no=Max("no"))["no"] or 0
    night = ScoreRun(
        no=highest + 1,
        as_of=as_of,
        job_run=job_run,
        model=model,
        calibration=calibration,
        class_rules=class_rules.in_force(),
        watermark=watermark,
        started_at=timezone.now(),
    )
    stand = _whose_rows_stand(night)
    everybody = not stand or any(_measured_otherwise(run, night) for run in stand)
    night.recheck = not everybody and _is_recheck_due(as_of)
    night.full = everybody or night.recheck
    night.since_no = _oldest_written(night, stand[0] if stand else None)
    night.save()
    return night


def _measured_otherwise(run: ScoreRun, night: ScoreRun) -> bool:
    """Whether a run measured by another calibration, or classified by other rules, than this night does."""
    return run.calibration_id != night.calibration_id or not class_rules.same(run.class_rules, night.class_rules)


def _oldest_written(night: ScoreRun, last: ScoreRun | None) -> int:
    """The oldest run whose rows can be valid at this one: on another basis everybody is written anew."""
    if last is None:
        return 0
    return last.since_no if last.basis == night.basis else last.no + 1


def _is_recheck_due(as_of: datetime.date) -> bool:
    """Whether a week has passed since everybody was read."""
    whole = ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED, full=True).aggregate(day=Max("as_of"))["day"]
    return whole is not None and as_of - whole >= RECHECK


def _drifted(night: ScoreRun, job_run: JobRun) -> dict[str, int]:
    """On a night that read everybody once more: whose result was another although no fact of theirs had moved."""
    if not night.recheck:
        return {}
    drifted = jobs.shard_counts(job_run).get("drifted", 0)
    if drifted:
        log.error("score.drifted", run=night.no, customers=drifted)
        words = f"{drifted} customers were scored otherwise than the nights before had left them, and no fact had moved"
        jobs.warn(job_run, job_run.lease_owner, words)
    return {"drifted": drifted}


def _give_up_older() -> None:
    """End nights that were cut off: a shard of theirs still at work would end rows that this night writes.

    Whoever claimed such a shard can finish it no more; whoever claims one later finds the night given up.
    """
    older = ScoreRun.objects.filter(state=ScoreRun.State.RUNNING)
    shards = JobShard.objects.filter(run__in=older.values("job_run")).exclude(state=JobShard.State.DONE)
    shards.update(state=JobShard.State.TODO, lease_owner="")
    older.update(state=ScoreRun.State.FAILED)


def _calibration(model: ScoringModel, on: datetime.date) -> tuple[Calibration, Found]:
    """The calibration of this reference date, frozen now when it is the first night that needs it; what that read."""
    stored = Calibration.objects.filter(model=model, on=on).first()
    if stored is not None:
        return stored, {}
    found = {piece: reading.rows(*piece) for piece in _everybody()}
    frozen = _freeze(from_json(model.spec), on, found.values())
    stored, _made = Calibration.objects.get_or_create(
        model=model, on=on, defaults={"population": frozen.population, "data": frozen.to_json()}
    )
    return stored, found


def _freeze(spec: ScoreModel, on: datetime.date, found: Collection[Rows]) -> Frozen:
    """Measure the reference population."""
    return calibrate(_population(spec, on, found), spec, on=on)


def _population(spec: ScoreModel, on: datetime.date, found: Collection[Rows]) -> Inputs:
    """The metrics of the reference population; what they were made of is let go."""
    facts = reading.population(found)
    return reading.inputs(facts, reading.answers(facts, spec, on=on), on=on)


def _ranges(night: ScoreRun, found: Found) -> Iterator[Range]:
    """Primary-key ranges that hold everybody, or, when only some are due, everybody whose facts moved: those are read
    at once, and ``found`` keeps each range's part of them.

    Who moves while the night runs and lies in no range is found by the next night.
    """
    if night.full:
        yield from _everybody()
        return
    moved, size = reading.moved(_since(night)), _shard_size()
    for start in range(0, len(moved), size):
        part = moved.part(start, start + size)
        ids = part.column(0)
        piece = int(ids[0]), int(ids[-1])
        found[piece] = part
        yield piece


def _everybody() -> Iterator[Range]:
    """Primary-key ranges that hold everybody."""
    return Customer.objects.key_ranges(_shard_size())


def _shard_size() -> int:
    return SHARD or arrays.shard_rows()


@dataclass(frozen=True)
class Ruler:
    """What every shard of a night measures with, taken out of its JSON once.

    ``since``: whose facts have not moved from then on has the result that stands, where the calibration is the same.
    ``anew``: the asset classes that stand were not all judged by these rules. ``found`` holds what this process has
    already read, for the calibration or to find who moved; a shard takes its part away.
    """

    night: ScoreRun
    spec: ScoreModel
    frozen: Frozen
    rules: SegmentRules
    anew: bool
    since: datetime.datetime
    found: Found = field(default_factory=dict)


def ruler_of(night: ScoreRun) -> Ruler:
    """The model, the calibration, the classification rules and the watermark of one night."""
    spec, frozen = from_json(night.model.spec), Frozen.from_json(night.calibration.data)
    rules = class_rules.assembled(night.class_rules)
    stand = _whose_rows_stand(night)
    anew = any(class_rules.asset_rules_changed(run.class_rules, night.class_rules) for run in stand)
    return Ruler(night, spec, frozen, rules, anew, _since(night))


@jobs.idempotent
def shard(job_run: JobRun, piece: JobShard, owner: str) -> None:
    """Read, classify, score and stage one id range, and mark it done, in one transaction; by any worker."""
    _shard(_ruler_for(job_run.pk, job_run.lease_owner), job_run, piece, owner)


@lru_cache(maxsize=1)
def _ruler_for(job_run: int, claim: str) -> Ruler:
    """What whoever helps measures with, made once for all the shards they do. ``claim`` is the name the run was claimed
    by, which is never given twice."""
    return ruler_of(ScoreRun.objects.select_related("model", "calibration").get(job_run=job_run))


def _shard(ruler: Ruler, job_run: JobRun, piece: JobShard, owner: str) -> None:
    with transaction.atomic():
        if not ScoreRun.objects.filter(pk=ruler.night.pk, state=ScoreRun.State.RUNNING).exists():
            raise NightRefused("run.backwards", _("A newer night has begun."))
        jobs.finish_shard(piece, owner, stage_range(ruler, piece.first_id, piece.last_id))


def stage_range(ruler: Ruler, first_id: int, last_id: int) -> jobs.Counts:
    """One id range of one night: customers read, rows staged, and on a recheck those staged though nothing moved."""
    piece = first_id, last_id
    found = ruler.found.pop(piece, None)
    if found is None:
        found = reading.rows(*piece) if ruler.night.full else reading.moved(ruler.since, piece)
    facts = reading.facts(found)
    if not facts.n:
        return {}
    sums = reading.answers(facts, ruler.spec, on=ruler.frozen.on)
    scores = score(reading.inputs(facts, sums, on=ruler.frozen.on), ruler.spec, ruler.frozen)
    changed = staging.stage(ruler.night, facts, scores, spec=ruler.spec, rules=ruler.rules, anew=ruler.anew)
    counts = {"customers": facts.n, "changed": len(changed)}
    if ruler.night.recheck:
        moved = reading.moved_since(ruler.since, piece)
        counts["drifted"] = len(np.setdiff1d(changed, moved, assume_unique=True))
    return counts


def _last_published(before: ScoreRun) -> ScoreRun | None:
    earlier = ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED, no__lt=before.no)
    return earlier.order_by("-no").first()


def _whose_rows_stand(before: ScoreRun) -> list[ScoreRun]:
    """The night that is published, and those given up since, which wrote rows as well; nobody before the first."""
    last = _last_published(before)
    return list(ScoreRun.objects.filter(no__gte=last.no, no__lt=before.no).order_by("no")) if last else []


def _since(night: ScoreRun) -> datetime.datetime:
    """The watermark of the last night that was published; the beginning of all time before the first."""
    last = _last_published(night)
    return last.watermark - OVERLAP if last else datetime.datetime(1, 1, 2, tzinfo=datetime.UTC)


@transaction.atomic
def _publish(night: ScoreRun, job_run: JobRun) -> None:
    jobs.heartbeat(job_run, job_run.lease_owner)  # the fence: whoever lost the lease publishes nothing
    counts = jobs.shard_counts(job_run)
    night.population, night.changed = counts.get("customers", 0), counts.get("changed", 0)
    night.state, night.published_at = ScoreRun.State.PUBLISHED, timezone.now()
    night.save()
    standing.flip(run_no=night.no, since_no=night.since_no, as_of=night.as_of)
