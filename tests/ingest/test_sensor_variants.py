"""What the documentation of eight platforms allows, what their servers do besides, and what transport does to files.

A case is (name, file, published, out of scope, duplicates, reasons of the held-back records). The counts are those a
person would make by hand from the file.
"""

from __future__ import annotations

import gzip
import importlib
import io
import json
import zipfile
from collections import Counter

import pytest

from smartvest.ingest import packed
from smartvest.ingest.records import SourceError
from smartvest.sensors.readings import land_counted
from tests.sensor_county import adds_up

PEGEL = "47174d8f-1b8e-4599-8a59-b580dd55bc87"
BOX, SENSOR = "570000000000000000000001", "5a0000000000000000000001"


def uplink(payload: object = None, minute: int = 0, device: object = "secret-counter", **uplink_message) -> dict:
    """A message whose only metric has no zero_if_missing."""
    at = f"2026-07-01T10:{minute:02d}:00.123456789Z"
    body: dict = {"f_port": 1, "received_at": at} | ({} if payload is None else {"decoded_payload": payload})
    return {"end_device_ids": {"device_id": device}, "received_at": at, "uplink_message": body | uplink_message}


def event(value: object = 21.0, minute: int = 0, **more) -> dict:
    return {
        "deduplicationId": f"key-{minute}",
        "time": f"2026-07-01T10:{minute:02d}:00.775023242+00:00",
        "deviceInfo": {"devEui": "0016c001f000175a", "tags": {"key": "value"}},
        "fCnt": 4.0,
        "object": {"info_fields": {"temp": {"value": value}}},
    } | more


def observation(minute: int = 0, result: object = 1.0, **more) -> dict:
    return {"phenomenonTime": f"2026-07-01T10:{minute:02d}:00Z", "result": result} | more


def stream(*observations: object) -> dict:
    return {"@iot.id": 10433, "unitOfMeasurement": {}, "Observations": list(observations)}


def data_array(*data: object, **stream: object) -> dict:
    return {"value": [{"components": ["phenomenonTime", "result"], "dataArray": list(data), **stream}]}


def archive(*values: str) -> str:
    head = "sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2;durP2;ratioP2\n"
    return head + "".join(f"5331;SDS011;1;51;7;2026-07-01T10:{i:02d}:14;{v};;;;;\n" for i, v in enumerate(values))


def api(**more) -> dict:
    values = [{"id": 1, "value": "12.5", "value_type": "P1"}]
    return {"id": 1, "timestamp": "2026-07-01 10:00:00", "sensor": {"id": 5331}, "sensordatavalues": values} | more


def product(*lines: str) -> str:
    return "STATIONS_ID;MESS_DATUM;  QN;TT_10;RF_10;eor\r\n" + "".join(f"{line}\r\n" for line in lines)


def level(value: object = 340.0, minute: int = 0) -> dict:
    return {"timestamp": f"2026-03-29T03:{minute:02d}:00+02:00", "value": value}


def measured(value: object = "21.5", minute: int = 0, **more) -> dict:
    return {"value": value, "createdAt": f"2026-07-01T10:{minute:02d}:00.000Z"} | more


def hours(**hour: list) -> dict:
    return {"request": {}, "data": {"143": {f"2026-07-01 {name[1:]}:00:00": values for name, values in hour.items()}}}


def lines(*messages: object) -> str:
    return "\n".join(m if isinstance(m, str) else json.dumps(m) for m in messages)


NAN, LONG = float("nan"), "9" * 5000
CASES: dict[str, list[tuple]] = {
    "tts": [
        ("a real 0", uplink({"people": 0}), 1, 0, 0, []),
        ("field left out, and no 0 allowed for it", uplink({"other": 1}), 0, 1, 0, []),
        ("payload {}, null, absent", lines(uplink({}), uplink(payload=None), uplink(decoded_payload=None)), 0, 3, 0, []),
        ("payload no object", lines(uplink([1]), uplink("AQ==")), 0, 0, 0, ["unknown_layout"] * 2),
        ("normalized payload", uplink(normalized_payload=[{"air": {"temperature": 20}}]), 0, 1, 0, []),
        ("not configured", lines(uplink({"people": 1}, device="x"), uplink({"people": 1}, device=None)), 0, 2, 0, []),
        ("counters of any type", lines(*(uplink({"people": 20}, m, f_cnt=c) for m, c in enumerate(["7", 7.0, None, 10**30]))),
         4, 0, 0, []),
        ("no identifiers", uplink({"people": 1}) | {"end_device_ids": None}, 0, 1, 0, []),
        ("other kinds of messages", lines(*({"end_device_ids": {"device_id": "secret-counter"}, kind: {}} for kind in
         ("join_accept", "downlink_ack", "downlink_sent", "location_solved", "service_data", "uplink_normalized"))),
         0, 6, 0, []),
        ("the stream ends with an error", lines({"result": uplink({"people": 3})}, {"error": {"code": 4}}), 1, 1, 0, []),
        ("empty array", "[]", 0, 0, 0, []),
        ("arrays by the line", lines([uplink({"people": 1})], [uplink({"people": 1}, 1), uplink({"people": 1}, 2)]), 3, 0, 0, []),
        ("elements that are none", [uplink({"people": 1}), None, 3, "x", []], 1, 0, 0, ["unknown_layout"] * 4),
        ("an array cut off", json.dumps([uplink({"people": 1}), uplink({"people": 1}, 1)])[:-20], 1, 0, 0, ["not_json"]),
        ("indented, one after another, cut off",
         "\n".join(json.dumps(uplink({"people": 1}, m), indent=1) for m in range(3))[:-9], 2, 0, 0, ["not_json"]),
        ("first line cut off", lines(json.dumps(uplink({"people": 1}))[22:], uplink({"people": 1}, 1)), 1, 0, 0, ["not_json"]),
        ("a web page between", lines(uplink({"people": 1}), "<html>502</html>", uplink({"people": 1}, 1)), 2, 0, 0, ["not_json"]),
        ("event stream", lines(*("data: " + json.dumps(uplink({"people": 1}, m)) + "\n" for m in range(3))), 3, 0, 0, []),
        ("no line ends", "".join(json.dumps(uplink({"people": 1}, m)) for m in range(3)), 3, 0, 0, []),
        ("NaN and Infinity", lines(uplink({"people": 1}), uplink({"people": NAN}, 1), uplink({"people": -NAN}, 2),
         uplink({"people": float("inf")}, 3)), 1, 0, 0, ["not_a_number"] * 3),
        ("NaN in an array", [uplink({"people": 1}), uplink({"people": NAN}, 1)], 1, 0, 0, ["not_a_number"]),
        ("numbers as text", lines(*(uplink({"people": v}, m) for m, v in enumerate(["12", " 12 ", "1e1", "21,5", "1_000",
         "٣", "", None]))), 3, 0, 0, ["not_a_number"] * 3 + ["null_value"] * 2),
        ("values that are none", lines(*(uplink({"people": v}, m) for m, v in enumerate([[1], {"value": 1}, [[1]]]))),
         0, 0, 0, ["not_a_number"] * 3),
        ("huge numbers", lines(uplink({"people": 10**400}), '{"end_device_ids":{"device_id":"secret-counter"},'
         '"uplink_message":{"received_at":"2026-07-01T10:00:00Z","decoded_payload":{"people":0}}}'.replace(":0}", f":{LONG}}}")),
         0, 0, 0, ["not_a_number"] * 2),
        ("nested deeply", lines(uplink({"people": 1}), '{"end_device_ids":{"device_id":"secret-counter"},"uplink_message":'
         '{"decoded_payload":{"people":0}}}'.replace("0", "[" * 3000 + "]" * 3000)), 1, 0, 0, ["not_json"]),
        ("times that are none", lines(*(uplink({"people": 1}, received_at=t) | {"received_at": t} for t in
         ("0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "", None, 1782900000, "1970-01-01T00:00:00Z"))),
         0, 0, 0, ["no_time"] * 6),
        ("the future", uplink({"people": 1}, received_at="2031-07-01T10:00:00Z"), 0, 0, 0, ["in_the_future"]),
        ("the same again", lines(uplink({"people": 1}), uplink({"people": 1})), 1, 0, 1, []),
        ("out of range", lines(uplink({"people": -1}), uplink({"people": 99999}, 1)), 0, 0, 0, ["out_of_range"] * 2),
    ],
    "chirpstack": [
        ("object null, {}, absent", lines(event(object=None), event(object={}), {k: v for k, v in event().items() if k != "object"}),
         0, 3, 0, []),
        ("object no object", event(object=[1]), 0, 0, 0, ["unknown_layout"]),
        ("join, ack, status, location", lines(*({k: v for k, v in event(minute=m).items() if k != "object"} | more for m, more in
         enumerate([{}, {"acknowledged": True}, {"margin": 1, "batteryLevel": 50.0}, {"location": {}}]))), 0, 4, 0, []),
        ("integration", event(integrationName="loracloud"), 0, 1, 0, []),
        ("no device", lines(event(deviceInfo=None), event(deviceInfo={}), event(deviceInfo={"devEui": None})), 0, 3, 0, []),
        ("key null or number", lines(event(deduplicationId=None), event(minute=1, deduplicationId=3)), 2, 0, 0, []),
        ("the same event, another time", lines(event(), event(minute=1, deduplicationId="key-0")), 1, 0, 1, []),
        ("integers as floats, 0, null", lines(event(0), event(0.0, 1), event(None, 2)), 2, 0, 0, ["null_value"]),
        ("no time", lines(*(event(minute=m, time=t) for m, t in enumerate([None, 5, "soon"]))), 0, 0, 0, ["no_time"] * 3),
        ("older ChirpStack", {"applicationID": "1", "devEUI": "AQ==", "object": {}}, 0, 1, 0, []),
    ],
    "sensorthings": [
        ("Things > Datastreams > Observations", {"value": [{"@iot.id": 1, "Datastreams": [stream(observation(), observation(1))]}]},
         2, 0, 0, []),
        ("Observations in an object", stream() | {"Observations": {"value": [observation()]}}, 1, 0, 0, []),
        ("Sensor, FeatureOfInterest, HistoricalLocation", {"value": [
            {"@iot.id": 1, "Sensor": {"Datastreams": [stream(observation())]}},
            {"@iot.id": 1, "feature": {}, "Observations": [observation(1, Datastream={"@iot.id": 10433})]},
            {"time": "", "Thing": {"Datastreams": [stream(observation(2))]}}]}, 3, 0, 0, []),
        ("stream by a link", observation(**{"Datastream@iot.navigationLink": "https://x/v1.1/Datastreams(10433)"}), 1, 0, 0, []),
        ("stream nobody named", {"value": [observation(**{"@iot.selfLink": "https://x/v1.1/Observations(1)"})]}, 0, 1, 0, []),
        ("dataArray, rows of any length", data_array(["2026-07-01T10:00:00Z", 1], ["2026-07-01T10:01:00Z", None], ["x", 2], [1],
         None, Datastream={"@iot.id": 10433}), 1, 0, 0, ["null_value", "no_time", "unknown_layout", "unknown_layout"]),
        ("dataArray of a post", data_array(["2026-07-01T10:00:00Z", 1], Datastream={"@iot.id": 10433})["value"], 1, 0, 0, []),
        ("dataArray without components", data_array([1], components=None), 0, 0, 0, ["unknown_layout"]),
        ("results null, 0, negative, text, object", stream(*(observation(m, v) for m, v in
         enumerate([None, 0, -3, "4.5", "warm", {"a": 1}]))), 3, 0, 0, ["null_value", "not_a_number", "not_a_number"]),
        ("selected properties only", stream({"result": 3}, {"phenomenonTime": "2026-07-01T10:00:00Z"}), 0, 0, 0,
         ["no_time", "null_value"]),
        ("intervals", stream(observation() | {"phenomenonTime": "2026-07-01T10:00:00Z/2026-07-01T11:00:00Z"},
         observation() | {"phenomenonTime": "2026-07-01T12:00:00+02:00/PT1H"}), 1, 0, 1, []),
        ("resultTime alone", stream({"resultTime": "2026-07-01T10:00:00Z", "phenomenonTime": None, "result": 3}), 1, 0, 0, []),
        ("MultiDatastream of any length", {"@iot.id": 77, "unitOfMeasurements": [{}, {}],
         "Observations": [observation(m, r) for m, r in enumerate([[20, 50], [20], [], None, [None, None]])]},
         2, 2, 0, ["null_value"]),
        ("no Observation, no object", stream(None, 1, "x"), 0, 0, 0, ["unknown_layout"] * 3),
        ("a page a line", lines({"value": [stream(observation())]}, {"value": [stream(observation(1))]}), 2, 0, 0, []),
        ("NaN, long integers", '{"@iot.id":10433,"Observations":[{"phenomenonTime":"2026-07-01T10:00:00Z","result":NaN},'
         '{"phenomenonTime":"2026-07-01T10:00:00Z","result":9},{"phenomenonTime":"2026-07-01T10:00:00Z","result":3}]}'
         .replace("9}", LONG + "}"),
         1, 0, 0, ["not_a_number"] * 2),
        ("Datastreams without Observations", {"value": [{"@iot.id": 1, "unitOfMeasurement": {}, "phenomenonTime": "a/b"}]},
         0, 0, 0, []),
        ("the same moment twice", stream(observation(), observation()), 1, 0, 1, []),
        ("year 1, the future", stream(observation() | {"phenomenonTime": "0001-01-01T00:00:00Z"},
         observation() | {"phenomenonTime": "2031-01-01T00:00:00Z"}), 0, 0, 0, ["in_the_future", "no_time"]),
    ],
    "opensensemap": [
        ("measurements with their sensor", [measured(sensorId=SENSOR), measured(minute=1, sensor_id=SENSOR, box_id=BOX)], 2, 0, 0, []),
        ("CSV with the sensor alone", f"sensorId,createdAt,value,lat,lon\n{SENSOR},2026-07-01T10:00:00.000Z,21.5,51,7\n", 1, 0, 0, []),
        ("a sensor of a box", {"_id": SENSOR, "title": "T", "lastMeasurement": measured()}, 1, 0, 0, []),
        ("boxes ?minimal=true", [{"_id": BOX, "name": "x", "exposure": "outdoor"}], 0, 1, 0, []),
        ("last values", {"_id": BOX, "sensors": [{"_id": SENSOR, "lastMeasurement": measured()}, {"_id": "b"}, None,
         {"_id": "c", "lastMeasurement": "5a0000000000000000000009"}]}, 1, 2, 0, ["unknown_layout"]),
        ("values of any kind", [measured(v, m, sensorId=SENSOR) for m, v in enumerate([21.5, "21,5", None, "", "NaN"])],
         1, 0, 0, ["not_a_number", "null_value", "null_value", "not_a_number"]),
        ("no time", [measured(sensorId=SENSOR) | {"createdAt": t} for t in (None, 3, "0001-01-01T00:00:00Z")], 0, 0, 0, ["no_time"] * 3),
        ("a torn line", f"createdAt;value;boxId;sensorId\n2026-07-01T10:00:00.000Z;21.5;{BOX};{SENSOR}\n2026-07-01T10", 1, 0, 0,
         ["torn_line"]),
        ("by the line", lines(measured(sensorId=SENSOR), measured(minute=1, sensorId=SENSOR)), 2, 0, 0, []),
    ],
    "sensor_community": [
        ("end of the scale, nothing, words", archive("12.43", "1999.90", "", "nan", "unavailable", "12,4", "-5", "inf"), 1, 0, 0,
         ["sentinel", "null_value", "null_value", "null_value", "not_a_number", "out_of_range", "not_a_number"]),
        ("torn last line", archive("1", "2")[:-12], 1, 0, 0, ["torn_line"]),
        ("times with a blank, fractions, year 1", archive("1").replace("T10", " 10") + archive("1").splitlines()[1].replace("2026", "0001"),
         1, 0, 0, ["no_time"]),
        ("twice", archive("1") + archive("1").splitlines()[1], 1, 0, 1, []),
        ("head alone", archive(), 0, 0, 0, []),
        ("API: ids as text, numbers", [api(sensor={"id": "5331"}), api(timestamp="2026-07-01T10:01:00Z",
         sensordatavalues=[{"value": 3.5, "value_type": "P1"}])], 2, 0, 0, []),
        ("API: pieces missing", [api(sensor=None), api(sensordatavalues=None), api(timestamp=None), api(sensordatavalues=[]),
         api(sensordatavalues=[{"value": None, "value_type": "P1"}]), None, []], 0, 1, 0,
         ["no_time", "null_value"] + ["unknown_layout"] * 4),
        ("API: NaN", [api(), api(timestamp="2026-07-01 10:01:00", sensordatavalues=[{"value": NAN, "value_type": "P1"}])],
         1, 0, 0, ["null_value"]),
    ],
    "pegelonline": [
        ("a timeseries with its current value", {"shortname": "W", "currentMeasurement": level() | {"trend": 0}}, 1, 0, 0, []),
        ("a timeseries without", {"shortname": "W", "unit": "--", "gaugeZero": {}}, 0, 1, 0, []),
        ("a station without coordinates and values", [{"uuid": PEGEL}, {"uuid": PEGEL, "timeseries": None},
         {"uuid": PEGEL, "timeseries": [{"shortname": "W", "currentMeasurement": None}]}], 0, 3, 0, []),
        ("values of any kind", [level("340"), level(None, 1), level(-777, 2), {"timestamp": level()["timestamp"]}, None, {}],
         1, 0, 0, ["null_value", "null_value", "out_of_range", "unknown_layout", "unknown_layout"]),
        ("the same moment in two zones", [level(), {"timestamp": "2026-03-29T01:00:00Z", "value": 341}], 1, 0, 1, []),
    ],
    "uba": [
        ("codes as text", hours(h00=["3", "2", "37", "", "1"]), 1, 0, 0, []),
        ("24:00:00", hours(h24=[3, 2, 37, "", "1"]), 1, 0, 0, []),
        ("other components, other means", hours(h00=[5, 2, 3, "", ""], h01=[3, 4, 3, "", ""]), 0, 2, 0, []),
        ("null, short, no array, no time", hours(h00=[3, 2, None, ""], h01=[3], h02={}, h99=[3, 2, 3]), 0, 0, 0,  # type: ignore[arg-type]
         ["no_time", "null_value", "unknown_layout", "unknown_layout"]),
        ("PHP's empty objects", {"data": {"143": []}}, 0, 0, 0, []),
        ("another station", {"data": {"9": hours(h00=[3, 2, 3, ""])["data"]["143"]}}, 0, 1, 0, []),
        ("a number too large", '{"data":{"143":{"2026-07-01 00:00:00":[1e400,2,3]}}}', 0, 1, 0, []),
    ],
    "dwd": [
        ("missing, empty, comma", product("1424;202609140000;3;-999;1;eor", "1424;202609140010;3;;1;eor", "1424;202609140020;3;16,5;1;eor"),
         0, 0, 0, ["not_a_number", "null_value", "sentinel"]),
        ("any quality level", product(*(f"1424;20260914{q:02d}00;{q};16.5;90;eor" for q in range(4))), 4, 0, 0, []),
        ("padded numbers, other stations",
         product("  1424;202609140000;3;1;1;eor", "01424;202609140010;3;1;1;eor", "44;202609140010;3;1;1;eor"),
         2, 1, 0, []),
        ("cut off", product("1424;202609140000;3;16.5;90;eor", "1424;202609140010;3;16.5;90;eor")[:-4], 1, 0, 0, ["torn_line"]),
        ("end of file of DOS, odd bytes inside", product("1424;202609140000;3;16.5;9\x850;eor") + "\x1a", 1, 0, 0, []),
        ("other products", "STATIONS_ID;MESS_DATUM;QN;FF_10;DD_10;eor\r\n1424;202609140000;3;3.1;210;eor\r\n", 0, 1, 0, []),
        ("the same moment twice", product("1424;202609140000;3;16.5;90;eor", "1424;202609140000;3;17.5;90;eor"), 1, 0, 1, []),
        ("times", product("1424;2026091424;3;1;1;eor", "1424;203609140000;3;1;1;eor"), 0, 0, 0, ["in_the_future", "no_time"]),
        ("head alone", product(), 0, 0, 0, []),
    ],
}  # fmt: skip
NAMES = {"pegelonline": f"{PEGEL}-W.json"}
ALL = [pytest.param(loader, *case[1:], id=f"{loader}: {case[0]}") for loader, cases in CASES.items() for case in cases]


def content(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body)


@pytest.mark.parametrize("loader, body, published, outside, duplicates, reasons", ALL)
def test_every_record_is_accounted_for(data, raw, loader, body, published, outside, duplicates, reasons):
    file = raw(content(body), NAMES.get(loader, "file.json"))
    shape = importlib.import_module(f"smartvest.ingest.{loader}").shape
    shaped = shape(file)
    assert adds_up(shaped) == published
    assert (shaped.out_of_scope, shaped.duplicates) == (outside, duplicates)
    assert Counter(r.reason for r in shaped.rejected) == Counter(reasons)
    assert shaped.records_in == published + outside + duplicates + len(reasons)
    counts = land_counted(data, loader, file, shaped).counts
    assert (counts.records_in, counts.published, counts.quarantined) == (shaped.records_in, published, len(reasons))
    again = land_counted(data, loader, file, shape(file)).counts  # a second import publishes nothing twice
    assert (again.published, again.duplicates) == (0, duplicates + published)


GOOD = {
    "tts": "\n\n".join(json.dumps({"result": uplink({"people": 3}, m)}) for m in range(3)) + "\n\n",
    "chirpstack": lines(*(event(minute=m) for m in range(3))),
    "sensorthings": json.dumps({"value": [stream(*(observation(m) for m in range(3)))]}),
    "opensensemap": json.dumps([measured(minute=m, sensorId=SENSOR) for m in range(3)]),
    "sensor_community": archive("1", "2", "3"),
    "pegelonline": json.dumps([level(minute=m) for m in range(3)]),
    "uba": json.dumps(hours(h00=[3, 2, 1, ""], h01=[3, 2, 2, ""], h02=[3, 2, 3, ""])),
    "dwd": product(*(f"1424;2026091400{m}0;3;16.5;90;eor" for m in range(3))),
}


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("produkt_zehn.txt", text)
    return buffer.getvalue()


CARRIED = {
    "UTF-8 with mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "CRLF": lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n").encode(),
    "gzip": lambda text: gzip.compress(text.encode()),
    "gzip in two members": lambda text: gzip.compress(text[:50].encode()) + gzip.compress(text[50:].encode()),
    "zip": zipped,
}


@pytest.mark.parametrize("carried", CARRIED)
@pytest.mark.parametrize("loader", GOOD)
def test_a_file_is_the_same_however_it_was_saved(data, raw, loader, carried):
    shape = importlib.import_module(f"smartvest.ingest.{loader}").shape
    name = NAMES.get(loader, "file.json")
    plain, other = shape(raw(GOOD[loader], name)), shape(raw(CARRIED[carried](GOOD[loader]), name))
    assert adds_up(plain) == adds_up(other) == other.records_in == 3


DAMAGED = {
    "gzip": lambda text: gzip.compress(text.encode())[:-9],
    "gzip body": lambda text: gzip.compress(text.encode())[:20] + b"\x00" * 40,
    "zip": lambda text: zipped(text)[:-30],
    "binary": lambda text: b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "web page": lambda text: b"\r\n<!DOCTYPE html><html><body>Wartung</body></html>",
    "API error": lambda text: b'{"status": 404, "message": "Station or Timeseries \\ud800 not\\nfound"}',
    "deep": lambda text: b"[" * 100_000,
}


ONE_MESSAGE = ("tts", "chirpstack")  # one JSON object is one message there: an API's error is out of scope and counted


@pytest.mark.parametrize(
    ("loader", "damaged"), [(a, b) for a in GOOD for b in DAMAGED if not (b == "API error" and a in ONE_MESSAGE)]
)
def test_a_damaged_file_is_refused_in_one_sentence(data, raw, loader, damaged):
    with pytest.raises(SourceError) as refused:
        importlib.import_module(f"smartvest.ingest.{loader}").shape(raw(DAMAGED[damaged](GOOD[loader])))
    assert "\n" not in str(refused.value) and str(refused.value).encode()


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(packed, "MAX_UNPACKED", 1000)
    for bomb in (gzip.compress(b"0" * 1001), zipped("0" * 1001)):
        with pytest.raises(SourceError, match="1,000 bytes"):
            packed.unpacked(bomb)
    assert packed.unpacked(gzip.compress(b"0" * 1000)) == b"0" * 1000


def test_normalized_measurements_are_fields_too(data, raw):
    toml = (data / "sensors.toml").read_text(encoding="utf-8")
    (data / "sensors.toml").write_text(
        toml.replace('payload = "temperature"', 'payload = "normalized_payload.air.temperature"'), encoding="utf-8"
    )
    measurements = [
        {"air": {"temperature": 21}},
        {"air": {"relativeHumidity": 50}},
        {"time": "x", "air": {"temperature": 3}},
    ]
    message = uplink({"rain": 1}, device="secret-dev-1", normalized_payload=measurements)
    shaped = importlib.import_module("smartvest.ingest.tts").shape(raw(json.dumps(message)))
    told = {r["metric"]: r["value"] for r in shaped.tables["readings"].to_pylist()}
    assert told == {"temperature_c": 21, "precipitation_mm": 1}
