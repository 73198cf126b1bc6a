"""Static files out of packages, and icons."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import get_finder
from django.core.management import call_command
from django.template import TemplateDoesNotExist

from crm_site.assets import PACKAGED, PackagedFilesFinder, served, source_of
from crm_site.icons import icon

FINDER = "crm_site.assets.PackagedFilesFinder"


def test_every_named_file_is_installed_and_nothing_else_is_served() -> None:
    finder = get_finder(FINDER)
    assert isinstance(finder, PackagedFilesFinder)
    assert all(source_of(name).is_file() for name in PACKAGED)
    assert [name for name, _storage in finder.list([])] == list(PACKAGED)
    assert finder.find("vendor/bootstrap.css") is None
    assert finder.find("../../settings.py") is None


def test_scripts_are_served_byte_for_byte_but_for_the_source_map() -> None:
    for name in PACKAGED:
        body = served(name).read_bytes()
        assert b"sourceMappingURL" not in body
        assert name.endswith(".css") or source_of(name).read_bytes().startswith(body.rstrip(b"\n"))


def test_no_packaged_sheet_carries_a_picture_the_content_policy_would_block() -> None:
    sheets = [name for name in PACKAGED if name.endswith(".css")]
    assert sheets
    for name in sheets:
        assert b"data:" in source_of(name).read_bytes(), "the cure has become needless: take it out"
        assert b"data:" not in served(name).read_bytes()
        assert PackagedFilesFinder().find(name) == str(served(name))


def test_static_files_collect_under_hashed_names(tmp_path: Path, settings: object) -> None:
    settings.STATIC_ROOT = tmp_path  # type: ignore[attr-defined]
    settings.STORAGES = {  # type: ignore[attr-defined]
        **settings.STORAGES,  # type: ignore[attr-defined]
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    manifest = (tmp_path / "staticfiles.json").read_text()
    assert all(name in manifest for name in [*PACKAGED, "css/crm.css", "js/theme.js", "admin/css/base.css"])


def test_stylesheets_of_ours_fetch_nothing_from_elsewhere() -> None:
    for sheet in (Path(settings.BASE_DIR) / "static" / "css").glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "http" not in text.replace("http://www.w3.org", ""), sheet.name
        assert "data:" not in text, sheet.name
        assert "@import" not in text, sheet.name


def test_scripts_of_ours_need_no_eval_and_keep_nothing_typed_in_the_browser() -> None:
    for script in (Path(settings.BASE_DIR) / "static" / "js").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        for word in ("eval(", "new Function", "innerHTML", "document.write", "sessionStorage", "http://", "https://"):
            assert word not in text, (script.name, word)
        if script.name != "admin_theme.js":  # which stores one word, the theme
            assert "localStorage" not in text, script.name


def test_an_icon_without_a_label_is_decoration_and_with_one_an_image() -> None:
    assert icon("eye") == icon("eye")
    assert 'class="ic" viewBox="0 0 16 16" aria-hidden="true"><path d=' in icon("eye")
    labelled = icon("eye", "ic-lg", 'Show "all"')
    assert 'role="img" aria-label="Show &quot;all&quot;"' in labelled
    assert "aria-hidden" not in labelled


def test_an_icon_the_package_does_not_have_is_an_error_not_a_blank() -> None:
    with pytest.raises(TemplateDoesNotExist):
        icon("no-such-icon")
