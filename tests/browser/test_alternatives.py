"""Every chart, map and drawing says in words what it shows, and a table with the figures is on the same page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from smartvest.addresses import PAGES
from smartvest.theme import STATUS_SHAPE, STATUS_SYMBOL
from tests.browser.looking import settled

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
SHORTEST = 40  # characters: a name alone ("Karte") says nothing
PICTURES = """() => [...document.querySelectorAll(
    '[data-testid=stVegaLiteChart], [data-testid=stDeckGlJsonChart], [data-testid=stImage] img')]
  .map(e => e.getAttribute('aria-label') || e.getAttribute('alt') || '')"""
NAMELESS = """() => [...document.querySelectorAll('img, [role=img], button, a, input, select')].filter(e => {
  const words = [e.getAttribute('aria-label'), e.getAttribute('alt'), e.title, e.innerText,
    ...[...(e.labels || [])].map(l => l.innerText), e.labels?.length && e.labels[0].textContent].filter(Boolean);
  return e.checkVisibility({ visibilityProperty: true }) && !words.join('').trim() && !e.hasAttribute('aria-hidden') &&
    !e.closest('[aria-hidden=true]') && !(e.tagName === 'IMG' && e.hasAttribute('alt'));
}).map(e => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(
    ("path", "lang"), [*((path, "de") for path in PAGES.values()), ("/", "en"), ("/glasfaser", "en")]
)
def test_every_picture_is_said_in_words(visit: Visit, path: str, lang: str) -> None:
    page = visit(f"{path}?lang={lang}&ags=05562016")
    said = page.evaluate(PICTURES)
    for words in said:
        assert len(words) > SHORTEST or words.startswith(("Lage", "Location", "Where")), words
        if lang == "en":
            assert not [word for word in ("Karte der", "Haushalte", " Mitte 2") if word in words], words
    if said:
        assert page.locator("[data-testid=stMain] table").count(), "no table holds the figures"
    assert page.evaluate(NAMELESS) == []


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


def test_nothing_of_the_framework_is_english_on_a_german_page(visit: Visit) -> None:
    from smartvest.texts import texts
    from smartvest.web.framework import PLACES

    english = {texts()[f"framework.{key}"]["en"] for key in PLACES} - {"Error", "Stop"}
    for path in PAGES.values():
        page = visit(path)
        said = page.evaluate(
            """() => [...document.querySelectorAll('body *')].flatMap(e => [e.getAttribute('aria-label'), e.title,
               e.getAttribute('placeholder'), e.children.length ? null : e.textContent]).filter(Boolean)"""
        )
        heard = [words for words in said if words in english or words.split(":")[0] in english]
        assert not heard, (path, heard)
    page.goto(page.url.split("?")[0])
    settled(page)
