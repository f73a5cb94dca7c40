"""Letters of double size, a window of 320 px: nothing is lost, nothing scrolls sideways, nothing is cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from smartvest.addresses import PAGES
from tests.browser.looking import settled, sideways

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]

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


@pytest.mark.parametrize("path", PAGES.values())
def test_320_px(visit: Visit, path: str) -> None:
    page = visit(path, width=320)
    assert sideways(page) == []
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("path", ["/", "/kennzahlen", "/glasfaser", "/daten"])
def test_letters_of_double_size(visit: Visit, path: str) -> None:
    """Once as the browser's zoom (half as many pixels, each twice as large), once as letters alone."""
    page = visit(path, width=640, device_scale_factor=2)
    assert sideways(page) == []
    assert page.evaluate(CUT) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.add_style_tag(content="html { font-size: 200% !important; }")
    settled(page)
    assert sideways(page) == []
    assert page.evaluate(CUT) == []


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
