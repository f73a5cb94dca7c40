"""The keyboard alone: each page's task can be done. That every stop is seen and in order: test_pages_in_german.py."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import tab_to
from tests.browser.looking import settled

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def test_the_skip_link_leads_past_the_navigation(visit: Visit) -> None:
    page = visit("/daten")
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
