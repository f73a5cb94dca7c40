"""The Things Stack and ChirpStack: uplinks as their servers write them."""

from __future__ import annotations

import json

from smartvest.ingest import chirpstack, tts
from tests.sensor_county import adds_up, from_file, recorded, rows


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
