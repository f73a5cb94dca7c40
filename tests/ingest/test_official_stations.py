"""UBA, DWD and PEGELONLINE: three official sources, three ways to write a time."""

from __future__ import annotations

import json

import pytest

from smartvest.ingest import dwd, pegelonline, uba
from tests.sensor_county import adds_up, from_file, recorded, rows

# UBA


def test_uba_recorded_hours_are_cet_all_year(data):
    shaped = uba.shape(from_file(recorded("uba/measures_143_o3_2025-01-01.json")))
    assert adds_up(shaped) == 24
    assert rows(shaped)[0] == ("uba-143", "o3_ug_m3", "2024-12-31T23:00:00.000", 37.0, None)
    assert rows(shaped)[-1][2] == "2025-01-01T22:00:00.000"


@pytest.mark.parametrize(
    "text, utc",
    [
        ("2025-07-01 12:00:00", 1751367600000),  # 11:00 UTC, although the clocks say summer time
        ("2025-12-31 24:00:00", 1767222000000),  # 23:00 UTC
        ("2024-02-28 24:00:00", 1709161200000),  # begins the leap day
        ("2025-01-01 24:00:01", None),
        ("2025-02-30 10:00:00", None),
    ],
)
def test_uba_times(text, utc):
    assert uba.cet_ms(text) == utc


def test_uba_other_means_are_out_of_scope_and_null_is_quarantined(data, raw):
    answer = {
        "data": {
            "143": {
                "2026-07-01 00:00:00": [3, 2, None, "2026-07-01 01:00:00", None],
                "2026-07-01 01:00:00": [3, 4, 60, "2026-07-01 02:00:00", "1"],
                "2026-07-01 02:00:00": [5, 2, 60, "2026-07-01 03:00:00", "1"],
                "2026-07-01 03:00:00": [],
            }
        }
    }
    shaped = uba.shape(raw(json.dumps(answer)))
    assert (adds_up(shaped), shaped.out_of_scope) == (0, 2)
    assert sorted(r.reason for r in shaped.rejected) == ["null_value", "unknown_layout"]
    assert uba.shape(raw('{"data":[]}')).records_in == 0


# DWD


def test_dwd_recorded(data):
    shaped = dwd.shape(from_file(recorded("dwd/produkt_zehn_now_tu_20260914_01424_excerpt.txt")))
    assert adds_up(shaped) == 8
    assert rows(shaped)[0] == ("dwd-01424", "temperature_c", "2026-09-14T00:00:00.000", 16.5, None)
    stations = dwd.shape(from_file(recorded("dwd/zehn_now_tu_Beschreibung_Stationen_excerpt.txt")))
    assert (adds_up(stations), stations.out_of_scope) == (0, 11)


def test_dwd_missing_and_torn_lines_in_a_zip(data, raw, tmp_path):
    import io
    import zipfile

    text = (
        "STATIONS_ID;MESS_DATUM;  QN;PP_10;TT_10;eor\r\n"
        "       1424;202609140000;    3;   -999;  -999;eor\r\n"
        "       1424;202609140010;    3;   -999;  -0.5;eor\r\n"
        "       1424;202609140020;    3;   -999;\r\n"
        "       1424;202609149920;    3;   -999;  1.0;eor\r\n"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("produkt_zehn_now.txt", text.encode("iso-8859-1"))
    shaped = dwd.shape(raw(buffer.getvalue(), "x.zip"))
    assert adds_up(shaped) == 1
    assert rows(shaped)[0][3] == -0.5
    assert sorted(r.reason for r in shaped.rejected) == ["no_time", "sentinel", "torn_line"]


# PEGELONLINE


def test_pegelonline_recorded_station_list_has_no_readings(data):
    shaped = pegelonline.shape(from_file(recorded("pegelonline/stations_2013.json")))
    assert adds_up(shaped) == 0
    assert shaped.out_of_scope == shaped.records_in == 605


def test_pegelonline_measurements_with_offsets(data, raw):
    uuid = "47174d8f-1b8e-4599-8a59-b580dd55bc87"
    body = json.dumps(
        [
            {"timestamp": "2026-03-29T01:45:00+01:00", "value": 340.0},
            {"timestamp": "2026-03-29T03:00:00+02:00", "value": 341.0},
            {"timestamp": "2026-03-29T03:15:00+02:00", "value": None},
        ]
    )
    shaped = pegelonline.shape(raw(body, f"{uuid}-W.json"))
    assert [r[2] for r in rows(shaped)] == ["2026-03-29T00:45:00.000", "2026-03-29T01:00:00.000"]
    assert adds_up(shaped) == 2
    elsewhere = pegelonline.shape(raw(body, "measurements.json"))
    assert (adds_up(elsewhere), elsewhere.out_of_scope) == (0, 3)


def test_pegelonline_stations_with_current_measurements(data, raw):
    uuid = "47174d8f-1b8e-4599-8a59-b580dd55bc87"
    current = {"timestamp": "2026-07-01T12:00:00+02:00", "value": 222.0}
    stations = [
        {
            "uuid": uuid,
            "shortname": "EITZE",
            "timeseries": [{"shortname": "W", "unit": "cm", "currentMeasurement": current}],
        },
        {"uuid": "other", "timeseries": [{"shortname": "W", "unit": "--"}]},
    ]
    shaped = pegelonline.shape(raw(json.dumps(stations)))
    assert rows(shaped) == [("pegel-01", "water_level_cm", "2026-07-01T10:00:00.000", 222.0, None)]
    assert (adds_up(shaped), shaped.out_of_scope) == (1, 1)
