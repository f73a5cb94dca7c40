"""OGC SensorThings: recorded answers and the shapes an Observation comes in."""

from __future__ import annotations

import json

from smartvest.ingest import sensorthings
from tests.sensor_county import adds_up, from_file, recorded, rows


def test_sensorthings_recorded_null_is_quarantined_and_zero_is_not(data):
    shaped = sensorthings.shape(from_file(recorded("sensorthings/iot_hamburg_things_null_result.json")))
    assert adds_up(shaped) == 1
    assert rows(shaped) == [("sta-01", "power_w", "2024-06-10T07:59:03.440", 32.0, None)]
    assert [r.reason for r in shaped.rejected] == ["null_value"]


def test_sensorthings_data_array_multi_and_intervals(data, raw):
    document = {
        "value": [
            {
                "Datastream@iot.navigationLink": "https://sta.example/v1.1/Datastreams(10433)",
                "components": ["phenomenonTime", "result"],
                "dataArray@iot.count": 3,
                "dataArray": [
                    ["2026-07-01T10:00:00Z/2026-07-01T10:10:00Z", 0],
                    ["2026-07-01T12:10:00+02:00", -5],
                    ["broken"],
                ],
            },
            {
                "@iot.id": 77,
                "unitOfMeasurements": [{}, {}],
                "ObservedProperties": [{"name": "Temperature"}, {"name": "Humidity"}],
                "Observations": [{"phenomenonTime": "2026-07-01T10:00:00Z", "result": [21.5, 60]}],
            },
        ]
    }
    shaped = sensorthings.shape(raw(json.dumps(document)))
    assert adds_up(shaped) == 3
    assert shaped.records_in == 4
    assert ("sta-01", "power_w", "2026-07-01T10:00:00.000", 0.0, None) in rows(shaped)
    assert ("sta-01", "power_w", "2026-07-01T10:10:00.000", -5.0, None) in rows(shaped)
    assert ("sta-03", "humidity_pct", "2026-07-01T10:00:00.000", 60.0, None) in rows(shaped)


def test_sensorthings_a_page_of_one_stream_is_known_by_its_address(data, raw):
    page = {"value": [{"phenomenonTime": "2026-07-01T10:00:00Z", "result": 4}]}
    url = "https://sta.example/v1.1/Datastreams(10433)/Observations?$top=1"
    assert adds_up(sensorthings.shape(raw(json.dumps(page), url=url))) == 1
    unknown = sensorthings.shape(raw(json.dumps(page)))
    assert (adds_up(unknown), unknown.out_of_scope) == (0, 1)
