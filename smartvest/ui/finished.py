"""Charts and maps made ready for sending: what `drawn.once` keeps, small and without the tables they came from.

Turning an Altair chart or a pydeck deck into what goes to the browser costs 5 to 40 ms each time Streamlit does it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from smartvest import layers as files
from smartvest.charts.compact import compact
from smartvest.charts.frame import Picture

INLINE = 4_000  # characters of a map layer's rows; more are a file of their own, the same for every town


@dataclass(frozen=True)
class Chart:
    """A picture whose plot is already a Vega-Lite specification with its data inside."""

    spec: dict[str, Any]
    title: str
    subtitle: str
    foot: str
    summary: str


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
    if isinstance(picture, Chart):
        return picture
    spec = compact(picture.plot.to_dict(validate=False))
    return Chart(spec, picture.title, picture.subtitle, picture.foot, picture.summary)


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
            found.append(files.rows(content.encode()))
            layer["data"] = found[-1].address
    return Map(_short(sheet), getattr(deck, "_tooltip", None), tuple(found))


def _short(thing: Any) -> str:
    return json.dumps(thing, separators=(",", ":"), ensure_ascii=False)


def drawable(picture: Picture | Chart) -> dict[str, Any]:
    """The specification as vl-convert draws it."""
    return picture.plot.to_dict() if isinstance(picture, Picture) else picture.spec
