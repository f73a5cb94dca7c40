"""Drawn ahead: what a page would draw is there already, and again when a snapshot was published."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from smartvest import drawn, store
from smartvest.paths import ROOT
from smartvest.towns import COUNTY_AGS
from smartvest.ui import ahead, kpi_card
from smartvest.ui.scoreboard import scoreboard
from smartvest.ui.view import View, today
from tests.test_never_blank import publish_more_people


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = Path(shutil.copytree(ROOT / "data", tmp_path / "data"))
    monkeypatch.setenv("SMARTVEST_DATA", str(copy))
    return copy


def test_parts_are_what_pages_draw(data: Path) -> None:
    opened = store.current()
    for part in ahead.parts(opened):
        part()
    view = View("de", COUNTY_AGS, "light", "kennzahlen", opened, today())
    drawings = len(drawn.shelf(opened))
    assert drawings > len(scoreboard(view).kpis)
    for kpi in scoreboard(view).kpis:
        kpi_card.draw(view, kpi.id)
    assert len(drawn.shelf(opened)) == drawings  # nothing was left to draw


def test_a_published_snapshot_is_drawn_too_and_an_error_does_not_end_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    both, stop = threading.Event(), threading.Event()

    def parts(opened: store.Store):
        seen.append(opened.snapshot_id)
        if len(seen) == 2:
            both.set()
        raise ValueError("the first page will say so")
        yield

    monkeypatch.setattr(ahead, "parts", parts)
    monkeypatch.setattr(ahead, "EVERY_S", 0.01)
    first = store.current().snapshot_id
    worker = threading.Thread(target=ahead.watch, args=[stop])
    worker.start()
    try:
        second = publish_more_people(data, 7)
        assert both.wait(20)
    finally:
        stop.set()
        worker.join()
    assert seen == [first, second]
