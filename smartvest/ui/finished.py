"""Charts and maps made ready for sending: what `drawn.once` keeps, small and without the tables they came from.

Turning an Altair chart or a pydeck deck into what goes to the browser costs 5 to 40 ms each time Streamlit does it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smartvest import layers as files
from smartvest.charts.compact import compact
from smartvest.charts.frame import Drawing, Picture

INLINE = 2_000  # characters of a table or a map layer's rows; more are a file that the browser fetches once


@dataclass(frozen=True)
class Chart:
    """A picture whose plot is already a Vega-Lite specification, with its short tables inside and its long ones as
    files that the browser fetches."""

    spec: dict[str, Any]
    title: str
    subtitle: str
    foot: str
    summary: str
    files: tuple[files.Layer, ...] = ()


@dataclass(frozen=True)
class Map:
    """A deck as JSON, with what Streamlit asks of a pydeck.Deck. Its long tables are files that the browser fetches."""

    json: str
    _tooltip: dict[str, Any] | None
    files: tuple[files.Layer, ...] = ()
    layers: tuple[Any, ...] = ()  # Streamlit looks for tables in them; ours are already in the JSON

    def to_json(self) -> str:
        return self.json


def chart(picture: Picture | Chart) -> Chart:
    """Not compared with Vega-Lite's schema: that is a third of the time, and tests do it."""
    if not isinstance(picture, Chart):
        spec = compact(picture.plot.to_dict(validate=False))
        found: list[files.Layer] = []
        spec = _tables(spec, lambda data: _fetched(data, found))
        picture = Chart(spec, picture.title, picture.subtitle, picture.foot, picture.summary, tuple(found))
    files.hold(*picture.files)
    return picture


def _fetched(data: dict[str, Any], found: list[files.Layer]) -> dict[str, Any]:
    if "values" not in data or len(content := _short(data["values"])) <= INLINE:
        return data
    found.append(files.rows(content))
    return {key: value for key, value in data.items() if key != "values"} | {"url": found[-1].address}


def _tables(spec: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """The specification with every layer's data changed."""
    spec = dict(spec)
    if isinstance(spec.get("data"), dict):
        spec["data"] = change(spec["data"])
    if "layer" in spec:
        spec["layer"] = [_tables(layer, change) for layer in spec["layer"]]
    return spec


def county_map(deck: Any) -> Map:
    """A Map of a pydeck.Deck, which st.pydeck_chart takes for one. Without pydeck's indentation it is half as long."""
    if not isinstance(deck, Map):
        deck = _with_files(deck)
    files.hold(*deck.files)
    return deck


def _with_files(deck: Any) -> Map:
    sheet = json.loads(deck.to_json())
    found = []
    for layer in sheet["layers"]:
        if isinstance(layer.get("data"), list) and len(content := _short(layer["data"])) > INLINE:
            found.append(files.rows(content))
            layer["data"] = found[-1].address
    return Map(_short(sheet), getattr(deck, "_tooltip", None), tuple(found))


def _short(thing: Any) -> str:
    return json.dumps(thing, separators=(",", ":"), ensure_ascii=False)


def drawable(picture: Picture | Chart | Drawing) -> dict[str, Any] | str:
    """The specification as vl-convert draws it, with every table inside; of a drawing its SVG."""
    if isinstance(picture, Drawing):
        return picture.svg
    if isinstance(picture, Picture):
        return picture.plot.to_dict()
    content = {file.address: json.loads(file.plain) for file in picture.files}

    def inside(data: dict[str, Any]) -> dict[str, Any]:
        if "url" not in data:
            return data
        return {key: value for key, value in data.items() if key != "url"} | {"values": content[data["url"]]}

    return _tables(picture.spec, inside)
