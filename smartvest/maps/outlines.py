"""What every map of the county shares: the towns' outlines as deck.gl polygons, the hatching, the view that fits."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pydeck as pdk
import shapely
from shapely import affinity

from smartvest import theme
from smartvest.maps import basemap

# px by which names move off their label point, so that ten of them fit on a county 330 px wide
NUDGES = {"05562020": [-4, -12], "05562032": [6, 10], "05562028": [0, -6], "05562008": [8, 4], "05562024": [-6, 0]}
DECIMALS = 4  # 7 m east, 11 m north: below one pixel at county scale
HATCH_DEG = 0.012  # distance of hatch lines in degrees of latitude, about 1.3 km
WORLD_PX = 512  # at zoom 0 the world's 360 degrees are 512 px wide
WIDTH, HEIGHT = (
    336,
    340,
)  # px the county fits into: a phone's 375 less margins. The server can't know the window's width,
# so wide screens show the same map in a narrower column, beside what can be compared with it.

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
    """Diagonal lines inside ``shape``: an area without a figure. Missing is never a colour of the scale."""
    west, south, east, north = shape.bounds
    centre = ((west + east) / 2, (south + north) / 2)
    reach = math.hypot(east - west, north - south)
    steps = int(reach / HATCH_DEG) + 1
    lines = [
        affinity.rotate(
            shapely.LineString(
                [(centre[0] - reach, centre[1] + i * HATCH_DEG), (centre[0] + reach, centre[1] + i * HATCH_DEG)]
            ),
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


def fitting_view(
    outlines: list[Geometry], width: int = WIDTH, height: int = HEIGHT, margin: float = 0.99
) -> pdk.ViewState:
    """The view that shows all ``outlines`` in ``width`` × ``height`` px (Web Mercator)."""
    west, south, east, north = shapely.total_bounds(outlines)
    middle = (south + north) / 2
    across = WORLD_PX / 360 * (east - west)
    upward = WORLD_PX / 360 * (north - south) / math.cos(math.radians(middle))
    zoom = math.log2(margin * min(width / across, height / upward))
    return pdk.ViewState(
        longitude=round((west + east) / 2, 4), latitude=round(middle, 4), zoom=round(zoom, 2), pitch=0, bearing=0
    )


def name_layers(
    towns: pd.DataFrame,
    mode: str,
    fill_of: dict[str, str] | None = None,
    size: int = 12,
    sign_of: dict[str, str] | None = None,
) -> list[pdk.Layer]:
    """Names at the label points with a halo; light letters on dark areas (``fill_of``: ags -> hex colour). ``sign_of``:
    ags -> a sign behind the name, for what must not be said by colour alone."""
    p = theme.palette(mode)
    ink, paper = theme.LIGHT.text, theme.LIGHT.background
    rows: dict[str, list[dict[str, Any]]] = {"ink": [], "paper": []}
    for ags, name, x, y in zip(towns["ags"], towns["name"], towns["longitude_deg"], towns["latitude_deg"], strict=True):
        fill = (fill_of or {}).get(ags, p.surface)
        better = "ink" if theme.contrast(ink, fill) >= theme.contrast(paper, fill) else "paper"
        place = {"position": [round(x, DECIMALS), round(y, DECIMALS)], "nudge": NUDGES.get(ags, [0, 0])}
        words = broken(name) + (f" {sign}" if (sign := (sign_of or {}).get(ags)) else "")
        rows[better].append({"words": words, **place})
    letters = "".join(row["words"] for found in rows.values() for row in found)
    return [
        pdk.Layer(
            "TextLayer", id=f"names-{which}", data=rows[which], get_position="position", get_text="words",
            get_size=size, get_pixel_offset="nudge", get_color=theme.rgb(colour), outline_color=theme.rgb(halo),
            outline_width=3, line_height=1.05, pickable=False,
            **lettering(letters),
        )
        for which, colour, halo in (("ink", ink, paper), ("paper", paper, ink))
    ]  # fmt: skip


def lettering(words: str, family: str = theme.FONT) -> dict[str, Any]:
    """Font settings of a TextLayer. pydeck takes an unquoted text, and a list of texts, for a JavaScript expression."""
    letters = "".join(sorted(set(words) - {"\n", "'"}))
    sdf = {"sdf": True, "fontSize": 48, "buffer": 8}
    return {"font_family": f"'{family}'", "font_weight": 600, "font_settings": sdf, "character_set": f"'{letters}'"}


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
        get_text="words", get_size=44, get_angle=20, get_color=theme.rgb(theme.palette(mode).text, 90), pickable=False,
        **lettering(words),
    )  # fmt: skip


def ground(p: theme.Palette, selected: bool = False, address: str = "") -> list[int]:
    """The fill of a town that says nothing but where it is. Over a basemap it lets the streets through; colours that mean
    something stay as the legend shows them. Alpha 1, not 0: a clear area can't be picked."""
    colour = p.accent_soft if selected else p.surface
    return theme.rgb(colour, (110 if selected else 1) if address else 255)


def filled(p: theme.Palette, selected: str | None, address: str = "") -> dict[str, Any]:
    """`ground` as an expression over the rows: they are the same whichever town is selected."""
    other, chosen = ground(p, address=address), ground(p, True, address)
    return {
        "get_fill_color": f"ags == '{selected or ''}' ? {chosen} : {other}",
        "update_triggers": {"getFillColor": [selected, other]},
    }


def deck(layers: list[Any], view: pdk.ViewState, mode: str, address: str = "") -> pdk.Deck:
    """No third party; a basemap only where ``address`` names our own tiles. The wheel scrolls the page, not the map; two
    fingers or a drag move the map."""
    p = theme.palette(mode)
    return pdk.Deck(
        layers=[*basemap.tiles(view, address, mode), *layers],
        initial_view_state=view,
        map_provider=None,
        views=[pdk.View(type="MapView", controller={"scrollZoom": False, "dragRotate": False, "touchRotate": False})],
        tooltip={  # type: ignore[arg-type]
            "text": "{label}",
            "style": {
                "backgroundColor": p.text,
                "color": p.background,
                "fontFamily": theme.FONT_STACK,
                "fontSize": "14px",
            },
        },
    )
