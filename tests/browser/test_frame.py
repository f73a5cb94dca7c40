"""What all pages share: font, navigation, errors, less motion, status without colour. Each page: test_pages_in_*.py."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from smartvest.theme import STATUS_SHAPE, STATUS_SYMBOL
from tests.browser.looking import settled
from tests.serving import ROOT, Server

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def test_our_font_is_used(visit: Visit) -> None:
    page = visit("/stadt")
    family = page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    assert family.startswith(('"IBM Plex Sans"', "IBM Plex Sans"))
    loaded = page.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', ''))"
    )
    assert "IBM Plex Sans" in loaded


def test_navigation_keeps_the_session(visit: Visit) -> None:
    """A click on the navigation draws the next page without loading the document again; back returns."""
    page = visit("/")
    page.evaluate("window.stayed = true")
    page.locator("header a[href$='/daten'], header a[href*='/daten?']").first.click()
    page.wait_for_url(re.compile("/daten"))
    settled(page)
    assert page.evaluate("window.stayed") is True
    page.go_back()
    page.wait_for_url(re.compile(r"/(\?.*)?$"))
    settled(page)
    expect(page.locator("h1")).to_have_count(1)


def test_unknown_page(returning: BrowserContext, server: Server) -> None:
    page = returning.new_page()
    response = page.goto(server.url + "/gibt-es-nicht?lang=en")
    assert response is not None and response.status == 404
    assert page.get_attribute("html", "lang") == "en"
    expect(page.locator("h1")).to_have_text("There is no such page")
    page.locator("a[href^='/daten']").click()
    settled(page)
    page.close()


def test_an_error_shows_a_number_and_no_details(visit: Visit, serve: Callable[..., Server], tmp_path: Path) -> None:
    """A page that breaks: the visitor reads a sentence with a number, the log has the traceback under that number."""
    for name in ("app.py", "pages", "smartvest", ".streamlit", "queries"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "data").symlink_to(ROOT / "data")
    (tmp_path / "pages" / "fibre.py").write_text('raise RuntimeError("inner detail")\n')
    broken = serve(tmp_path)
    for lang, word in (("de", "Fehlernummer"), ("en", "error number")):
        page = visit(f"/glasfaser?lang={lang}", base=broken.url)
        words = page.inner_text("body")
        found = re.search(rf"{word}\s+([0-9a-f]{{8}})", words)
        assert found, words
        assert "inner detail" not in page.content() and "Traceback" not in page.content()
        log = broken.log.read_text()
        assert f"error {found[1]} in a page" in log and "inner detail" in log


def test_less_motion(visit: Visit) -> None:
    """Whoever asked for less motion gets none from us: no transition, no animation, no button that plays."""
    page = visit("/glasfaser", reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMain] *')].filter(e => {
             const style = getComputedStyle(e);
             return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0; }).length"""
    )
    assert moving == 0
    assert not page.get_by_role("button", name="abspielen").count()


def test_status_is_told_without_colour(visit: Visit) -> None:
    """Without colour each status still has its own symbol and word: on the page, and as shapes in a chart."""
    assert len(set(STATUS_SYMBOL.values())) == len(STATUS_SYMBOL)
    filled = {name: shape for name, shape in STATUS_SHAPE.items() if name != "not_assessable"}  # an outlined circle
    assert len(set(filled.values())) == len(filled)
    page = visit("/")
    badges = page.evaluate("[...document.querySelectorAll('.sv-status')].map(e => e.textContent.trim())")
    assert badges
    for words in badges:
        symbol, _, word = words.partition(" ")
        assert symbol in {*STATUS_SYMBOL.values(), "–"} and len(word) > 4, words
    missing = page.evaluate("getComputedStyle(document.querySelector('.sv-swatch-missing')).backgroundImage")
    assert "repeating-linear-gradient" in missing
