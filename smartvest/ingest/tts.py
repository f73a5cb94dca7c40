"""The Things Stack v3: uplinks from the storage integration, from webhooks and from MQTT (the same message in each).

Newline-delimited ``{"result": {…}}`` with blank lines (storage) or bare messages. proto3 JSON leaves out what is 0, ""
or false, so a missing field may be a real 0: sensors.toml says for which (``zero_if_missing``). A message's time is
the network server's ``uplink_message.received_at``, else the application server's; gateways' clocks are not trusted.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from smartvest.contracts import Source
from smartvest.ingest import json_messages
from smartvest.ingest.json_messages import NOT_JSON
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.sensors import config
from smartvest.sensors.observe import MINUTE, OLDEST_MS, Observer, utc_ms

DATASETS = ("readings",)
PAGE = 1000  # messages asked for at a time
PAGES = 500  # a deployment that still has more after so many is asked again next time
RESENT_MS = 10 * MINUTE  # the same frame counter within ten minutes is the same uplink, sent again


class _Ids(msgspec.Struct, gc=False):
    device_id: str = ""


class _Uplink(msgspec.Struct, gc=False):
    decoded_payload: dict[str, Any] | None = None
    received_at: str | None = None
    f_cnt: int = 0
    session_key_id: str = ""


class _Message(msgspec.Struct, gc=False):
    end_device_ids: _Ids | None = None
    received_at: str | None = None
    uplink_message: _Uplink | None = None
    simulated: bool = False


class _Line(_Message, gc=False):
    result: _Message | None = None


def shape(raw: Raw) -> Shaped:
    """Readings of the configured devices. Raises SourceError for a file without any JSON message."""
    data = json_messages.text_of(raw.read(), "The Things Stack messages")
    read = msgspec.json.Decoder(_Line).decode
    records: list[Any] = []
    lines = json_messages.lines_of(data)
    try:
        read(lines[0])
        records = lines
        decode: Any = read
    except json_messages.BROKEN:
        records = json_messages.messages(data, "The Things Stack messages")
        decode = _convert
    return _observe(raw, records, decode)


def _convert(message: Any) -> _Line:
    if message is NOT_JSON:
        raise msgspec.DecodeError("not JSON")
    return msgspec.convert(message, _Line)


def _observe(raw: Raw, records: list[Any], decode: Any) -> Shaped:
    seen = Observer("tts", raw)
    counters: dict[str, int] = {}
    readable = False
    for record, line in enumerate(records, 1):
        try:
            message = decode(line)
        except msgspec.ValidationError:
            readable = True
            seen.reject(record, "unknown_layout")
            continue
        except json_messages.BROKEN:
            seen.reject(record, "not_json")
            continue
        readable = True
        if message.result is not None:
            message = message.result
        uplink = message.uplink_message
        if uplink is None or message.end_device_ids is None:
            seen.out_of_scope("not an uplink")
            continue
        if uplink.decoded_payload is None:
            seen.out_of_scope("no decoded payload")
            continue
        if message.simulated:
            seen.out_of_scope("simulated")
            continue
        device = message.end_device_ids.device_id
        time = utc_ms(uplink.received_at)
        if time is None or time < OLDEST_MS:
            time = utc_ms(message.received_at)
        if uplink.f_cnt and time is not None:
            counter = f"{device} {uplink.session_key_id} {uplink.f_cnt}"  # a tuple would cost the garbage collector
            before = counters.setdefault(counter, time)
            if before is not time:  # seen before: setdefault gave the other message's time
                if abs(time - before) <= RESENT_MS and device.lower() in seen.devices:
                    seen.duplicate()
                    continue
                counters[counter] = time
        seen.message(record, device, time, uplink.decoded_payload)
    if not readable:
        raise SourceError("the file holds no JSON messages; The Things Stack messages expected")
    return seen.shaped(len(records))


def fetch(source: Source, into: Path) -> list[Raw]:
    """The last days of every configured application from the storage integration, one file a page."""
    from smartvest.ingest.sensor_http import Door

    found = []
    for deployment in config.current().of("tts"):
        if not re.fullmatch(r"[a-z0-9-]{2,36}", deployment.application):
            raise SourceError(f"deployment {deployment.id}: application is missing or no The Things Stack id")
        door = Door(deployment, into, bearer=True)
        after = door.now - timedelta(days=deployment.lookback_days)
        path = f"/api/v3/as/applications/{quote(deployment.application)}/packages/storage/uplink_message"
        for page in range(PAGES):
            query = {
                "after": after.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "limit": PAGE,
                "order": "received_at",
                "field_mask": "up.uplink_message.decoded_payload,up.uplink_message.received_at,"
                "up.uplink_message.f_cnt,up.uplink_message.session_key_id",
            }
            name = f"{deployment.id}-{page:03d}.ndjson"
            raw = door.get(f"{path}?{urlencode(query)}", name, "text/event-stream", may_be_missing=True)
            if raw is None:  # nothing new
                break
            lines = json_messages.lines_of(raw.read())
            if lines:
                found.append(raw)
            newest = max((t for line in lines if (t := _received(line)) is not None), default=None)
            if len(lines) < PAGE or newest is None or newest <= after:
                break
            after = newest
    return found


def _received(line: bytes):
    from datetime import datetime

    try:
        message = msgspec.json.decode(line, type=_Line)
        return datetime.fromisoformat((message.result or message).received_at or "")
    except (*json_messages.BROKEN, ValueError):
        return None
