"""No cookie, nothing stored but the choice of light or dark, no other host: on every page, while it is used, and while
files are taken (test_exports.py). The privacy page says so.

`visit` fails a test whose page asked another host; these tests do what visitors do.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from smartvest.addresses import PAGES
from tests.browser.looking import settled

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
KEPT = """async () => [
  ...Object.entries(localStorage).map(([key, value]) => 'local ' + key + '=' + value),
  ...Object.entries(sessionStorage).map(([key, value]) => 'session ' + key + '=' + value),
  ...(await indexedDB.databases()).map(found => 'database ' + found.name),
  ...(await caches.keys()).map(key => 'cache ' + key),
  ...(await navigator.serviceWorker.getRegistrations()).map(worker => 'worker ' + worker.scope)]"""
THEME = re.compile(r'local stActiveTheme-\S*="System"')  # Streamlit writes it; the privacy page says so


def use(page: Page) -> None:
    """Choose another town, open what can be opened, point at maps and charts, scroll to the end."""
    page.get_by_label("Stadt oder ganzer Kreis").first.click()
    page.get_by_role("option", name="Marl", exact=True).click()
    page.wait_for_timeout(300)
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


@pytest.mark.parametrize("path", PAGES.values())
def test_nothing_is_set_and_nobody_else_is_asked(visit: Visit, path: str) -> None:
    page = visit(path)
    assert page.context.cookies() == []  # before a visitor acts, and after
    use(page)
    assert page.context.cookies() == []
    told = [entry for entry in page.evaluate(KEPT) if not THEME.fullmatch(entry)]
    assert not told, told
