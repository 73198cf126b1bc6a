"""What operators read is complete: every command, every variable, every link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("crm_site", "customers", "complaints", "campaigns", "analytics")
INTERNAL = {"DJANGO_SETTINGS_MODULE", "LC_ALL", "LC_MESSAGES", "LANG", "PWD"}
READ_FROM_ENVIRONMENT = re.compile(
    r"""(?:\benv\.\w+|required|environ\.get|environ)[(\[]\s*["']([A-Z][A-Z_]+)["']""", re.MULTILINE
)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands() -> set[str]:
    found = [path for app in APPS for path in (ROOT / app / "management" / "commands").glob("*.py")]
    return {path.stem for path in found if not path.stem.startswith("_")}


def test_every_command_is_described() -> None:
    described = set(re.findall(r"^## (\w+)$", page("docs/COMMANDS.md"), re.MULTILINE))
    assert commands() - described == set()
    assert described - commands() == set()


def test_every_variable_the_product_reads_is_described() -> None:
    read = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "tests" not in path.parts and not path.name.startswith("testing"):
                read |= set(READ_FROM_ENVIRONMENT.findall(path.read_text(encoding="utf-8")))
    assert {"DATABASE_URL", "PORT", "STATEMENT_TIMEOUT", "ALLOWED_HOSTS"} <= read
    assert {name for name in read - INTERNAL if f"`{name}`" not in page("docs/OPERATIONS.md")} == set()


@pytest.mark.parametrize(
    "name",
    sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*.md"))
    + sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")),
)
def test_links_inside_the_repository_lead_somewhere(name: str) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page(name))
    inside = [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]
    assert [target for target in inside if not ((ROOT / name).parent / target).exists()] == []


def test_the_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", page("README.md") + page("CONTRIBUTING.md")))
    assert named - {"sure"} <= targets
