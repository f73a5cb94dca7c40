"""Every page once, as a resident of Haltern opens it on a phone by a link. Then, on the same page, one after the other: larger
letters, a wide window, a screen reader, the keyboard, axe in light and dark, paper, and use.

One visit a page: opening it anew for each question made these tests five times as long.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Page, expect

from smartvest.addresses import PAGES
from smartvest.texts import texts
from smartvest.theme import LIGHT
from smartvest.web.framework import PLACES
from tests.browser import axe, keyboard, pictures
from tests.browser.looking import WIDTHS, at_width, ill_fitting, in_colours, settled

pytestmark = pytest.mark.browser
A4_PT = (595, 842)
PAPER_PX = 680  # A4 less two margins of 15 mm, at 96 px an inch


@pytest.fixture(scope="module", params=PAGES.values())
def page(request: pytest.FixtureRequest, stay: Callable[..., Any]) -> Iterator[Page]:
    with stay(f"{request.param}?ags=05562016", width=375, scheme="light", cold=True) as page:
        yield page


def test_a_cold_link_on_a_phone(page: Page) -> None:
    assert "smartVEST" in page.title()
    assert page.get_attribute("html", "lang") == "de"
    expect(page.locator("h1")).to_have_count(1)
    assert "Fehlernummer" not in page.inner_text("body")
    assert ill_fitting(page) == []
    assert page.context.cookies() == []


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_nothing_is_cut(page: Page, width: int) -> None:
    """320 px is the narrowest window of WCAG 1.4.10; 640 is a window of 1280 at a zoom of 200 %."""
    assert ill_fitting(at_width(page, width)) == []


def test_letters_of_double_size(page: Page) -> None:
    """Letters alone, in a window of 1280 px."""
    larger = page.add_style_tag(content="html { font-size: 200% !important; }")
    try:
        assert ill_fitting(settled(page)) == []
    finally:
        larger.evaluate("e => e.remove()")
        settled(page)


def test_every_picture_is_said_in_words(page: Page) -> None:
    assert pictures.unsaid(page) == []


def test_nothing_of_the_framework_is_english(page: Page) -> None:
    english = {texts()[f"framework.{key}"]["en"] for key in PLACES} - {"Error", "Stop"}
    said = page.evaluate(
        """() => [...document.querySelectorAll('body *')].flatMap(e => [e.getAttribute('aria-label'), e.title,
           e.getAttribute('placeholder'), e.children.length ? null : e.textContent]).filter(Boolean)"""
    )
    assert [words for words in said if words in english or words.split(":")[0] in english] == []


def test_every_stop_of_the_keyboard_is_seen_and_in_order(page: Page) -> None:
    stops = keyboard.stops(page)
    assert stops[0]["id"] == "stSkipToContent" and stops[0]["words"] == "Zum Inhalt springen"
    assert stops[-1]["footer"], "the last stop is not in the footer: the keyboard is caught, or the order is wrong"
    assert [stop for stop in stops if not stop["ring"] or stop["wide"] < 1 or stop["high"] < 1] == []
    assert sum(stop["id"] == "stSkipToContent" for stop in stops) == 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing(page: Page, scheme: Any, width: int) -> None:
    at_width(in_colours(page, scheme), width)
    assert axe.findings(page) == {}


# of each table's last row; the panels of origin and downloads are for the screen
LAST_CELLS = """() => [...document.querySelectorAll('.sv-table tr:last-child > *')]
  .filter(cell => !cell.closest('[class*="st-key-origin_"]')).map(cell => cell.textContent)"""


def letters(words: str) -> str:
    """Without white space: a PDF breaks lines where it likes."""
    return re.sub(r"\s+", "", words)


def test_printed_on_a4_it_is_complete(page: Page) -> None:
    """Header, every table to its last row, sources, snapshot."""
    at_width(page, 1280)
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    box = pdf.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == A4_PT
    printed = letters("".join(sheet.extract_text() for sheet in pdf.pages))
    assert letters(page.inner_text("h1")) in printed and letters(page.inner_text(".sv-footer > div")) in printed
    assert "smartVEST·HalternamSee" in printed and "Ausdruckvom" in printed
    for cell in page.evaluate(LAST_CELLS):
        assert letters(cell)[:20] in printed, cell


TOO_WIDE = """paper => [...document.querySelectorAll(
    '[data-testid=stMain] :is(table, canvas, svg, img, p, li, h1, h2, h3)')]
  .filter(e => e.getBoundingClientRect().width && e.getBoundingClientRect().right > paper + 2)
  .map(e => `${e.tagName} ${e.className.baseVal ?? e.className}: ${e.textContent.slice(0, 40)}`).slice(0, 5)"""
HIDDEN = "[data-testid=stHeader], [data-testid=stSelectbox], .st-key-phone_navigation, .sv-language, .sv-footer nav"
OPENED = """() => [...document.querySelectorAll('details table')]
  .every(table => table.offsetHeight || table.closest('[class*="st-key-origin_"]'))"""


def test_paper_shows_what_a_screen_shows(page: Page) -> None:
    """Nothing wider than the sheet, nothing to click, ink on white."""
    page.emulate_media(media="print")
    try:
        at_width(page, PAPER_PX)
        assert page.evaluate(TOO_WIDE, PAPER_PX) == []
        assert not page.evaluate(f"[...document.querySelectorAll('{HIDDEN}')].some(e => e.offsetHeight)")
        red, green, blue = (int(LIGHT.text[i : i + 2], 16) for i in (1, 3, 5))
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == f"rgb({red}, {green}, {blue})"
        assert page.evaluate(OPENED)
    finally:
        page.emulate_media(media="screen")
        at_width(page, 1280)


KEPT = """async () => [
  ...Object.entries(localStorage).map(([key, value]) => 'local ' + key + '=' + value),
  ...Object.entries(sessionStorage).map(([key, value]) => 'session ' + key + '=' + value),
  ...(await indexedDB.databases()).map(found => 'database ' + found.name),
  ...(await caches.keys()).map(key => 'cache ' + key),
  ...(await navigator.serviceWorker.getRegistrations()).map(worker => 'worker ' + worker.scope)]"""
# Streamlit writes these two, and the privacy page says so
SHOWN = re.compile(r'local (stActiveTheme-\S*="System"|stSidebarSectionsState-\S*=\{\})')


def test_used_it_sets_nothing_and_asks_nobody_else(page: Page) -> None:
    """Another town, all that opens opened, maps and charts pointed at, to the end. Other hosts: `visitor` watches."""
    page.get_by_label("Stadt oder ganzer Kreis").first.click()
    page.keyboard.type("Marl", delay=40)
    page.get_by_role("option", name="Marl", exact=True).click()
    page.wait_for_url(re.compile("ags=05562024"))
    settled(page)
    for picture in page.locator("[data-testid=stDeckGlJsonChart], [data-testid=stVegaLiteChart]").all()[:3]:
        picture.hover()
    summaries = page.locator("[data-testid=stMain] summary")
    for i in range(min(summaries.count(), 3)):
        summaries.nth(i).click()
        settled(page)
    page.mouse.wheel(0, 20000)
    page.locator("footer").scroll_into_view_if_needed()
    settled(page)
    assert page.context.cookies() == []
    assert [entry for entry in page.evaluate(KEPT) if not SHOWN.fullmatch(entry)] == []
