"""JSON and GeoJSON: one object that carries its sources, written a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smartvest.export.rows import ExportError, Rows, batches, schema_of
from smartvest.provenance import Provenance

GEOMETRY = "geometry_geojson"
POINT = ("longitude_deg", "latitude_deg")

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def table_json(rows: Rows, told: Provenance, **more: Any) -> Iterator[bytes]:
    """``{"smartvest": …attribution…, <more>, "columns": […], "rows": [{…}]}``; null where a value is missing."""
    columns = [{"name": field.name, "type": type_name(field.type)} for field in schema_of(rows)]
    head = {"smartvest": told.as_json(), **more, "columns": columns}
    yield _encode(head)[:-1].encode() + b',"rows":['
    first = True
    for batch in batches(rows):
        records = _encode(list(objects(batch)))[1:-1]
        if records:
            yield (b"" if first else b",\n") + records.encode()
            first = False
    yield b"]}\n"


def geojson(rows: Rows, told: Provenance, **more: Any) -> Iterator[bytes]:
    """A FeatureCollection (RFC 7946); the attribution is its foreign member ``smartvest``.

    The geometry is the column ``geometry_geojson``, else a point of ``longitude_deg`` and ``latitude_deg``; a row
    without either has the geometry null. Raises ExportError when the table has neither.
    """
    names = schema_of(rows).names
    shaped, pointed = GEOMETRY in names, all(name in names for name in POINT)
    if not shaped and not pointed:
        raise ExportError("this table has no places to draw: neither geometry_geojson nor longitude_deg, latitude_deg")
    yield _encode({"type": "FeatureCollection", "smartvest": told.as_json(), **more})[:-1].encode() + b',"features":['
    first = True
    for batch in batches(rows):
        features = []
        for row in objects(batch):
            outline = row.pop(GEOMETRY, None)
            geometry = _parsed(outline) if outline else _point(row) if pointed else None
            features.append({"type": "Feature", "geometry": geometry, "properties": row})
        if features:
            yield (b"" if first else b",\n") + _encode(features)[1:-1].encode()
            first = False
    yield b"]}\n"


def objects(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Rows as JSON objects: dates as ISO text, times in UTC with a Z, every number exactly as computed."""
    columns = [json_values(column) for column in batch.columns]
    names = batch.schema.names
    if not columns:
        return iter(())
    return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))


def json_values(values: pa.Array) -> list[Any]:
    kind = values.type
    if pa.types.is_date(kind):
        return pc.strftime(values, "%Y-%m-%d").to_pylist()
    if pa.types.is_timestamp(kind):
        return pc.strftime(pc.cast(values, pa.timestamp("s"), safe=False), "%Y-%m-%dT%H:%M:%SZ").to_pylist()
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, kind))
    elif pa.types.is_decimal(kind):
        values = pc.cast(values, pa.float64())
    elif not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return [_plain(value) for value in values.to_pylist()]
    return values.to_pylist()


def type_name(kind: pa.DataType) -> str:
    """The words of the contracts: text, integer, number, date, timestamp, boolean."""
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind):
        return "date"
    return "timestamp" if pa.types.is_timestamp(kind) else "text"


def _parsed(outline: str) -> Any:
    try:
        return json.loads(outline)
    except ValueError:
        return None


def _point(row: dict[str, Any]) -> dict[str, Any] | None:
    longitude, latitude = (row.get(name) for name in POINT)
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
