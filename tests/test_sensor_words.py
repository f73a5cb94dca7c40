"""What is said of a town's sensors, word for word in both languages."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from smartvest import sensor_words, store
from smartvest.paths import ROOT

AIR = {"name_de": "Lufttemperatur", "name_en": "Air temperature", "unit": "°C", "decimals": 1, "aggregate": "mean"}
RAIN = {"name_de": "Niederschlag", "name_en": "Precipitation", "unit": "mm", "decimals": 1, "aggregate": "sum"}
PERSONS = {"name_de": "Personen", "name_en": "Persons", "unit": "Personen", "decimals": 0, "aggregate": "sum"}
TOWN = {
    "name": "Haltern am See", "sensors": 10, "sensors_current": 9, "as_of": date(2026, 11, 21), "value": 8.24,
    "minimum": -0.4, "maximum": 11.1, "total": 12.5, "coverage_pct": 97.8, "status": "measured",
}  # fmt: skip
YEAR = {
    "year": 2026, "hot_days": 1, "summer_days": 40, "frost_days": 46, "ice_days": 2, "tropical_nights": 0,
    "days_measured": 323, "days_expected": 365,
}  # fmt: skip


def said(lang: str = "de", metric=AIR, climate=None, **changed) -> str:
    return sensor_words.town_sentence(TOWN | changed, metric, climate, lang).replace("\u202f", " ")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "de",
            "Haltern am See: 10 Sensoren, davon melden 9 aktuell. Lufttemperatur am 21.11.2026: im Mittel 8,2 °C, "
            "zwischen −0,4 °C und 11,1 °C. Im Jahr 2026: 1 heißer Tag, 40 Sommertage, 46 Frosttage und 0 Tropennächte "
            "(323 von 365 Tagen beurteilt).",
        ),
        (
            "en",
            "Haltern am See: 10 sensors, 9 of them reporting. Air temperature on 21 November 2026: 8.2 °C on average, "
            "between −0.4 °C and 11.1 °C. In 2026: 1 hot day, 40 summer days, 46 frost days and 0 tropical nights "
            "(323 of 365 days judged).",
        ),
    ],
)
def test_a_town_with_sensors(lang, words):
    assert said(lang, climate=YEAR) == words


@pytest.mark.parametrize(
    ("sensors", "current", "words"),
    [
        (1, 1, "Ein Sensor, er meldet aktuell."),
        (1, 0, "Ein Sensor, er meldet zurzeit nicht."),
        (10, 10, "10 Sensoren, alle melden aktuell."),
        (10, 0, "10 Sensoren, keiner meldet aktuell."),
        (10000, 9990, "10.000 Sensoren, davon melden 9.990 aktuell."),
    ],
)
def test_how_many_report(sensors, current, words):
    assert sensor_words.reporting(sensors, current, "de") == words


def test_too_few_is_said_and_gives_no_figure():
    words = said(status="too_few", value=None, coverage_pct=43.2)
    assert words.endswith("zu wenige Messungen für einen Mittelwert (43 % der erwarteten).") and "8,2" not in words
    assert said(as_of=None).endswith("Lufttemperatur: noch kein vollständiger Tag.")


def test_sums_and_persons():
    assert said(metric=RAIN).endswith("Niederschlag am 21.11.2026: zusammen 12,5 mm.")
    assert said(metric=PERSONS, status="confidential", total=7).endswith("zusammen •.")
    assert said(metric=PERSONS, status="estimated", total=120).endswith("zusammen mindestens 120 Personen.")


def test_a_year_without_days_has_no_zeros():
    words = sensor_words.climate_sentence(YEAR | {"days_measured": 0}, "de")
    assert words == "2026: zu wenige Messungen für Klimatage."


def test_a_town_without_sensors_names_the_nearest_stations():
    near = [
        {"name": "Castrop-Rauxel-Ickern", "kind": "air_quality", "distance_km": 4.8},
        {"name": "Waltrop", "kind": "dwd", "distance_km": 0.7},
        {"name": "Lippe / Leven", "kind": "river_gauge", "distance_km": 12.5},
    ]
    words = sensor_words.absent_sentence("Waltrop", None, near, "de").replace("\u202f", " ")
    assert words == (
        "Für Waltrop ist kein Aufbau von Klimasensoren veröffentlicht. Nächste amtliche Stationen: "
        "Castrop-Rauxel-Ickern (Luftgüte, 4,8 km von der Stadtmitte); Waltrop (Wetter (DWD), 0,7 km von der Stadtmitte)."
    )
    marl = sensor_words.absent_sentence("Marl", {"as_of": date(2025, 6, 26)}, [], "en")
    assert marl == (
        "Climate sensors are reported in Marl (as of 26 June 2025); their number and readings are not published."
    )


def test_county():
    rows = [{"sensors": 10, "sensors_current": 10}, {"sensors": 0, "sensors_current": 0}]
    assert (
        sensor_words.county_sentence(rows, "de") == "Sensoren in 1 von zehn Städten: 10 Sensoren, alle melden aktuell."
    )
    assert sensor_words.county_sentence(rows[1:], "de") == "In keiner Stadt sind hier Sensoren angeschlossen."


@pytest.mark.parametrize(
    ("utc", "words"),
    [
        (datetime(2026, 7, 1, 22, 30), "02.07.2026, 00:30 Uhr"),
        (datetime(2026, 11, 22, 22, 50), "22.11.2026, 23:50 Uhr"),
        (None, "noch keine Meldung"),
    ],
)
def test_local_time(utc, words):
    assert sensor_words.when(utc, "de") == words


def test_every_town_without_sensors_names_a_station_of_the_default_data():
    served = store.current(ROOT / "data")
    towns = served.query("sensors/towns", metric="temperature_c", now=datetime(2026, 11, 23)).to_dict("records")
    assert len(towns) == 10
    without = [town for town in towns if not town["sensors"]]
    assert len(without) == 7  # three deployments are published with their number
    for town in without:
        near = served.query("sensors/nearest_stations", ags=town["ags"]).to_dict("records")
        words = sensor_words.absent_sentence(town["name"], None, near, "de")
        assert near and near[0]["name"] in words and "km" in words, town["name"]


def test_no_hours_keep_their_columns():
    hours = pd.DataFrame({"hour": [datetime(2026, 7, 1, 21, 59), datetime(2026, 7, 1, 22)], "total": [1.0, 2.0]})
    assert sensor_words.since(hours, date(2026, 7, 2))["total"].tolist() == [2.0]
    assert list(sensor_words.since(hours[:0], date(2026, 7, 2)).columns) == ["hour", "total", "time"]
