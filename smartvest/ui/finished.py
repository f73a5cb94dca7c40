"""Charts and maps made ready for sending: what `drawn.once` keeps, small and without the tables they came from.

Turning an Altair chart or a pydeck deck into what goes to the browser costs 5 to 40 ms each time Streamlit does it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import pyarrow as pa
from streamlit.elements.vega_charts import _convert_altair_to_vega_lite_spec

from smartvest.charts.frame import Drawing, Picture


@dataclass(frozen=True)
class Chart:
    """A picture whose plot is already a Vega-Lite specification with its data in Arrow form."""

    spec: dict[str, Any]
    title: str
    subtitle: str
    foot: str
    summary: str


@dataclass(frozen=True)
class Map:
    """A deck as JSON, with what Streamlit asks of a pydeck.Deck."""

    json: str
    _tooltip: dict[str, Any] | None
    layers: tuple[Any, ...] = ()  # Streamlit looks for tables in them; ours are already in the JSON

    def to_json(self) -> str:
        return self.json


@dataclass(frozen=True)
class _Unchecked:
    """A chart that is not compared with Vega-Lite's schema: that is a third of the time, and tests do it."""

    plot: Any

    def to_dict(self) -> dict[str, Any]:
        return self.plot.to_dict(validate=False)


def chart(picture: Picture | Chart) -> Chart:
    """Streamlit's own conversion, so that the browser gets what st.altair_chart would have sent (a test compares)."""
    if isinstance(picture, Chart):
        return picture
    spec = _convert_altair_to_vega_lite_spec(cast(Any, _Unchecked(picture.plot)))
    return Chart(dict(spec), picture.title, picture.subtitle, picture.foot, picture.summary)


def county_map(deck: Any) -> Any:
    """A Map of a pydeck.Deck, which st.pydeck_chart takes for one. Without pydeck's indentation it is half as long."""
    if isinstance(deck, Map):
        return deck
    short = json.dumps(json.loads(deck.to_json()), separators=(",", ":"), ensure_ascii=False)
    return Map(short, getattr(deck, "_tooltip", None))


def drawable(picture: Picture | Chart | Drawing) -> dict[str, Any] | str:
    """The specification with its data as plain values, which vl-convert draws; of a drawing its SVG."""
    if isinstance(picture, Drawing):
        return picture.svg
    if isinstance(picture, Picture):
        return picture.plot.to_dict()
    datasets = {name: _values(data) for name, data in picture.spec.get("datasets", {}).items()}
    return {**picture.spec, "datasets": datasets}


def _values(data: Any) -> Any:
    """Rows of an Arrow stream; days as local time without a zone, as Altair itself writes them."""
    if not isinstance(data, bytes):
        return data
    rows = pa.ipc.open_stream(data).read_all().to_pylist()
    return [{k: v.isoformat() if isinstance(v, (date, datetime)) else v for k, v in row.items()} for row in rows]
