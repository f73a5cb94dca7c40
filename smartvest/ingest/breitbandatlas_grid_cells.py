"""One cell of the 100 m grid: where its south-west corner lies, told by its id, its geometry or two coordinates.

Known from public programs that read Versorgungsdaten_Gitterzellen_Stand_20251231.gpkg: the columns ``raster_id``
("100mN52682E3982", hundreds of metres in EPSG:25832, the BKG's UTM grid), ``ags``, ``geom`` (polygons, EPSG:25832) and
``down_fn_hh_<technology>_<speed>``. The other forms read here (INSPIRE ids in EPSG:3035, midpoints ``x_mp``/``y_mp``)
are those of the census grid, on which the older exchange of the same data was built.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

SIDE_M = 100
UTM32, LAEA = 25832, 3035
# Germany: northings of 5.2 to 6.1 million in UTM zone 32, of 2.6 to 3.6 million in LAEA Europe; nothing between.
_BETWEEN = 4_500_000

_SHORT_ID = re.compile(r"100mN([0-9]{4,5})E([0-9]{4,5})", re.IGNORECASE)
_LONG_ID = re.compile(r"(?:CRS(3035|25832))?RES100mN([0-9]{6,7})E([0-9]{6,7})", re.IGNORECASE)
_WKT_POINT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s+(-?[0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True)
class Corner:
    """South-west corner of a cell in metres."""

    x_m: int
    y_m: int
    epsg: int

    @property
    def name(self) -> str:
        """The id the grid gives this cell, for files that have none of their own."""
        return f"100mN{self.y_m // SIDE_M}E{self.x_m // SIDE_M}"


def corner_of_id(text: str) -> Corner | None:
    """``100mN52682E3982`` and ``CRS3035RES100mN2684000E4334100``; None for anything else."""
    if match := _SHORT_ID.fullmatch(text.strip()):
        north, east = int(match[1]) * SIDE_M, int(match[2]) * SIDE_M
        return Corner(east, north, UTM32 if north > _BETWEEN else LAEA)
    if match := _LONG_ID.fullmatch(text.strip()):
        north, east = int(match[2]), int(match[3])
        if north % SIDE_M or east % SIDE_M:
            return None
        return Corner(east, north, int(match[1] or 0) or (UTM32 if north > _BETWEEN else LAEA))
    return None


def corner_of_point(x: float, y: float, epsg: int = 0) -> Corner | None:
    """The cell whose corner or midpoint this is; None for a point that is neither (to one metre)."""
    if not (0 < x < 10_000_000 and 0 < y < 10_000_000):
        return None
    for shift in (0, SIDE_M / 2):
        column, row = round((x - shift) / SIDE_M), round((y - shift) / SIDE_M)
        if abs(x - shift - column * SIDE_M) <= 1 and abs(y - shift - row * SIDE_M) <= 1:
            return Corner(column * SIDE_M, row * SIDE_M, epsg or (UTM32 if y > _BETWEEN else LAEA))
    return None


def corner_of_wkt(text: str) -> Corner | None:
    """POINT or POLYGON as text."""
    points = [(float(x), float(y)) for x, y in _WKT_POINT.findall(text[:4000])]
    return corner_of_point(min(x for x, _ in points), min(y for _, y in points)) if points else None


def corner_of_blob(blob: bytes) -> Corner | None:
    """A GeoPackage geometry: "GP", version, flags, srs_id, an optional envelope, then WKB."""
    try:
        if blob[:2] != b"GP" or blob[3] & 0x10:  # 0x10: empty geometry
            return None
        order = "<" if blob[3] & 1 else ">"
        epsg = struct.unpack_from(f"{order}i", blob, 4)[0]
        envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[blob[3] >> 1 & 7]
        points = list(_points(blob, 8 + envelope))
    except (struct.error, IndexError, KeyError):
        return None
    if not points or epsg not in (UTM32, LAEA):
        return None
    return corner_of_point(min(x for x, _ in points), min(y for _, y in points), epsg)


def _points(blob: bytes, at: int):
    """Coordinates of a WKB point, polygon or a multipolygon's first polygon; Z and M values are skipped."""
    order = "<" if blob[at] == 1 else ">"
    code = struct.unpack_from(f"{order}I", blob, at + 1)[0]
    kind, extra = code % 1000, (0, 1, 1, 2)[code // 1000 % 4]
    size = 8 * (2 + extra)
    if kind == 6:
        yield from _points(blob, at + 9)
    elif kind == 1:
        yield struct.unpack_from(f"{order}2d", blob, at + 5)
    elif kind == 3:
        count = struct.unpack_from(f"{order}I", blob, at + 9)[0]  # of the first ring
        for number in range(min(count, 1000)):
            yield struct.unpack_from(f"{order}2d", blob, at + 13 + number * size)
