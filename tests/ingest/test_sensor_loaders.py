"""Eight sensor sources: recorded answers, the traps of each format, and any bytes at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartvest.ingest import (
    chirpstack,
    dwd,
    opensensemap,
    pegelonline,
    sensor_community,
    sensorthings,
    tts,
    uba,
)
from smartvest.ingest.records import SourceError
from tests.sensor_county import adds_up, from_file, recorded, rows

LOADERS = [chirpstack, dwd, opensensemap, pegelonline, sensor_community, sensorthings, tts, uba]


def uplink(device="secret-dev-1", at="2026-07-01T10:00:00.123456789Z", payload=None, **more):
    message: dict = {
        "end_device_ids": {"device_id": device, "dev_eui": "0011223344556677"},
        "received_at": "2026-07-01T10:00:01Z",
        "uplink_message": {"f_port": 1, "received_at": at},
    }
    if payload is not None:
        message["uplink_message"]["decoded_payload"] = payload
    return message | more


# The Things Stack


def test_tts_recorded_messages_without_payload_are_out_of_scope(data):
    for name in ("tts/storage_0.json", "tts/dataformat_0.json"):
        shaped = tts.shape(from_file(recorded(name)))
        assert adds_up(shaped) == 0
        assert shaped.out_of_scope == shaped.records_in > 0


def test_tts_storage_lines_webhook_body_and_array_say_the_same(data, raw):
    messages = [
        uplink(payload={"temperature": 21.5, "air": {"humidity": 55}, "rain": 0.2}),
        uplink(at="2026-07-01T10:10:00Z", payload={"temperature": 0, "air": {"humidity": 56}}),
    ]
    stored = tts.shape(raw("\n\n".join(json.dumps({"result": m}) for m in messages) + "\n\n"))
    array = tts.shape(raw(json.dumps(messages, indent=1)))
    in_a_row = tts.shape(raw("\n".join(json.dumps(m, indent=1) for m in messages)))
    assert rows(stored) == rows(array) == rows(in_a_row)
    assert adds_up(stored) == 2
    assert ("haltern-01", "temperature_c", "2026-07-01T10:00:00.123", 21.5, None) in rows(stored)
    assert ("haltern-01", "temperature_c", "2026-07-01T10:10:00.000", 0.0, None) in rows(stored)


def test_tts_missing_field_is_zero_only_where_the_steward_says_so(data, raw):
    shaped = tts.shape(raw(json.dumps(uplink(payload={}))))
    assert rows(shaped) == [("haltern-01", "precipitation_mm", "2026-07-01T10:00:00.123", 0.0, None)]


def test_tts_the_same_uplink_again_is_a_duplicate(data, raw):
    one = uplink(payload={"temperature": 1})
    one["uplink_message"] |= {"f_cnt": 7, "session_key_id": "abc"}
    resent = json.loads(json.dumps(one))
    resent["uplink_message"]["received_at"] = "2026-07-01T10:00:04Z"
    shaped = tts.shape(raw("\n".join(map(json.dumps, [one, one, resent]))))
    assert (adds_up(shaped), shaped.duplicates) == (1, 2)


def test_tts_every_bad_message_has_its_reason(data, raw):
    lines = [
        json.dumps(uplink(payload={"temperature": 20})),
        "{torn",
        json.dumps(uplink(at="0001-01-01T00:00:00Z", payload={"temperature": 20}, received_at="0001-01-01T00:00:00Z")),
        json.dumps(uplink(at="2031-01-01T00:00:00Z", payload={"temperature": 20})),
        json.dumps(uplink("secret-dev-3", payload={"temperature": "warm", "rain": None})),
        json.dumps(uplink("unknown", payload={"temperature": 20})),
        json.dumps(uplink(payload=None)),
        json.dumps(uplink(payload={"temperature": 3}, simulated=True)),
        json.dumps({"end_device_ids": {"device_id": "x"}, "join_accept": {}}),
        json.dumps(
            uplink(at="2026-07-01T11:00:00Z", payload={"temperature": 327.67, "air": {"humidity": 200}, "rain": 0.2})
        ),
    ]
    shaped = tts.shape(raw("\n".join(lines)))
    assert adds_up(shaped) == 2
    assert sorted(r.reason for r in shaped.rejected) == ["in_the_future", "no_time", "not_a_number", "not_json"]
    assert shaped.out_of_scope == 4
    flags = {(r[1], r[4]) for r in rows(shaped)}
    assert {("temperature_c", "sentinel"), ("humidity_pct", "out_of_range")} <= flags


def test_nothing_private_leaves_a_loader(data, raw):
    message = uplink(payload={"temperature": 20})
    message["uplink_message"]["rx_metadata"] = [{"gateway_ids": {"gateway_id": "gw-at-home"}}]
    shaped = tts.shape(raw("\n".join([json.dumps(message), json.dumps(uplink("secret-dev-9", payload={"a": 1}))])))
    told = json.dumps([rows(shaped), shaped.notes, [vars(r) for r in shaped.rejected]])
    assert "secret" not in told and "gw-at-home" not in told and "0011223344556677" not in told


# ChirpStack


def event(key="a", time="2026-07-01T10:00:00.5+00:00", value: object = 21.0, device="0016c001f000175a"):
    return {
        "deduplicationId": key,
        "time": time,
        "deviceInfo": {"devEui": device},
        "fCnt": 4.0,
        "object": {"info_fields": {"temp": {"value": value}}},
    }


def test_chirpstack_recorded(data):
    for name in ("chirpstack/event_0.json", "chirpstack/event_7.json"):
        shaped = chirpstack.shape(from_file(recorded(name)))
        assert (adds_up(shaped), shaped.out_of_scope) == (0, 1)


def test_chirpstack_one_event_from_two_gateways_counts_once(data, raw):
    second = event("b", "2026-07-01T12:10:00+02:00")
    shaped = chirpstack.shape(raw("\n".join(map(json.dumps, [event(), event(), second]))))
    assert (adds_up(shaped), shaped.duplicates) == (2, 1)
    assert [r[2] for r in rows(shaped)] == ["2026-07-01T10:00:00.500", "2026-07-01T10:10:00.000"]
    assert rows(chirpstack.shape(raw(json.dumps(event(), indent=2)))) == rows(shaped)[:1]


# SensorThings


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


# Any bytes


@pytest.mark.parametrize("loader", LOADERS, ids=lambda m: m.__name__.rsplit(".")[-1])
@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"<!DOCTYPE html><html></html>", b"\x00\xff\xfe", b"[" * 5000, b"{", b"null", b"3", b'"x"'],
)
def test_a_file_that_is_no_dataset_is_refused_in_one_sentence(data, raw, loader, content):
    try:
        assert adds_up(loader.shape(raw(content))) == 0
    except SourceError as error:
        assert "\n" not in str(error)


JSONISH = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "result end_device_ids device_id uplink_message decoded_payload received_at f_cnt deviceInfo devEui "
                "object time value Observations @iot.id phenomenonTime dataArray components data 143 timestamp sensor "
                "sensordatavalues sensors lastMeasurement createdAt _id uuid timeseries currentMeasurement".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@pytest.mark.parametrize("loader", LOADERS, ids=lambda m: m.__name__.rsplit(".")[-1])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    content=st.binary(max_size=300)
    | JSONISH.map(lambda v: json.dumps(v).encode())
    | st.lists(JSONISH, max_size=4).map(lambda v: "\n".join(map(json.dumps, v)).encode())
)
def test_any_bytes_add_up_or_are_refused(data, raw, loader, content):
    try:
        adds_up(loader.shape(raw(content)))
    except SourceError:
        pass


@pytest.mark.parametrize("loader", [dwd, sensor_community, opensensemap], ids=lambda m: m.__name__.rsplit(".")[-1])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.text(alphabet="0123456789.;,-\n\r\"' eorT:Zn", max_size=200))
def test_any_table_adds_up_or_is_refused(data, raw, loader, body):
    head = {
        dwd: "STATIONS_ID;MESS_DATUM;  QN;PP_10;TT_10;eor\r\n",
        sensor_community: "sensor_id;sensor_type;location;lat;lon;timestamp;P1;P2\n",
        opensensemap: "createdAt;value;sensorId\n",
    }[loader]
    try:
        adds_up(loader.shape(raw(head + body, "x.csv")))
    except SourceError:
        pass
