"""The ruler is tested before anything is measured with it."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from benchmarks.measure import Case, run
from crm_site.models import Department

pytestmark = pytest.mark.django_db


def burn(seconds: float) -> None:
    """Use this much of this process's time on the processor."""
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        pass


def case(candidate: float, target: float, **fields: object) -> Case:
    return Case("self-test", target, lambda: burn(candidate), lambda: burn(0.01), **fields)  # type: ignore[arg-type]


def test_a_candidate_of_three_floors_has_ratio_three() -> None:
    result = run(case(0.03, 4))
    assert 2.7 < result.ratio < 3.5
    assert result.verdict == "ok"


def test_what_is_over_target_twice_is_said() -> None:
    assert run(case(0.03, 2)).verdict == "over target"


def test_a_wrong_result_counts_for_nothing_however_fast() -> None:
    assert run(case(0.005, 2, check=lambda: False)).verdict == "WRONG RESULT"


def test_sleeping_costs_no_processor_time() -> None:
    result = run(Case("sleep", 1.5, lambda: (time.sleep(0.05), burn(0.01)), lambda: burn(0.01), repetitions=2))
    assert result.ok


def test_queries_are_counted_once_and_outside_the_clock() -> None:
    def two_queries() -> None:
        list(Department.objects.all())
        list(Department.objects.all())

    result = run(Case("queries", 1000, two_queries, lambda: burn(0.001)))
    assert result.queries == 2


@pytest.mark.postgres
def test_the_servers_work_is_counted_too() -> None:
    def heavy() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from generate_series(1, 2000000)")

    result = run(Case("server", 1000, heavy, lambda: burn(0.01), repetitions=2))
    assert result.cpu_ms > 50
