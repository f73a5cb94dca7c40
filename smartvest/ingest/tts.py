"""The Things Stack v3: uplinks from the storage integration, from webhooks and from MQTT (the same message in each).

Newline-delimited ``{"result": {…}}`` with blank lines (storage) or bare messages. proto3 JSON leaves out what is 0, ""
or false, so a missing field may be a real 0: sensors.toml says for which (``zero_if_missing``). Normalized measurements
are payload fields too (``normalized_payload.air.temperature``). A message's time is
the network server's ``uplink_message.received_at``, else the application server's; gateways' clocks are not trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from smartvest.contracts import Source
from smartvest.ingest import json_messages
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.ingest.sensor_http import Door, collect
from smartvest.sensors.observe import MINUTE, OLDEST_MS, Observer, utc_ms

DATASETS = ("readings",)
PAGE = 1000  # messages asked for at a time
PAGES = 500  # a deployment that still has more after so many is asked again next time
RESENT_MS = 10 * MINUTE  # the same frame counter within ten minutes is the same uplink, sent again


class _Ids(msgspec.Struct, gc=False):
    device_id: Any = None


class _Uplink(msgspec.Struct, gc=False):
    decoded_payload: Any = None
    normalized_payload: Any = None
    received_at: Any = None
    f_cnt: Any = None
    session_key_id: Any = None


class _Message(msgspec.Struct, gc=False):
    end_device_ids: _Ids | None = None
    received_at: Any = None
    uplink_message: _Uplink | None = None
    simulated: Any = False


class _Line(_Message, gc=False):
    result: _Message | None = None


def shape(raw: Raw) -> Shaped:
    """Readings of the configured devices. Raises SourceError for a file without any JSON message."""
    seen = Observer("tts", raw)
    counters: dict[str, int] = {}
    record = 0
    for record, message in enumerate(json_messages.typed(raw.read(), "The Things Stack messages", _Line), 1):
        if type(message) is str:
            seen.reject(record, message)
            continue
        if message.result is not None:
            message = message.result
        uplink = message.uplink_message
        if uplink is None or message.end_device_ids is None:
            seen.out_of_scope("not an uplink")
            continue
        payload = uplink.decoded_payload
        if uplink.normalized_payload is not None:
            payload = _with_normalized(payload, uplink.normalized_payload)
        if payload is None:
            seen.out_of_scope("no decoded payload")
            continue
        if message.simulated is True:
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
                if abs(time - before) <= RESENT_MS and seen.knows(device):
                    seen.duplicate()
                    continue
                counters[counter] = time
        seen.message(record, device, time, payload)
    return seen.shaped(record)


def _with_normalized(decoded: Any, measurements: Any) -> Any:
    """The decoded payload and under ``normalized_payload`` its normalized measurements, whose units are standardised.

    Measurements that carry a time of their own (a device's stored history) are left out: a message has one moment.
    """
    merged: dict[str, Any] = {}
    for measurement in measurements if isinstance(measurements, list) else [measurements]:
        if isinstance(measurement, dict) and "time" not in measurement:
            for name, value in measurement.items():
                before = merged.get(name)
                merged[name] = before | value if isinstance(before, dict) and isinstance(value, dict) else value
    if decoded is not None and not isinstance(decoded, dict):
        return decoded
    return {**(decoded or {}), "normalized_payload": merged}


def fetch(source: Source, into: Path) -> Iterator[Raw]:
    """The last days of every configured application from the storage integration, one file a page."""
    return collect("tts", into, lambda door: [partial(_pages, door)], bearer=True)


def _pages(door: Door) -> Iterator[Raw]:
    deployment = door.deployment
    if not re.fullmatch(r"[a-z0-9-]{2,36}", deployment.application):
        raise SourceError(f"deployment {deployment.id}: application is missing or no The Things Stack id")
    after = door.now - timedelta(days=deployment.lookback_days)
    path = f"/api/v3/as/applications/{quote(deployment.application)}/packages/storage/uplink_message"
    for page in range(PAGES):
        query = {
            "after": after.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "limit": PAGE,
            "order": "received_at",
            "field_mask": "up.uplink_message.decoded_payload,up.uplink_message.normalized_payload,"
            "up.uplink_message.received_at,up.uplink_message.f_cnt,up.uplink_message.session_key_id",
        }
        name = f"{deployment.id}-{page:03d}.ndjson"
        raw = door.get(f"{path}?{urlencode(query)}", name, "text/event-stream", "empty")
        if raw is None:  # nothing new
            break
        lines = json_messages.lines_of(raw.read())
        if lines:
            yield raw
        newest = max((t for line in lines if (t := _received(line)) is not None), default=None)
        if len(lines) < PAGE or newest is None or newest <= after:
            break
        after = newest


def _received(line: bytes) -> datetime | None:
    try:
        message = msgspec.json.decode(line, type=_Line)
    except json_messages.BROKEN:
        return None
    time = utc_ms((message.result or message).received_at)
    return None if time is None else datetime.fromtimestamp(time / 1000, UTC)
