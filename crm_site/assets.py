"""Static files served out of installed packages: exactly the files named here, nothing else of those packages.

Third-party CSS and JavaScript is never committed and never fetched from another host. Collecting whole packages took
42 seconds, so each file is named. Two things are left out of what is served. The source-map comment: the maps are not
served, and ManifestStaticFilesStorage refuses a file that points to one it cannot find. And the pictures Bootstrap
writes into its own sheet: the content policy blocks them, and a browser that styles a page between two sheets asks
for one now and then however ours outweigh it; static/css/pictures.css names ours as files.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Literal, overload

from django.contrib.staticfiles.finders import AppDirectoriesFinder, BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

from crm_site.env import home

# static name → (distribution on PyPI, file inside it)
PACKAGED: dict[str, tuple[str, str]] = {
    "vendor/bootstrap.min.css": ("bootstrap-wrapper", "bootstrap/css/bootstrap.min.css"),
    "vendor/bootstrap.bundle.min.js": ("bootstrap-wrapper", "bootstrap/js/bootstrap.bundle.min.js"),
    "vendor/htmx.min.js": ("django-htmx", "django_htmx/static/django_htmx/htmx-2.min.js"),
}

_SOURCE_MAP = re.compile(rb"\s*(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*\Z")
_PICTURE = re.compile(rb"""url\("data:[^"]*"\)""")


@cache
def source_of(name: str) -> Path:
    """The installed file behind a static name; KeyError for a name that is not in the table."""
    package, inside = PACKAGED[name]
    return Path(str(distribution(package).locate_file(inside)))


@cache
def served(name: str) -> Path:
    """The file as it is served, written once under the home directory; KeyError for a name not in the table."""
    body = _SOURCE_MAP.sub(b"\n", source_of(name).read_bytes())
    if name.endswith(".css"):
        body = _PICTURE.sub(b"none", body)
    path = home() / "packaged" / hashlib.sha256(body).hexdigest()[:16] / Path(name).name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(6)}")  # threads start together too
        part.write_bytes(body)
        part.replace(path)
    return path


class PackagedStorage(FileSystemStorage):
    """Reads the named files as they are served."""

    def path(self, name: str) -> str:
        return str(served(name))


class PackagedFilesFinder(BaseFinder):
    """Finds the files of PACKAGED under their static names."""

    def __init__(self, app_names: Iterable[str] | None = None) -> None:
        super().__init__()
        self.storage = PackagedStorage()

    def check(self, **kwargs: object) -> list[CheckMessage]:
        """Nothing to configure, so nothing to check."""
        return []

    @overload
    def find(self, path: str, find_all: Literal[False] = False) -> str | None: ...
    @overload
    def find(self, path: str, find_all: Literal[True]) -> list[str]: ...
    def find(self, path: str, find_all: bool = False) -> str | list[str] | None:
        """Absolute path behind a static name; a list of at most one when all are asked for."""
        found = [str(served(path))] if path in PACKAGED else []
        if find_all:
            return found
        return found[0] if found else None

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Every packaged file with the storage that reads it."""
        return ((name, self.storage) for name in PACKAGED)


class AdminFilesFinder(AppDirectoriesFinder):
    """The admin's own static files, and no other app's: every other page uses static/ and PACKAGED alone."""

    def __init__(self, app_names: Iterable[str] | None = None, *args: object, **kwargs: object) -> None:
        super().__init__(["django.contrib.admin"])
