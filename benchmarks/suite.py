"""One database's share of the benchmark: fill it, run the cases, write the results as JSON."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import django


def main() -> None:
    """Entry of the child process that benchmarks.run starts for each database."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--complaints", type=int, required=True)
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

    def chosen(bank: fill.Bank) -> Iterator[measure.Case]:
        for module in sorted(info.name for info in pkgutil.iter_modules(cases.__path__)):
            for case in importlib.import_module(f"benchmarks.cases.{module}").cases(bank):
                if not options.cases or case.name in options.cases:
                    yield case

    bank = fill.fill(options.size, options.complaints // 10)
    small = {case.name: measure.run(case).cpu_ms for case in chosen(bank) if case.growth}
    results = []
    for case in chosen(fill.grow(bank, options.complaints)):
        result = measure.run(case)
        if case.name in small:
            result = dataclasses.replace(result, growth=round(result.cpu_ms / small[case.name], 3))
        results.append({**result.__dict__, "verdict": result.verdict})
        print(f"{result.name}: {result.ratio} growth {result.growth} ({result.verdict})", file=sys.stderr, flush=True)
    options.out.write_text(json.dumps(results))


if __name__ == "__main__":
    main()
