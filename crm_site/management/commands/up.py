"""``manage.py up``: the whole product on this machine, with nothing else installed."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils.translation import gettext as _

from crm_site import demo, staleness
from crm_site.env import home
from crm_site.management.base import Misused, Refused, SpokenCommand
from crm_site.models.staff import User
from crm_site.supervisor import Child, Supervisor

HOST = "127.0.0.1"


class Command(SpokenCommand):
    """Migrate, collect static files when they changed, then keep web, worker and beat alive until Ctrl-C."""

    help = "Serve web, worker and beat on this machine; PORT (default 8000) is the only choice."

    def handle(self, *args: Any, **options: Any) -> None:
        port = _port()
        lock = open(home() / "up.lock", "w", encoding="ascii")  # noqa: SIM115 - held until the process ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            reason = _("CRMIS already runs from %(home)s. Stop it first, or give another CRMIS_HOME.")
            raise Refused(reason % {"home": home()}) from error
        _require_free(port)
        call_command("migrate", interactive=False, verbosity=0)
        if staleness.collect_static():
            self._say(_("Static files collected."))
        _prepare_folders()
        self._greet(port)
        Supervisor(_children(port)).run()
        self._say(_("CRMIS has stopped."))

    def _say(self, message: str) -> None:
        self.stderr.write(message)

    def _greet(self, port: int) -> None:
        hint = _("Ctrl-C stops it; data is kept in %(home)s") % {"home": home()}
        self.stdout.write(f"\nCRMIS  http://{HOST}:{port}/   ({hint})\n")
        accounts = demo.accounts()
        if accounts:
            self.stdout.write(_("Demonstration accounts, password: %(password)s") % {"password": demo.DEMO_PASSWORD})
            for role, username in accounts:
                self.stdout.write(f"  {username:<12} {role}")
        elif not User.objects.exists():
            self.stdout.write(_("There is no account yet. Make the first one in another terminal:"))
            self.stdout.write(f"  {sys.executable} manage.py create_staff --username NAME --role sysadmin")
        self.stdout.flush()


def _port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Misused(_("PORT is “%(port)s”; give a number between 1 and 65535.") % {"port": text})
    return int(text)


def _require_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = _("Port %(port)s is taken. Choose another, for example: PORT=%(other)s make run")
            raise Refused(reason % {"port": port, "other": port + 1}) from error


def _prepare_folders() -> None:
    """Folders of the broker and of the workers' counters; counters of processes that are gone are thrown away."""
    counters = home() / "prometheus"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counters)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
    if not settings.REDIS_URL:
        for name in ("queue", "control"):
            (home() / "broker" / name).mkdir(parents=True, exist_ok=True)


def _children(port: int) -> list[Child]:
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "crm_site", "--quiet"]
    pool = ["-P", "prefork", "-c", "2"] if settings.REDIS_URL else ["-P", "solo"]
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        Child("web", [*python, "gunicorn", "-c", "python:crm_site.server", "-b", f"{HOST}:{port}", "crm_site.wsgi"]),
        Child("worker", [*celery, "worker", *pool, *alone, "-n", f"crmis{port}@%h"]),
        Child("beat", [*celery, "beat", "-s", settings.CELERY_BEAT_SCHEDULE_FILENAME, "--pidfile="]),
    ]
