"""What every map of the county shares: the towns' outlines as deck.gl polygons, the hatching, the view that fits."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pydeck as pdk
import shapely
from shapely import affinity

from smartvest import theme

DECIMALS = 4  # 7 m east, 11 m north: below one pixel at county scale
HATCH_DEG = 0.012  # distance of hatch lines in degrees of latitude, about 1.3 km
ZOOM_OF_ONE_DEGREE = 360  # at zoom 0 the world is 512 px wide for 360 degrees

Geometry = shapely.Polygon | shapely.MultiPolygon


def shapes(towns: pd.DataFrame) -> dict[str, Geometry]:
    """ags -> outline, from the column ``geometry_geojson``."""
    return {
        ags: shapely.set_precision(shapely.from_geojson(words), 10**-DECIMALS)
        for ags, words in zip(towns["ags"], towns["geometry_geojson"], strict=True)
    }


def rings(shape: Geometry) -> list[list[list[float]]]:
    """The outer rings as deck.gl paths (the ten towns have no holes)."""
    parts = shape.geoms if isinstance(shape, shapely.MultiPolygon) else [shape]
    return [[[round(x, DECIMALS), round(y, DECIMALS)] for x, y in part.exterior.coords] for part in parts]


def hatch(shape: Geometry) -> list[list[list[float]]]:
    """Diagonal lines inside ``shape``: how an area without a figure is drawn. Missing is never a colour of the scale."""
    west, south, east, north = shape.bounds
    centre = ((west + east) / 2, (south + north) / 2)
    reach = math.hypot(east - west, north - south)
    steps = int(reach / HATCH_DEG) + 1
    lines = [
        affinity.rotate(
            shapely.LineString([(centre[0] - reach, centre[1] + i * HATCH_DEG), (centre[0] + reach, centre[1] + i * HATCH_DEG)]),
            45,
            origin=centre,
        )
        for i in range(-steps, steps + 1)
    ]
    cut = shapely.intersection(shapely.MultiLineString(lines), shape)
    parts = cut.geoms if hasattr(cut, "geoms") else [cut]
    return [
        [[round(x, DECIMALS), round(y, DECIMALS)] for x, y in part.coords]
        for part in parts
        if isinstance(part, shapely.LineString) and not part.is_empty
    ]


def fitting_view(outlines: list[Geometry], width: int, height: int, margin: float = 0.94) -> pdk.ViewState:
    """The view that shows all ``outlines`` in ``width`` × ``height`` px (Web Mercator)."""
    west, south, east, north = shapely.total_bounds(outlines)
    middle = (south + north) / 2
    across = 512 / ZOOM_OF_ONE_DEGREE * (east - west)
    upward = 512 / ZOOM_OF_ONE_DEGREE * (north - south) / math.cos(math.radians(middle))
    zoom = math.log2(margin * min(width / across, height / upward))
    return pdk.ViewState(longitude=round((west + east) / 2, 4), latitude=round(middle, 4), zoom=round(zoom, 2), pitch=0, bearing=0)


def name_layer(towns: pd.DataFrame, mode: str, size: int = 13) -> pdk.Layer:
    """Names at the label points, with a halo of the ground colour."""
    p = theme.palette(mode)
    rows = [
        {"words": broken(name), "position": [round(x, DECIMALS), round(y, DECIMALS)]}
        for name, x, y in zip(towns["name"], towns["longitude_deg"], towns["latitude_deg"], strict=True)
    ]
    letters = sorted(set("".join(row["words"] for row in rows)))
    return pdk.Layer(
        "TextLayer", id="names", data=rows, get_position="position", get_text="words", get_size=size,
        get_color=theme.rgb(p.text), outline_color=theme.rgb(p.halo), outline_width=4,
        font_settings={"sdf": True, "fontSize": 48, "buffer": 8}, font_family=theme.FONT_STACK, font_weight=600,
        character_set=letters, line_height=1.05, pickable=False,
    )  # fmt: skip


def broken(name: str) -> str:
    """A long name on two lines, so that ten of them fit on a phone: "Oer-\\nErkenschwick", "Haltern\\nam See"."""
    if len(name) < 12:
        return name
    return name.replace("-", "-\n", 1) if "-" in name else name.replace(" ", "\n", 1)


def sample_layer(outlines: list[Geometry], words: str, mode: str) -> pdk.Layer:
    """*Beispieldaten* across the county: whoever cuts out the picture keeps it."""
    centre = shapely.union_all(outlines).centroid
    return pdk.Layer(
        "TextLayer", id="sample", data=[{"words": words, "position": [centre.x, centre.y]}], get_position="position",
        get_text="words", get_size=44, get_angle=20, get_color=theme.rgb(theme.palette(mode).text, 90), font_weight=600,
        font_family=theme.FONT_STACK, character_set=sorted(set(words)), pickable=False,
    )  # fmt: skip


def deck(layers: list[Any], view: pdk.ViewState, mode: str) -> pdk.Deck:
    """No basemap, no third party. The wheel scrolls the page, not the map; two fingers or a drag move the map."""
    p = theme.palette(mode)
    return pdk.Deck(
        layers=layers,
        initial_view_state=view,
        map_provider=None,
        views=[pdk.View(type="MapView", controller={"scrollZoom": False, "dragRotate": False, "touchRotate": False})],
        tooltip={  # type: ignore[arg-type]
            "text": "{label}",
            "style": {"backgroundColor": p.text, "color": p.background, "fontFamily": theme.FONT_STACK, "fontSize": "14px"},
        },
    )


def as_paths(shape_of: dict[str, Geometry]) -> list[dict[str, Any]]:
    """Rows for a PathLayer: one a ring."""
    return [{"path": ring, "ags": ags} for ags, shape in shape_of.items() for ring in rings(shape)]


