"""axe-core finds no violation on any page: German in light, English in dark, both wide and narrow.

One document a page and language; colours do not depend on the language, so each is looked at in one of them. What axe
can't decide (contrast on canvas and SVG) is computed from the theme's colours in tests/test_theme.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from smartvest.addresses import LANGUAGES, PAGES
from tests.browser.looking import WIDTHS, Watch, settled
from tests.serving import Server

pytestmark = pytest.mark.browser
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN = """tags => axe.run(document, { runOnly: tags, resultTypes: ['violations', 'incomplete'] }).then(found => ({
  violations: found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id} (${rule.impact}): ${node.html.slice(0, 200)} – ${node.failureSummary.slice(0, 300)}`)),
  undecided: found.incomplete.map(rule => rule.id) }))"""
MODE = {"de": "light", "en": "dark"}
GROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 25, 27)"}


@pytest.fixture(scope="module", params=LANGUAGES)
def reader(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[tuple[Page, str]]:
    """One visitor a language who opens page after page: scripts come from the browser's cache."""
    context = browser.new_context(locale="de-DE", timezone_id="Europe/Berlin")
    page = context.new_page()
    watch = Watch(urlsplit(server.url).netloc)
    watch.over(page)
    yield page, request.param
    context.close()
    watch.check()


@pytest.mark.parametrize("path", PAGES.values())
def test_no_violation(reader: tuple[Page, str], server: Server, path: str) -> None:
    page, lang = reader
    mode = MODE[lang]
    page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(f"{server.url}{path}?lang={lang}")
    settled(page)
    shown = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert shown == GROUND[mode]
    page.evaluate(AXE)
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        result = page.evaluate(RUN, TAGS)
        found |= {(mode, width): result["violations"]} if result["violations"] else {}
        assert set(result["undecided"]) <= {"color-contrast"}, result["undecided"]
    assert not found
