"""What is drawn once: made once a snapshot, town, language, mode and parameter; small enough; and the same as anew."""

from __future__ import annotations

import gc
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any, cast

import altair as alt
import pandas as pd
import pytest
import vl_convert

from smartvest import drawn, layers, store
from smartvest.charts.frame import Picture
from smartvest.ui import finished
from smartvest.ui.view import View
from tests.serving import ROOT


@pytest.fixture
def view() -> View:
    return View("de", "05562024", "light", "", store.current(ROOT / "data"), date(2026, 11, 23))


def test_once_for_each_of_what_it_depends_on(view: View) -> None:
    made: list[Any] = []

    @drawn.once
    def part(view: View, *more: Any) -> str:
        made.append((view.ags, view.lang, view.mode, view.today, more))
        return str(made[-1])

    others = [
        replace(view, ags="05562028"),
        replace(view, lang="en"),
        replace(view, mode="dark"),
        replace(view, today=date(2027, 1, 1)),
    ]
    for _ in range(3):
        words = {part(v) for v in [view, *others]} | {part(view, "fttbh"), part(view, "hfc", 100)}
        assert len(words) == 7
    assert len(made) == 7
    part(replace(view, page="stadt"))
    assert len(made) == 7  # a page is no reason to draw anew


def test_a_crowd_draws_once_and_an_error_is_not_kept() -> None:
    shelf = drawn.Shelf(10_000)
    made: list[int] = []
    gate = threading.Barrier(8)

    def make() -> str:
        made.append(1)
        if len(made) == 1:
            raise ValueError("the first time fails")
        return "x"

    def ask(_: int) -> str:
        gate.wait()
        try:
            return shelf.get(("key",), make)
        except ValueError:
            return "failed"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(ask, range(8)))
    assert results.count("failed") == 1 and results.count("x") == 7 and len(made) == 2


def test_the_oldest_goes_when_the_shelf_is_full() -> None:
    shelf = drawn.Shelf(10_000)
    for number in range(20):
        shelf.get((number,), lambda: "x" * 2_000)
    assert len(shelf) == 4 and 0 < shelf.bytes <= 10_000
    made: list[int] = []

    def again() -> str:
        made.append(1)
        return "x"

    shelf.get((19,), again)
    shelf.get((0,), again)
    assert made == [1]


def test_a_shelf_goes_with_its_snapshot() -> None:
    class Store:
        pass

    opened: Any = Store()
    drawn.shelf(opened).get(("a",), lambda: "b")
    before = len(drawn._shelves)
    del opened
    gc.collect()
    assert len(drawn._shelves) == before - 1


def test_nothing_is_kept_when_the_operator_says_so(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(drawn.MEGABYTES, "0")
    monkeypatch.setattr(drawn, "_shelves", type(drawn._shelves)())
    made: list[int] = []

    @drawn.once
    def part(view: View) -> int:
        made.append(1)
        return len(made)

    assert (part(view), part(view)) == (1, 2)


def test_a_finished_map_says_the_same_in_fewer_bytes() -> None:
    import pydeck

    layer = pydeck.Layer("TextLayer", id="names", data=[{"words": "Büren", "position": [7.1, 51.6]}])
    deck = pydeck.Deck(layers=[layer], map_provider=None, tooltip={"text": "{words}"})
    made = finished.county_map(deck)
    assert json.loads(made.to_json()) == json.loads(deck.to_json()) and len(made.to_json()) < len(deck.to_json())
    assert finished.county_map(made) is made and made._tooltip == {"text": "{words}"}


def test_long_tables_are_files_that_are_fetched_once() -> None:
    data = pd.DataFrame({"x": range(1_000), "y": [value / 7 for value in range(1_000)]})
    few = data.head(3)
    plot = alt.layer(alt.Chart(data).mark_line().encode(x="x:Q", y="y:Q"), alt.Chart(few).mark_point().encode(x="x:Q"))
    made = finished.chart(Picture(plot, "a", "b", "c", "d"))
    addresses = [layer["data"].get("url") for layer in made.spec["layer"]]
    assert addresses == [made.files[0].address, None] and len(json.dumps(made.spec)) < 2_000
    assert layers.named(cast(Any, None), made.files[0].name) is made.files[0]
    assert finished.chart(Picture(plot, "a", "b", "c", "d")).files[0].name == made.files[0].name
    svg = vl_convert.vegalite_to_svg(finished.drawable(made))  # an export needs no address
    assert "1.000" in svg or "1,000" in svg


def test_rows_of_maps_are_files_and_those_unused_longest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    import pydeck

    rows = [{"polygon": [[7.1 + n / 1000, 51.6]], "ags": "05562024"} for n in range(400)]
    deck = pydeck.Deck(
        layers=[pydeck.Layer("PolygonLayer", id="t", data=rows, get_polygon="polygon")], map_provider=None
    )
    made = finished.county_map(deck)
    file = made.files[0]
    assert json.loads(file.plain) == rows and json.loads(made.json)["layers"][0]["data"] == file.address
    monkeypatch.setattr(layers, "HELD_BYTES", len(file.plain) + len(file.zipped) + 100)
    layers.hold(layers.rows("x" * 90))
    assert layers.named(cast(Any, None), file.name) is None
    finished.county_map(made)  # shown again to the next visitor
    assert layers.named(cast(Any, None), file.name) is file
