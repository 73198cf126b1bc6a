"""The tests' SQLite database is migrated once and kept: later runs with the same migrations begin from the copy.

Migrating takes longer than most tests. The copy is named by what it came from: the migrations, the modules they take
their seeds from, and the packages whose tables are in it; any change makes another one.
"""

from __future__ import annotations

import ast
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("Django", "django-allauth", "django-axes")
_APPS = ("crm_site", "customers", "complaints", "campaigns", "analytics")
_held: list[sqlite3.Connection] = []  # a database in memory lives as long as somebody is connected to it


def fetch(name: str, root: Path) -> None:
    """Fill the database ``name``, in memory, from the copy, where there is one."""
    kept = _copy(root)
    if kept.exists():
        held = sqlite3.connect(name, uri=True, check_same_thread=False)
        with closing(sqlite3.connect(kept)) as source:
            source.backup(held)
        _held.append(held)


def keep(name: str, root: Path) -> None:
    """Copy the freshly migrated database; copies of other migrations go."""
    kept = _copy(root)
    if kept.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    for old in kept.parent.glob("*.sqlite3"):
        old.unlink(missing_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(name, uri=True)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.replace(kept)


def _copy(root: Path) -> Path:
    digest = hashlib.sha256(" ".join(version(package) for package in _PACKAGES).encode())
    for path in _sources(root):
        digest.update(path.as_posix().encode() + path.read_bytes())
    return root / "var" / "cache" / "tests" / f"{digest.hexdigest()[:24]}.sqlite3"


def _sources(root: Path) -> Iterator[Path]:
    """The migrations and our own modules that they name."""
    migrations = sorted(path for app in _APPS for path in (root / app / "migrations").glob("*.py"))
    yield from migrations
    named = {module for path in migrations for module in _imports(ast.parse(path.read_text(encoding="utf-8")))}
    for module in sorted(named):
        path = root / Path(*module.split("."))
        yield from (found for found in (path.with_suffix(".py"), path / "__init__.py") if found.exists())


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{name.name}" for name in node.names))
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
