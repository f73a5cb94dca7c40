"""sensor.community and openSenseMap: what volunteers' sensors really send."""

from __future__ import annotations

import json

from smartvest.ingest import opensensemap, sensor_community
from tests.sensor_county import adds_up, from_file, recorded, rows

# sensor.community


def test_sensor_community_recorded_end_of_scale_is_flagged(data):
    shaped = sensor_community.shape(from_file(recorded("sensor_community/p1max__2018-02-05_sds011_sensor_5331.csv")))
    assert adds_up(shaped) == 583
    flagged = [r for r in rows(shaped) if r[4]]
    assert flagged == [("sc-01", "pm10_ug_m3", "2018-02-05T15:29:20.000", 1999.9, "sentinel")]


def test_sensor_community_recorded_unsorted_rows_are_sorted(data):
    shaped = sensor_community.shape(from_file(recorded("sensor_community/unsorted__2018-04-02_dht22_sensor_5332.csv")))
    assert adds_up(shaped) + shaped.duplicates == 582
    times = [r[2] for r in rows(shaped) if r[1] == "humidity_pct"]
    assert times == sorted(times)
    assert any("out of order" in note for note in shaped.notes)


def test_sensor_community_humidity_that_hangs_all_day_is_stuck(data, raw):
    head = "sensor_id;sensor_type;location;lat;lon;timestamp;temperature;humidity\n"
    body = "".join(
        f"5332;DHT22;1;51;7;2026-07-01T{m // 60:02d}:{m % 60:02d}:10;{20 + m / 1000:.2f};99.90\n"
        for m in range(0, 1440, 3)
    )
    shaped = sensor_community.shape(raw(head + body, "x.csv"))
    assert adds_up(shaped) == 480
    assert {r[4] for r in rows(shaped) if r[1] == "humidity_pct"} == {"stuck"}
    assert {r[4] for r in rows(shaped) if r[1] == "temperature_c"} == {None}


def test_sensor_community_api_json(data, raw):
    answer = [
        {
            "sensor": {"id": 5331},
            "timestamp": "2026-07-01 10:00:00",
            "sensordatavalues": [{"value_type": "P1", "value": "12.5"}],
        },
        {
            "sensor": {"id": 5331},
            "timestamp": "2026-07-01 10:05:00",
            "sensordatavalues": [{"value_type": "P1", "value": "nan"}],
        },
        {"sensor": {"id": 1}, "timestamp": "2026-07-01 10:05:00", "sensordatavalues": []},
    ]
    shaped = sensor_community.shape(raw(json.dumps(answer)))
    assert (adds_up(shaped), shaped.out_of_scope) == (1, 1)
    assert [r.reason for r in shaped.rejected] == ["null_value"]


# openSenseMap

BOX, SENSOR = "570000000000000000000001", "5a0000000000000000000001"


def test_opensensemap_measurements_box_and_csv(data, raw):
    measured = [{"value": "21.50", "createdAt": "2026-07-01T10:00:00.000Z", "location": [7, 51]}]
    by_name = opensensemap.shape(raw(json.dumps(measured), f"{BOX}-{SENSOR}-x.json"))
    by_sensor = opensensemap.shape(raw(json.dumps(measured), f"{SENSOR}.json"))
    box = {"_id": BOX, "sensors": [{"_id": SENSOR, "lastMeasurement": measured[0]}, {"_id": "b"}]}
    by_box = opensensemap.shape(raw(json.dumps([box])))
    table = f"createdAt,value,boxId,sensorId\n2026-07-01T10:00:00.000Z,21.5,{BOX},{SENSOR}\n"
    by_csv = opensensemap.shape(raw(table, "x.csv"))
    assert rows(by_name) == rows(by_sensor) == rows(by_box) == rows(by_csv)
    assert (adds_up(by_box), by_box.out_of_scope) == (1, 1)
