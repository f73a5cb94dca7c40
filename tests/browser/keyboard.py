"""Going through a page with Tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

STOPS = 160  # more than any page has
FOCUS = """() => { const e = document.activeElement; if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const words = (e.getAttribute('aria-label') || e.innerText || '').slice(0, 60);
  return { tag: e.tagName, id: e.dataset.testid || '', words,
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, wide: box.width, high: box.height,
    top: box.top + document.querySelector('[data-testid=stMain]').scrollTop, footer: !!e.closest('footer') }; }"""


def stops(page: Page) -> list[dict[str, Any]]:
    """Each stop from the page's beginning until the browser's own bar has the focus again."""
    page.evaluate("document.activeElement?.blur()")
    found = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            break
        found.append(stop)
    return found


def tab_to(page: Page, test: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Press Tab until a stop fulfils `test`."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop and test(stop):
            return stop
    raise AssertionError("never reached by Tab")
