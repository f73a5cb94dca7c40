"""A link quoted years ago: the figures it was quoted for, a word that there are newer ones, and never others."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from smartvest import build
from tests.browser.looking import settled
from tests.published import TODAY, copy_of_data
from tests.serving import Server

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


@dataclass
class Published:
    """A server on two snapshots: Haltern's population was corrected from 38.033 to 38.133."""

    server: Server
    old: str
    new: str


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., Server]) -> Published:
    data = copy_of_data(tmp_path_factory.mktemp("cited"))
    facts = data / "facts" / "population.csv"
    before = facts.read_text()
    ids = []
    for month, people in enumerate((38033, 38133), 1):
        changed = before.replace("159.03,38033,18427,", f"159.03,{people},{people - 19606},")
        facts.write_text(changed)
        ids.append(build.publish(data, TODAY, datetime(2027, month, 1, tzinfo=UTC))[0])
    old, new = ids
    assert old != new
    (data / "snapshots" / "EXPIRED").write_text(
        "2019-05-04-0123456789ab\t2019-05-04T08:00:00+00:00\t2025-01-02T08:00:00+00:00\n"
    )
    return Published(serve(SMARTVEST_DATA=str(data)), old, new)


def population(page: Page) -> str:
    return page.locator(".sv-card", has_text="Bevölkerung").locator(".sv-value").inner_text()


def test_an_old_link_shows_the_old_figure_and_says_so(visit: Visit, published: Published) -> None:
    page = visit(f"/stadt?snapshot={published.old}&ags=05562016", base=published.server.url)
    assert population(page) == "38.033"
    expect(page.locator(".sv-notice")).to_contain_text("Es gibt neuere Daten")
    assert published.old in page.inner_text("footer")

    page.locator("header a[href$='/kennzahlen'], header a[href*='/kennzahlen?']").first.click()
    page.wait_for_url(re.compile("/kennzahlen"))
    settled(page)
    assert f"snapshot={published.old}" in page.url and published.old in page.inner_text("footer")
    page.get_by_role("link", name="English", exact=True).click()
    page.wait_for_url(re.compile("lang=en"))
    settled(page)
    assert published.old in page.inner_text("footer")
    expect(page.locator(".sv-notice")).to_contain_text("There is newer data")

    page.get_by_role("link", name="To the newest data").click()
    page.wait_for_url(lambda url: "snapshot=" not in url)
    settled(page)
    assert "ags=05562016" in page.url and published.new in page.inner_text("footer")
    expect(page.locator(".sv-notice")).to_have_count(0)


def test_the_newest_link_shows_the_new_figure(visit: Visit, published: Published) -> None:
    page = visit(f"/stadt?snapshot={published.new}&ags=05562016", base=published.server.url)
    assert population(page) == "38.133"
    expect(page.locator(".sv-notice")).to_have_count(0)


def test_a_link_that_has_expired_says_so_and_shows_no_figure(visit: Visit, published: Published) -> None:
    """What unknown and damaged ones say: tests/pages/test_cited.py."""
    page = visit("/stadt?snapshot=2019-05-04-0123456789ab&ags=05562016", base=published.server.url)
    expect(page.locator("h1")).to_have_text("Dieser Datenstand ist nicht verfügbar")
    for part in ("am 04.05.2019 veröffentlicht", "am 02.01.2025", "entfernt"):
        expect(page.locator(".sv-notice")).to_contain_text(part)
    assert page.locator(".sv-value, .sv-table").count() == 0
    page.get_by_role("link", name="Zu den neuesten Daten").click()
    page.wait_for_url(lambda url: "snapshot=" not in url)
    settled(page)
    assert population(page) == "38.133"
