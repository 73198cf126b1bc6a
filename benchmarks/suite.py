"""One database's share of the benchmark: fill it, run the cases, write the results as JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from pathlib import Path

import django


def main() -> None:
    """Entry of the child process that benchmarks.run starts for each database."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    django.setup()

    from django.conf import settings
    from django.core.management import call_command

    from benchmarks import cases, fill, measure

    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    bank = fill.fill(options.size)
    results = []
    for module in sorted(info.name for info in pkgutil.iter_modules(cases.__path__)):
        for case in importlib.import_module(f"benchmarks.cases.{module}").cases(bank):
            if options.cases and case.name not in options.cases:
                continue
            result = measure.run(case)
            results.append({**result.__dict__, "verdict": result.verdict})
            print(f"{result.name}: {result.ratio} ({result.verdict})", file=sys.stderr, flush=True)
    options.out.write_text(json.dumps(results))


if __name__ == "__main__":
    main()
