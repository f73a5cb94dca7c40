"""The 100 m grid: a small GeoPackage and CSV in the documented form (no real cell is made up for the product)."""

from __future__ import annotations

import csv
import io
import sqlite3
import struct
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartvest.contracts import load_sources
from smartvest.imports import settle
from smartvest.ingest import breitbandatlas_grid
from smartvest.ingest.breitbandatlas_grid_cells import Corner, corner_of_blob, corner_of_id, corner_of_point
from smartvest.ingest.records import Raw, SourceError

SOURCES = load_sources(Path(__file__).resolve().parents[2] / "data" / "sources.toml")
TODAY = date(2026, 11, 23)
LAYER = "Versorgungsdaten_Gitterzellen_Stand_20251231"
FIGURES = ["down_fn_hh_alle_30", "down_fn_hh_alle_100", "down_fn_hh_alle_1000", "down_fn_hh_ftthb_1000",
           "down_fn_hh_ftth_1000", "down_fn_hh_fttc_100", "down_fn_hh_sonst_30", "down_fn_gew_alle_1000"]  # fmt: skip
# (cell in hundreds of metres, EPSG:25832, key, figures): three cells of the county, one of a neighbour
CELLS = [
    ((3700, 57340), "05562016", [100.0, 100.0, 77.14, 77.14, 70.0, 88.0, 0.0, 5.0]),
    ((3701, 57340), "05562016", [100.0, 40.0, None, 0.0, 0.0, None, 0.0, None]),
    ((3630, 57240), "05562014", [25.5, 0.0, 0.0, 0.0, 0.0, 0.0, 25.5, 0.0]),
    ((4050, 57580), "05515000", [100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 0.0, 0.0]),
]


@pytest.fixture
def shape(tmp_path):
    def run(content: bytes, name: str, progress=None):
        path = tmp_path / "raw"
        path.write_bytes(content)
        shaped = breitbandatlas_grid.shape(Raw(name, path, datetime.now(UTC)), progress)
        tables, counts, _ = settle(shaped, SOURCES, TODAY)
        return tables["fibre_grid"], counts, shaped

    return run


def polygon(x: float, y: float, order: str = "<", envelope: bool = True, srs: int = 25832) -> bytes:
    """A square as OGC 12-128 writes it: "GP", version 0, flags (byte order, envelope), srs_id, envelope, WKB."""
    flags = (order == "<") | (2 if envelope else 0)
    head = b"GP\x00" + bytes([flags]) + struct.pack(f"{order}i", srs)
    if envelope:
        head += struct.pack(f"{order}4d", x, x + 100, y, y + 100)
    ring = [(x, y), (x + 100, y), (x + 100, y + 100), (x, y + 100), (x, y)]
    body = bytes([order == "<"]) + struct.pack(f"{order}III", 3, 1, len(ring))
    return head + body + b"".join(struct.pack(f"{order}2d", *point) for point in ring)


def geopackage(path: Path, rows=CELLS, layer: str = LAYER, with_id: bool = True, order: str = "<") -> bytes:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA application_id = 1196444487")  # "GPKG"
    connection.executescript(
        """CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
             organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
             description TEXT);
           CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
             description TEXT DEFAULT '', last_change DATETIME, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
             srs_id INTEGER);
           CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
             geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL);
           INSERT INTO gpkg_spatial_ref_sys VALUES ('UTM 32N', 25832, 'EPSG', 25832, 'undefined', NULL);"""
    )
    ident = "raster_id TEXT, raster_rowid INTEGER," if with_id else ""
    columns = ", ".join(f"{name} FLOAT" for name in FIGURES)
    connection.execute(f'CREATE TABLE "{layer}" (id INTEGER PRIMARY KEY, geom POLYGON, {ident} ags TEXT, {columns})')
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, 25832)",
        (layer, layer),
    )
    connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POLYGON', 25832, 0, 0)", (layer,))
    for number, ((east, north), ags, figures) in enumerate(rows, start=1):
        ids = [f"100mN{north}E{east}", number] if with_id else []
        cells = [number, polygon(east * 100, north * 100, order), *ids, ags, *figures]
        connection.execute(f'INSERT INTO "{layer}" VALUES ({",".join("?" * len(cells))})', cells)
    connection.commit()
    connection.close()
    return path.read_bytes()


def as_csv(rows=CELLS, delimiter=";", comma=False, position="id", key=lambda ags: ags, end="\n") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    heads = {"id": ["raster_id"], "corner": ["x", "y"], "middle": ["x_mp_100m", "y_mp_100m"], "wkt": ["wkt"]}[position]
    writer.writerow([*heads, "ags", *FIGURES])
    for (east, north), ags, figures in rows:
        x, y = east * 100, north * 100
        ring = f"{x} {y}, {x + 100} {y}, {x + 100} {y + 100}, {x} {y + 100}, {x} {y}"
        forms = {"id": [f"100mN{north}E{east}"], "corner": [x, y], "middle": [x + 50, y + 50]}
        place = forms.get(position, [f"POLYGON (({ring}))"])
        cells = ["" if figure is None else str(figure).replace(".", "," if comma else ".") for figure in figures]
        writer.writerow([*place, key(ags), *cells])
    return out.getvalue().encode()


EXPECTED = [
    ("05562016", 25832, 370000, 5734000, 100.0, 100.0, 77.14, 77.14, 88.0),
    ("05562016", 25832, 370100, 5734000, 100.0, 40.0, None, 0.0, None),
    ("05562014", 25832, 363000, 5724000, 25.5, 0.0, 0.0, 0.0, 0.0),
]


def seen(table):
    names = ["ags", "epsg", "x_m", "y_m", "any_30_pct", "any_100_pct", "any_1000_pct", "fttbh_1000_pct", "dsl_100_pct"]
    return [tuple(row[name] for name in names) for row in table.to_pylist()]


@pytest.mark.parametrize("with_id", [True, False])
@pytest.mark.parametrize("order", "<>")
def test_geopackage(shape, tmp_path, with_id, order):
    calls = []
    content = geopackage(tmp_path / "g.gpkg", with_id=with_id, order=order)
    table, counts, _ = shape(content, "grid.gpkg", lambda done, total: calls.append((done, total)))
    assert seen(table) == EXPECTED
    assert set(table.column("as_of").to_pylist()) == {date(2025, 12, 31)}
    assert table.column("cell")[0].as_py() == "100mN57340E3700"
    assert (counts.records_in, counts.published, counts.out_of_scope) == (4, 3, 1)
    assert calls[-1] == (len(content), len(content))
    assert all(0 <= done <= total for done, total in calls)


def test_corners_in_degrees(shape, tmp_path):
    table, _, _ = shape(geopackage(tmp_path / "g.gpkg"), "grid.gpkg")
    from pyproj import Transformer

    back = Transformer.from_crs(4326, 25832, always_xy=True)
    for row in table.to_pylist():
        x, y = back.transform(row["longitude_deg"], row["latitude_deg"])
        assert abs(x - row["x_m"]) < 0.1 and abs(y - row["y_m"]) < 0.12


def test_zip_with_a_readme(shape, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ReadMe.txt", "Beschreibung")
        archive.writestr("gitter/g.gpkg", geopackage(tmp_path / "g.gpkg", layer="gitterzellen"))
    table, _, _ = shape(packed.getvalue(), "Versorgungsdaten_Gitterzellen_Stand_20251231_gpkg.zip")
    assert seen(table) == EXPECTED and table.column("as_of")[0].as_py() == date(2025, 12, 31)


@pytest.mark.parametrize("position", ["id", "corner", "middle", "wkt"])
@pytest.mark.parametrize("delimiter, comma", [(";", True), (";", False), (",", False), ("\t", True)])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_forms(shape, position, delimiter, comma, end):
    content = as_csv(delimiter=delimiter, comma=comma, position=position, end=end, key=lambda ags: ags.lstrip("0"))
    table, counts, _ = shape(content, "gitter_12_2025.csv")
    assert seen(table) == EXPECTED
    assert (counts.records_in, counts.published, counts.out_of_scope) == (4, 3, 1)


def test_inspire_cells(shape):
    rows = [((41230, 31870), "05562016", CELLS[0][2])]
    table, counts, _ = shape(as_csv(rows), "2025_12.csv")
    assert table.column("epsg").to_pylist() == [3035] and table.column("x_m").to_pylist() == [4_123_000]
    assert 51.4 < table.column("latitude_deg")[0].as_py() < 51.9
    same = as_csv(rows).replace(b"100mN31870E41230", b"CRS3035RES100mN3187000E4123000")
    other, _, _ = shape(same, "2025_12.csv")
    assert other.column("x_m").to_pylist() == [4_123_000]


def test_bad_cells_are_quarantined_and_counted(shape):
    good = CELLS[0]
    rows = [
        good,
        good,
        (good[0], good[1], [99.0, *good[2][1:]]),
        ((3702, 57340), "05562016", [101.0, *good[2][1:]]),
        ((3703, 57340), "05562999", good[2]),
        ((3704, 51000), "05562016", good[2]),  # far to the south of the county
    ]
    content = as_csv(rows) + b"100mNxE1;05562016" + b";1" * 8 + b"\n05562016;short\n"
    table, counts, _ = shape(content, "2025_12.csv")
    assert table.num_rows == 1
    assert (counts.records_in, counts.published, counts.duplicates) == (8, 1, 1)
    assert {k: v for k, v in counts.reasons.items() if k != "below_minimum"} == {
        "conflicting_duplicate": 1, "out_of_range": 1, "unknown_area": 1, "no_position": 1, "field_count": 1
    }  # fmt: skip
    assert counts.reasons["below_minimum"] == 1


@pytest.mark.parametrize(
    "content, name, words",
    [
        (b"", "a_2025_12.csv", "ags"),
        (b"<html>nicht gefunden", "a.zip", "HTML"),
        (b"a;b;c\n1;2;3\n", "a_2025_12.csv", "ags"),
        (b"ags;raster_id;name\n1;2;3\n", "a_2025_12.csv", "down_fn"),
        (b"ags;raster_id;down_fn_hh_alle_30\n", "a_2025_12.csv", "no cells"),
        (b"ags;raster_id;down_fn_hh_alle_30\n05562016;100mN57340E3700;1\n", "a.csv", "Stand_20251231"),
        (b"SQLite format 3\x00" + bytes(200), "a_2025_12.gpkg", "GeoPackage"),
        (b"PK\x03\x04" + bytes(50), "a_2025_12.zip", "zip"),
        (b"ags;x;y;down_fn_hh_alle_30\n" + b"1" * 1_100_000, "a_2025_12.csv", "more than"),
    ],
)
def test_refused_with_advice(shape, content, name, words):
    with pytest.raises(SourceError, match=words):
        shape(content, name)


def test_ids_points_and_geometries():
    assert corner_of_id("100mN52682E3982") == Corner(398200, 5268200, 25832)
    assert corner_of_id("100mN26840E43341") == Corner(4334100, 2684000, 3035)
    assert corner_of_id("CRS3035RES100mN2684050E4334100") is None and corner_of_id("1kmN2684E4334") is None
    assert corner_of_point(398250, 5268250) == corner_of_point(398200, 5268200) == Corner(398200, 5268200, 25832)
    assert corner_of_point(398220, 5268250) is None and corner_of_point(float("nan"), 1) is None
    assert corner_of_blob(polygon(398200, 5268200, envelope=False)) == Corner(398200, 5268200, 25832)
    assert corner_of_blob(polygon(398200, 5268200, srs=4326)) is None and corner_of_blob(b"GP") is None


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(lambda tail: as_csv() + tail),
        st.text("0123456789;,\n\"'. -5562", max_size=120).map(lambda tail: as_csv() + tail.encode()),
    ),
    st.sampled_from(["a_2025_12.csv", "a_2025_12.gpkg"]),
)
def test_any_bytes_are_refused_or_counted(shape, content, name):
    try:
        _, counts, _ = shape(content, name)
    except SourceError:
        return
    assert counts.records_in == counts.published + counts.out_of_scope + counts.duplicates + counts.quarantined


@pytest.fixture
def whole(tmp_path) -> bytes:
    return geopackage(tmp_path / "whole.gpkg")


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000_000), st.binary(min_size=1, max_size=60))
def test_a_damaged_geopackage_is_refused_or_counted(shape, whole, where, change):
    content = bytearray(whole)
    where %= len(content)
    content[where : where + len(change)] = change
    try:
        _, counts, _ = shape(bytes(content), "a_2025_12.gpkg")
    except SourceError:
        return
    assert counts.records_in == counts.published + counts.out_of_scope + counts.duplicates + counts.quarantined
