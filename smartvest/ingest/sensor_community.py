"""sensor.community: the archive's daily CSV of one sensor, or the API's JSON.

Times have no zone and are UTC; rows are not sorted; SDS011 writes 1999.90 at the end of its scale. Pressure is in Pa.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from smartvest.contracts import Source
from smartvest.ingest import csv_records, json_messages
from smartvest.ingest.json_messages import NOT_JSON
from smartvest.ingest.packed import unpacked
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.ingest.sensor_http import Ask, Door, collect
from smartvest.sensors.observe import Observer, utc_ms

DATASETS = ("readings",)
NOT_PAYLOAD = {"sensor_id", "sensor_type", "location", "lat", "lon", "timestamp"}
NO_VALUE = {"", "nan", "unavailable", "unknown", "null", "none"}


def shape(raw: Raw) -> Shaped:
    """Readings of the configured sensors. Raises SourceError for a file that is neither archive CSV nor API JSON."""
    data = unpacked(raw.read())  # the archive's older days are gzip
    if json_messages.looks_like_json(data):
        return _from_json(raw, data)
    rows = csv_records.read_records(csv_records.decode(data, raw.name), ";", raw.name)
    header = [name.strip() for name in next(rows, [])]
    if not {"sensor_id", "timestamp"} <= set(header):
        raise SourceError("no sensor.community archive: sensor_id and timestamp are not in the first line")
    seen = Observer("sensor_community", raw)
    records = 0
    for records, fields in enumerate(rows, 1):
        if len(fields) != len(header):
            seen.reject(records, "torn_line")
            continue
        row = dict(zip(header, (field.strip() for field in fields), strict=True))
        payload = {k: v for k, v in row.items() if k not in NOT_PAYLOAD and v.lower() not in NO_VALUE}
        _observe(seen, records, row["sensor_id"], row["timestamp"], payload, set(row) - NOT_PAYLOAD)
    return seen.shaped(records)


def _from_json(raw: Raw, data: bytes) -> Shaped:
    messages = json_messages.messages(data, "sensor.community measurements")
    if len(messages) == 1 and (told := json_messages.said(messages[0])):
        raise SourceError(f"no sensor.community measurements: {told}")
    seen = Observer("sensor_community", raw)
    for record, message in enumerate(messages, 1):
        if message is NOT_JSON:
            seen.reject(record, "not_json")
            continue
        sensor = message.get("sensor") if isinstance(message, dict) else None
        values = message.get("sensordatavalues") if isinstance(message, dict) else None
        if not isinstance(sensor, dict) or not isinstance(values, list):
            seen.reject(record, "unknown_layout")
            continue
        said: dict[str, Any] = {
            str(value.get("value_type")): value.get("value") for value in values if isinstance(value, dict)
        }
        payload = {k: v for k, v in said.items() if str(v).strip().lower() not in NO_VALUE}
        _observe(seen, record, str(sensor.get("id")), message.get("timestamp"), payload, set(said))
    return seen.shaped(len(messages))


def _observe(seen: Observer, record: int, sensor: str, time: Any, payload: dict, named: set[str]) -> None:
    device = seen.devices.get(sensor)
    wanted = {".".join(field.path) for field in device.fields} if device else set()
    if wanted & named and not wanted & set(payload):
        seen.reject(record, "null_value")
    else:
        seen.message(record, sensor, utc_ms(time), payload)


def fetch(source: Source, into: Path) -> Iterator[Raw]:
    """The archive's files of the last full days for every configured sensor; `fields` decide nothing here.

    The archive names files by sensor type (``2026-09-14_sds011_sensor_5331.csv``), so the deployment's ``application``
    holds the type. Without it the url is the API's (``https://data.sensor.community``): the last five minutes.
    """
    return collect("sensor_community", into, _asks)


def _asks(door: Door) -> Iterator[Ask]:
    kind = door.deployment.application.lower()
    wrong = next((s.id for s in door.deployment.sensors if not s.device.isdecimal()), None)
    if wrong or (kind and not (kind.isascii() and kind.isalnum())):
        raise SourceError(
            f"deployment {door.deployment.id}: application is a sensor type (sds011), devices are numbers"
        )
    for sensor in door.deployment.sensors:
        number = int(sensor.device)
        if not kind:
            yield door.ask(f"/airrohr/v1/sensor/{number}/", f"{number}.json", "application/json")
            continue
        for back in range(door.deployment.lookback_days, 0, -1):
            day = f"{door.now - timedelta(days=back):%Y-%m-%d}"
            name = f"{day}_{kind}_sensor_{number}.csv"
            yield door.ask(f"/{day}/{name}", name, "text/csv", "missing")
