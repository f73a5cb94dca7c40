"""Umweltbundesamt air data: hourly means of official stations.

Positional arrays ``[component, scope, value, end, index]`` by station and beginning of the hour. Times are Central
European Time without summer time, all year; the end of a day is written "24:00:00". A reading counts at the hour's
beginning. Only scope 2 (one-hour means) is read; daily and moving means would count the same air twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from smartvest.contracts import Source
from smartvest.ingest import json_messages
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.ingest.sensor_http import Ask, Door, collect
from smartvest.sensors.observe import Observer

DATASETS = ("readings",)
COMPONENTS = {1: "PM10", 2: "CO", 3: "O3", 4: "SO2", 5: "NO2", 6: "PB", 9: "PM2"}
HOURLY = 2
CET = timedelta(hours=1)
TIME = re.compile(r"(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})")


def cet_ms(text: Any) -> int | None:
    """Milliseconds UTC of a CET time; "24:00:00" is midnight of the day after."""
    match = TIME.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    if hour > 24 or (hour == 24 and (minute or second)) or minute > 59 or second > 59:
        return None
    try:
        moment = datetime(year, month, day) + timedelta(hours=hour, minutes=minute, seconds=second) - CET
    except (ValueError, OverflowError):
        return None
    return (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)


def shape(raw: Raw) -> Shaped:
    """Readings of the configured stations. A record is one station's hour. Raises SourceError for another answer."""
    document = json_messages.document(raw.read(), "an answer of the UBA air data API")
    data = document.get("data") if isinstance(document, dict) else None
    if isinstance(data, list) and not data:
        data = {}  # PHP writes an empty object as a list
    if not isinstance(data, dict):
        told = json_messages.said(document)
        raise SourceError(f"no answer of the UBA air data API (measures/json), `data` is missing: {told}".rstrip(": "))
    seen = Observer("uba", raw)
    record = 0
    for station, hours in data.items():
        if hours == []:
            continue
        if not isinstance(hours, dict):
            record += 1
            seen.reject(record, "unknown_layout")
            continue
        for begins, values in hours.items():
            record += 1
            if not isinstance(values, list) or len(values) < 3:
                seen.reject(record, "unknown_layout")
                continue
            component, scope, value = values[:3]
            if _integer(scope) != HOURLY:
                seen.out_of_scope("not an hourly mean")
                continue
            code = _integer(component)
            name = COMPONENTS.get(code) if code is not None else None
            payload = {name or "": value, str(component): value}
            if name == "PM2":
                payload["PM2.5"] = payload["PM2_5"] = value
            seen.message(record, str(station), cet_ms(begins), payload)
    return seen.shaped(record)


def _integer(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def fetch(source: Source, into: Path) -> Iterator[Raw]:
    """Hourly means of the last days for every configured station and component.

    The deployment's url is the server's (version 2 of the API) or that of a version: ``https://…/api/air-data/v4``.
    """
    return collect("uba", into, _asks)


def _asks(door: Door) -> Iterator[Ask]:
    codes = {name: code for code, name in COMPONENTS.items()} | {"PM2.5": 9, "PM2_5": 9}
    first, last = f"{door.since:%Y-%m-%d}", f"{door.now + CET:%Y-%m-%d}"
    base = "" if urlsplit(door.deployment.url).path.strip("/") else "/api/air_data/v2"
    for sensor, field in door.measured():
        code = codes.get(field.payload, _integer(field.payload))
        if code is None or not sensor.device.isdecimal():
            raise SourceError(
                f"sensor {sensor.id}: station number or component {field.payload!r} is not known to the UBA"
            )
        query = (
            f"date_from={first}&time_from=1&date_to={last}&time_to=24"
            f"&station={int(sensor.device)}&component={code}&scope={HOURLY}"
        )
        name = f"{sensor.id}-{code}.json"
        yield door.ask(f"{base}/measures/json?{query}", name, "application/json")
