"""The charging register in its three layouts: where a station is, what is counted, what is not."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartvest.contracts import check, check_whole, load_sources
from smartvest.ingest import charging_points
from smartvest.ingest.outlines import Outlines, published_outlines
from smartvest.ingest.records import Raw, SourceError
from smartvest.towns import TOWNS

ROOT = Path(__file__).parents[2]
SOURCE = load_sources(ROOT / "data" / "sources.toml")["charging_points"]
RECORDED = Path(os.environ.get("SMARTVEST_RECORDED", ROOT.parent / "shared" / "recorded")) / "ladesaeulen"


def square(i: int) -> str:
    """The i-th of ten squares side by side from 7.0° east, each 0.05° wide."""
    w, e = 7 + i * 0.05, 7.05 + i * 0.05
    return json.dumps({"type": "Polygon", "coordinates": [[[w, 51.6], [e, 51.6], [e, 51.7], [w, 51.7], [w, 51.6]]]})


TABLE = pa.table({"ags": list(TOWNS), "geometry_geojson": [square(i) for i in range(10)]})
OUTLINES = Outlines(TABLE)


def shape(content: bytes, tmp_path: Path, monkeypatch=None, outlines=OUTLINES, name="Ladesaeulen_2020-05-01.csv"):
    path = tmp_path / "file"
    path.write_bytes(content)
    if monkeypatch:
        monkeypatch.setattr(charging_points, "published_outlines", lambda: outlines)
    shaped = charging_points.shape(Raw(name, path, datetime.now(UTC)))
    table = shaped.tables["charging_points"]
    published = shaped.records_in - shaped.out_of_scope - shaped.duplicates - sum(r.count for r in shaped.rejected)
    assert published == sum(table.column("_records").to_pylist())
    assert table.drop_columns(["_records"]).schema == SOURCE.arrow_schema()
    return shaped


def counts(shaped) -> dict[str, tuple[int, int]]:
    rows = shaped.tables["charging_points"].to_pylist()
    return {row["ags"]: (row["charging_stations"], row["charging_points"]) for row in rows}


# --- 2026: CSV, BOM, decimal comma, IDs ----------------------------------------------------------------------------

HEADER_2026 = (
    "Ladeeinrichtungs-ID;Betreiber;Status;Anzahl Ladepunkte;Postleitzahl;Ort;Kreis/kreisfreie Stadt;Bundesland;"
    "Breitengrad;Längengrad;Steckertypen1;Public Key1"
)
PREAMBLE_2026 = "Ladesäulenregister Bundesnetzagentur;;\n;;\nHinweis: Die Liste, aller Betreiber, ;;\n"
PREAMBLE_2026 += "Letzte Aktualisierung vom: 01.09.2026;;\n;;\nAllgemeine Informationen;;\n"


def row_2026(key="1", status="In Betrieb", points="2", plz="45657", ort="Recklinghausen", lat="51,65", lon="7,42"):
    county, land = "Landkreis Recklinghausen", "Nordrhein-Westfalen"
    return f'{key};"A; B";{status};{points};{plz};{ort};{county};{land};{lat};{lon};"22; 3,7";"3059\n3013 ""x"""'


def csv_2026(*rows: str) -> bytes:
    return ("\ufeff" + PREAMBLE_2026 + "\n".join([HEADER_2026, *rows]) + "\n").replace("\n", "\r\n").encode()


def test_2026(tmp_path, monkeypatch):
    rows = [
        row_2026("1"),
        row_2026("2", points="4", lon="7,02"),
        row_2026("1", points="9"),
        row_2026("3", status="Außer Betrieb"),
        row_2026("4", lon="9,65"),
        row_2026("5", points=""),
        row_2026("6", points='"22; 3,7"'),
        row_2026("7", points="0"),
        row_2026("8", points="2,5"),
        row_2026("9", lat="", lon=""),
        row_2026("10", lat="0", lon="n/a", plz="", ort=""),
        "11;too;few",
        row_2026("12") + ";more",
        row_2026("13", lat="7,42", lon="51,65"),
    ]
    shaped = shape(csv_2026(*rows), tmp_path, monkeypatch)
    assert counts(shaped) == {"05562004": (1, 4), "05562032": (3, 6)}
    assert (shaped.records_in, shaped.out_of_scope, shaped.duplicates) == (14, 2, 1)
    assert [r.reason for r in shaped.rejected] == [
        "missing_value",
        "not_a_number",
        "out_of_range",
        "not_a_number",
        "no_location",
        "wrong_field_count",
        "wrong_field_count",
    ]
    assert set(shaped.tables["charging_points"].column("as_of").to_pylist()) == {date(2026, 9, 1)}
    notes = "\n".join(shaped.notes)
    for words in ("status Außer Betrieb: 1", "no usable coordinates: 1", "excerpt", "different towns"):
        assert words in notes


def test_without_outlines_the_address_decides(tmp_path, monkeypatch):
    rows = [
        row_2026("1", plz="45721", ort="irgendwo", lon="7,02"),
        row_2026("2", plz="79618", ort="Herten"),
        row_2026("3", plz="", ort="Haltern"),
        row_2026("4", plz="", ort="Herten").replace("Landkreis Recklinghausen", "Landkreis Lörrach"),
        row_2026("5", plz="45770.0", ort="Marl"),
    ]
    shaped = shape(csv_2026(*rows), tmp_path, monkeypatch, outlines=None)
    assert counts(shaped) == {"05562016": (2, 4), "05562024": (1, 2)}
    assert shaped.out_of_scope == 2
    assert "no boundaries" in shaped.notes[-1]


# --- 2017 and 2019: postcode and place in one column, longitude first, no IDs ----------------------------------------

TITLES = ["Betreiber", "Adresse", "Postleitzahl Ort", "Bundesland", "Längengrad [DG]", "Breitengrad [DG]"]
TITLES += ["Inbetriebnahmedatum", "Anschlussleistung [kW]", "Art der Ladeeinrichtung", "Anzahl Ladepunkte"]
TITLES += ["Steckertypen1", "P1 [kW]", "Public Key1", "Steckertypen2", "P2 [kW]", "Public Key2"]


def row_2019(lon=7.12, lat=51.65, points: object = 2, place="46282 Dorsten") -> list:
    return [
        "innogy",
        "Platz 1",
        place,
        "Nordrhein-Westfalen",
        lon,
        lat,
        "x",
        44,
        "Normal",
        points,
        "Typ 2",
        22,
        "",
        "CCS",
    ]


def workbook(rows: list[list]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx_2019(
    *rows: list, above=(["Ladesäulenregister"], ["Stand: 19.07.2019"], ["Allgemeine Informationen"])
) -> bytes:
    return workbook([*above, TITLES, *rows])


def test_2019_equal_rows_are_stations_side_by_side(tmp_path, monkeypatch):
    shaped = shape(xlsx_2019(row_2019(), row_2019(), row_2019(lon=9.0, place="68159 Mannheim")), tmp_path, monkeypatch)
    assert counts(shaped) == {"05562012": (2, 4)}
    assert (shaped.out_of_scope, shaped.duplicates) == (1, 0)
    assert shaped.tables["charging_points"].column("as_of").to_pylist() == [date(2019, 7, 19)]


@pytest.mark.parametrize(
    "name", ["Ladesaeulenkarte_Datenbankauszug_00__2017-04-11.xlsx", "Auszug_11.04.2017.csv", "20170411"]
)
def test_2017_has_its_date_in_the_file_name(tmp_path, monkeypatch, name):
    shaped = shape(xlsx_2019(row_2019(), above=()), tmp_path, monkeypatch, name=name)
    assert shaped.tables["charging_points"].column("as_of").to_pylist() == [date(2017, 4, 11)]
    with pytest.raises(SourceError, match="of which day"):
        shape(xlsx_2019(row_2019(), above=()), tmp_path, name="Ladesaeulenkarte_Datenbankauszug19.xlsx")


def test_2017_as_csv_in_cp1252_without_a_number_of_points(tmp_path, monkeypatch):
    text = "Betreiber;PLZ Ort;Längengrad [DG];Breitengrad [DG];Steckertypen1;Steckertypen2\n"
    text += "RWE;46282 Dorsten;7,12;51,65;AC Schuko;DC CHAdeMO\nRWE;46282 Dorsten;7,12;51,65;;\n"
    shaped = shape(text.encode("cp1252"), tmp_path, monkeypatch)
    assert counts(shaped) == {"05562012": (1, 2)}
    assert [r.reason for r in shaped.rejected] == ["missing_value"]


def test_the_columns_of_2021_stand_in_another_order(tmp_path, monkeypatch):
    text = "Ladesäulenregister Bundesnetzagentur;;;\n;;;\nStand: 01.12.2021;;;\n;;;\n"
    text += (
        "Betreiber;Straße;Postleitzahl;Ort;Bundesland;Kreis/kreisfreie Stadt;Breitengrad;Längengrad;Anzahl Ladepunkte\n"
    )
    text += "RWE;Wall 1;46282;Dorsten;Nordrhein-Westfalen;Kreis Recklinghausen;51,65;7,12;2\n"
    shaped = shape(text.encode("cp1252"), tmp_path, monkeypatch)
    assert shaped.tables["charging_points"].to_pylist() == [
        {"ags": "05562012", "as_of": date(2021, 12, 1), "charging_stations": 1, "charging_points": 2, "_records": 1}
    ]


def test_zeros_only_from_a_whole_register(tmp_path, monkeypatch):
    elsewhere = [row_2019(lon=9.0 + i / 1000, place="68159 Mannheim") for i in range(charging_points.WHOLE_REGISTER)]
    shaped = shape(xlsx_2019(*elsewhere, row_2019()), tmp_path, monkeypatch)
    assert counts(shaped) == {ags: (1, 2) if ags == "05562012" else (0, 0) for ags in TOWNS}
    table = shaped.tables["charging_points"]
    assert not check(table, SOURCE, date(2026, 1, 1)) + check_whole(table, SOURCE)
    assert counts(shape(xlsx_2019(*elsewhere), tmp_path)) == {}, "no entry of the county: an extract of another Land"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Fehler</body></html>", "HTML"),
        (b"a;b\n1;2\n", "no header"),
        (workbook([["a", "b"]]), "no sheet"),
        (b"PK\x03\x04damaged", "not a readable"),
        (csv_2026(row_2026()) + b'"never closed', "never closed"),
    ],
)
def test_what_is_no_register_is_refused(tmp_path, content, message):
    with pytest.raises(SourceError, match=message):
        shape(content, tmp_path)


def test_town_of():
    assert charging_points.town_of(7.01, 51.65, TABLE) == "05562004"
    assert charging_points.town_of(7.05, 51.65, TABLE) == "05562004", "a shared border belongs to the first key"
    assert charging_points.town_of(7.6, 51.65, TABLE) is None


def recorded(name: str) -> bytes:
    path = RECORDED / name
    if not path.exists():
        pytest.skip("no recorded answers here")
    return path.read_bytes()


NAME_2019 = "Ladesaeulenkarte_Datenbankauszug_25__2019-07-19.xlsx"


def test_the_recorded_register_of_2019_gives_the_facts(tmp_path, monkeypatch):
    outlines = published_outlines()
    if outlines is None:
        pytest.skip("no boundaries imported here")
    shaped = shape(recorded(NAME_2019), tmp_path, monkeypatch, outlines, NAME_2019)
    facts = list(csv.DictReader((ROOT / "data/facts/charging_points.csv").read_text().splitlines()))
    assert counts(shaped) == {f["ags"]: (int(f["charging_stations"]), int(f["charging_points"])) for f in facts}
    assert (shaped.records_in, shaped.out_of_scope, shaped.duplicates, shaped.rejected) == (9690, 9647, 0, [])


def test_the_recorded_register_of_2019_by_address(tmp_path, monkeypatch):
    """Two stations stand in the county with an address beyond its border: one in Dorsten, one in Oer-Erkenschwick."""
    shaped = shape(recorded(NAME_2019), tmp_path, monkeypatch, None, NAME_2019)
    facts = list(csv.DictReader((ROOT / "data/facts/charging_points.csv").read_text().splitlines()))
    differ = {f["ags"] for f in facts if counts(shaped)[f["ags"]][0] != int(f["charging_stations"])}
    assert differ == {"05562012", "05562028"}


def test_the_recorded_excerpt_of_2026(tmp_path, monkeypatch):
    content = recorded("Ladesaeulenregister_BNetzA_2026-09-01_excerpt.csv")
    shaped = shape(content, tmp_path, monkeypatch)
    assert (shaped.records_in, shaped.out_of_scope, shaped.rejected) == (9, 9, [])
    moved = content.replace(b"48,442398;9,659075", b"51,65;7,02")
    assert counts(shape(moved, tmp_path)) == {"05562004": (1, 2)}


CSV = csv_2026(*(row_2026(str(i), lon=f"7,{i:02}") for i in range(1, 12)))
XLSX = xlsx_2019(*(row_2019(lon=7 + i / 50) for i in range(12)))


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(max_size=200), at=st.integers(0, 10**6), inside=st.binary(min_size=1, max_size=3))
def test_any_bytes_are_refused_or_add_up(tmp_path_factory, noise, at, inside):
    tmp_path = tmp_path_factory.mktemp("c")
    excerpt = RECORDED / "Ladesaeulenregister_BNetzA_2026-09-01_excerpt.csv"
    for whole in (CSV, XLSX, excerpt.read_bytes() if excerpt.exists() else CSV):
        place = at % len(whole)
        for content in (noise, whole[:place] + inside + whole[place + len(inside) :], whole[:place], whole + noise):
            try:
                shape(content, tmp_path)
            except SourceError:
                pass
