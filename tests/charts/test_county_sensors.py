"""The sensors' map to take away: the signs of the screen with words, the sample marked, nothing private in it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from smartvest import theme
from smartvest.charts import county
from smartvest.maps import sensors
from tests.tiny_store import facts_store

TOWN = "05562016"


@pytest.fixture(scope="module")
def towns() -> pd.DataFrame:
    return facts_store().query("towns")


def drawn(towns: pd.DataFrame, selected: str | None, **more) -> tuple[county.Picture, str]:
    states = ["current", "late", "silent", "never", "silent"]
    places = pd.DataFrame(
        [
            {"ags": TOWN, "state": state, "label": "DEV-secret", "latitude_deg": 51.7 + i / 100, "longitude_deg": 7.2}
            for i, state in enumerate(states)
        ]
    )
    places.loc[4, ["latitude_deg", "longitude_deg"]] = None
    signs = sensors.placed(places, towns, selected, "de")
    picture = county.sensors(signs, towns, title="t", source="Stadt", when="heute", summary="s", **more)
    return picture, json.dumps(picture.printed(560).to_dict())


def test_states_differ_by_shape_word_and_colour(towns):
    spec = drawn(towns, None)[0].plot.to_dict()
    scales = next(layer["encoding"] for layer in spec["layer"] if "shape" in layer.get("encoding", {}))
    assert scales["shape"]["scale"]["domain"] == ["aktuell", "verspätet", "stumm", "noch keine Meldung"]
    assert len(set(scales["shape"]["scale"]["range"])) == len(set(scales["color"]["scale"]["range"])) == 4
    assert all(sign in county.SHAPES for sign, _ in theme.SENSOR_STATES.values())


def test_a_town_has_its_places_and_counts_those_without_one(towns):
    rows = [
        row
        for values in drawn(towns[towns["ags"] == TOWN], TOWN)[0].plot.to_dict()["datasets"].values()
        for row in values
        if "state" in row
    ]
    assert [row["number"] for row in rows] == ["", "", "", "", "1"]
    assert {row["state"] for row in rows} == {"aktuell", "verspätet", "stumm", "noch keine Meldung"}


def test_the_sample_is_marked_and_labels_stay_at_home(towns):
    picture, words = drawn(towns, None, sample=True)
    assert picture.sample and "Beispieldaten" in words
    assert "DEV-secret" not in words
    assert "Beispieldaten" not in drawn(towns, None)[1]
