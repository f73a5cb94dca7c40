"""PEGELONLINE (Wasserstraßen- und Schifffahrtsverwaltung): water levels as JSON with UTC offsets.

Lists of stations with their current measurements, one station, one timeseries, or a bare list of measurements whose
station then stands in the address or in the file's name (uuid, number or short name). Units "--" mean none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from smartvest.contracts import Source
from smartvest.ingest import json_messages
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.ingest.sensor_http import Ask, Door, collect
from smartvest.sensors.observe import Observer, utc_ms

DATASETS = ("readings",)


def shape(raw: Raw) -> Shaped:
    """Readings of the configured gauges. A record is a measurement, or a station in a list of stations."""
    document = json_messages.document(raw.read(), "a PEGELONLINE answer")
    if isinstance(document, dict) and not {"uuid", "shortname", "currentMeasurement", "timestamp"} & set(document):
        raise SourceError(f"no PEGELONLINE answer: {json_messages.said(document)}".rstrip(": "))
    seen = Observer("pegelonline", raw)
    items = document if isinstance(document, list) else [document]
    named = _named(raw, seen)
    for record, item in enumerate(items, 1):
        if not isinstance(item, dict):
            seen.reject(record, "unknown_layout")
        elif "timestamp" in item:
            _measurement(seen, record, named, "W", item)
        elif isinstance(item.get("currentMeasurement"), dict):
            _measurement(seen, record, named, str(item.get("shortname", "W")), item["currentMeasurement"])
        elif "uuid" in item or "shortname" in item:
            _station(seen, record, item)
        else:
            seen.reject(record, "unknown_layout")
    return seen.shaped(len(items))


def _measurement(seen: Observer, record: int, station: str, series: str, measurement: dict) -> None:
    seen.message(record, station, utc_ms(measurement.get("timestamp")), {series: measurement.get("value")})


def _station(seen: Observer, record: int, station: dict) -> None:
    keys = [str(station.get(key, "")) for key in ("uuid", "number", "shortname")]
    device = next((key for key in keys if key.lower() in seen.devices), None)
    series = station.get("timeseries")
    if not isinstance(series, list) or not series:
        seen.out_of_scope("a station without measurements")
        return
    if device is None:
        seen.out_of_scope("device not configured")
        return
    current = {}
    for item in series:
        if isinstance(item, dict) and isinstance(item.get("currentMeasurement"), dict):
            current[str(item.get("shortname"))] = item["currentMeasurement"]
    known = seen.devices[device.lower()]
    said = [(field, current[name]) for field in known.fields if (name := ".".join(field.path)) in current]
    if not said:
        seen.out_of_scope("no configured field")
        return
    for time in {utc_ms(measurement.get("timestamp")) for _, measurement in said}:  # each series has its own clock
        at_once = [(field, m.get("value")) for field, m in said if utc_ms(m.get("timestamp")) == time]
        seen.observe(record, known, time, at_once)


def _named(raw: Raw, seen: Observer) -> str:
    """The configured gauge that the address or the file's name tells of; the longest one if several do."""
    text = f"{unquote(raw.url)} {raw.name}".lower()
    return max((device for device in seen.devices if device in text), key=len, default="")


def fetch(source: Source, into: Path) -> Iterator[Raw]:
    """Measurements of the last days (the service keeps 31) for every configured gauge and series."""
    return collect("pegelonline", into, _asks)


def _asks(door: Door) -> Iterator[Ask]:
    for sensor, field in door.measured():
        station, series = quote(sensor.device, safe=""), quote(field.payload, safe="")
        path = f"/webservices/rest-api/v2/stations/{station}/{series}/measurements.json"
        name = f"{sensor.device}-{field.payload}.json".replace("/", "_")
        yield door.ask(f"{path}?start=P{door.deployment.lookback_days}D", name, "application/json")
