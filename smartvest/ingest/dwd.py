"""Deutscher Wetterdienst, 10-minute air temperature: ``produkt_zehn_…`` text, alone or in its zip file.

ISO-8859-1, semicolons, CRLF, padded columns, UTC, -999 for missing, every line ends with ``eor``. The station list of
the same folder is recognised; it has no readings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from smartvest.contracts import Source
from smartvest.ingest.packed import unpacked
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.ingest.sensor_http import Ask, Door, collect
from smartvest.sensors.observe import Observer

DATASETS = ("readings",)
MISSING = "-999"
LINE_END = re.compile(r"\r\n|\n|\r")  # splitlines() also splits at bytes that ISO-8859-1 has inside a line
STAMP = re.compile(r"\d{12}")


def shape(raw: Raw) -> Shaped:
    """Readings of the configured stations. Raises SourceError for a file that is neither product nor station list."""
    lines = [line for line in LINE_END.split(_text(raw.read())) if line.strip("\x00\x1a \t")]
    if not lines:
        raise SourceError("the file is empty; a DWD product (produkt_zehn_…) expected")
    header = [name.strip().upper() for name in lines[0].split(";")]
    if "STATIONS_ID" not in header and lines[0].lower().startswith("stations_id von_datum"):
        stations = [line for line in lines[1:] if not line.startswith("-")]
        return Shaped(len(stations), out_of_scope=len(stations), notes=["a list of stations, it has no readings"])
    if "STATIONS_ID" not in header or "MESS_DATUM" not in header:
        raise SourceError("no DWD product: STATIONS_ID and MESS_DATUM are not in the first line")
    seen = Observer("dwd", raw)
    for record, line in enumerate(lines[1:], 1):
        parts = [part.strip() for part in line.split(";")]
        if len(parts) != len(header) or (header[-1] == "EOR" and parts[-1] != "eor"):
            seen.reject(record, "torn_line")
            continue
        row = dict(zip(header, parts, strict=True))
        station = row["STATIONS_ID"].zfill(5)
        payload = {
            name: value
            for name, value in row.items()
            if value not in ("", MISSING) and name not in ("STATIONS_ID", "MESS_DATUM", "EOR")
        }
        device = seen.devices.get(station)
        if device is not None and not any(f.path[0] in payload for f in device.fields):
            if any(f.path[0] in row for f in device.fields):
                said = {row[f.path[0]] for f in device.fields if f.path[0] in row}
                seen.reject(record, "null_value" if said == {""} else "sentinel")
            else:
                seen.out_of_scope("no configured field")
            continue
        seen.message(record, station, stamp_ms(row["MESS_DATUM"]), payload)
    return seen.shaped(len(lines) - 1)


def stamp_ms(text: str) -> int | None:
    """Milliseconds of YYYYMMDDHHMM in UTC."""
    if not STAMP.fullmatch(text):
        return None
    try:
        moment = datetime.strptime(text, "%Y%m%d%H%M")
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)


def _text(data: bytes) -> str:
    data = unpacked(data, wanted="produkt_")
    if data.lstrip()[:1] == b"<":
        raise SourceError("the file is a web page, not a DWD product")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # saved once more by an editor
        return data.decode("utf-16", "replace").removeprefix("\ufeff")
    return data.removeprefix(b"\xef\xbb\xbf").decode("iso-8859-1")


def fetch(source: Source, into: Path) -> Iterator[Raw]:
    """The latest 10-minute product ("now") of every configured station."""
    return collect("dwd", into, _asks)


def _asks(door: Door) -> Iterator[Ask]:
    folder = "/climate_environment/CDC/observations_germany/climate/10_minutes/air_temperature/now"
    for sensor in door.deployment.sensors:
        if not sensor.device.isdecimal():
            raise SourceError(f"sensor {sensor.id}: device is no station number of the DWD")
        name = f"10minutenwerte_TU_{sensor.device:0>5}_now.zip"
        yield door.ask(f"{folder}/{name}", name, "application/zip")
