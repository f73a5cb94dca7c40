"""Every page once in English, for the whole county, opened dark and wide by a link: no German of ours, words, axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from smartvest.addresses import PAGES
from tests.browser import axe, pictures
from tests.browser.looking import GROUND, WIDTHS, at_width, ill_fitting, in_colours

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=PAGES.values())
def page(request: pytest.FixtureRequest, stay: Callable[..., Any]) -> Iterator[Page]:
    with stay(f"{request.param}?lang=en", width=1280, scheme="dark") as page:
        yield page


def test_a_link_in_the_dark(page: Page) -> None:
    assert page.get_attribute("html", "lang") == "en"
    expect(page.locator("h1")).to_have_count(1)
    ground = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert ground == GROUND["dark"]
    assert ill_fitting(page) == []


def test_no_german_of_ours(page: Page) -> None:
    words = page.inner_text("[data-testid=stMain]")
    for german in ("Quelle:", "Stand:", "nicht bewertbar", "veraltet", "keine Angabe", "Haushalte,"):
        assert german not in words, german


def test_every_picture_is_said_in_english(page: Page) -> None:
    assert pictures.unsaid(page) == []
    for words in page.evaluate(pictures.SAID):
        assert not [word for word in ("Karte der", "Haushalte", " Mitte 2") if word in words], words


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing(page: Page, scheme: Any, width: int) -> None:
    at_width(in_colours(page, scheme), width)
    assert axe.findings(page) == {}
    assert ill_fitting(page) == []
