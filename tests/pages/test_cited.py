"""Cited snapshots without a browser: an id that can't be opened says why and shows no figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartvest import build, snapshots, store
from smartvest.addresses import PAGES
from tests.pages.test_pages import opened
from tests.published import TODAY, copy_of_data

EXPIRED = "2019-05-04-0123456789ab"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two snapshots of which the older is damaged, and one that has expired."""
    folder = copy_of_data(tmp_path_factory.mktemp("cited"))
    facts = folder / "facts" / "population.csv"
    facts.write_text(facts.read_text().replace("159.03,38033,18427,19606", "159.03,38133,18527,19606"))
    build.publish(folder, TODAY, datetime(2027, 3, 1, tzinfo=UTC))
    broken = folder / "snapshots" / snapshots.ids(folder)[-2] / "population.parquet"
    broken.write_bytes(broken.read_bytes()[:-1] + b"\x00")
    journal = f"{EXPIRED}\t2019-05-04T08:00:00+00:00\t2025-01-02T08:00:00+00:00\n"
    (folder / "snapshots" / "EXPIRED").write_text(journal)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMARTVEST_DATA", str(folder))
        yield folder


def said(name: str, snapshot: str, lang: str = "de") -> tuple[str, str]:
    """The heading of a page under a cited link, and all its words."""
    app = opened(name, "05562016", lang, snapshot=snapshot).run()
    assert not app.exception
    return app.title[0].value, " ".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (EXPIRED, ["04.05.2019", "02.01.2025", "entfernt"]),
        ("2020-01-01-ffffffffffff", ["2020-01-01-ffffffffffff kennen wir nicht"]),
        ("../../etc/passwd", ["kennen wir nicht"]),
        ("<script>", ["&lt;script&gt; kennen wir nicht"]),
        ("damaged", ["beschädigt"]),
    ],
)
def test_no_page_shows_other_data_than_was_cited(data: Path, name: str, asked: str, words: list[str]) -> None:
    heading, page = said(name, snapshots.ids(data)[-2] if asked == "damaged" else asked)
    assert heading == "Dieser Datenstand ist nicht verfügbar"
    assert all(part in page for part in words), page
    assert "Zu den neuesten Daten" in page
    assert "sv-value" not in page and "<table" not in page and "Quelle:" not in page


def test_the_newest_opens_without_a_word(data: Path) -> None:
    heading, page = said("town", store.current().snapshot_id)
    assert "Haltern" in heading and "38.133" in page and "sv-notice" not in page


def test_english(data: Path) -> None:
    heading, page = said("town", EXPIRED, "en")
    assert heading == "This data snapshot is not available" and "at the end of its retention" in page
