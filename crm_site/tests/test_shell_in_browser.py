"""The shell in a real browser: accessible, calm, and quick under the fingers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from crm_site.testing_browser import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def has(page: Page, expression: str) -> bool:
    """Whether it is so, or becomes so within five seconds: a busy machine runs the page's scripts later."""
    for _turn in range(100):
        if page.evaluate(expression):
            return True
        page.wait_for_timeout(50)
    return False


PAGES = [
    ("/components/?errors=1", "supervisor"),
    ("/accounts/login/", ""),
    ("/accounts/2fa/", "agent"),
    ("/accounts/sessions/", "agent"),
    ("/accounts/password/change/", "agent"),
    ("/components/", "agent"),  # refused
    ("/no/such/page/", "agent"),
]


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_axe_finds_nothing(visit: Callable[..., Page], language: str, theme: str, width: int) -> None:
    found = []
    for path, role in PAGES:
        page = visit(path, role, language=language, theme=theme, width=width)
        violations = Axe().run(page).response["violations"]
        found += [(path, violation["id"], violation["nodes"][0]["html"][:120]) for violation in violations]
    assert found == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_scrolls_sideways(visit: Callable[..., Page], language: str) -> None:
    page = visit("/components/", language=language)
    for width in (320, 390, 768, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert has(page, "document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width


def test_text_at_twice_its_size_still_fits(visit: Callable[..., Page]) -> None:
    page = visit("/components/")
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert has(page, "document.documentElement.scrollWidth <= document.documentElement.clientWidth")


COVERED = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  if (e === document.body || box.width < 2 || e.matches('.skip') || e.closest('.c-seg, dialog')) { return ''; }
  const style = getComputedStyle(e);
  if (style.outlineStyle === 'none' && style.boxShadow === 'none') { return 'no ring: ' + e.outerHTML.slice(0, 120); }
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 10));
  const ours = top && (e.contains(top) || top.contains(e) || (e.labels && [...e.labels].some(l => l.contains(top))));
  return ours ? '' : 'covered: ' + e.outerHTML.slice(0, 120);
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_every_stop_of_the_tab_key_is_ringed_and_in_sight(visit: Callable[..., Page], width: int) -> None:
    page = visit("/components/", width=width)
    wrong = []
    for _stop in range(75):
        page.keyboard.press("Tab")
        wrong.append(page.evaluate(COVERED))
    assert [fault for fault in wrong if fault] == []


def _kept(page: Page, switch: str) -> None:
    """Turn a switch and wait for the server's word: the load state knows nothing of what is sent later."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.click(switch)
    assert answer.value.ok


def test_the_list_of_keys_opens_closes_and_switches_single_keys_off_for_good(visit: Callable[..., Page]) -> None:
    page = visit("/components/")
    page.keyboard.press("?")
    assert has(page, "document.getElementById('keys').open")
    _kept(page, "#keys-on")
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("?")
    assert has(page, "!document.getElementById('keys').open")


def test_keys_walk_a_list_and_leave_fields_alone(visit: Callable[..., Page]) -> None:
    page = visit("/components/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("[data-rows] tbody tr.is-sel").count() == 1
    page.fill("#id_wish", "")
    page.focus("#id_wish")
    page.keyboard.type("jx?/c")
    assert page.input_value("#id_wish") == "jx?/c"
    assert page.locator("[data-rows] tbody tr.is-sel").count() == 1


def test_an_enter_that_confirms_a_candidate_submits_nothing(visit: Callable[..., Page]) -> None:
    page = visit("/components/")
    before = page.url
    page.focus("#id_content")
    page.evaluate(
        """() => document.activeElement.dispatchEvent(
             new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, bubbles: true, isComposing: true}))"""
    )
    page.wait_for_timeout(300)
    assert page.url == before


def test_theme_and_density_change_at_once_and_stay(visit: Callable[..., Page]) -> None:
    page = visit("/components/")
    _kept(page, "[data-preference=theme] button")
    _kept(page, "[data-preference=density] button")
    look = "[document.documentElement.dataset.bsTheme, document.documentElement.dataset.density].join()"
    assert page.evaluate(look) == "dark,compact"
    page.reload()
    assert page.evaluate(look) == "dark,compact"


def test_a_menu_closes_by_escape_and_gives_focus_back(visit: Callable[..., Page]) -> None:
    page = visit("/components/")
    page.click(".c-menu--reveal summary")
    assert has(page, "document.activeElement.name === 'purpose'")
    page.keyboard.press("Escape")
    assert has(page, "document.activeElement.tagName === 'SUMMARY' && !document.querySelector('.c-menu[open]')")


CONTROLS = """<select class="form-select"></select><select class="form-select is-invalid"></select>
<input class="form-control is-invalid"><input class="form-control is-valid"><button class="btn-close"></button>
<input type="checkbox" class="form-check-input" checked><input type="radio" class="form-check-input" checked>
<div class="form-switch"><input type="checkbox" class="form-check-input" checked>
<input type="checkbox" class="form-check-input"></div>"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_control_asks_for_a_blocked_picture_while_our_sheets_are_still_on_their_way(
    visit: Callable[..., Page], theme: str
) -> None:
    page = visit("/components/", theme=theme)
    late = page.evaluate(
        """controls => {
            const late = document.querySelectorAll("link[rel=stylesheet]:not([href*=pictures]):not([href*=bootstrap])")
            late.forEach(sheet => { sheet.disabled = true })
            document.querySelector("main").insertAdjacentHTML("afterbegin", controls)
            return late.length
        }""",
        CONTROLS,
    )
    assert late > 3
    page.wait_for_timeout(500)  # a blocked picture would be said to the console, which visit() looks at


def test_nothing_of_what_was_read_stays_in_the_browser(visit: Callable[..., Page]) -> None:
    page = visit("/components/")
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert kept in ("[{},{}]", '[{},{"htmx-current-path-for-history":"/components/"}]')


def test_paper_shows_no_controls(visit: Callable[..., Page]) -> None:
    page = visit("/components/")
    page.emulate_media(media="print")
    for control in (".c-rail", ".c-top", ".c-tabbar", ".c-actions", ".c-mask summary", ".c-toasts"):
        assert not page.locator(control).first.is_visible(), control
