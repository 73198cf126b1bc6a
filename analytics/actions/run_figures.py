"""What a night's scores look like, and how far they lie from earlier nights (domain F.8, F.11).

Counted once, after publication, from what is stored; a run that has its figures keeps them. Whoever tunes the score is
told once a run when something has moved further than chance.
"""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import structlog
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_noop

from analytics import drift
from analytics.actions.staging import METRICS
from analytics.fixedpoint import Ints
from analytics.models import Score, ScoreRun
from crm_site import arrays
from crm_site.actions import notices
from crm_site.columns import MISSING
from crm_site.models import User
from crm_site.roles import Role
from customers.classes import Grade
from customers.models import Activity, Customer, Standing

log = structlog.get_logger(__name__)

_TITLE = gettext_noop("The scores of %(day)s moved further than usual: %(what)s. Look at the night.")
Figures = dict[str, Any]


def count(as_of: datetime.date) -> dict[str, int]:
    """Figures and drift of the run published for this date, unless it has them; how many runs and alerts."""
    run = ScoreRun.objects.filter(as_of=as_of, state=ScoreRun.State.PUBLISHED).first()
    if run is None or "scores" in run.summary:
        return {"runs": 0, "alerts": 0}
    found = figures(run)
    found["alerts"] = alerts(found)
    with transaction.atomic():
        run.summary = {**run.summary, **found}
        run.save(update_fields=["summary"])
        _tell(run, found["alerts"])
    return {"runs": 1, "alerts": len(found["alerts"])}


def figures(run: ScoreRun) -> Figures:
    """How the scores valid at this run are spread, what is missing, and how they lie to two earlier runs."""
    scores, grades = _scores(run), _grades(run)
    found: Figures = {
        "scores": scores.tolist(),
        "grades": grades,
        "missing": _missing(run),
        "customers": sum(grades.values()),
        "families": _families(),
    }
    before = _before(run)
    for name, other in (("before", before), ("baseline", _baseline(run))):
        if other is not None:
            found[name] = compare(found, other.summary) | {"run": other.no, "as_of": other.as_of.isoformat()}
    if before is not None:
        found["before"]["rank_correlation"] = _correlation(before, run)
    return found


def compare(now: Figures, other: Figures) -> Figures:
    """PSI over grades and deciles of the other, shift of the mean, and metrics known much less or more often."""
    mine, theirs = (np.array(one["scores"], dtype=np.int64) for one in (now, other))
    cuts = drift.spread(theirs).deciles
    return {
        "psi_grades": round(drift.psi(_row(other), _row(now)), 4),
        "psi_deciles": round(drift.psi(drift.decile_counts(theirs, cuts), drift.decile_counts(mine, cuts)), 4),
        "mean_shift": round(drift.spread(mine).mean - drift.spread(theirs).mean, 2),
        "missing": {
            key: round(share - before, 1)
            for key, share in _shares(now).items()
            if abs(share - (before := _shares(other).get(key, share))) > drift.MISSING_POINTS
        },
    }


def alerts(found: Figures) -> list[list[Any]]:
    """What moved too far against the night before, as [kind, figure]; against the first night of the model only PSI."""
    raised: list[list[Any]] = []
    before, first = found.get("before", {}), found.get("baseline", {})
    for kind, one in (("psi", before), ("psi_baseline", first)):
        worst = max(one.get("psi_grades", 0), one.get("psi_deciles", 0))
        if drift.level(worst) == "alert":
            raised.append([kind, worst])
    if abs(before.get("mean_shift", 0)) > drift.MEAN_POINTS:
        raised.append(["mean", before["mean_shift"]])
    correlation = before.get("rank_correlation")
    if correlation is not None and correlation < drift.CORRELATION:
        raised.append(["rank", correlation])
    raised += [[f"missing {key}", points] for key, points in before.get("missing", {}).items()]
    return raised


def _scores(run: ScoreRun) -> Ints:
    counts = np.zeros(drift.TENTHS, dtype=np.int64)
    rows = Standing.objects.at(run.no, run.since_no).exclude(score_tenths=None).values_list("score_tenths")
    for tenths, n in rows.annotate(n=Count("pk")).order_by():
        counts[tenths] = n
    return counts


def _grades(run: ScoreRun) -> dict[str, int]:
    valid = Standing.objects.at(run.no, run.since_no)
    rows = dict(valid.values_list("grade").annotate(n=Count("pk")).order_by())
    return {grade: rows.get(grade, 0) for grade in (*Grade.values, "")}


def _families() -> dict[str, int]:
    """How many people hold exactly these product families (bits): what the rule for the next product goes by."""
    rows = Activity.objects.filter(customer__kind=Customer.Kind.INDIVIDUAL, families_mask__gt=0)
    counted = rows.order_by().values_list("families_mask").annotate(n=Count("pk"))
    return {str(mask): n for mask, n in counted}


def _missing(run: ScoreRun) -> dict[str, int]:
    """How many of the scored customers miss each metric."""
    columns = ["COUNT(*)", *(f"COALESCE(SUM(CASE WHEN s.{key} = {MISSING} THEN 1 ELSE 0 END), 0)" for key in METRICS)]
    source = (
        f"FROM {Score._meta.db_table} s JOIN customers_standing t "
        "ON t.customer_id = s.customer_id AND t.run_from = s.run_from "
        f"WHERE {_valid('t')} AND t.score_tenths IS NOT NULL"
    )
    found = arrays.read(columns, source, _bounds(run))[:, 0].tolist()
    return dict(zip(("scored", *METRICS), found, strict=True))


def _valid(alias: str) -> str:
    """A condition for the standings valid at a run, whose parameters are its ``_bounds``."""
    return f"{alias}.run_from >= %s AND {alias}.run_from <= %s AND {alias}.run_to > %s"


def _bounds(run: ScoreRun) -> list[arrays.Parameter]:
    return [run.since_no, run.no, run.no]


def _correlation(before: ScoreRun, now: ScoreRun) -> float | None:
    """Spearman's ρ of the customers scored by both runs, from counts of pairs."""
    source = (
        "FROM customers_standing a JOIN customers_standing b ON b.customer_id = a.customer_id "
        f"WHERE {_valid('a')} AND {_valid('b')} "
        "AND a.score_tenths IS NOT NULL AND b.score_tenths IS NOT NULL GROUP BY 1, 2"
    )
    pairs = arrays.read(["a.score_tenths", "b.score_tenths", "COUNT(*)"], source, [*_bounds(before), *_bounds(now)])
    found = drift.rank_correlation(pairs[0], pairs[1], pairs[2])
    return None if found is None else round(found, 4)


def _before(run: ScoreRun) -> ScoreRun | None:
    """The published run before this one that was counted."""
    return _counted().filter(no__lt=run.no).order_by("-no").first()


def _baseline(run: ScoreRun) -> ScoreRun | None:
    """The first counted run of the same model version."""
    return _counted().filter(no__lt=run.no, model=run.model_id).order_by("no").first()


def _counted() -> Any:
    return ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED, summary__has_key="scores")


def _row(found: Figures) -> list[int]:
    return [found["grades"][grade] for grade in Grade.values]


def _shares(found: Figures) -> dict[str, float]:
    """Per cent of the scored that miss a metric."""
    of = found["missing"]["scored"]
    return {key: 100 * found["missing"][key] / of for key in METRICS} if of else {}


def _tell(run: ScoreRun, raised: list[list[Any]]) -> None:
    if not raised:
        return
    log.warning("scores.drifted", run=run.no, alerts=raised)
    people = [who for who in User.objects.filter(is_active=True) if who.has_role(Role.ANALYST, Role.SUPERVISOR)]
    what = ", ".join(f"{kind} {figure}" for kind, figure in raised)
    notices.tell(
        to=people,
        kind="score_drift",
        title=_TITLE,
        values={"day": run.as_of.isoformat(), "what": what[:120]},
        about_kind="",
        about_no="",
        dedupe=f"score_drift:{run.no}",
    )
