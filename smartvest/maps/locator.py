"""A small drawing of the county's towns as SVG, for the town page and for print. Pure.

One file for all towns: its address says after a # which one is filled in (`#t05562024`), so a browser fetches it once.
"""

from __future__ import annotations

import json
import math
from html import escape

import pandas as pd

from smartvest import theme

WIDTH = 320  # px of the viewBox; the page scales it
SIMPLE = 0.6  # px: points closer than this to the last one are left out
FINE = 10  # units a px; whole numbers and steps from point to point are half as long as decimals


def locator(towns: pd.DataFrame, mode: str = "light", selected: str | None = None) -> str:
    """``towns``: ags, name, geometry_geojson (WGS 84). Returns an <svg>; what it shows is said by its alt text.
    ``selected`` is filled in whatever the address says: for a file that somebody keeps.

    Equirectangular at the county's middle latitude: over its 45 km that is off by less than one pixel.
    """
    shapes = {row.ags: json.loads(row.geometry_geojson) for row in towns.itertuples()}
    points = [p for shape in shapes.values() for ring in _rings(shape) for p in ring]
    if not points:
        return ""
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze)
    height = round((north - south) * scale)

    def place(point: list[float]) -> tuple[float, float]:
        return (point[0] - west) * squeeze * scale, (north - point[1]) * scale

    p = theme.palette(mode)
    fill = {selected: f' style="fill:{p.accent}"'}
    paths = "".join(
        f'<path id="t{row.ags}"{fill.get(row.ags, "")} d="{_path(shapes[row.ags], place)}"><title>{escape(row.name)}</title></path>'
        for row in towns.itertuples()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-2 * FINE} {-2 * FINE} {(WIDTH + 4) * FINE} '
        f'{(height + 4) * FINE}" width="{WIDTH + 4}" height="{height + 4}"><style>path{{fill:{p.surface};stroke:'
        f"{p.border};stroke-width:{FINE}}}path:target{{fill:{p.accent}}}</style>{paths}</svg>"
    )


def _rings(shape: dict):
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    for polygon in polygons:
        yield from polygon


def _path(shape: dict, place) -> str:
    parts = []
    for ring in _rings(shape):
        at: tuple[int, int] | None = None
        for point in ring:
            x, y = (round(part * FINE) for part in place(point))
            if at is None:
                parts.append(f"M{x} {y}l")
            elif abs(x - at[0]) + abs(y - at[1]) > SIMPLE * FINE:
                parts.append(f"{x - at[0]} {y - at[1]} ")
            else:
                continue
            at = (x, y)
        parts[-1] = parts[-1].rstrip()
        parts.append("z")
    return "".join(parts).replace(" -", "-")
