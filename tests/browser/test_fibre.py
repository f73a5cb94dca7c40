"""Glasfaser in a browser: town by list and by click, date, technology, keyboard alone, a phone, a link with everything,
and one number that is the same wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from bench import synthetic_grid
from tests.browser.looking import settled, sideways
from tests.browser.test_choices import choose_town
from tests.serving import ROOT, Server

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
MAP = "[data-testid=stDeckGlJsonChart]"


def address(page: Page) -> dict[str, str]:
    return {key: values[-1] for key, values in parse_qs(urlsplit(page.url).query).items()}


def table(page: Page) -> Locator:
    """The table beside the map."""
    return page.locator(".sv-table").first


def figure(page: Page, town: str) -> str:
    return table(page).locator("tr", has_text=town).locator("td").first.inner_text()


def drawn(page: Page) -> Page:
    """Wait until the map has a picture: its files are loaded and something is on the canvas to point at."""
    page.locator(f"{MAP} canvas").first.wait_for(timeout=30_000)
    settled(page)
    page.wait_for_timeout(1500)
    return page


def hover(page: Page, x: float = 0.5, y: float = 0.5) -> str:
    """What the map says at a place (shares of its width and height)."""
    page.locator(MAP).first.scroll_into_view_if_needed()
    box = page.locator(MAP).first.bounding_box()
    assert box is not None
    for _ in range(20):  # the picture may still be on its way
        for step in (-30, 0):
            page.mouse.move(box["x"] + box["width"] * x + step, box["y"] + box["height"] * y)
            page.wait_for_timeout(150)
        tip = page.locator(".deck-tooltip")
        if tip.count() and tip.first.is_visible() and tip.first.inner_text():
            return tip.first.inner_text()
    raise AssertionError("the map says nothing")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    page.wait_for_timeout(200)
    settled(page)


def click_for(page: Page, ags: str) -> None:
    """Click into the middle of the map until the town is chosen. A press of 150 ms is lost every tenth time when the map is
    drawn by software: deck.gl takes what seems longer than 250 ms for no click. A short one seldom is."""
    for _ in range(8):
        assert hover(page).startswith("Marl")  # the map is there and knows what it shows
        box = page.locator(MAP).first.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        with suppress(TimeoutError):
            page.wait_for_url(re.compile(f"ags={ags}"), timeout=5_000)
            settled(page)
            return
    raise AssertionError("eight clicks chose no town")


def test_a_town_by_the_list_and_by_a_click(visit: Visit) -> None:
    page = drawn(visit("/glasfaser"))
    choose_town(page, "Haltern am See")
    expect(page.locator(".sv-lead").first).to_contain_text(
        "In Haltern am See konnten Mitte 2021 rund 88 von 100 Haushalten"
    )
    expect(table(page).locator("tr[aria-current]")).to_contain_text("Haltern am See")
    click_for(page, "05562024")
    expect(page.locator("h1")).to_have_text(re.compile("Marl"))
    choose_town(page, "Dorsten")
    click_for(page, "05562024")  # the same place again


def test_technology_and_date_change_map_and_table_but_send_no_outlines(visit: Visit) -> None:
    page = drawn(visit("/glasfaser"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/layers/" in request.url else None)
    assert figure(page, "Haltern am See") == "88,07\u202f%"
    choose(page, "Technik", "Kabelnetz (HFC)")
    assert address(page)["technik"] == "hfc"
    assert figure(page, "Haltern am See") == "52,05\u202f%"
    slider = page.get_by_role("slider").first
    slider.focus()
    slider.press("ArrowLeft")
    page.wait_for_url(re.compile("stand=2020-12-31"), timeout=15_000)
    settled(page)
    assert "Ende 2020" in hover(page)
    assert asked == []


def test_by_keyboard_alone(visit: Visit) -> None:
    """Find a town in the table and go to its view; no mouse, no canvas."""
    page = visit("/glasfaser")
    page.get_by_label("Stadt suchen").focus()
    page.keyboard.type("oer")
    page.keyboard.press("Enter")
    expect(table(page).locator("tbody tr")).to_have_count(1, timeout=15_000)
    settled(page)
    for _ in range(4):  # the table itself (it scrolls), then its link
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "A":
            break
    assert page.evaluate("document.activeElement.innerText") == "Oer-Erkenschwick"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("ags=05562028"), timeout=15_000)
    settled(page)
    expect(page.locator("h1")).to_have_text(re.compile("Oer-Erkenschwick"))


def test_on_a_phone_sentence_and_map_come_first(visit: Visit) -> None:
    page = drawn(visit("/glasfaser?ags=05562016", width=375, dark=True))
    assert sideways(page) == []
    for what in (page.locator(".sv-lead").first, page.locator(MAP).first):
        box = what.bounding_box()
        assert box is not None and box["y"] < 600 and box["width"] <= 375
    assert page.locator(MAP).first.bounding_box()["y"] < page.get_by_label("Technik", exact=True).bounding_box()["y"]  # type: ignore[index]


def test_a_link_holds_the_whole_view(visit: Visit) -> None:
    page = visit(
        "/glasfaser?ags=05562014&karte=aenderung&technik=wired&mbits=400&von=2019-06-30&stand=2020-12-31&lang=en"
    )
    expect(page.locator("h1")).to_have_text(re.compile("Gladbeck"))
    expect(page.locator(".sv-title").first).to_contain_text("at least 400 Mbit/s – mid-2019 to end of 2020")
    expect(table(page).locator("thead")).to_contain_text("Change in percentage points")
    given = address(page)
    assert given["karte"] == "aenderung" and given["von"] == "2019-06-30" and given["technik"] == "wired"
    said = hover(drawn(page))  # other views have other words to hover over: tests/pages/test_fibre_views.py
    assert said.startswith("Marl") and figure(page, "Marl").split()[0] in said


def test_playing_moves_through_the_half_years_and_stops(visit: Visit) -> None:
    page = drawn(visit("/glasfaser"))
    page.get_by_role("button", name=re.compile("abspielen")).click()
    page.wait_for_url(re.compile("stand=2018-12-31"), timeout=15_000)
    page.wait_for_url(re.compile(r"^((?!stand=).)*$"), timeout=40_000)  # the latest date needs no parameter
    expect(page.get_by_role("button", name=re.compile("abspielen"))).to_be_visible(timeout=15_000)


def test_one_number_everywhere(visit: Visit, server: Server) -> None:
    """Haltern's 88.07: hovering, table, curve, pace, rungs, key figures, and the typed source."""
    page = drawn(visit("/glasfaser?ags=05562016"))
    assert figure(page, "Haltern am See") == "88,07\u202f%"
    assert hover(page, 0.5, 0.3) == "Haltern am See: 88,07\u202f% (Mitte 2021)"
    assert "88,07\u202f%" in page.locator(".sv-panels li", has_text="Haltern").inner_text()
    assert "88,07\u202f%" in page.locator(".sv-table tr", has_text="Verfügbar").first.inner_text()
    typed = (ROOT / "data/facts/fibre_coverage.csv").read_text(encoding="utf-8")
    assert "05562016,2021-06-30,fttbh,1000,88.07" in typed
    kpis = visit("/kennzahlen?ags=05562016")
    assert "88,07\u202f%" in kpis.inner_text("body")


@pytest.fixture(scope="module")
def grid_server(serve: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server whose snapshot has an invented grid over Marl, the middle of the map: the 80,000 cells of the county take
    software GL half a minute."""
    folder: Path = tmp_path_factory.mktemp("grid")
    synthetic_grid.publish(folder, 9_000, ags="05562024")
    return serve(SMARTVEST_DATA=str(folder))


def test_the_grid_once_imported(visit: Visit, grid_server: Server) -> None:
    page = drawn(visit("/glasfaser?karte=raster", base=grid_server.url))
    assert re.fullmatch(r"\D+: (\d+ % der Haushalte|keine Angabe für) diese[r]? 100-Meter-Zelle", hover(page, 0.5, 0.5))
    expect(page.locator(".sv-mark-sample").first).to_be_visible()  # invented figures say so
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request.url) if "/layers/" in request.url else None)
    choose(page, "Technik", "Telefonleitung (DSL)")
    page.get_by_role("slider").first.press("ArrowLeft")
    page.wait_for_url(re.compile("stand=2024-12-31"), timeout=15_000)
    settled(page)
    assert asked == []
