"""What charts, maps and drawings say to a visitor who doesn't see them."""

from __future__ import annotations

from playwright.sync_api import Page

SHORTEST = 40  # characters: a name alone ("Karte") says nothing
SAID = """() => [...document.querySelectorAll(
    '[data-testid=stVegaLiteChart], [data-testid=stDeckGlJsonChart], [data-testid=stImage] img')]
  .map(e => e.getAttribute('aria-label') || e.getAttribute('alt') || '')"""
NAMELESS = """() => [...document.querySelectorAll('img, [role=img], button, a, input, select')].filter(e => {
  const words = [e.getAttribute('aria-label'), e.getAttribute('alt'), e.title, e.innerText,
    ...[...(e.labels || [])].map(l => l.innerText), e.labels?.length && e.labels[0].textContent].filter(Boolean);
  return e.checkVisibility({ visibilityProperty: true }) && !words.join('').trim() && !e.hasAttribute('aria-hidden') &&
    !e.closest('[aria-hidden=true]') && !(e.tagName === 'IMG' && e.hasAttribute('alt'));
}).map(e => e.outerHTML.slice(0, 120))"""


def unsaid(page: Page) -> list[str]:
    """Pictures without a summary sentence, controls without a name, pictures without a table of their figures on the page."""
    said = page.evaluate(SAID)
    short = [words for words in said if len(words) <= SHORTEST and not words.startswith(("Lage", "Location", "Where"))]
    tableless = said and not page.locator("[data-testid=stMain] table").count()
    return [*short, *page.evaluate(NAMELESS), *(["no table holds the figures"] if tableless else [])]
