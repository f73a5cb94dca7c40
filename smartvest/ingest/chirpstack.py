"""ChirpStack v4: uplink events as JSON from the HTTP and MQTT integrations, one object or newline-delimited.

Several gateways and integrations may deliver the same event: ``deduplicationId`` tells. Integers come as floats.
Events that are not uplinks (join, ack, status, log, integration) have no measured payload and are out of scope.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from smartvest.contracts import Source
from smartvest.ingest import json_messages
from smartvest.ingest.json_messages import NOT_JSON
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.sensors.observe import Observer, utc_ms

DATASETS = ("readings",)


class _Info(msgspec.Struct, rename="camel"):
    dev_eui: str = ""


class _Event(msgspec.Struct, rename="camel"):
    deduplication_id: str = ""
    time: str | None = None
    device_info: _Info | None = None
    object: dict[str, Any] | None = None
    integration_name: str | None = None


def shape(raw: Raw) -> Shaped:
    """Readings of the configured devices. Raises SourceError for a file without any JSON message."""
    data = json_messages.text_of(raw.read(), "ChirpStack events")
    decode: Any = msgspec.json.Decoder(_Event).decode
    records: list[Any] = json_messages.lines_of(data)
    try:
        decode(records[0])
    except json_messages.BROKEN:
        records = json_messages.messages(data, "ChirpStack events")
        decode = _convert
    seen = Observer("chirpstack", raw)
    known: set[str] = set()
    readable = False
    for record, line in enumerate(records, 1):
        try:
            event = decode(line)
        except msgspec.ValidationError:
            readable = True
            seen.reject(record, "unknown_layout")
            continue
        except json_messages.BROKEN:
            seen.reject(record, "not_json")
            continue
        readable = True
        if event.device_info is None or event.integration_name is not None:
            seen.out_of_scope("not an uplink")
        elif event.object is None:
            seen.out_of_scope("no decoded payload")
        elif event.deduplication_id and event.deduplication_id in known:
            seen.duplicate()
        else:
            known.add(event.deduplication_id)
            seen.message(record, event.device_info.dev_eui, utc_ms(event.time), event.object)
    if not readable:
        raise SourceError("the file holds no JSON messages; ChirpStack events expected")
    return seen.shaped(len(records))


def _convert(message: Any) -> _Event:
    if message is NOT_JSON:
        raise msgspec.DecodeError("not JSON")
    return msgspec.convert(message, _Event)


def fetch(source: Source, into: Path) -> list[Raw]:
    """ChirpStack stores no past events: they come by `python -m smartvest listen` or as files."""
    raise SourceError("ChirpStack keeps no past events; use `python -m smartvest listen` or `import chirpstack FILE`")
