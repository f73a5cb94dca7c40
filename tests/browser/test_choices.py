"""Town and language: chosen on the page, kept in the address and across pages, undone by the back button."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import settled

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def choose_town(page: Page, name: str, label: str = "Stadt oder ganzer Kreis") -> None:
    page.get_by_label(label).first.click()
    page.get_by_role("option", name=name, exact=True).click()
    page.wait_for_timeout(200)
    settled(page)


def test_a_town_chosen_is_in_the_address_and_on_the_page(visit: Visit) -> None:
    page = visit("/stadt")
    choose_town(page, "Haltern am See")
    assert "ags=05562016" in page.url
    expect(page.locator("h1")).to_have_text(re.compile("Haltern am See"))


def test_the_town_is_kept_across_pages(visit: Visit) -> None:
    page = visit("/stadt?ags=05562012")
    for path in ("/kennzahlen", "/beteiligung", "/daten"):
        page.locator(f"header a[href$='{path}'], header a[href*='{path}?']").first.click()
        page.wait_for_url(re.compile(path))
        settled(page)
        assert "ags=05562012" in page.url, path
        expect(page.get_by_label("Stadt oder ganzer Kreis").first).to_have_value("Dorsten")


def test_the_back_button_brings_back_the_town(visit: Visit) -> None:
    page = visit("/stadt?ags=05562012")
    choose_town(page, "Marl")
    expect(page.locator("h1")).to_have_text(re.compile("Marl"))
    page.go_back()
    page.wait_for_url(re.compile("ags=05562012"))
    settled(page)
    expect(page.locator("h1")).to_have_text(re.compile("Dorsten"))


def test_a_wrong_town_is_the_county_or_the_last_one_given(visit: Visit) -> None:
    """More of them: tests/hostile."""
    assert "Kreis Recklinghausen" in visit("/stadt?ags=' or 1=1 --").inner_text("h1")
    assert "Haltern" in visit("/stadt?ags=05562012&ags=05562016").inner_text("h1")


def test_the_language_link_keeps_page_and_town(visit: Visit) -> None:
    page = visit("/kennzahlen?ags=05562012")
    page.get_by_role("link", name="English", exact=True).click()
    page.wait_for_url(re.compile("lang=en"))
    settled(page)
    assert page.get_attribute("html", "lang") == "en"
    assert "/kennzahlen" in page.url and "ags=05562012" in page.url
    expect(page.locator("h1")).to_have_text(re.compile("Dorsten"))
    page.locator("header a[href$='/daten'], header a[href*='/daten?']").first.click()
    page.wait_for_url(re.compile("/daten"))
    settled(page)
    assert "lang=en" in page.url
    expect(page.locator("h1")).to_have_text(re.compile("Data"))
    page.get_by_role("link", name="Deutsch", exact=True).click()
    page.wait_for_url(lambda url: "lang=" not in url)
    settled(page)
    assert page.get_attribute("html", "lang") == "de"


def test_footer_leads_to_imprint_privacy_accessibility_and_easy_reading(visit: Visit) -> None:
    page = visit("/daten?ags=05562024")
    for name, address in (
        ("Impressum", "/ueber?ags=05562024#impressum"),
        ("Datenschutz", "/ueber?ags=05562024#datenschutz"),
        ("Barrierefreiheit", "/barrierefreiheit?ags=05562024"),
        ("Leichte Sprache", "/leichte-sprache?ags=05562024"),
    ):
        assert page.locator("footer").get_by_role("link", name=name).get_attribute("href") == address
    page.locator("footer").get_by_role("link", name="Impressum").click()
    page.wait_for_url(re.compile("/ueber"))
    settled(page)
    expect(page.locator("#impressum")).to_be_visible()
    page.locator("footer").get_by_role("link", name="Barrierefreiheit").click()
    page.wait_for_url(re.compile("/barrierefreiheit"))
    settled(page)
    assert "noch nicht geprüft" in page.inner_text("[data-testid=stMain]")
    page.locator("footer").get_by_role("link", name="Leichte Sprache").click()
    page.wait_for_url(re.compile("/leichte-sprache"))
    settled(page)
    assert "ags=05562024" in page.url and "von 100 Haus·halten" in page.inner_text("[data-testid=stMain]")


def test_on_a_phone_every_page_is_one_tap_away(visit: Visit) -> None:
    page = visit("/stadt?ags=05562024", width=375)
    page.locator(".st-key-phone_navigation").get_by_role("link", name="Daten").click()
    page.wait_for_url(re.compile("/daten"))
    settled(page)
    assert "ags=05562024" in page.url
