"""Which town a point lies in, by the published outlines."""

from __future__ import annotations

import pyarrow as pa
import shapely


class Outlines:
    """The towns' outlines, prepared once for many points. ``towns``: a table with ``ags`` and ``geometry_geojson``."""

    def __init__(self, towns: pa.Table) -> None:
        pairs = sorted(zip(*(towns.column(c).to_pylist() for c in ("ags", "geometry_geojson")), strict=True))
        self._keys = [ags for ags, _ in pairs]
        self._shapes = [shapely.from_geojson(geometry) for _, geometry in pairs]
        shapely.prepare(self._shapes)
        self._box = shapely.total_bounds(self._shapes)

    def town_of(self, longitude: float, latitude: float) -> str | None:
        """The key of the town the point (WGS 84, degrees) lies in or on the border of; None outside the county."""
        west, south, east, north = self._box
        if not (west <= longitude <= east and south <= latitude <= north):
            return None
        point = shapely.Point(longitude, latitude)
        return next((ags for ags, s in zip(self._keys, self._shapes, strict=True) if s.intersects(point)), None)


def published_outlines() -> Outlines | None:
    """The outlines of the towns imported last; None before the first import of the boundaries."""
    try:
        from smartvest.imports import latest_table
    except ImportError:
        return None
    towns = latest_table("towns")
    return Outlines(towns) if towns is not None and towns.num_rows else None
