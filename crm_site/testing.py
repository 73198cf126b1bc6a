"""The tests' plug-in: a home of their own, fast settings, frozen time, people by role, hashes of all tables.

Loaded by ``-p crm_site.testing`` in pytest.ini, that is before the settings, so that no test touches a real home.
"""

from __future__ import annotations

import atexit
import datetime
import hashlib
import importlib
import importlib.util
import ipaddress
import itertools
import os
import shutil
import socket
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import time_machine

if TYPE_CHECKING:
    from django.test import Client

_HOME = tempfile.mkdtemp(prefix="crmis-test-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["CRMIS_HOME"] = _HOME
os.environ.pop("CRMIS_PROFILE", None)
os.environ["LC_ALL"] = "C.UTF-8"  # commands speak the language of the terminal

# A Friday morning of an ordinary year, 10:00 in Shanghai, four days before a long holiday.
NOW = datetime.datetime(2025, 9, 26, 2, 0, tzinfo=datetime.UTC)
PASSWORD = "correct horse battery"  # noqa: S105 - of people who exist only in tests

# Written by every request or by every verb, so a comparison of "what changed" leaves them out.
UNHASHED_TABLES = frozenset(
    {
        "crm_site_accessrecord",
        "crm_site_accessseal",
        "crm_site_auditevent",
        "crm_site_audithead",
        "complaints_presence",
        "axes_accessattempt",
        "axes_accessfailurelog",
        "axes_accesslog",
        "django_migrations",
        "django_session",
        "usersessions_usersession",
    }
)

hypothesis.settings.register_profile("crmis", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("crmis")


# --- settings and the outside world -----------------------------------------------------------------------------
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fast, local settings; no socket leaves this machine."""
    from django.conf import settings

    settings.LANGUAGE_CODE = "en"  # what tests quote is the source; pages in Chinese ask for it by cookie
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "default"}
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CELERY_TASK_ALWAYS_EAGER = True
    settings.CELERY_BROKER_URL = "memory://"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    settings.WHITENOISE_AUTOREFRESH = True
    if _on_postgres():  # several runs may share one server
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_crmis_{os.getpid()}"
    elif config.option.markexpr == "browser" or _in_file():  # in memory it is one connection, which pages would share
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(Path(_HOME) / "test.sqlite3")
        options = settings.DATABASES["default"]["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    _guard_network()
    _let_tests_empty_the_book()


def _let_tests_empty_the_book() -> None:
    """Between two tests with real commits all tables are emptied, the append-only ones too."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    from crm_site import append_only

    plain_flush = BaseDatabaseOperations.execute_sql_flush

    def flush(self: Any, statements: Iterable[str]) -> None:
        append_only.remove(self.connection, append_only.every_table())
        plain_flush(self, statements)
        append_only.install(self.connection, append_only.every_table())
        _seed_again()

    BaseDatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign, assignment]


SEEDS = (("analytics", "first_model"), ("campaigns", "complaint_survey"), ("complaints", "rules_of_the_clocks"))
"""Migrations that fill tables, by app and name without their number."""


def _seed_again() -> None:
    """What came with a migration would be missing after a flush: the calendar, the first model, survey and rules."""
    from django.apps import apps

    from crm_site.models import CalendarDay, CalendarYear

    importlib.import_module("crm_site.migrations.0003_calendar").load(CalendarYear, CalendarDay)
    for app, name in SEEDS:
        folder = Path(apps.get_app_config(app).path) / "migrations"
        module = next(folder.glob(f"*_{name}.py")).stem
        importlib.import_module(f"{app}.migrations.{module}").seed(apps, None)


def _guard_network() -> None:
    plain_connect = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise RuntimeError(f"A test tried to reach {address[0]}; tests stay on this machine.")
        plain_connect(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# --- markers ----------------------------------------------------------------------------------------------------
_REALDATA_ADVICE = "set CRMIS_REALDATA to the folder of real files (see docs/profiles/README.md)"
_ML_ADVICE = "install requirements-ml.txt, or use make ml"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what its marker cannot have here."""
    if item.get_closest_marker("postgres") and not _on_postgres():
        pytest.skip("needs PostgreSQL: give DATABASE_URL or use make test")
    if item.get_closest_marker("together") and not (_on_postgres() or _in_file()):
        pytest.skip("needs PostgreSQL or CRMIS_SQLITE_FILE=1: use make test or make faults")
    if item.get_closest_marker("redis") and not os.environ.get("REDIS_URL"):
        pytest.skip("needs Redis: give REDIS_URL or use make test")
    if item.get_closest_marker("realdata") and not os.environ.get("CRMIS_REALDATA"):
        pytest.skip(_REALDATA_ADVICE)
    if item.get_closest_marker("ml") and importlib.util.find_spec("sklearn") is None:
        pytest.skip(_ML_ADVICE)


def _in_file() -> bool:
    return os.environ.get("CRMIS_SQLITE_FILE") == "1"


def _on_postgres() -> bool:
    from django.conf import settings

    return str(settings.DATABASES["default"]["ENGINE"]).endswith("postgresql")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One loud line for each kind of test that was left out, and the figures that tests counted."""
    skipped = terminalreporter.stats.get("skipped", [])
    for what, advice in (("REAL DATA", _REALDATA_ADVICE), ("TRAINING OF SUGGESTIONS", _ML_ADVICE)):
        if missing := sum(advice in report.longreprtext for report in skipped):
            terminalreporter.write_line(f"{what} SKIPPED: {missing} tests; {advice}", yellow=True, bold=True)
    for name, figures in _figures(terminalreporter.stats).items():
        counted = ", ".join(f"{what} {number:,}" for what, number in figures.items())
        terminalreporter.write_line(f"{name}: {counted}")


def _figures(stats: dict[str, list[Any]]) -> dict[str, Counter[str]]:
    """What tests gave to ``record_property`` as counts, summed over the tests and processes that counted them."""
    summed: dict[str, Counter[str]] = defaultdict(Counter)
    for report in itertools.chain.from_iterable(stats.values()):
        if getattr(report, "when", "") == "call":
            for name, value in report.user_properties:
                if isinstance(value, dict):
                    summed[name].update({"parts": 1, **value})
    return summed


@pytest.fixture
def realdata() -> Path:
    """The folder of real files; mark the test ``realdata``."""
    return Path(os.environ["CRMIS_REALDATA"])


# --- time -------------------------------------------------------------------------------------------------------
@pytest.fixture
def now() -> Iterator[datetime.datetime]:
    """Friday 26 September 2025, 10:00 in Shanghai, and the clock stands still."""
    with time_machine.travel(NOW, tick=False):
        yield NOW


# --- people and things ------------------------------------------------------------------------------------------
class Factories:
    """Every ``SomethingFactory`` of ``<app>.tests.factories``, as ``factories.something(**fields)``."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}
        for app in ("crm_site", "customers", "complaints", "campaigns", "analytics"):
            name = f"{app}.tests.factories"
            if importlib.util.find_spec(name):
                module = importlib.import_module(name)
                found = {key: value for key, value in vars(module).items() if key.endswith("Factory")}
                self._known |= {
                    key.removesuffix("Factory").lower(): value
                    for key, value in found.items()
                    if value.__module__ == module.__name__
                }

    def __getattr__(self, name: str) -> Any:
        try:
            return self._known[name.replace("_", "")]
        except KeyError:
            raise AttributeError(f"no factory {name!r}; known: {', '.join(sorted(self._known))}") from None


@pytest.fixture(scope="session")
def factories() -> Factories:
    """The test objects of all apps, by name."""
    return Factories()


def person(role: str | Iterable[str], **fields: Any) -> Any:
    """A member of staff with this role (or these), named after it; the password is ``PASSWORD``."""
    from django.contrib.auth import get_user_model

    roles = [role] if isinstance(role, str) else list(role)
    model = get_user_model()
    number = model._default_manager.count() + 1
    values = {
        "username": f"{roles[0] if roles else 'nobody'}{number}",
        "employee_no": f"T{number:05d}",
        "display_name": f"Test {roles[0] if roles else 'nobody'} {number}",
        "roles": roles,
        **fields,
    }
    return model._default_manager.create_user(password=PASSWORD, **values)


@pytest.fixture
def client_for(db: None, settings: Any) -> Callable[..., Client]:
    """``client_for("agent", team=…)``: a signed-in browser without JavaScript; ``client.user`` is the person.

    A user object may be given instead of a role. Second factors are not asked of these people.
    """
    from django.test import Client

    settings.SECOND_FACTOR_REQUIRED = False

    def sign_in(role: Any, **fields: Any) -> Client:
        client = Client()
        user = person(role, **fields) if isinstance(role, str | list | tuple) else role
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.user = user  # type: ignore[attr-defined]
        return client

    return sign_in


# --- what changed -----------------------------------------------------------------------------------------------
def table_hashes(*, leave_out: Iterable[str] = ()) -> dict[str, str]:
    """Table name → hash of its rows, in no particular order, of all tables but sessions and the visitors' book."""
    from django.db import connection

    names = set(connection.introspection.table_names()) - UNHASHED_TABLES - set(leave_out)
    hashes = {}
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608 - own table names
            rows = sorted(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in cursor)
            hashes[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return hashes


def table_hash(*, leave_out: Iterable[str] = ()) -> str:
    """One hash over ``table_hashes()``: equal before and after means nothing was touched."""
    return hashlib.sha256(repr(sorted(table_hashes(leave_out=leave_out).items())).encode()).hexdigest()
