"""/sensoren as a visitor meets it: map, town, metric, period, one sensor, a phone, and the mark of sample data."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import settled, sideways

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
HALTERN = "/sensoren?ags=05562016"


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=False).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    page.wait_for_timeout(300)
    settled(page)


def charts(page: Page) -> list[str]:
    """What each chart says to a screen reader."""
    return page.eval_on_selector_all(
        "[data-testid=stVegaLiteChart]",
        "all => all.map(e => (e.getAttribute('aria-label') ? e : e.querySelector('[aria-label]'))"
        "?.getAttribute('aria-label') || '')",
    )  # fmt: skip


def main(page: Page) -> str:
    return page.inner_text("[data-testid=stMain]")


def test_everything_is_marked_as_sample_and_metric_and_period_are_in_the_address(visit: Visit) -> None:
    page = visit(HALTERN)
    words = main(page)
    assert "Beispieldaten – keine Messungen." in words
    assert charts(page) and all(said.startswith("Beispieldaten") for said in charts(page))
    captions = page.locator("[data-testid=stMain] caption").all_text_contents()
    real = ("Klimasensoren der Städte", "Amtliche Messstationen")
    assert captions and all("Beispieldaten" in caption for caption in captions if caption not in real)
    assert not any("Beispieldaten" in caption for caption in captions if caption.startswith(real))
    assert all(word in words for word in ("aktuell", "verspätet", "stumm"))  # the map's legend
    maps = page.locator("[data-testid=stDeckGlJsonChart]")
    expect(maps.first).to_be_visible()
    assert maps.count() == 2  # the sensors, and the official stations
    assert "model-haltern" not in page.content()  # no device id, no gateway
    assert not re.search(r"\b[0-9A-Fa-f]{16}\b", words)
    metric_and_period_are_in_the_address(page)


def metric_and_period_are_in_the_address(page: Page) -> None:
    choose(page, "Messgröße", "Relative Luftfeuchte")
    assert "groesse=humidity_pct" in page.url and "Haltern am See: Relative Luftfeuchte" in main(page)
    choose(page, "Zeitraum", "7 Tage, stündlich")
    assert "zeitraum=week" in page.url and "Stundenmittel in %" in main(page)
    page.goto(page.url.split("?")[0] + "?ags=05562012&groesse=pressure_hpa&zeitraum=years")
    settled(page)
    assert "Dorsten: Luftdruck" in main(page) and "Monatsmittel in hPa" in main(page)


def test_a_sensor_of_its_own(visit: Visit) -> None:
    page = visit(HALTERN + "&zeitraum=year&sensor=beispiel-haltern-03", width=375)  # on a phone
    assert sideways(page) == []
    words = main(page)
    assert "Haltern am See: 10 Sensoren" in words
    assert "Beispiel 3: Lufttemperatur" in words and "der erwarteten Messungen" in words
    listed = page.get_by_label("Sensor", exact=True)
    listed.focus()  # a click would scroll first, and scrolling closes the list
    page.wait_for_timeout(500)
    listed.press("ArrowDown")
    page.get_by_role("option", name="Beispiel 1", exact=True).click()
    page.wait_for_url(lambda url: "sensor=" not in url)  # the first one is the default
    settled(page)
    assert "Ausfälle im Zeitraum: Beispiel 1" in main(page)
