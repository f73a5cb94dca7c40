"""A chart's specification in few bytes: of each table the columns it draws, once; no setting that nothing in it needs.

Streamlit sends each table as Arrow, with 1 kB before its first row; ten panels were 31 kB and are 19, zipped a third.
Rows are JSON: Vega reads tables as text (CSV, TSV) with a function made from a string, which our headers forbid.
"""

from __future__ import annotations

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
    short["layer"] = _grouped(short["layer"])
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
    return layer | {"data": {"name": written[name], "values": rows(tables[name], used[name])}}


def _grouped(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Layers that follow one another and share x and y say so once; the order, which is what covers what, stays."""
    groups: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    for layer in layers:
        encoding = layer.get("encoding", {})
        place = {channel: encoding[channel] for channel in ("x", "y") if channel in encoding}
        if groups and place and groups[-1][0] == place:
            groups[-1][1].append(layer)
        else:
            groups.append((place, [layer]))
    return [
        {"encoding": place, "layer": [_without(layer, place) for layer in group]} if len(group) > 1 else group[0]
        for place, group in groups
    ]


def _without(layer: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    return layer | {"encoding": {key: value for key, value in layer["encoding"].items() if key not in place}}


def rows(table: Sequence[dict[str, Any]], columns: set[str]) -> list[dict[str, Any]]:
    """The rows with these columns, numbers only as fine as can be seen."""
    names = [name for name in (table[0] if table else {}) if name in columns]
    fine = [_rounded([row[name] for row in table]) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*fine, strict=True)] or [{}] * len(table)


def _rounded(values: list[Any]) -> list[Any]:
    numbers = [value for value in values if isinstance(value, float)]
    span = max(numbers) - min(numbers) if numbers else 0
    if not span or not math.isfinite(span):
        return values
    places = max(0, FINE - math.floor(math.log10(span)))
    return [_short(round(value, places)) if isinstance(value, float) else value for value in values]


def _short(number: float) -> float:
    return int(number) if number.is_integer() else number


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
