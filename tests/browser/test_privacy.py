"""No cookie, nothing stored, no other host: on every page, and while it is used. The privacy page says so.

`visit` fails a test whose page asked another host; these tests do what visitors do.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from smartvest.addresses import PAGES
from tests.browser.looking import settled

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
KEPT = """() => [...Object.entries(localStorage), ...Object.entries(sessionStorage)]
  .map(([key, value]) => key + '=' + value)"""


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
    use(page)
    assert page.context.cookies() == []
    told = [entry for entry in page.evaluate(KEPT) if "05562" in entry or "127.0.0.1" in entry]
    assert not told, told


def test_the_privacy_page_says_what_is_tested(visit: Visit) -> None:
    page = visit("/ueber")
    words = page.inner_text("[data-testid=stMain]")
    assert "Cookies setzen wir nicht" in words and "keine andere Stelle" in words
