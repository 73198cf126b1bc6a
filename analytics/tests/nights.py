"""A small bank ready to be scored, and nights run over it; also a program, so that a night can be killed.

``python -m analytics.tests.nights build|run|dump|forget``: the database is the one DATABASE_URL names.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
from random import Random
from typing import Any

import django

AS_OF = datetime.date(2026, 11, 15)
ON = datetime.date(2026, 10, 31)  # the reference date of that night
FIRST = datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
BUILT = datetime.datetime(2026, 11, 14, 4, 0, tzinfo=datetime.UTC)
SIZE = 60


def build(size: int = SIZE, *, seed: int = 11) -> None:
    """``size`` customers, every ninth an organisation, some facts unknown, some with answers; the same everywhere."""
    from customers.models import Activity, Customer

    random = Random(seed)
    for n in range(size):
        kind = Customer.Kind.ORGANISATION if n % 9 == 8 else Customer.Kind.INDIVIDUAL
        customer = Customer.objects.create(
            customer_no=f"C-2026-{n:06d}",
            kind=kind,
            status=Customer.Status.DORMANT if n % 7 == 6 else Customer.Status.ACTIVE,
            full_name="林晓彤",
            name_bidx=bytes(32),
        )
        Activity.objects.create(customer=customer, changed_at=BUILT, **facts(random))
        rate(customer, random)


def facts(random: Random) -> dict[str, Any]:
    """Facts about one customer as whole numbers; about a third of what may be unknown is."""

    def maybe(value: int) -> int | None:
        return None if random.random() < 0.3 else value

    aum, count = random.randrange(90_000_000), random.randrange(200)
    return {
        "count_12m": count,
        "amount_12m_fen": count * random.randrange(1, 90_000),
        "inflow_12m_fen": random.randrange(50_000_000),
        "card_spend_12m_fen": random.randrange(9_000_000),
        "purchases_6m": random.randrange(3),
        "active_months_12m": random.randrange(13),
        "months_since_salary": maybe(random.randrange(6)),
        "last_active_on": ON - datetime.timedelta(days=random.randrange(400)) if random.random() < 0.9 else None,
        "opened_on": ON - datetime.timedelta(days=random.randrange(7_000)) if random.random() < 0.9 else None,
        "ever_holdings": random.randrange(4),
        "families_mask": random.randrange(128),
        "contracts_24m": random.randrange(5),
        "referrals_24m": random.randrange(2),
        "aum_fen": maybe(aum),
        "aum_3m_fen": maybe(aum),
        "aum_3m_prior_fen": maybe(aum * 9 // 10),
        "aum_3m_year_ago_fen": maybe(random.randrange(90_000_000)),
        "aum_best_12m_fen": maybe(aum * 2),
        "aum_year_ago_fen": maybe(random.randrange(90_000_000)),
        "deposits_3m_fen": maybe(aum // 2),
        "loans_fen": maybe(random.randrange(80_000_000)),
        "contribution_fen": maybe(random.randrange(-100_000, 5_000_000)),
        "new_needs_6m": random.randrange(3),
        "income_growth_bp": maybe(random.randrange(-2_000, 4_000)),
        "income_fen": maybe(random.randrange(60_000_000)),
        "dpd_24m": maybe(random.randrange(100)),
        "debt_service_bp": maybe(random.randrange(9_000)),
        "rating": random.choice(["", "A", "B", "C"]),
        "occupation": random.choice(["", "MANAGER", "RETIRED", "DECLINED"]),
        "stated_need": random.choice(["", "LOAN", "WEALTH"]),
        "age_step": random.choice([None, 18, 35, 55, 65]),
        "closed": random.random() < 0.1,
    }


def rate(customer: Any, random: Random) -> None:
    """Up to two rated contacts."""
    for _answer in range(random.randrange(3)):
        answered(customer, points=random.choice([0, 25, 50, 75, 100]), ago=random.randrange(500))


def answered(customer: Any, *, points: int, weight: int = 100, ago: int = 0) -> None:
    """A rated contact so many days before the reference date."""
    from customers.models import Interaction

    moment = datetime.datetime.combine(ON - datetime.timedelta(days=ago), datetime.time(4), datetime.UTC)
    Interaction.objects.create(
        customer=customer,
        channel="SURVEY",
        at=moment,
        recorded_at=moment,
        rating_points=points,
        rating_weight=weight,
    )


def night(as_of: datetime.date = AS_OF) -> Any:
    """Run the scoring of one business date as the timetable does, by force; the run, or None when it was done."""
    from crm_site import jobs

    return jobs.run_job(job="analytics.score", path="analytics.tasks.score", business_date=as_of, force=True)


def cut_off(monkeypatch: Any, as_of: datetime.date = AS_OF) -> None:
    """A night that stages two of its ranges and is then left."""
    from analytics.actions import scoring_run

    finish, count = scoring_run.jobs.finish_shard, iter(range(100))

    def stops(*args: Any) -> None:
        if next(count) == 2:
            raise OSError("no space left")
        finish(*args)

    with monkeypatch.context() as patch:
        patch.setattr(scoring_run.jobs, "finish_shard", stops)
        run = night(as_of)
    assert run.state == run.State.FAILED


def dump() -> list[list[str]]:
    """Every score and standing ever written, by customer number, without keys that differ from database to database."""
    from analytics.models import Score
    from customers.models import Standing

    found = []
    for model in (Score, Standing):
        names = [
            f.attname for f in model._meta.concrete_fields if f.attname not in ("id", "customer_id", "calibration_id")
        ]
        more = ["calibration__on"] if model is Score else []
        rows = model.objects.order_by("customer__customer_no", "run_from")  # type: ignore[attr-defined]
        found += [list(map(str, row)) for row in rows.values_list("customer__customer_no", *names, *more)]
    return found


def main(command: str) -> None:
    """What a child process does with a database of its own."""
    from django.core.management import call_command

    from analytics.actions import scoring_run

    if command == "build":
        call_command("migrate", verbosity=0)
        build()
    elif command == "run":
        scoring_run.SHARD = 4
        run = night()
        print(run.state if run else "DONE", flush=True)
    elif command == "forget":
        forget()
    else:
        print(json.dumps(dump()))


def forget(*, keep_calibration: bool = False) -> None:
    """Take back every night, as if none had been; or as if it were known how everybody else stands."""
    from analytics.models import Calibration, Score, ScoreRun
    from crm_site.models import JobRun, JobShard
    from customers.models import PublishedRun, Standing

    for model in (Score, Standing, ScoreRun, Calibration, JobShard, JobRun, PublishedRun):
        if not (keep_calibration and model is Calibration):
            model.objects.all().delete()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
    django.setup()
    main(sys.argv[1])
