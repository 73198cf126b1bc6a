"""The message catalogues: are they complete, current, compiled and well set? ``--write`` rebuilds them first.

Without gettext's tools (a fresh machine has none) strings are not extracted, and only what is committed is examined.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("zh_Hans", "zh_Hant")
SOURCES = ("crm_site", "customers", "complaints", "campaigns", "analytics", "templates")
IGNORED = ("*/tests/*", "*/testing.py")
_HAN = r"[\u3400-\u9fff]"
# Placeholders stand for numbers and names, so punctuation beside them is judged by what stands on the other side.
_ASCII_BESIDE_HAN = re.compile(rf"{_HAN}[,;:?!()]|[,;:?!()]{_HAN}")

Key = tuple[str, str, str]


def key(entry: polib.POEntry) -> Key:
    """What makes two entries the same message."""
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


def catalogue(locale: str, root: Path = ROOT) -> Path:
    """The .po file of a language."""
    return root / "locale" / locale / "LC_MESSAGES" / "django.po"


def extract(root: Path) -> None:
    """Bring the .po files under ``root`` up to date with the sources there."""
    locales = [word for locale in LOCALES for word in ("-l", locale)]
    ignored = [word for pattern in IGNORED for word in ("-i", pattern)]
    command = [
        sys.executable,
        "-m",
        "django",
        "makemessages",
        *locales,
        *ignored,
        "--add-location",
        "file",
        "--no-wrap",
    ]
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)


def extracted() -> Iterator[tuple[str, set[Key]]]:
    """(language, messages of the sources as they are now), from a copy that is thrown away."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for folder in (*SOURCES, "locale"):
            shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        extract(copy)
        for locale in LOCALES:
            yield locale, {key(entry) for entry in polib.pofile(catalogue(locale, copy)) if not entry.obsolete}


def write() -> None:
    """Rebuild .po from the sources and .mo from .po."""
    for locale in LOCALES:
        catalogue(locale).parent.mkdir(parents=True, exist_ok=True)
    extract(ROOT)
    for locale in LOCALES:
        polib.pofile(catalogue(locale)).save_as_mofile(str(catalogue(locale).with_suffix(".mo")))


def faults_of_entry(entry: polib.POEntry) -> Iterator[str]:
    """What is wrong with one translation."""
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if entry.fuzzy:
        yield "fuzzy"
    if not all(texts):
        yield "not translated"
    named = set(re.findall(r"%\(\w+\)[sd]", entry.msgid))
    for text in texts:
        if text and set(re.findall(r"%\(\w+\)[sd]", text)) - named:
            yield "a placeholder the source does not have"
        if found := _ASCII_BESIDE_HAN.search(re.sub(r"%\(\w+\)[sd]|<[^>]*>|https?:\S+", "", text)):
            yield f"half-width punctuation beside Han: {found.group()}"


def faults_of_file(locale: str) -> Iterator[str]:
    """What is wrong with one committed catalogue."""
    path = catalogue(locale)
    if not path.exists():
        yield f"{locale}: there is no {path.relative_to(ROOT)}"
        return
    entries = [entry for entry in polib.pofile(path) if not entry.obsolete]
    for entry in entries:
        yield from (f"{locale}: {fault}: {entry.msgid!r}" for fault in faults_of_entry(entry))
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        yield f"{locale}: {compiled.relative_to(ROOT)} is missing"
        return
    in_mo = {key(entry): (entry.msgstr, entry.msgstr_plural) for entry in polib.mofile(compiled)}
    in_po = {key(entry): (entry.msgstr, entry.msgstr_plural) for entry in entries if entry.translated()}
    if in_mo != in_po:
        yield f"{locale}: django.mo is not what django.po compiles to; run make messages"


def faults() -> Iterator[str]:
    """Everything that is wrong, one line each."""
    for locale in LOCALES:
        yield from faults_of_file(locale)
    if not shutil.which("xgettext"):
        print("catalogues: no gettext tools here, so new strings are not looked for", file=sys.stderr)
        return
    if all(catalogue(locale).exists() for locale in LOCALES):
        for locale, wanted in extracted():
            have = {key(entry) for entry in polib.pofile(catalogue(locale)) if not entry.obsolete}
            yield from (f"{locale}: not in the catalogue: {message[1]!r}" for message in sorted(wanted - have))
            yield from (f"{locale}: no longer in the sources: {message[1]!r}" for message in sorted(have - wanted))


def main() -> int:
    """Exit code 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="rebuild the catalogues from the sources")
    if parser.parse_args().write:
        write()
    found = list(faults())
    print("\n".join(found) if found else "catalogues: complete and current")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
