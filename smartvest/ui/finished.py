"""Charts and maps made ready for sending: what `drawn.once` keeps, small and without the tables they came from.

Turning an Altair chart or a pydeck deck into what goes to the browser costs 5 to 40 ms each time Streamlit does it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from smartvest.charts.compact import compact
from smartvest.charts.frame import Picture


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
    """A deck as JSON, with what Streamlit asks of a pydeck.Deck."""

    json: str
    _tooltip: dict[str, Any] | None
    layers: tuple[Any, ...] = ()  # Streamlit looks for tables in them; ours are already in the JSON

    def to_json(self) -> str:
        return self.json


def chart(picture: Picture | Chart) -> Chart:
    """Not compared with Vega-Lite's schema: that is a third of the time, and tests do it."""
    if isinstance(picture, Chart):
        return picture
    spec = compact(picture.plot.to_dict(validate=False))
    return Chart(spec, picture.title, picture.subtitle, picture.foot, picture.summary)


def county_map(deck: Any) -> Any:
    """A Map of a pydeck.Deck, which st.pydeck_chart takes for one. Without pydeck's indentation it is half as long."""
    if isinstance(deck, Map):
        return deck
    short = json.dumps(json.loads(deck.to_json()), separators=(",", ":"), ensure_ascii=False)
    return Map(short, getattr(deck, "_tooltip", None))


def drawable(picture: Picture | Chart) -> dict[str, Any]:
    """The specification as vl-convert draws it."""
    return picture.plot.to_dict() if isinstance(picture, Picture) else picture.spec
