"""OGC SensorThings v1.1: observations of configured datastreams, nested or alone, as objects or as ``dataArray``.

A record is one Observation. A Datastream's id is the device, ``result`` its field; a MultiDatastream's fields are the
positions in its result ("0", "1" …) or its observed properties' names. An interval counts at its beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from smartvest.contracts import Source
from smartvest.ingest import json_messages
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.ingest.sensor_http import Ask, Door, collect
from smartvest.sensors.observe import Observer, utc_ms

DATASETS = ("readings",)
STREAM = re.compile(r"(?:Multi)?Datastreams\('?([^')]+)'?\)")
NESTED = (
    "Things", "Datastreams", "MultiDatastreams", "Locations", "HistoricalLocations", "ObservedProperties",
    "Thing", "Datastream", "MultiDatastream", "Sensor", "ObservedProperty", "FeatureOfInterest",
)  # fmt: skip
OF_A_STREAM = {
    "Observations", "Observations@iot.navigationLink", "name", "observationType", "observedArea",
    "unitOfMeasurement", "unitOfMeasurements", "multiObservationDataTypes",
}  # fmt: skip
PAGES = 2000


def shape(raw: Raw) -> Shaped:
    """Readings of the configured datastreams. Raises SourceError when the file is no SensorThings answer."""
    document = json_messages.document(raw.read(), "a SensorThings answer")
    seen = Observer("sensorthings", raw)
    records = 0
    try:
        for stream, names, observation in _observations(document, None, [], raw.url):
            records += 1
            _observe(seen, records, stream, names, observation)
    except RecursionError:
        raise SourceError("the file is nested too deeply to be a SensorThings answer") from None
    if not records:
        if not _looks_right(document):
            told = json_messages.said(document) or "ask with $expand=Datastreams/Observations"
            raise SourceError(f"the file holds no Observations; {told}")
        return Shaped(records_in=0, notes=["no observations in the answer"])
    return seen.shaped(records)


def _looks_right(document: Any) -> bool:
    if isinstance(document, dict):
        return isinstance(document.get("value"), list) or any(str(key).startswith("@iot.") for key in document)
    return False


def _observe(seen: Observer, record: int, stream: str | None, names: list[str], observation: Any) -> None:
    if not isinstance(observation, dict):
        seen.reject(record, "unknown_layout")
        return
    if stream is None or stream.lower() not in seen.devices:
        seen.out_of_scope("datastream not configured")
        return
    time = observation.get("phenomenonTime")
    if not isinstance(time, str) or not time:
        time = observation.get("resultTime")
    begins = utc_ms(time.split("/")[0]) if isinstance(time, str) else None
    result = observation.get("result")
    payload: dict[str, Any] = {"result": result}
    if isinstance(result, list):
        payload |= {str(position): value for position, value in enumerate(result)}
        payload |= dict(zip(names, result, strict=False))
    elif isinstance(result, dict):
        payload |= result
    seen.message(record, stream, begins, payload)


def _observations(
    node: Any, stream: str | None, names: list[str], url: str
) -> Iterator[tuple[str | None, list[str], Any]]:
    """(datastream id, its observed properties, observation), wherever they stand in the answer."""
    if isinstance(node, list):
        for item in node:
            yield from _observations(item, stream, names, url)
        return
    if not isinstance(node, dict):
        return
    if "dataArray" in node:
        yield from _data_array(node, _its_stream(node) or stream, names)
        return
    if _is_observation(node):
        yield _observation(node, stream, names)
        return
    is_stream = "Observations" in node or "unitOfMeasurement" in node or "unitOfMeasurements" in node
    here = (_id(node) if is_stream else None) or stream
    named = _properties(node) or names
    observations = node.get("Observations")
    if isinstance(observations, dict):
        observations = observations.get("value")
    for item in observations if isinstance(observations, list) else []:
        if isinstance(item, dict) and "dataArray" in item:
            yield from _data_array(item, _its_stream(item) or here, named)
        else:
            yield _observation(item, here, named)
    for key in NESTED:
        if key in node:
            yield from _observations(node[key], here if is_stream else stream, named, url)
    if isinstance(node.get("value"), list):
        inherited = stream or _in_text(node.get("@iot.nextLink")) or _in_text(url)
        yield from _observations(node["value"], inherited, names, url)


def _is_observation(node: dict) -> bool:
    """An Observation, also one that was asked for with $select; Datastreams have a phenomenonTime too."""
    link = node.get("@iot.selfLink")
    return (
        "result" in node
        or ("phenomenonTime" in node and not OF_A_STREAM & set(node))
        or (isinstance(link, str) and link.rpartition("/")[2].startswith("Observations("))
    )


def _observation(node: Any, stream: str | None, names: list[str]) -> tuple[str | None, list[str], Any]:
    own = (node.get("Datastream") or node.get("MultiDatastream")) if isinstance(node, dict) else None
    return _its_stream(node) or stream, names or _properties(own), node


def _its_stream(node: Any) -> str | None:
    """The datastream that an observation or a dataArray itself names, expanded or by a link."""
    if not isinstance(node, dict):
        return None
    return _id(node.get("Datastream") or node.get("MultiDatastream")) or _stream_of(node)


def _data_array(node: dict, stream: str | None, names: list[str]) -> Iterator[tuple[str | None, list[str], Any]]:
    components, rows = node.get("components"), node.get("dataArray")
    if not isinstance(rows, list):
        return
    titles = [str(name) for name in components] if isinstance(components, list) else []
    for row in rows:
        ok = titles and isinstance(row, list) and len(row) == len(titles)
        yield (stream, names, dict(zip(titles, row, strict=True)) if ok else None)


def _id(node: Any) -> str | None:
    value = node.get("@iot.id") if isinstance(node, dict) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else _stream_of(node)


def _stream_of(node: Any) -> str | None:
    if not isinstance(node, dict):
        return None
    links = ("Datastream@iot.navigationLink", "MultiDatastream@iot.navigationLink", "@iot.selfLink")
    for link in links:
        found = _in_text(node.get(link))
        if found:
            return found
    return None


def _in_text(link: Any) -> str | None:
    match = STREAM.search(link) if isinstance(link, str) else None
    return match[1] if match else None


def _properties(node: Any) -> list[str]:
    properties = node.get("ObservedProperties") if isinstance(node, dict) else None
    if not isinstance(properties, list):
        return []
    return [str(p.get("name", "")) if isinstance(p, dict) else "" for p in properties]


def fetch(source: Source, into: Path) -> Iterator[Raw]:
    """Each configured datastream with its observations of the last days, every ``@iot.nextLink`` followed."""
    return collect("sensorthings", into, _asks, bearer=True)


def _asks(door: Door) -> Iterator[Ask]:
    since = door.since.strftime("%Y-%m-%dT%H:%M:%SZ")
    for number, sensor in enumerate(door.deployment.sensors):
        fields = sensor.fields if sensor.fields is not None else door.deployment.fields
        key = sensor.device if sensor.device.isdecimal() else "'" + sensor.device.replace("'", "''") + "'"
        kind = "Datastreams" if any(f.payload == "result" for f in fields) else "MultiDatastreams"
        query = f"$expand=Observations($filter=phenomenonTime ge {since};$orderby=phenomenonTime asc;$top=1000)"
        path = f"/{kind}({quote(key)})?{quote(query, safe='$=();,')}"
        name = f"{door.deployment.id}-{number:04d}.json"
        yield partial(_whole_stream, door, path, name)


def _whole_stream(door: Door, path: str, name: str) -> list[Raw]:
    return [_complete(door, door.get(path, name, "application/json"))]


def _complete(door: Door, raw: Raw) -> Raw:
    """The answer with the pages behind every nextLink filled in, at whatever level it stands."""
    document = json_messages.document(raw.read(), "a SensorThings answer")
    budget = [PAGES]

    def follow(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                follow(item)
        if not isinstance(node, dict):
            return
        for key in [k for k in node if isinstance(k, str) and k.endswith("@iot.nextLink")]:
            name = key.removesuffix("@iot.nextLink") or "value"
            link: Any = node.pop(key)
            asked: set[str] = set()
            while isinstance(link, str) and link not in asked and budget[0] > 0:
                asked.add(link)
                budget[0] -= 1
                page = json_messages.whole(door.follow(link).read())
                if not isinstance(page, dict) or not isinstance(page.get("value"), list):
                    raise SourceError("a page behind @iot.nextLink is no SensorThings answer")
                if not isinstance(node.get(name), list):
                    node[name] = []
                node[name].extend(page["value"])
                link = page.get("@iot.nextLink")
            if isinstance(link, str) and budget[0] <= 0:
                raise SourceError(f"more than {PAGES} pages; ask for fewer days (lookback_days)")
        for value in list(node.values()):
            follow(value)

    follow(document)
    raw.path.write_bytes(msgspec.json.encode(document))
    return raw
