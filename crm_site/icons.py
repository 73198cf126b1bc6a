"""Bootstrap Icons from the installed package, parsed once and drawn inline, so that pages need no image request."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser

from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class _Shapes(HTMLParser):
    """Collects the elements inside the outer svg, each with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


@cache
def _drawing(name: str) -> SafeString:
    """The inside of an icon's svg element. Raises TemplateDoesNotExist for a name the package does not have."""
    shapes = _Shapes()
    shapes.feed(get_template(f"bs_icon/{name}.svg").render())
    parts = ((tag, format_html_join("", ' {}="{}"', attrs)) for tag, attrs in shapes.found)
    return format_html_join("", "<{}{}/>", parts)


@cache
def _decoration(name: str, classes: str) -> SafeString:
    return format_html('<svg class="{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', classes, _drawing(name))


def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """An inline svg; without a label it is decoration and hidden from assistive technology."""
    joined = f"ic {classes}".strip()
    if not label:
        return _decoration(name, joined)
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" role="img" aria-label="{}">{}</svg>', joined, label, _drawing(name)
    )
