"""The house's own rules, where a machine can see them."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

from crm_site import jobs
from crm_site.celery import TIMETABLE, Job

ROOT = Path(__file__).resolve().parent.parent
APPS = ("crm_site", "customers", "complaints", "campaigns", "analytics")
LONGEST = 400  # lines of a file
LONGEST_VIEW = 15  # lines of a function
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "services", "selectors", "signals", "receivers"}
ALLOWED_IN_PURE = {"django.db.models", "django.db.models.TextChoices", "django.db.models.IntegerChoices"}  # codes
CLOCKS = re.compile(r"\b(timezone\.(now|localdate|localtime)|datetime\.now|date\.today|time\.time)\(")
FORBIDDEN_IN_CODE = {
    r"\bmark_safe\b": "mark_safe",
    r"\bcsrf_exempt\b": "csrf_exempt",
    r"\bGenericForeignKey\b": "GenericForeignKey",
    r"threading\.local\b": "a thread-local",
    r"\bdjango\.dispatch\b|\bdjango\.db\.models\.signals\b": "signals",
    r"#.*\b(TODO|FIXME|XXX)\b": "unfinished work",
    r"except\b[^\n]*:\n\s+pass\s*\n": "a swallowed exception without its reason",
}
FORBIDDEN_IN_TEMPLATES = {
    r"\|\s*safe\b": "|safe",
    r"\{%\s*autoescape\s+off": "autoescape off",
    r"\sstyle\s*=": "an inline style",
    r"<style\b": "an inline style sheet",
    r"<script(?![^>]*\bsrc=)": "an inline script",
    r"\son[a-z]+\s*=\s*[\"']": "an inline handler",
    r"(?:src|href)\s*=\s*[\"'](?:https?:)?//": "something from another host",
    r"\b(TODO|FIXME|XXX)\b": "unfinished work",
}


def sources(
    *suffixes: str, under: tuple[str, ...] = (*APPS, "templates", "static", "tests", "benchmarks")
) -> list[Path]:
    """Our own files with these suffixes, migrations apart."""
    found = [path for folder in under for suffix in suffixes for path in (ROOT / folder).rglob(f"*{suffix}")]
    return sorted(path for path in found if "migrations" not in path.parts and "__pycache__" not in path.parts)


def product() -> list[Path]:
    """Python that runs in production: no tests, no tests' plug-in."""
    return [
        path for path in sources(".py", under=APPS) if "tests" not in path.parts and not path.name.startswith("testing")
    ]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def pure_files() -> list[Path]:
    """The files below the models, as the import contracts in pyproject.toml name them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    rooms = [contract for contract in contracts if "containers" in contract]
    return [
        path
        for contract in rooms
        for app in contract["containers"]
        for name in re.findall(r"\w+", " ".join(contract["layers"][contract["layers"].index("(models)") + 1 :]))
        if (path := ROOT / app / f"{name}.py").exists()
    ]


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names a tree imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def found_in(paths: list[Path], patterns: dict[str, str]) -> list[str]:
    hits = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        for pattern, what in patterns.items():
            hits += [
                f"{named(path)}:{text[: hit.start()].count(chr(10)) + 1} {what}" for hit in re.finditer(pattern, text)
            ]
    return hits


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        named(path): path.read_text(encoding="utf-8").count("\n") for path in sources(".py", ".html", ".css", ".js")
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def code_lines(function: ast.FunctionDef) -> int:
    """Lines of a function's body; its docstring and the tables (dict literals) it fills a template with apart."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    tables = {
        line for node in ast.walk(function) if isinstance(node, ast.Dict) for line in range(node.lineno + 1, _end(node))
    }
    return len(set(range(body[0].lineno, _end(function))) - tables) if body else 0


def _end(node: ast.stmt | ast.expr) -> int:
    return (node.end_lineno or node.lineno) + 1


def test_no_function_of_a_view_is_longer_than_fifteen_lines() -> None:
    views = [path for path in product() if "views" in path.parts]
    functions = {
        f"{named(path)}:{node.lineno} {node.name}": code_lines(node)
        for path in views
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert len(functions) > 150
    assert {name: lines for name, lines in functions.items() if lines > LONGEST_VIEW} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    stems = {named(path) for path in sources(".py") if FORBIDDEN_NAMES & {path.stem, *path.relative_to(ROOT).parts}}
    assert stems == set()


def test_the_code_keeps_clear_of_what_the_house_forbids() -> None:
    assert found_in(product(), FORBIDDEN_IN_CODE) == []


def test_templates_carry_nothing_inline_and_nothing_foreign() -> None:
    templates = [path for path in sources(".html", under=("templates",))]
    assert templates
    assert found_in(templates, FORBIDDEN_IN_TEMPLATES) == []


def test_pure_files_know_neither_models_nor_the_clock() -> None:
    files = pure_files()
    assert len(files) > 10
    for path in files:
        text = path.read_text(encoding="utf-8")
        names = set(imports(ast.parse(text)))
        forbidden = {name for name in names if name.startswith("django.db") or ".models" in name}
        assert forbidden <= ALLOWED_IN_PURE, named(path)
        assert not CLOCKS.search(text), named(path)


def test_no_function_imports_our_own_modules() -> None:
    hidden = []
    for path in product():
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                hidden += [f"{named(path)} {name}" for name in imports(function) if name.split(".")[0] in APPS]
    assert hidden == []


def test_pandas_is_named_in_one_file_of_analytics_only() -> None:
    users = {named(path) for path in product() if "pandas" in set(imports(ast.parse(path.read_text(encoding="utf-8"))))}
    assert users <= {"analytics/frames.py"}


def test_the_ground_never_says_customer_but_in_names_of_apps_and_urls() -> None:
    name = re.compile(r"\bcustomers[.:'`]\w*|\"customers\"|# customers$|customers_root", re.MULTILINE)
    ground = [path for path in product() if path.parts[len(ROOT.parts)] == "crm_site"]
    said = {named(path) for path in ground if "customer" in name.sub("", path.read_text(encoding="utf-8")).lower()}
    assert said == set()


@pytest.mark.parametrize("job", TIMETABLE, ids=lambda job: job.name)
def test_every_job_of_the_timetable_exists_and_declares_itself_idempotent(job: Job) -> None:
    paths = [path for path in (job.task, job.shard) if path]
    assert [path for path in paths if not jobs.is_idempotent(import_string(path))] == []
