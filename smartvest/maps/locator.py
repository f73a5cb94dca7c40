"""A small drawing of the county with one town filled in: SVG as text, for the town page and for print. Pure."""

from __future__ import annotations

import json
import math
from html import escape

import pandas as pd

from smartvest import theme

WIDTH = 320  # px of the viewBox; the page scales it
SIMPLE = 0.6  # px: points closer than this to the last one are left out


def locator(towns: pd.DataFrame, selected: str | None, mode: str = "light") -> str:
    """``towns``: ags, name, geometry_geojson (WGS 84). Returns an <svg>; what it shows is said by its alt text.

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
    names = dict(zip(towns["ags"], towns["name"], strict=True))
    paths = [
        f'<path d="{_path(shape, place)}" fill="{p.accent if ags == selected else p.surface}" stroke="{p.border}">'
        f"<title>{escape(names[ags])}</title></path>"
        for ags, shape in sorted(shapes.items(), key=lambda pair: pair[0] == selected)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {WIDTH + 4} {height + 4}" width="{WIDTH + 4}" '
        f'height="{height + 4}">{"".join(paths)}</svg>'
    )


def _rings(shape: dict):
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    for polygon in polygons:
        yield from polygon


def _path(shape: dict, place) -> str:
    parts = []
    for ring in _rings(shape):
        last = None
        steps = []
        for point in ring:
            x, y = place(point)
            if last is None or abs(x - last[0]) + abs(y - last[1]) > SIMPLE:
                steps.append(f"{x:.1f} {y:.1f}")
                last = (x, y)
        parts.append("M" + "L".join(steps) + "Z")
    return "".join(parts)
