"""Looking at a page: has it finished, what did it ask of others, does it fit the screen."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Page

WIDTHS = (1280, 375)
GROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 25, 27)"}  # what lies under every page

# null while anything is under way, else a fingerprint of what is on screen
STATE = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app) return null;
  const { testScriptState: script, testConnectionState: connection } = app.dataset;
  if (script === 'compilationError') return 'error: a page does not compile';
  if (connection !== 'CONNECTED' || script !== 'notRunning') return null;
  if (document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')) return null;
  if (document.fonts.status !== 'loaded') return null;
  const root = document.getElementById('root');
  return root.innerHTML.length + ' ' + root.innerText;
}"""


def settled(page: Page, timeout: float = 90) -> Page:
    """Wait until the script has run, nothing is stale and the screen has been the same for three looks in a row."""
    seen: list[Any] = []
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        state = page.evaluate(STATE)
        seen = [*seen[-2:], state]
        if state is not None and len(seen) == 3 and len(set(seen)) == 1:
            assert not str(state).startswith("error:"), state
            return page
        page.wait_for_timeout(100)
    raise AssertionError(f"{page.url} has not settled after {timeout:.0f} s; last seen: {str(seen[-1])[:500]}")


@dataclass
class Watch:
    """What a page asked of others and complained about. `expected` holds words of errors that a test provokes."""

    home: str
    foreign: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("request", lambda request: self.asked(request.url))
        page.on("websocket", lambda socket: self.asked(socket.url))
        page.on("console", lambda message: self.said(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.said(str(error)))

    def asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.home:
            self.foreign.add(parts.netloc)

    def said(self, words: str) -> None:
        if not any(expected in words for expected in self.expected):
            self.errors.append(words[:300])

    def check(self) -> None:
        assert not self.foreign, f"asked other hosts: {sorted(self.foreign)}"
        assert not self.errors, f"console errors: {self.errors}"


def sideways(page: Page) -> list[str]:
    """What sticks out to the right of the screen (empty: nothing scrolls sideways); names the outermost culprits."""
    return page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          const main = document.querySelector('[data-testid="stMain"]');
          const scrolls = e => e && e.scrollWidth > e.clientWidth + 1;
          if (!scrolls(document.documentElement) && !scrolls(main)) return [];
          const scrollers = e => {
            for (let p = e.parentElement; p && p !== main; p = p.parentElement)
              if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX)) return true;
            return false;
          };
          return [...document.querySelectorAll('[data-testid="stMain"] *')]
            .filter(e => e.getBoundingClientRect().right > width + 1 && !scrollers(e))
            .map(e => `${e.tagName} ${e.dataset.testid || e.className}: ${(e.innerText || '').slice(0, 40)}`)
            .slice(0, 5).concat('page is wider than the screen');
        }"""
    )


# words that reach beyond the screen, or beyond a box that hides what does not fit; tables scroll in their own region
CUT = """() => {
  const width = document.documentElement.clientWidth, found = [];
  const scrolls = '.sv-table, .st-key-phone_navigation, svg, style, script, [role=alert], [data-testid=stSlider]';
  const words = document.createTreeWalker(document.querySelector('[data-testid=stMain]'), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode, box = node.parentElement;
    if (!node.data.trim() || !box.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (box.closest(scrolls)) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    const place = range.getBoundingClientRect();
    if (place.width > 1 && place.right > width + 1)
      found.push(`${box.tagName} ${box.className}: ${node.data.slice(0, 40)}`);
  }
  return found.slice(0, 5);
}"""


def ill_fitting(page: Page) -> list[str]:
    """What scrolls sideways or is cut at the width the page has (empty: all fits)."""
    return [*sideways(page), *page.evaluate(CUT)]


def at_width(page: Page, width: int) -> Page:
    page.set_viewport_size({"width": width, "height": 900})
    return settled(page)


def in_colours(page: Page, scheme: Literal["light", "dark"]) -> Page:
    """The page as a visitor sees it whose system is light or dark."""
    page.emulate_media(color_scheme=scheme)
    for _ in range(100):
        if (
            page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
            == GROUND[scheme]
        ):
            return settled(page)
        page.wait_for_timeout(100)
    raise AssertionError(f"{page.url} has not become {scheme}")
