"""The keyboard alone: every stop is seen, the order is that of the page, and each page's task can be done."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from smartvest.addresses import PAGES
from tests.browser.looking import settled

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
STOPS = 160  # more than any page has
FOCUS = """() => { const e = document.activeElement; if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const words = (e.getAttribute('aria-label') || e.innerText || '').slice(0, 60);
  return { tag: e.tagName, id: e.dataset.testid || '', words,
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, wide: box.width, high: box.height,
    top: box.top + document.querySelector('[data-testid=stMain]').scrollTop, footer: !!e.closest('footer') }; }"""


def tab_to(page: Page, test: Callable[[dict], bool]) -> dict:
    """Press Tab until a stop fulfils `test`."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop and test(stop):
            return stop
    raise AssertionError("never reached by Tab")


@pytest.mark.parametrize("path", PAGES.values())
def test_every_stop_is_seen_and_in_order(visit: Visit, path: str) -> None:
    page = visit(path)
    stops = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:  # back in the browser's own bar
            break
        stops.append(stop)
    assert stops[0]["id"] == "stSkipToContent" and stops[0]["words"] == "Zum Inhalt springen"
    assert stops[-1]["footer"], "the last stop is not in the footer: the keyboard is caught, or the order is wrong"
    unseen = [stop for stop in stops if not stop["ring"] or stop["wide"] < 1 or stop["high"] < 1]
    assert not unseen
    assert sum(stop["id"] == "stSkipToContent" for stop in stops) == 1


def test_the_skip_link_leads_past_the_navigation(visit: Visit) -> None:
    page = visit("/glasfaser")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Stadt oder ganzer Kreis").first).to_be_focused()


def test_choose_town_and_follow_a_link(visit: Visit) -> None:
    page = visit("/")
    tab_to(page, lambda stop: stop["tag"] == "INPUT" and stop["words"].startswith("Stadt oder ganzer Kreis"))
    page.keyboard.type("Marl", delay=80)
    expect(page.get_by_role("option", name="Marl")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("ags=05562024"))
    settled(page)
    expect(page.locator("h1")).not_to_have_text(re.compile("Kreis Recklinghausen auf einen Blick"))
    tab_to(page, lambda stop: stop["words"] == "Barrierefreiheit")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/barrierefreiheit"))
    settled(page)
    expect(page.locator("h1")).to_have_text("Erklärung zur Barrierefreiheit")


def test_choose_technology(visit: Visit) -> None:
    page = visit("/glasfaser")
    tab_to(page, lambda stop: stop["words"].startswith("Technik"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("technik="))
    settled(page)


def test_open_an_expander(visit: Visit) -> None:
    page = visit("/kennzahlen")
    tab_to(page, lambda stop: stop["tag"] == "SUMMARY")
    closed = page.locator("details[open]").count()
    page.keyboard.press("Enter")
    expect(page.locator("details[open]")).to_have_count(closed + 1)
