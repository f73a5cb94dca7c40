"""Printed on A4 each page is complete: header, every table to its last row, sources, snapshot; nothing to click."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pypdf
import pytest
from playwright.sync_api import Page

from smartvest.addresses import PAGES
from smartvest.theme import LIGHT
from tests.browser.looking import settled

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
A4_PT = (595, 842)
PAPER_PX = 680  # A4 less two margins of 15 mm, at 96 px an inch
CUT = """paper => [...document.querySelectorAll(
    '[data-testid=stMain] :is(table, canvas, svg, img, p, li, h1, h2, h3)')]
  .filter(e => e.getBoundingClientRect().width && e.getBoundingClientRect().right > paper + 2)
  .map(e => `${e.tagName} ${e.className.baseVal ?? e.className}: ${e.textContent.slice(0, 40)}`).slice(0, 5)"""
# of each table's last row; the panels of origin and downloads are for the screen
LAST_CELLS = """() => [...document.querySelectorAll('.sv-table tr:last-child > *')]
  .filter(cell => !cell.closest('[class*="st-key-origin_"]')).map(cell => cell.textContent)"""
HIDDEN = "[data-testid=stHeader], [data-testid=stSelectbox], .st-key-phone_navigation, .sv-language, .sv-footer nav"
OPENED = """() => [...document.querySelectorAll('details table')]
  .every(table => table.offsetHeight || table.closest('[class*="st-key-origin_"]'))"""


def letters(words: str) -> str:
    """Without white space: a PDF breaks lines where it likes."""
    return re.sub(r"\s+", "", words)


@pytest.mark.parametrize("path", PAGES.values())
def test_a_page_prints_complete(visit: Visit, path: str) -> None:
    page = visit(f"{path}?ags=05562016")
    cells = page.evaluate(LAST_CELLS)
    snapshot = page.inner_text(".sv-footer > div")
    title = page.inner_text("h1")
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    box = pdf.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == A4_PT
    printed = letters("".join(sheet.extract_text() for sheet in pdf.pages))
    assert letters(title) in printed and letters(snapshot) in printed
    assert "smartVEST·HalternamSee" in printed and "Ausdruckvom" in printed
    for cell in cells:
        assert letters(cell)[:20] in printed, cell


@pytest.mark.parametrize("path", ["/", "/glasfaser", "/daten"])
def test_paper_shows_what_a_screen_shows(visit: Visit, path: str) -> None:
    """Nothing wider than the sheet, nothing to click, ink on white."""
    page = visit(path)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER_PX, "height": 960})
    page.wait_for_timeout(500)
    settled(page)
    assert page.evaluate(CUT, PAPER_PX) == []
    assert not page.evaluate(f"[...document.querySelectorAll('{HIDDEN}')].some(e => e.offsetHeight)")
    red, green, blue = (int(LIGHT.text[i : i + 2], 16) for i in (1, 3, 5))
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == f"rgb({red}, {green}, {blue})"
    assert page.evaluate(OPENED)
