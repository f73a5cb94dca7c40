"""openSenseMap: boxes with their sensors' last values, and measurements as JSON or CSV.

One call gives at most 10,000 measurements and at most a month; `fetch` asks in such pieces. A box is the device, its
sensors' ids are the payload fields. Measurement JSON names neither: box and sensor then stand in the file's name
(``<box>-<sensor>….json``) or address.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from smartvest.contracts import Source
from smartvest.ingest import csv_records, json_messages
from smartvest.ingest.json_messages import NOT_JSON
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.sensors import config
from smartvest.sensors.observe import Observer, utc_ms

DATASETS = ("readings",)
MOST = 10_000
LONGEST = timedelta(days=30)
ID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{24}(?![0-9a-fA-F])")


def shape(raw: Raw) -> Shaped:
    """Readings of the configured boxes. A record is a measurement (in a list of boxes: a sensor of a box)."""
    data = raw.read()
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"[", b"{"):
        return _from_csv(raw, data)
    document = json_messages.whole(json_messages.text_of(data, "openSenseMap measurements"))
    if document is NOT_JSON:
        raise SourceError("the file is no openSenseMap answer (JSON or CSV expected)")
    seen = Observer("opensensemap", raw)
    if isinstance(document, dict) and not isinstance(document.get("sensors"), list):
        raise SourceError(f"no openSenseMap box or measurements: {str(document.get('message', ''))[:60]}".rstrip(": "))
    named = _named(raw, seen)
    record = 0
    for item in document if isinstance(document, list) else [document]:
        if isinstance(item, dict) and isinstance(item.get("sensors"), list):
            for sensor in item["sensors"]:
                record += 1
                _last_value(seen, record, item.get("_id"), sensor)
            continue
        record += 1
        if not isinstance(item, dict) or "createdAt" not in item:
            seen.reject(record, "unknown_layout")
            continue
        box = str(item.get("boxId") or named[0])
        sensor_id = str(item.get("sensorId") or named[1])
        seen.message(record, box, utc_ms(item["createdAt"]), {sensor_id: item.get("value")})
    return seen.shaped(record)


def _last_value(seen: Observer, record: int, box: Any, sensor: Any) -> None:
    if not isinstance(sensor, dict):
        seen.reject(record, "unknown_layout")
        return
    last = sensor.get("lastMeasurement")
    if not isinstance(last, dict):
        seen.out_of_scope("no measurement")
        return
    seen.message(record, box, utc_ms(last.get("createdAt")), {str(sensor.get("_id")): last.get("value")})


def _named(raw: Raw, seen: Observer) -> tuple[str, str]:
    """Box and sensor from the file's address or name; a sensor alone is enough when its box is configured."""
    ids = ID.findall(raw.url) or ID.findall(raw.name)
    if len(ids) >= 2:
        return ids[0].lower(), ids[1]
    if ids:
        for box, device in seen.devices.items():
            if any(field.path == (ids[0],) for field in device.fields):
                return box, ids[0]
    return "", ""


def _from_csv(raw: Raw, data: bytes) -> Shaped:
    text = csv_records.decode(data, raw.name)
    delimiter = csv_records.find_delimiter(text)
    rows = csv_records.read_records(text, delimiter, raw.name)
    header = [name.strip() for name in next(rows, [])]
    if not {"createdAt", "value"} <= set(header):
        raise SourceError("no openSenseMap CSV: createdAt and value are not in the first line")
    seen = Observer("opensensemap", raw)
    named = _named(raw, seen)
    records = 0
    for records, fields in enumerate(rows, 1):
        if len(fields) != len(header):
            seen.reject(records, "torn_line")
            continue
        row = dict(zip(header, (field.strip() for field in fields), strict=True))
        box = (row.get("boxId") or row.get("box_id") or named[0]).lower()
        sensor = row.get("sensorId") or row.get("sensor_id") or named[1]
        seen.message(records, box, utc_ms(row["createdAt"]), {sensor: row["value"]})
    return seen.shaped(records)


def fetch(source: Source, into: Path) -> list[Raw]:
    """Measurements of the last days, no call longer than a month; a full answer is asked again in halves."""
    from smartvest.ingest.sensor_http import Door

    found = []
    for deployment in config.current().of("opensensemap"):
        door = Door(deployment, into)
        for sensor in deployment.sensors:
            for field in sensor.fields if sensor.fields is not None else deployment.fields:
                found += _pieces(door, sensor.device, field.payload, door.since, door.now)
    return found


def _pieces(door: Any, box: str, sensor: str, start: datetime, end: datetime) -> list[Raw]:
    if end - start > LONGEST:
        middle = start + LONGEST
        return _pieces(door, box, sensor, start, middle) + _pieces(door, box, sensor, middle, end)
    form = "%Y-%m-%dT%H:%M:%S.%fZ"
    query = f"from-date={start.strftime(form)}&to-date={end.strftime(form)}&format=json"
    name = f"{box}-{sensor}-{start:%Y%m%dT%H%M%S}.json"
    raw = door.get(f"/boxes/{box}/data/{sensor}?{query}", name, "application/json")
    answer = json_messages.whole(raw.read())
    if isinstance(answer, list) and len(answer) >= MOST and end - start > timedelta(minutes=10):
        middle = start + (end - start) / 2
        return _pieces(door, box, sensor, start, middle) + _pieces(door, box, sensor, middle, end)
    return [raw]
