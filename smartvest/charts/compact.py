"""A chart's specification in few bytes: each table once, as tab-separated text; no setting that nothing in it needs.

Altair repeats no table but writes every row with its column names; Streamlit sends each table as Arrow, 1 kB before its
first row. Ten panels were 31 kB and are 15. Tables stay inside the specification: a chart is never without its data.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

NAMES_OF_DAYS = re.compile(r"%[-_0]?[aAbBcpx]")  # what a date format needs the locale's words for
WORD = re.compile(r"\w+")
FINE = 6  # a number is off by less than a two-millionth of its column's span: a thousandth of a pixel
POINTS = 2_000  # rows; more marks than this are painted on a canvas, as Streamlit does


def compact(spec: dict[str, Any]) -> dict[str, Any]:
    """``spec`` as Altair writes it, layered or of one view, to be given to ``st.vega_lite_chart``; draws the same."""
    tables = spec.get("datasets", {})
    short = {key: value for key, value in spec.items() if key not in ("datasets", "data")}
    if "layer" not in short:
        view = {key: short.pop(key) for key in ("mark", "encoding", "transform") if key in short}
        short["layer"] = [view]
    used = _columns(spec.get("data"), short["layer"])
    written: dict[str, str] = {}
    short["layer"] = [_with_data(layer, spec.get("data"), tables, used, written) for layer in short["layer"]]
    if "config" in short:
        short["config"] = _needed(short["config"], short)
    if any(len(rows) > POINTS for rows in tables.values()):
        short["usermeta"] = {"embedOptions": {"renderer": "canvas"}}
    return short


def _with_data(
    layer: dict[str, Any], above: Any, tables: dict[str, Any], used: dict[str, set[str]], written: dict[str, str]
) -> dict[str, Any]:
    data = layer.get("data", above)
    if "layer" in layer:
        inner = [_with_data(one, data, tables, used, written) for one in layer["layer"]]
        return {key: value for key, value in layer.items() if key != "data"} | {"layer": inner}
    name = data.get("name") if isinstance(data, dict) else None
    if name not in tables:
        return layer if data is None else layer | {"data": data}
    if name in written:
        return layer | {"data": {"name": written[name]}}  # Vega-Lite takes the table of that name that came before
    written[name] = f"t{len(written)}"
    return layer | {"data": {"name": written[name], **text_table(tables[name], used[name])}}


def text_table(rows: Sequence[dict[str, Any]], columns: set[str]) -> dict[str, Any]:
    """Rows as Vega-Lite's inline data. A missing value is an empty cell, which reads as null."""
    names = [name for name in (rows[0] if rows else {}) if name in columns]
    if not names:
        return {"values": [{}] * len(rows)}
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(names)
    written = [_column([row[name] for row in rows]) for name in names]
    writer.writerows(zip(*(cells for _, cells in written), strict=True))
    kinds = {name: kind for name, (kind, _) in zip(names, written, strict=True) if kind}
    return {"values": out.getvalue(), "format": {"type": "tsv", "parse": kinds}}


def _column(values: list[Any]) -> tuple[str, list[Any]]:
    """What to read a column as, and its cells. Days are text here: Vega-Lite reads them as the encoding says."""
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, bool) for value in present):
        return "boolean", ["" if value is None else str(value).lower() for value in values]
    if not present or not all(isinstance(value, int | float) for value in present):
        return "", ["" if value is None else value for value in values]
    span = max(present) - min(present)
    places = max(0, FINE - math.floor(math.log10(span))) if span else FINE + 3
    return "number", ["" if value is None else _number(value, places) for value in values]


def _number(value: float, places: int) -> str:
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _columns(above: Any, layers: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The columns that the layers look at, by table."""
    found: dict[str, set[str]] = {}
    for layer in layers:
        data = layer.get("data", above)
        if "layer" in layer:
            for name, columns in _columns(data, layer["layer"]).items():
                found.setdefault(name, set()).update(columns)
        elif isinstance(data, dict) and "name" in data:
            found.setdefault(data["name"], set()).update(_texts({k: v for k, v in layer.items() if k != "data"}))
    return found


def _texts(thing: Any) -> Iterator[str]:
    """Every text in it and every word of an expression: a column's name is one of them wherever it stands."""
    if isinstance(thing, dict):
        for value in thing.values():
            yield from _texts(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from _texts(value)
    elif isinstance(thing, str):
        yield thing
        yield from WORD.findall(thing)


def _needed(config: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """Without the manner of titles and panel heads where there are none, nor names of months that nothing writes."""
    short = {key: value for key, value in config.items() if key not in ("title", "header") or key in spec}
    if "locale" in config and not _names_days(spec["layer"]):
        short["locale"] = {key: value for key, value in config["locale"].items() if key != "time"}
    return short


def _names_days(thing: Any) -> bool:
    if isinstance(thing, list):
        return any(_names_days(one) for one in thing)
    if not isinstance(thing, dict):
        return isinstance(thing, str) and bool(NAMES_OF_DAYS.search(thing))
    if thing.get("type") == "temporal" and "field" in thing and "axis" in thing:
        axis = thing["axis"]
        if axis is not None and "format" not in axis:
            return True  # Vega chooses the format, and some of its choices name the month
    return any(_names_days(value) for key, value in thing.items() if key != "values")
