"""Gemeindeverzeichnis as xlsx and as GV100AD: ten towns, the right date, nothing lost uncounted."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartvest.contracts import check, check_whole, load_sources
from smartvest.ingest import population
from smartvest.ingest.records import RECORD, Raw, SourceError
from smartvest.towns import TOWNS

ROOT = Path(__file__).parents[2]
SOURCE = load_sources(ROOT / "data" / "sources.toml")["population"]
RECORDED = Path(os.environ.get("SMARTVEST_RECORDED", ROOT.parent / "shared" / "recorded")) / "destatis"


def shape(content: bytes, tmp_path: Path, name: str = "file"):
    path = tmp_path / name
    path.write_bytes(content)
    shaped = population.shape(Raw(name, path, datetime.now(UTC)))
    table = shaped.tables["population"]
    assert table.num_rows == len(set(table.column(RECORD).to_pylist()))
    published = shaped.records_in - shaped.out_of_scope - shaped.duplicates - sum(r.count for r in shaped.rejected)
    assert published == table.num_rows
    return shaped


# --- GV100AD -------------------------------------------------------------------------------------------------------


def line(kind: str, key: str, name: str, area_ha="0" * 11, total="0" * 11, men="0" * 11, day="20240630") -> str:
    text = f"{kind}{day}{key:<8}0004{name:<50}{'':50}63{'':4}{area_ha}{total}{men}"
    return f"{text:<220}"


def town(i: int, ags: str, **more) -> str:
    return line(
        "60",
        ags,
        f"{TOWNS.get(ags, 'Straßenhausen')}, Stadt",
        f"{5168 + i:011}",
        f"{73795:011}",
        f"{35946:011}",
        **more,
    )


LINES = [
    line("10", "05", "Nordrhein-Westfalen"),
    line("40", "05562", "Recklinghausen"),
    *(row for i, ags in enumerate(TOWNS) for row in (line("50", "05562", TOWNS[ags]), town(i, ags))),
    town(0, "05558004"),
    line("60", "08222000", "Möckmühl, Stadt"),
]


def text(lines: list[str], encoding="utf-8") -> bytes:
    return "".join(f"{row}\r\n" for row in lines).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_gv100ad(tmp_path, encoding):
    shaped = shape(text(LINES, encoding) + b"\x1a", tmp_path, "GV100AD_300624.txt")
    table = shaped.tables["population"]
    assert (shaped.records_in, shaped.out_of_scope, shaped.duplicates, shaped.rejected) == (24, 14, 0, [])
    assert table.drop_columns([RECORD]).schema == SOURCE.arrow_schema()
    assert not check(table, SOURCE, date(2026, 1, 1)) + check_whole(table, SOURCE)
    assert table.to_pylist()[4] == {
        "ags": "05562016",
        "name": "Haltern am See",
        "as_of": date(2024, 6, 30),
        "area_km2": 51.72,
        "population": 73795,
        "male": 35946,
        "female": 37849,
        RECORD: 12,
    }
    assert "2024-06-30" in shaped.notes[0] and "territorial status" in shaped.notes[0]


def test_gv100ad_in_the_zip_it_comes_in(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Datensatzbeschreibung.pdf", b"%PDF")
        archive.writestr("GV100AD_300624.txt", text(LINES))
    assert shape(out.getvalue(), tmp_path).tables["population"].num_rows == 10


def test_gv100ad_what_is_wrong_is_rejected_and_counted(tmp_path):
    good = town(0, "05562004")
    lines = [
        *LINES,
        good,
        good[:-1],
        good + " ",
        town(0, "05562999"),
        town(0, "0556200x"),
        "61" + good[2:],
        good[:145] + "x" + good[146:],
        good[:150] + " " * 11 + good[161:],
        town(0, "05562008", day="20240631"),
        good[:139] + f"{100:011}{99:011}" + good[161:],
        good[:139] + f"{100:011}{101:011}" + good[161:],
    ]
    shaped = shape(text(lines), tmp_path)
    assert shaped.duplicates == 3  # the same town, also with other figures or more men than people
    assert [r.reason for r in shaped.rejected] == [
        "wrong_length",
        "wrong_length",
        "unknown_town",
        "bad_key",
        "unknown_record_type",
        "not_a_number",
        "not_a_number",
        "bad_date",
    ]
    assert shaped.rejected[0].record == len(LINES) + 2


def test_one_damaged_byte_does_not_shift_other_lines(tmp_path):
    data = bytearray(text(LINES))
    at = data.index("ö".encode())
    data[at] = 0xFF
    shaped = shape(bytes(data), tmp_path)
    assert [r.reason for r in shaped.rejected] == ["wrong_length"]
    assert shaped.tables["population"].num_rows == 10


# --- xlsx ----------------------------------------------------------------------------------------------------------


def workbook(rows: list[list]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Inhalt"
    sheet = book.create_sheet("Gemeinden")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TITLE = ["Gemeinden in Deutschland nach Fläche, Bevölkerung und Postleitzahl am 31.12.2023 (Jahr)"]
KEYS = ["Satz-art", "Text-kenn-zeichen", "Amtlicher Regionalschlüssel (ARS)"]
TITLES = [*KEYS, None, None, None, None, "Gemeindename", "Fläche km2 1)", "Bevölkerung2)", None, None, None]
PARTS = [None, None, "Land", "RB", "Kreis", "VB", "Gem", None, None, "insgesamt", "männlich", "weiblich", "je km2"]
DATES = [None, None, "Gebietsstand am 30.06.2024", *[None] * 5, "31.12.2021", "am 31.12.2022 (Jahr)"]
FOOTER = [["Quelle: GV-ISys"], ["1) Abweichungen durch Runden möglich."]]


def xlsx_town(ags: str, area="51,68", total: object = 73795, men: object = 35946, women: object = "37 849") -> list:
    return ["60", "63", ags[:2], ags[2], ags[3:5], "0" + ags[5:], ags[5:], "x, Stadt", area, total, men, women, 1428]


def extract(towns: list[list], header=(TITLE, [], TITLES, PARTS, DATES, [])) -> bytes:
    above = [["10", None, "05", *[None] * 4, "Nordrhein-Westfalen"], ["40", "43", "05", "5", "62", None, None, "RE"]]
    return workbook([*header, *above, *towns, *FOOTER])


TOWN_ROWS = [row for ags in TOWNS for row in (["50", "50", *xlsx_town(ags)[2:6], None, "x"], xlsx_town(ags))]


def test_xlsx(tmp_path):
    shaped = shape(extract([*TOWN_ROWS, xlsx_town("05558004")]), tmp_path)
    table = shaped.tables["population"]
    assert (shaped.records_in, shaped.out_of_scope, shaped.rejected) == (23, 13, [])
    assert set(table.column("as_of").to_pylist()) == {date(2022, 12, 31)}, "the population's date, not the area's"
    assert table.column("area_km2").to_pylist() == [51.68] * 10
    assert table.column("female").to_pylist() == [37849] * 10
    assert not check(table, SOURCE, date(2026, 1, 1))


def test_xlsx_of_the_year_has_its_date_in_the_title(tmp_path):
    shaped = shape(extract(TOWN_ROWS, (TITLE, TITLES, PARTS)), tmp_path)
    assert set(shaped.tables["population"].column("as_of").to_pylist()) == {date(2023, 12, 31)}
    with pytest.raises(SourceError, match="of which day"):
        shape(extract(TOWN_ROWS, (["Gemeinden am 30.06.2024 (2. Quartal)"], TITLES, PARTS)), tmp_path)


def test_xlsx_with_other_columns_in_another_order(tmp_path):
    titles = ["Gemeindename", "Satzart", "AGS", "insgesamt", "weiblich", "männlich", "Fläche"]
    dates = [None, None, None, "Bevölkerung auf Grundlage des Zensus 2022, 31.12.2024"]
    rows = [["x", 60, int(ags), "73.795", 37849, 35946, 51.68] for ags in TOWNS]
    shaped = shape(workbook([titles, dates, *rows]), tmp_path)
    assert shaped.tables["population"].num_rows == 10
    assert set(shaped.tables["population"].column("as_of").to_pylist()) == {date(2024, 12, 31)}
    assert "2022" in shaped.notes[0]


def test_xlsx_what_is_wrong_is_rejected_and_counted(tmp_path):
    bad = [
        xlsx_town("05562999"),
        xlsx_town("05562008", total=None),
        xlsx_town("05562008", total="-"),
        xlsx_town("05562008", total=7379.5),
        xlsx_town("05562008", total=73796),
        ["6O", *xlsx_town("05562008")[1:]],
        [*xlsx_town("05562008")[:4], "6x", *xlsx_town("05562008")[5:]],
    ]
    shaped = shape(extract([*TOWN_ROWS, *bad, xlsx_town("05562004")]), tmp_path)
    assert shaped.duplicates == 1
    reasons = [
        "unknown_town",
        "missing_value",
        "not_a_number",
        "not_a_number",
        "sum_differs",
        "unknown_record_type",
        "bad_key",
    ]
    assert [r.reason for r in shaped.rejected] == reasons


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"  <!DOCTYPE html><html>", "HTML"),
        (b"a;b;c\n1;2;3\n", "neither"),
        (b"PK\x03\x04damaged", "damaged"),
        (text(LINES[:2]), "no town"),
        (workbook([["a"]]), "no sheet"),
        (extract([xlsx_town("05558004")]), "no town"),
    ],
)
def test_what_is_no_gemeindeverzeichnis_is_refused(tmp_path, content, message):
    with pytest.raises(SourceError, match=message):
        shape(content, tmp_path)


def test_the_recorded_extract(tmp_path):
    path = RECORDED / "AuszugGV2QAktuell.xlsx"
    if not path.exists():
        pytest.skip("no recorded answers here")
    shaped = shape(path.read_bytes(), tmp_path, path.name)
    assert (shaped.records_in, shaped.out_of_scope, shaped.duplicates, shaped.rejected) == (16012, 16002, 0, [])
    facts_csv = (ROOT / "data/facts/population.csv").read_text()
    facts = {(row["ags"], row["as_of"]): row for row in csv.DictReader(facts_csv.splitlines())}
    for row in shaped.tables["population"].to_pylist():
        assert row["as_of"] == date(2022, 12, 31)
        known = facts.get((row["ags"], "2022-12-31"))
        assert known is None or int(known["population"]) == row["population"]
    assert sum(shaped.tables["population"].column("population").to_pylist()) == 619_732


XLSX = extract(TOWN_ROWS)
TEXT = text(LINES)


@settings(max_examples=50, deadline=None)
@given(noise=st.binary(max_size=300), at=st.integers(0, 10**6), inside=st.binary(min_size=1, max_size=3))
def test_any_bytes_are_refused_or_add_up(tmp_path_factory, noise, at, inside):
    tmp_path = tmp_path_factory.mktemp("p")
    for whole in (XLSX, TEXT):
        place = at % len(whole)
        for content in (noise, whole[:place] + inside + whole[place + len(inside) :], whole[:place], whole + noise):
            try:
                shape(content, tmp_path)
            except SourceError:
                pass
