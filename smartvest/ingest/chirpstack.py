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
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.sensors.observe import Observer, utc_ms

DATASETS = ("readings",)


class _Info(msgspec.Struct, rename="camel", gc=False):
    dev_eui: Any = None


class _Event(msgspec.Struct, rename="camel", gc=False):
    deduplication_id: Any = None
    time: Any = None
    device_info: _Info | None = None
    object: Any = None
    integration_name: Any = None


def shape(raw: Raw) -> Shaped:
    """Readings of the configured devices. Raises SourceError for a file without any JSON message."""
    seen = Observer("chirpstack", raw)
    known: set[str] = set()
    record = 0
    for record, event in enumerate(json_messages.typed(raw.read(), "ChirpStack events", _Event), 1):
        if type(event) is str:
            seen.reject(record, event)
        elif event.device_info is None or event.integration_name is not None:
            seen.out_of_scope("not an uplink")
        elif event.object is None:
            seen.out_of_scope("no decoded payload")
        else:
            device = event.device_info.dev_eui
            key = event.deduplication_id
            if type(key) is str and key and seen.knows(device):
                if key in known:
                    seen.duplicate()
                    continue
                known.add(key)
            seen.message(record, device, utc_ms(event.time), event.object)
    return seen.shaped(record)


def fetch(source: Source, into: Path) -> list[Raw]:
    """ChirpStack stores no past events: they come by `python -m smartvest listen` or as files."""
    raise SourceError("ChirpStack keeps no past events; use `python -m smartvest listen` or `import chirpstack FILE`")
