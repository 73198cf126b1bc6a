"""The tests' plug-in is crm_site.testing, loaded by pytest.ini before settings; here is only what pytest wants here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crm_site import testing_database

# pytest-playwright drives the browser inside an event loop; Django would refuse the live server's database calls there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

pytest_plugins = ["crm_site.testing_browser", "tests.canaries"]
ROOT = Path(__file__).resolve().parent


def _in_memory() -> str:
    """The name of the tests' database, "" where it is not SQLite's in memory."""
    from django.db import connection

    name = str(connection.creation._get_test_db_name()) if connection.vendor == "sqlite" else ""
    return name if "mode=memory" in name else ""


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Before the tests' database is made: fill it from the copy of an earlier run."""
    if name := _in_memory():
        testing_database.fetch(name, ROOT)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """After it was made: keep a copy for later runs."""
    if name := _in_memory():
        testing_database.keep(name, ROOT)
