"""The optional basemap under a map: one bitmap a tile, darkened at night. Pure; where tiles come from: smartvest/basemap.py.

deck.gl's TileLayer can't draw pictures from JSON (it wants a function that makes the layer of a tile), so the tiles of
the view are listed. Who zooms in sees them larger, and no further ones are loaded.
"""

from __future__ import annotations

import math

import pydeck as pdk

from smartvest.basemap import ZOOMS, column_row, ours

WIDTH, HEIGHT = 800, 480  # px of the widest column a map stands in; beyond the county there are no tiles anyway
MOST = 48  # tiles in one map
NIGHT = [96, 108, 112]  # multiplied with the light grey tiles


def tiles(view: pdk.ViewState, address: str, mode: str = "light") -> list[pdk.Layer]:
    """The layers of the tiles that ``view`` shows; none for an empty ``address`` (with {z}, {x} and {y})."""
    if not address:
        return []
    zoom = min(max(math.ceil(view.zoom) + 1, ZOOMS.start), ZOOMS.stop - 1)  # a tile of the grid has 256 px, deck's 512
    found = _shown(view, zoom)
    while len(found) > MOST and zoom > ZOOMS.start:
        zoom -= 1
        found = _shown(view, zoom)
    return [
        pdk.Layer(
            "BitmapLayer",
            id=f"ground-{zoom}-{column}-{row}",
            image=pdk.types.String(address.format(z=zoom, x=column, y=row)),
            bounds=[*corner(zoom, column, row + 1), *corner(zoom, column + 1, row)],
            tint_color=NIGHT if mode == "dark" else [255, 255, 255],
            pickable=False,
        )
        for column, row in found
    ]


def corner(zoom: int, column: int, row: int) -> tuple[float, float]:
    """Longitude and latitude in degrees of the north-west corner of a tile."""
    longitude = column / 2**zoom * 360 - 180
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**zoom))))
    return round(longitude, 6), round(latitude, 6)


def _shown(view: pdk.ViewState, zoom: int) -> list[tuple[int, int]]:
    column, row = column_row(view.longitude, view.latitude, zoom)
    px = 512 * 2 ** (view.zoom - zoom)  # of a tile on the screen
    return [
        (x, y)
        for y in range(math.floor(row - HEIGHT / 2 / px), math.floor(row + HEIGHT / 2 / px) + 1)
        for x in range(math.floor(column - WIDTH / 2 / px), math.floor(column + WIDTH / 2 / px) + 1)
        if ours((zoom, x, y))
    ]
