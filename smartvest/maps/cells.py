"""Cells of the 100 m grid as areas: the square of each for GeoJSON, all of one class as one area for a picture. Pure."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import shapely

SIDE_M = 100
DECIMALS = 6  # of a degree: 0.1 m, as the corners are published in the snapshot


def squares(epsg: np.ndarray, x_m: np.ndarray, y_m: np.ndarray) -> list[str]:
    """One GeoJSON Polygon a cell (degrees, WGS 84, counter-clockwise as RFC 7946 wants) from its south-west corner in
    metres of the coordinate system ``epsg``."""
    out = np.empty((len(x_m), 5, 2))
    for corner, (right, up) in enumerate([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]):
        for code in np.unique(epsg):
            here = epsg == code
            points = _to_degrees(int(code)).transform(x_m[here] + right * SIDE_M, y_m[here] + up * SIDE_M)
            out[here, corner] = np.column_stack(points)
    return [_polygon(ring) for ring in np.round(out, DECIMALS).tolist()]


def merged(cells: pd.DataFrame) -> Any:
    """All ``cells`` (epsg, x_m, y_m) as one shapely area in degrees: 80,000 squares are a few thousand corners."""
    parts = []
    for code, own in cells.groupby("epsg"):
        x, y = own["x_m"].to_numpy(float), own["y_m"].to_numpy(float)
        area = shapely.simplify(shapely.coverage_union_all(shapely.box(x, y, x + SIDE_M, y + SIDE_M)), 0)
        to_degrees = _to_degrees(int(code))  # type: ignore[call-overload]
        parts.append(shapely.transform(area, to_degrees.transform, interleaved=False))
    return shapely.union_all(parts)


def _polygon(ring: list[list[float]]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [ring]}, separators=(",", ":"))


@cache
def _to_degrees(epsg: int) -> Any:
    from pyproj import Transformer  # 12 MB that only a download of cells needs

    return Transformer.from_crs(epsg, 4326, always_xy=True)
