"""The working-day ribbon around the National Day holiday of 2025."""

from __future__ import annotations

import datetime as dt

from crm_site.ribbon import fold

TODAY = dt.date(2025, 10, 9)


def day(date: str, kind: str = "work", n: int = 0, due: bool = False) -> dict[str, object]:
    return {"date": date, "kind": kind, "n": n, "due": due}


def test_the_five_days_of_a_receipt_on_the_last_holiday_stand_one_by_one() -> None:
    cells = fold(
        [
            day("2025-10-09", n=1),
            day("2025-10-10", n=2),
            day("2025-10-11", "makeup", 3),
            day("2025-10-12", "off"),
            day("2025-10-13", n=4),
            day("2025-10-14", n=5, due=True),
        ],
        today=TODAY,
    )
    assert [cell.n for cell in cells] == [1, 2, 3, 0, 4, 5]
    assert [cell.kind for cell in cells] == ["day", "day", "day", "off", "day", "day"]
    assert [cell.makeup for cell in cells] == [False, False, True, False, False, False]
    assert cells[0].now
    assert cells[-1].due


def test_past_days_become_one_box_that_says_how_many_working_days_are_used() -> None:
    past = [day("2025-09-27", "off"), day("2025-09-28", "makeup", 1), day("2025-09-29", n=2), day("2025-09-30", n=3)]
    holiday = [day(f"2025-10-0{n}", "holiday") for n in range(1, 9)]
    cells = fold([*past, *holiday, day("2025-10-09", n=4), day("2025-10-10", n=5, due=True)], today=TODAY)
    assert [cell.kind for cell in cells] == ["past", "day", "day"]
    assert (cells[0].n, cells[0].first, cells[0].last) == (3, dt.date(2025, 9, 27), dt.date(2025, 10, 8))


def test_days_off_ahead_become_one_box_and_a_weekend_is_no_holiday() -> None:
    ahead = [day("2025-10-01", "holiday"), day("2025-10-02", "holiday"), day("2025-10-04", "off")]
    cells = fold([day("2025-09-30", n=1), *ahead, day("2025-10-09", n=2, due=True)], today=dt.date(2025, 9, 30))
    assert [(cell.kind, cell.length, cell.holiday) for cell in cells] == [
        ("day", 1, False),
        ("off", 3, True),
        ("day", 1, False),
    ]
    weekend = fold([day("2025-10-18", "off"), day("2025-10-19", "off"), day("2025-10-20", n=1, due=True)], today=TODAY)
    assert (weekend[0].length, weekend[0].holiday) == (2, False)


def test_a_due_day_that_has_passed_still_stands_alone() -> None:
    cells = fold(
        [day("2025-09-26", n=1), day("2025-09-28", "makeup", 2), day("2025-09-29", n=3, due=True)], today=TODAY
    )
    assert [(cell.kind, cell.due) for cell in cells] == [("past", False), ("day", True)]


def test_no_days_make_no_boxes() -> None:
    assert fold([], today=TODAY) == []
