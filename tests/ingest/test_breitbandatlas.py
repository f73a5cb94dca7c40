"""Breitbandatlas municipality files: every layout gives the same table, nothing is lost uncounted."""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartvest.contracts import load_sources
from smartvest.imports import settle
from smartvest.ingest import breitbandatlas
from smartvest.ingest.records import Raw, SourceError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = load_sources(ROOT / "data" / "sources.toml")
TODAY = date(2026, 11, 23)

# A small file: two towns, a neighbour, a county; and the names of its columns in the two vocabularies.
MODEL = {"05562016": [99.5, 96.28, 88.07, 0.0], "05562028": [100.0, 99.34, 3.27, None], "05515000": [1.0, 2, 3, 4]}
NAMES = [("alle Technologien", 16), ("leitungsg. Technologien", 30), ("FTTH/B", 1000), ("CATV", 400)]
CODES = ["verf_300_16", "verf_100_30", "FTTHB_1000", "CATV_400"]
EXPECTED = {
    ("05562016", "any", 16): 99.5,
    ("05562016", "wired", 30): 96.28,
    ("05562016", "fttbh", 1000): 88.07,
    ("05562016", "hfc", 400): 0.0,
    ("05562028", "any", 16): 100.0,
    ("05562028", "wired", 30): 99.34,
    ("05562028", "fttbh", 1000): 3.27,
    ("05562028", "hfc", 400): None,
}


@pytest.fixture
def shape(tmp_path):
    """bytes -> (tables by dataset, counts, shaped), checked by their contracts."""

    def run(content: bytes, name: str = "gemeinde_privat_2021_mitte.csv"):
        path = tmp_path / "raw"
        path.write_bytes(content)
        shaped = breitbandatlas.shape(Raw(name, path, datetime.now(UTC)))
        tables, counts, _ = settle(shaped, SOURCES, TODAY)
        return tables, counts, shaped

    return run


def values(table, column="households_pct"):
    return {(row["ags"], row["technology"], row["min_mbit_s"]): row[column] for row in table.to_pylist()}


def written(delimiter=";", quote=csv.QUOTE_MINIMAL, comma=False, encoding="utf-8", sign=" ≥ ", end="\n", codes=False,
            lost_zero=False) -> bytes:  # fmt: skip
    header = CODES if codes else [f"{name}{sign}{speed} Mbit/s" for name, speed in NAMES]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quote, lineterminator=end)
    writer.writerow(["AGS", *header])
    for ags, row in MODEL.items():
        cells = ["" if cell is None else f"{cell:.2f}" for cell in row]
        cells = [cell.replace(".", ",") for cell in cells] if comma else cells
        writer.writerow([ags.removeprefix("0") if lost_zero else ags, *cells])
    return out.getvalue().encode(encoding)


LAYOUTS = list(
    itertools.product(
        ";,\t",
        [csv.QUOTE_MINIMAL, csv.QUOTE_ALL],
        [False, True],
        ["utf-8", "utf-8-sig", "utf-16", "cp1252"],
        [" ≥ ", " >= ", ">=", " ", " â‰¥ ", " ? "],
        ["\n", "\r\n"],
        [False, True],
    )
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(LAYOUTS), st.booleans())
def test_every_layout_gives_the_same_table(shape, layout, lost_zero):
    delimiter, quote, comma, encoding, sign, end, codes = layout
    if encoding == "cp1252" and "≥" in sign:
        sign = " >= "  # cp1252 has no such character; what its writers make of it is in the list
    tables, counts, _ = shape(written(delimiter, quote, comma, encoding, sign, end, codes, lost_zero))
    assert values(tables["fibre_coverage"]) == EXPECTED
    assert (counts.records_in, counts.published, counts.out_of_scope, counts.quarantined) == (3, 2, 1, 0)


@pytest.mark.parametrize("name", ["gemeinde_privat_2019_mitte.csv", "gemeinde_bezirke_privat_2021_mitte.csv"])
def test_recorded_files_give_the_published_figures_exactly(shape, recorded, name):
    tables, counts, _ = shape(recorded(f"breitbandatlas/{name}").read_bytes(), name)
    assert counts.published == 10 and counts.quarantined == 0
    assert counts.records_in == {"gemeinde_privat_2019_mitte.csv": 11_330}.get(name, 11_388)
    day = "2019-06-30" if "2019" in name else "2021-06-30"
    found = values(tables["fibre_coverage"])
    with (ROOT / "data" / "facts" / "fibre_coverage.csv").open(encoding="utf-8") as file:
        facts = [row for row in csv.DictReader(file) if row["as_of"] == day]
    assert len(facts) == 300
    for row in facts:
        assert found[row["ags"], row["technology"], int(row["min_mbit_s"])] == float(row["households_pct"])
    if "2021" in name:
        gigabit = {ags: found[ags, "fttbh", 1000] for ags in ("05562016", "05562014", "05562028")}
        assert gigabit == {"05562016": 88.07, "05562014": 40.46, "05562028": 3.27}


def test_long_layout(shape):
    lines = ["ags;technologie;geschwindigkeit;wert"]
    lines += [f"5562016;{name};≥ {speed} Mbit/s;50,5" for name, speed in NAMES]
    lines += ["5562016;Quantenfunk;1000;1", "5562016;FTTH/B;schnell;1", "5562016;Sonstige;30;1", "1001000;DSL;16;1"]
    lines += ["5562016;DSL;30;", "5562016;DSL;30;", "5562016;DSL;30;4"]
    tables, counts, _ = shape("\r\n".join(lines).encode())
    assert values(tables["fibre_coverage"]) == {
        ("05562016", "any", 16): 50.5, ("05562016", "wired", 30): 50.5, ("05562016", "fttbh", 1000): 50.5,
        ("05562016", "hfc", 400): 50.5, ("05562016", "dsl", 30): None,
    }  # fmt: skip
    assert counts.reasons == {
        "unknown_technology": 1, "unknown_speed": 1, "technology_not_carried": 1, "conflicting_duplicate": 1
    }  # fmt: skip
    assert (counts.records_in, counts.published, counts.out_of_scope, counts.duplicates) == (11, 5, 1, 1)


def test_long_layout_with_the_code_in_one_column_and_its_own_date(shape):
    lines = ["stand;ags;variable;value", "2020-12-31;05562016;verf_100_50;12.5", "2021-06-30;05562016;verf_100_50;13"]
    tables, _, _ = shape("\n".join(lines).encode(), "long.csv")
    assert [(str(r["as_of"]), r["technology"], r["households_pct"]) for r in tables["fibre_coverage"].to_pylist()] == [
        ("2020-12-31", "wired", 12.5),
        ("2021-06-30", "wired", 13.0),
    ]


@pytest.mark.parametrize(
    "cells, reason",
    [
        ("100.01;5", "out_of_range"),
        ("-0.5;5", "out_of_range"),
        ("fast alle;5", "not_a_number"),
        ("nan;5", "not_a_number"),
        ("5", "field_count"),
        ("5;6;7", "field_count"),
    ],
)
def test_one_bad_value_quarantines_its_record(shape, cells, reason):
    content = f"AGS;DSL >= 16 Mbit/s;DSL >= 30 Mbit/s\n05562016;{cells}\n05562012;4;3\n05562999;1;1\n".encode()
    tables, counts, _ = shape(content)
    assert set(values(tables["fibre_coverage"])) == {("05562012", "dsl", 16), ("05562012", "dsl", 30)}
    assert counts.reasons == {reason: 1, "unknown_area": 1}
    assert (counts.records_in, counts.published, counts.quarantined) == (3, 1, 2)


def test_missing_is_not_zero_and_an_all_zero_town_is_flagged(shape):
    content = b"AGS;DSL >= 16 Mbit/s;DSL >= 30 Mbit/s\n05562016;-;k. A.\n05562012;0;0.00\n05562004;0;1\n"
    tables, counts, shaped = shape(content)
    assert list(values(tables["fibre_coverage"]).values()) == [None, None, None, None, 0.0, 1.0]
    assert counts.published == 3
    assert [note for note in shaped.notes if "Dorsten" in note and "every value is 0" in note]


def test_duplicates_and_conflicts(shape):
    content = b"AGS;DSL >= 16 Mbit/s\n05562016;5\n5562016;5,00\n05562016;6\n055620016016;5\n5562016.0;5\n"
    tables, counts, _ = shape(content)
    assert values(tables["fibre_coverage"]) == {("05562016", "dsl", 16): 5.0}
    assert (counts.duplicates, counts.reasons) == (3, {"conflicting_duplicate": 1})


def test_unknown_columns_are_named_and_cost_no_record(shape):
    names = [
        "AGS",
        "Quantenfunk >= 1000 Mbit/s",
        "Sonstige >= 30 Mbit/s",
        "Name",
        "DSL >= 16 Mbit/s",
        "VDSL >= 16 Mbit/s",
    ]
    content = f"{';'.join(names)}\n05562016;1;2;Haltern;3;4\n"
    tables, counts, shaped = shape(content.encode())
    assert values(tables["fibre_coverage"]) == {("05562016", "dsl", 16): 3.0}
    assert counts.published == 1 and "unknown_technology" in counts.reasons and counts.quarantined == 0
    assert any("Quantenfunk" in note for note in shaped.notes) and any("Sonstige" in note for note in shaped.notes)
    assert any("VDSL" in note and "repeats" in note for note in shaped.notes)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("gemeinde_privat_2018_ende.csv", "2018-12-31"),
        ("gemeinde_privat_2019_mitte.csv", "2019-06-30"),
        ("mitte_2020.csv", "2020-06-30"),
        ("bba_12_2024.csv", "2024-12-31"),
        ("bba_06_2022.csv", "2022-06-30"),
        ("2018_12.csv", "2018-12-31"),
        ("gemeinden_2019_2.csv", "2019-12-31"),
        ("stand_20251231.csv", "2025-12-31"),
        ("Verf_Gemeinden_atene Mitte 18.csv", "2018-06-30"),
    ],
)
def test_date_from_the_file_name(shape, name, expected):
    tables, _, _ = shape(b"AGS;DSL_16\n05562016;5\n", name)
    assert str(tables["fibre_coverage"].column("as_of")[0]) == expected


def test_date_from_the_content_wins(shape):
    content = b"Breitbandatlas;\nDatenstand: Dezember 2023;\n\nAGS;DSL_16\n05562016;5\n"
    tables, _, shaped = shape(content, "bba_06_2021.csv")
    assert str(tables["fibre_coverage"].column("as_of")[0]) == "2023-12-31"
    assert any("2021-06-30" in note for note in shaped.notes)


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "heading, key",
    [
        ("AGS", "05562016"), ("ags", "5562016"), ("AGS", "5562016.0"), ("AGS", "'05562016"), ("AGS", '="05562016"'),
        ("AGS", "05 562 016"), ("AGS", "DE05562016"), ("ARS", "055620016016"), ("ARS", "55620016016"),
        ("RS", "05 5 62 0016 016"), ("Amtlicher Gemeindeschlüssel (AGS)", "05562016"), ("gemeinde_id", "05562016"),
    ],
)  # fmt: skip
def test_a_town_however_its_key_is_written(shape, heading, key):
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([[heading, "FTTH/B >= 1000 Mbit/s"], [key, "88,07"]])
    tables, _, _ = shape(out.getvalue().encode())
    assert values(tables["fibre_coverage"]) == {("05562016", "fttbh", 1000): 88.07}


@pytest.mark.parametrize(
    "heading",
    [
        "FTTH/B >= 1000 Mbit/s in %", "FTTH/B ≥ 1.000 Mbit/s (in Prozent)", "FTTB/H: ≥ 1000 Mbit/s [%]",
        "FTTB/H ab 1 Gbit/s", "FTTH/B\u00a0≥\u00a01.000\u00a0Mbit/s", '"FTTH/B\n>= 1000 Mbit/s"', "verf_fttbh_1000",
        "down_fn_hh_ftthb_1000", "FTTH/B >= 1000 MBit/s, %",
    ],
)  # fmt: skip
def test_a_column_however_it_is_headed(shape, heading):
    tables, _, _ = shape(f"AGS;{heading}\n05562016;88,07\n".encode())
    assert values(tables["fibre_coverage"]) == {("05562016", "fttbh", 1000): 88.07}


@pytest.mark.parametrize(
    "content, name, words",
    [
        (b"AGS;DSL_16\n05562016;5\n", "gemeinden.csv", "bba_12_2024"),
        (b"AGS;DSL_16\n05562016;5\n", "2021_BBA_Gemeindedaten.csv", "bba_12_2024"),
        (b"AGS;DSL_16\n05562016;5\n", "2015_ende.csv", "2018"),
        (b"<!DOCTYPE html><html><body>Seite nicht gefunden", "bba_12_2024.xlsx", "HTML"),
        (b"", "bba_12_2024.csv", "empty"),
        (b"AGS;DSL_16\n", "bba_12_2024.csv", "no records"),
        (b"AGS;Name\n05562016;Haltern\n", "bba_12_2024.csv", "verf_300_50"),
        (b"a;b\n1;2\n", "bba_12_2024.csv", "AGS"),
        (b"PK\x03\x04rubbish", "bba_12_2024.xlsx", "xlsx"),
        (zipped("bba.csv", b"AGS;DSL_16\n05562016;5\n"), "bba_12_2024.zip", "unpack it"),
        (b'AGS;DSL_16\n05562016;"5\n', "bba_12_2024.csv", "quote"),
        (b'{"error": "not found"}', "bba_12_2024.csv", "AGS"),
        ("AGS;DSL_16\n05562016;5\n".encode("utf-32"), "bba_12_2024.csv", "not text"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "2021_mitte.xls", "save it as .xlsx"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_advice(shape, content, name, words):
    with pytest.raises(SourceError, match=words):
        shape(content, name)


def test_businesses_by_file_name(shape):
    header = "AGS;leitungsg. Technologien ≥ 30 Mbit/s\n05562016;98.5\n".encode()
    for name, premises in (
        ("gemeinde_gew_2018_ende.csv", "companies"),
        ("x_gewerbe_gwg_2020_ende.csv", "business_parks"),
    ):
        tables, _, _ = shape(header, name)
        assert tables["fibre_businesses"].to_pylist()[0]["premises"] == premises
        assert tables["fibre_businesses"].to_pylist()[0]["premises_pct"] == 98.5
        assert "fibre_coverage" not in tables


def test_columns_can_say_whom_they_are_about(shape):
    tables, counts, _ = shape(b"AGS;priv_dsl_16;gew_lg_tech_50\n5562016;5;6\n")
    assert values(tables["fibre_coverage"]) == {("05562016", "dsl", 16): 5.0}
    assert values(tables["fibre_businesses"], "premises_pct") == {("05562016", "wired", 50): 6.0}
    assert counts.published == 1


def workbook(path: Path, stand: str = "Datenstand: 12/2024", percent_format: bool = False) -> bytes:
    """A workbook in the form described in breitbandatlas_xlsx.py, with the traps of a real one."""
    book = openpyxl.Workbook()
    notes = book.active
    notes.title = "Erläuterungen"
    notes["A1"] = "Angaben in Prozent"
    for title in ("Privathaushalte", "Unternehmen", "Schulen", "Fläche"):
        sheet = book.create_sheet(title)
        sheet["A1"] = f"Breitbandverfügbarkeit {title}"
        sheet["D2"] = stand
        sheet.merge_cells("G4:I4")
        sheet["G4"] = "Alle Technologien"
        sheet.merge_cells("J4:K4")
        sheet["J4"] = "FTTB/H"
        sheet["L4"] = "Sonstige"
        header = ["AGS", "Name", "Verwaltungsebene", "Land", "Kreis", "Raumkategorie"]
        sheet.append([])
        sheet.append(
            header + ["≥ 30 Mbit/s", "≥ 100 Mbit/s", "≥ 1.000 Mbit/s", "≥ 100 Mbit/s", "≥ 1.000 Mbit/s", "≥ 30 Mbit/s"]
        )
        sheet.append([None, None, None, "in %"])
        rows = [
            ["00", "Deutschland", "Bund"], ["05", "Nordrhein-Westfalen", "Land"], ["05562", "Recklinghausen", "Kreis"],
            [5562016, "Haltern am See", "Gemeinde"], ["05562028", "Oer-Erkenschwick", "Gemeinde"],
            ["05515000", "Münster", "Gemeinde"],
        ]  # fmt: skip
        for number, row in enumerate(rows):
            figures = [99.5, 98.25, 96.08, 60.5, 57.0 + number, 1.0]
            sheet.append(
                row + ["NRW", "RE", "ländlich"] + [round(v / 100, 6) if percent_format else v for v in figures]
            )
            if percent_format:
                for column in range(7, 13):
                    sheet.cell(sheet.max_row, column).number_format = "0.00%"
        sheet.append(["Quelle: Gigabit-Grundbuch"])
    book.save(path)
    return path.read_bytes()


@pytest.mark.parametrize("percent_format", [False, True])
def test_workbook(shape, tmp_path, percent_format):
    tables, counts, shaped = shape(workbook(tmp_path / "w.xlsx", percent_format=percent_format), "bba.xlsx")
    assert set(tables) == {"fibre_coverage", "fibre_businesses", "fibre_schools"}
    assert values(tables["fibre_coverage"]) == {
        ("05562016", "any", 30): 99.5, ("05562016", "any", 100): 98.25, ("05562016", "any", 1000): 96.08,
        ("05562016", "fttbh", 100): 60.5, ("05562016", "fttbh", 1000): 60.0,
        ("05562028", "any", 30): 99.5, ("05562028", "any", 100): 98.25, ("05562028", "any", 1000): 96.08,
        ("05562028", "fttbh", 100): 60.5, ("05562028", "fttbh", 1000): 61.0,
    }  # fmt: skip
    assert set(map(str, tables["fibre_schools"].column("as_of").to_pylist())) == {"2024-12-31"}
    assert values(tables["fibre_schools"], "schools_pct")["05562016", "fttbh", 1000] == 60.0
    # six areas a sheet; the line with the unit and the one with the source are no records
    assert (counts.records_in, counts.published, counts.out_of_scope, counts.quarantined) == (18, 6, 12, 0)
    assert any("Fläche" in note for note in shaped.notes) and any("Sonstige" in note for note in shaped.notes)


@pytest.mark.parametrize("stand", ["Datenstand: 12.2025", "Stand 31.12.2025", "12.2025", "Datenstand Dezember 2025"])
def test_workbook_states_its_date_in_a_free_cell(shape, tmp_path, stand):
    tables, _, _ = shape(workbook(tmp_path / "w.xlsx", stand), "Breitbandatlas.xlsx")
    assert str(tables["fibre_coverage"].column("as_of")[0]) == "2025-12-31"


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda text: f"AGS;DSL >= 16 Mbit/s\n05562016;5\n{text}".encode(errors="replace")),
        st.lists(
            st.tuples(
                st.sampled_from(["05562016", "5562016", "05515000", "", "x"]), st.text('0123456789.,-"\n; ', max_size=6)
            ),
            max_size=8,
        ).map(lambda rows: ("AGS;DSL_16\n" + "\n".join(f"{a};{b}" for a, b in rows)).encode()),
    )
)
def test_any_bytes_are_refused_or_counted(shape, content):
    try:
        _, counts, _ = shape(content)
    except SourceError:
        return
    assert counts.records_in == counts.published + counts.out_of_scope + counts.duplicates + counts.quarantined


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000_000), st.binary(min_size=1, max_size=40))
def test_a_damaged_workbook_is_refused_or_counted(shape, tmp_path, where, change):
    content = bytearray(workbook(tmp_path / "w.xlsx"))
    where %= len(content)
    content[where : where + len(change)] = change
    try:
        _, counts, _ = shape(bytes(content), "bba_12_2024.xlsx")
    except SourceError:
        return
    assert counts.records_in == counts.published + counts.out_of_scope + counts.duplicates + counts.quarantined
