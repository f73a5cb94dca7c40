"""The map's files: every figure once, geometry as imported, whole percents that do not lie at the ends."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest

from smartvest.maps import files
from tests.tiny_store import TOWN_ROWS, facts_store

DAY = date(2021, 6, 30)


def figures(value):
    row = {
        "figure": "coverage",
        "ags": "05562016",
        "technology": "fttbh",
        "min_mbit_s": 1000,
        "as_of": DAY,
        "value": value,
    }
    return pd.DataFrame([row])


@pytest.fixture(scope="module")
def facts():
    store = facts_store()
    return store.query("towns"), store.query("fibre/map_figures")


def test_every_figure_has_a_label_in_the_language_of_the_file(facts):
    for lang, words in (("de", "88,07\u202f%"), ("en", "88.07%")):
        found = {f["properties"]["ags"]: f["properties"] for f in json.loads(files.towns(*facts, lang))["features"]}
        assert len(found) == 10
        assert found["05562016"][files.label_key("coverage", "fttbh", 1000, DAY)] == words
        assert found["05562016"]["name"] == "Haltern am See"


def test_whole_percents_stay_whole(facts):
    found = json.loads(files.towns(*facts, "de"))["features"][0]["properties"]
    assert found[files.label_key("coverage", "any", 16, date(2018, 12, 31))] == "98\u202f%"


def test_a_missing_figure_is_said():
    found = json.loads(files.towns(pd.DataFrame(TOWN_ROWS), figures(12.0), "de"))["features"]
    key = files.label_key("coverage", "fttbh", 1000, DAY)
    assert {f["properties"]["name"]: f["properties"][key] for f in found}["Marl"] == "keine Angabe"


def test_hatching_has_one_feature_a_town(facts):
    found = json.loads(files.hatching(facts[0]))["features"]
    assert len(found) == 10 and all(f["geometry"]["type"] == "MultiLineString" for f in found)


def cell(x, day, **values):
    names = [f"{t}_{s}_pct" for t in files.GRID_TECHNOLOGIES for s in files.GRID_SPEEDS]
    place = {"epsg": 25832, "x_m": x, "y_m": 5_700_000, "longitude_deg": 7.1 + x / 1e6, "latitude_deg": 51.6}
    return {
        "cell": str(x),
        "ags": "05562024",
        "name": "Marl",
        "as_of": day,
        **place,
        **dict.fromkeys(names, 0.0),
        **values,
    }


def test_a_grid_cell_is_one_row_with_all_dates():
    later = date(2025, 12, 31)
    rows = [
        cell(100, DAY, fttbh_1000_pct=0.2),
        cell(100, later, fttbh_1000_pct=99.7),
        cell(200, later, dsl_30_pct=None, any_30_pct=100.0),
    ]
    found = json.loads(files.grid(pd.DataFrame(rows)))
    assert [row[:4] for row in found] == [[7.1001, 51.6, "05562024", "Marl"], [7.1002, 51.6, "05562024", "Marl"]]
    first, second = (files.grid_column("fttbh", 1000, n) for n in (0, 1))
    assert (found[0][first], found[0][second]) == (1, 99)  # some is not none, nearly all is not all
    assert found[1][first] is None  # not in the file of that date
    assert found[1][files.grid_column("dsl", 30, 1)] is None and found[1][files.grid_column("any", 30, 1)] == 100
    assert len(found[0]) == files.FIRST_FIGURE + 24


def test_no_grid_is_an_empty_list():
    assert files.grid(pd.DataFrame(columns=["as_of"])) == b"[]"
