"""A real browser for tests: Chromium as the system has it, pages that report what they should not do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

LOOKS = [
    (language, theme, width) for language in ("en", "zh-hans") for theme in ("light", "dark") for width in (1280, 390)
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; without one the test is skipped and says so."""
    installed = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if installed is None:
        pytest.skip("NO BROWSER: install Debian's chromium, or name one in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox", "--disable-quic"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, live_server: Any, client_for: Callable[..., Client]) -> Iterator[Callable[..., Page]]:
    """``visit("/components/", "supervisor", language="en", theme="dark", width=390)``; role "" is a stranger.

    A user object may be given instead of a role. Fails when the page asked another host for anything, broke the
    content policy or threw an error.
    """
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_page(
        path: str,
        role: Any = "supervisor",
        *,
        language: str = "en",
        theme: str = "light",
        width: int = 1280,
        scripts: bool = True,
    ) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        contexts.append(context)
        cookies = {"theme": theme, "django_language": language}
        if role:
            cookies["sessionid"] = client_for(role).cookies["sessionid"].value
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: trouble.append(said.text) if "Content Security" in said.text else None)
        page.on("request", lambda asked: None if asked.url.startswith(live_server.url) else trouble.append(asked.url))
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []  # noqa: S101 - this is a test
