"""openSenseMap: boxes with their sensors' last values, and measurements as JSON or CSV.

One call gives at most 10,000 measurements and at most a month; `fetch` asks in such pieces. A box is the device, its
sensors' ids are the payload fields. Measurement JSON names neither: box and sensor then stand in the file's name
(``<box>-<sensor>….json``) or address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from smartvest.contracts import Source
from smartvest.ingest import csv_records, json_messages
from smartvest.ingest.packed import unpacked
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.ingest.sensor_http import Ask, Door, collect
from smartvest.sensors.observe import Observer, utc_ms

DATASETS = ("readings",)
MOST = 10_000
LONGEST = timedelta(days=30)
ID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{24}(?![0-9a-fA-F])")


def shape(raw: Raw) -> Shaped:
    """Readings of the configured boxes. A record is a measurement (in a list of boxes: a sensor of a box)."""
    data = unpacked(raw.read())
    if not json_messages.looks_like_json(data):
        return _from_csv(raw, data)
    document = json_messages.document(data, "openSenseMap boxes or measurements")
    if isinstance(document, dict) and not {"sensors", "lastMeasurement", "createdAt"} & set(document):
        raise SourceError(f"no openSenseMap box or measurements: {json_messages.said(document)}".rstrip(": "))
    seen = Observer("opensensemap", raw)
    place = _Place(raw, seen)
    record = 0
    for item in document if isinstance(document, list) else [document]:
        if isinstance(item, dict) and isinstance(item.get("sensors"), list):
            for sensor in item["sensors"]:
                record += 1
                _last_value(seen, record, item.get("_id"), sensor)
            continue
        record += 1
        if not isinstance(item, dict):
            seen.reject(record, "unknown_layout")
        elif "lastMeasurement" in item:
            _last_value(seen, record, place.of("", str(item.get("_id")))[0], item)
        elif "value" not in item and "createdAt" not in item and "_id" not in item:
            seen.reject(record, "unknown_layout")
        elif "value" not in item and "name" in item:
            seen.out_of_scope("a box without its sensors")  # ?minimal=true
        else:
            box, sensor_id = place.of(_text(item, "boxId", "box_id"), _text(item, "sensorId", "sensor_id"))
            seen.message(record, box, utc_ms(item.get("createdAt")), {sensor_id: item.get("value")})
    return seen.shaped(record)


def _text(item: dict, *names: str) -> str:
    return next((value for name in names if isinstance(value := item.get(name), str)), "")


def _last_value(seen: Observer, record: int, box: Any, sensor: Any) -> None:
    if not isinstance(sensor, dict):
        seen.reject(record, "unknown_layout")
        return
    last = sensor.get("lastMeasurement")
    if not isinstance(last, dict):
        seen.out_of_scope("no measurement")
        return
    seen.message(record, box, utc_ms(last.get("createdAt")), {str(sensor.get("_id")): last.get("value")})


class _Place:
    """Box and sensor of a measurement: its own words, else the file's address or name.

    A sensor alone is enough when its box is configured.
    """

    def __init__(self, raw: Raw, seen: Observer):
        self._box_of = {field.path[0]: box for box, device in seen.devices.items() for field in device.fields}
        ids: list[str] = ID.findall(raw.url) or ID.findall(raw.name)
        self._box, self._sensor = (ids[0], ids[1]) if len(ids) > 1 else ("", ids[0] if ids else "")

    def of(self, box: str, sensor: str) -> tuple[str, str]:
        if sensor and sensor != self._sensor:
            return box or self._box_of.get(sensor, self._box), sensor
        return box or self._box or self._box_of.get(self._sensor, ""), self._sensor


def _from_csv(raw: Raw, data: bytes) -> Shaped:
    text = csv_records.decode(data, raw.name)
    delimiter = csv_records.find_delimiter(text)
    rows = csv_records.read_records(text, delimiter, raw.name)
    header = [name.strip() for name in next(rows, [])]
    if not {"createdAt", "value"} <= set(header):
        raise SourceError("no openSenseMap CSV: createdAt and value are not in the first line")
    seen = Observer("opensensemap", raw)
    place = _Place(raw, seen)
    records = 0
    for records, fields in enumerate(rows, 1):
        if len(fields) != len(header):
            seen.reject(records, "torn_line")
            continue
        row = dict(zip(header, (field.strip() for field in fields), strict=True))
        box, sensor = place.of(_text(row, "boxId", "box_id"), _text(row, "sensorId", "sensor_id"))
        seen.message(records, box, utc_ms(row["createdAt"]), {sensor: row["value"]})
    return seen.shaped(records)


def fetch(source: Source, into: Path) -> Iterator[Raw]:
    """Measurements of the last days, no call longer than a month; a full answer is asked again in halves."""
    return collect("opensensemap", into, _asks)


def _asks(door: Door) -> Iterator[Ask]:
    for sensor, field in door.measured():
        if not (ID.fullmatch(sensor.device) and ID.fullmatch(field.payload)):
            raise SourceError(f"sensor {sensor.id}: box and sensor of openSenseMap are 24 hexadecimal digits")
        yield partial(_pieces, door, sensor.device, field.payload, door.since, door.now)


def _pieces(door: Door, box: str, sensor: str, start: datetime, end: datetime) -> list[Raw]:
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
