"""Jobs of this step, as the timetable names them."""

from __future__ import annotations

import datetime

from analytics.actions import forgetting, rfm_run, run_figures, scoring_run, segments, simulating, suggestion_models
from crm_site import jobs
from crm_site.models import JobRun, JobShard


@jobs.idempotent
def score(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Classify and score everybody for this date, and publish."""
    return scoring_run.run(run, as_of)


@jobs.idempotent
def score_shard(run: JobRun, shard: JobShard, owner: str) -> None:
    """One id range of a night, by whichever worker is free."""
    scoring_run.shard(run, shard, owner)


@jobs.idempotent
def refresh_segments(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """How many customers every saved segment holds by the night just published."""
    return segments.refresh(as_of)


@jobs.idempotent
def simulate_rules(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Rules somebody wants simulated in a bank too large to wait for it."""
    return {"simulated": simulating.do_asked(run)}


@jobs.idempotent
def train_suggestions(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Models for suggestions somebody asked for; they wait where the extra is not installed."""
    return {"trained": suggestion_models.train_asked(run)}


@jobs.idempotent
def rfm(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Marks of recency, frequency and value of the last complete month."""
    return rfm_run.run(run, as_of)


@jobs.idempotent
def run_figures_of(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """What the published scores look like, and whether they drifted."""
    return run_figures.count(as_of)


@jobs.idempotent
def forget_lifetimes(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Scores and standings of nights that can be asked for no more."""
    return forgetting.run(run, as_of)
