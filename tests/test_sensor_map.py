"""Sensors on the map: signs by state, private ones only as a number, many in groups, the sample marked."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from smartvest import theme
from smartvest.maps import sensors
from tests.tiny_store import facts_store

TOWN = "05562016"
PRIVATE = (51.7777, 7.1999)


@pytest.fixture(scope="module")
def towns() -> pd.DataFrame:
    return facts_store().query("towns")


def places(count: int = 3, private: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    states = ["current", "late", "silent"]
    rows = [
        {
            "ags": TOWN, "state": states[i % 3], "label": f"Sensor {i}",
            "latitude_deg": 51.72 + rng.random() * 0.05 if i >= private else None,
            "longitude_deg": 7.15 + rng.random() * 0.08 if i >= private else None,
        }
        for i in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def signs(df: pd.DataFrame, towns: pd.DataFrame, **more) -> list[dict]:
    deck = json.loads(sensors.sensors(df, towns, **more).to_json())
    return next(layer["data"] for layer in deck["layers"] if layer["id"] == "sensors")


def test_each_state_has_its_sign_and_colour(towns):
    drawn = signs(places(), towns, selected=TOWN)
    assert [sign["sign"] for sign in drawn] == ["●", "◆", "✕"]
    assert len({tuple(sign["colour"]) for sign in drawn}) == 3
    words = sensors.legend(places(), "de")
    assert all(word in words for word in ("aktuell", "verspätet", "stumm")) and "noch keine" not in words
    assert sensors.summary(places()) == "Karte der Sensoren: 1 aktuell, 1 verspätet, 1 stumm."


def test_the_county_shows_numbers_not_places(towns):
    drawn = signs(places(30), towns)
    assert {sign["sign"] for sign in drawn} == {"● 10", "◆ 10", "✕ 10"}
    middle = towns.set_index("ags").loc[TOWN]
    assert {tuple(sign["position"]) for sign in drawn} == {
        (round(middle["longitude_deg"], 5), round(middle["latitude_deg"], 5))
    }


def test_private_sensors_are_a_number_in_the_middle(towns):
    drawn = signs(places(4, private=2), towns, selected=TOWN)
    middle = towns.set_index("ags").loc[TOWN]
    counted = [sign for sign in drawn if "ohne veröffentlichten Ort" in sign["label"]]
    assert [sign["sign"] for sign in counted] == ["● 1", "◆ 1"]
    assert all(
        sign["position"] == [round(middle["longitude_deg"], 5), round(middle["latitude_deg"], 5)] for sign in counted
    )


def test_ten_thousand_sensors_are_groups(towns):
    drawn = signs(places(10_000), towns, selected=TOWN)
    assert len(drawn) < 250
    assert sum(int(sign["sign"].split()[1].replace(".", "")) for sign in drawn) == 10_000


def test_the_sample_is_marked_under_the_signs(towns):
    layers = json.loads(sensors.sensors(places(), towns, sample=True).to_json())["layers"]
    names = [layer["id"] for layer in layers]
    assert names.index("sample") < names.index("sensors")
    assert next(layer for layer in layers if layer["id"] == "sample")["data"][0]["words"] == "Beispieldaten"
    assert "sample" not in [layer["id"] for layer in json.loads(sensors.sensors(places(), towns).to_json())["layers"]]


def test_the_states_are_colours_of_the_theme():
    for palette in (theme.LIGHT, theme.DARK):
        assert all(colour in palette.status for _, colour in theme.SENSOR_STATES.values())
