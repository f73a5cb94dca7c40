from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartvest.export import csv_metadata, flagged, table_csv
from tests.published import FIBRE

FRAME = pd.DataFrame(
    {
        "ags": ["05562004", "05562008", None],
        "value": [1234.5, -0.25, float("nan")],
        "n": pd.array([1, None, -3], dtype="Int64"),
        "as_of": [date(2021, 6, 30), None, date(2023, 12, 31)],
        "at": pd.to_datetime(["2021-06-30T12:00:00", None, "2023-12-31T00:00:01"]),
        "sample": [True, False, True],
        "text": ['a "b"; c', "=1+1", ""],
    }
)


def written(rows, dialect) -> str:
    return b"".join(table_csv(rows, dialect)).decode("utf-8")


def test_plain():
    rows = list(csv.reader(io.StringIO(written(FRAME, "plain"), newline="")))
    assert rows[1] == ["05562004", "1234.5", "1", "2021-06-30", "2021-06-30T12:00:00Z", "true", 'a "b"; c']
    assert rows[2] == ["05562008", "-0.25", "", "", "", "false", "'=1+1"]
    assert rows[3] == ["", "", "-3", "2023-12-31", "2023-12-31T00:00:01Z", "true", ""]
    assert written(FRAME, "plain").endswith(',true,""\r\n')  # an empty text is not a missing one


def test_german():
    text = written(FRAME, "de")
    assert text.startswith("\ufeffags;value;n;as_of")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert rows[1] == ["05562004", "1234,5", "1", "30.06.2021", "30.06.2021 12:00:00", "true", 'a "b"; c']
    assert rows[2][1] == "-0,25"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_looks_like_a_formula_is_text(start):
    frame = pd.DataFrame({start + "head": [start + "cmd|' /C calc'!A0"], "number": [-1.5]})
    rows = list(csv.reader(io.StringIO(written(frame, "plain"), newline="")))
    assert rows[0][0] == "'" + start + "head"
    assert rows[1] == ["'" + start + "cmd|' /C calc'!A0", "-1.5"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=8), st.none() | st.floats(allow_nan=False, allow_infinity=False)), min_size=1)
)
@example([("\x00", None)])
def test_every_text_and_number_comes_back(rows):
    rows = [(text.replace("\x00", " "), number) for text, number in rows]  # Python's own reader stops at NUL
    table = pa.table({"t": pa.array([r[0] for r in rows]), "n": pa.array([r[1] for r in rows], pa.float64())})
    for dialect, delimiter in (("plain", ","), ("de", ";")):
        text = written(table, dialect).removeprefix("\ufeff")
        back = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1:]
        assert len(back) == len(rows)
        for (text, number), (text_back, number_back) in zip(rows, back, strict=True):
            assert text_back == ("'" + text if text[:1] in tuple("=+-@\t\r") and text else text)
            assert (float(number_back.replace(",", ".")) if number_back else None) == number


def test_one_column_of_missing_values_keeps_its_rows():
    assert written(pa.table({"a": pa.array([None, "x"], pa.string())}), "plain") == 'a\r\n""\r\nx\r\n'


def test_pieces_are_small_whatever_comes_in():
    table = pa.table({"n": pa.array(range(35_000))})
    for rows in (table, table.to_pandas(), table.to_reader(max_chunksize=30_000)):
        pieces = list(table_csv(rows))
        assert len(pieces) >= 5
        assert b"".join(pieces).count(b"\r\n") == 35_001


def test_duckdb_reads_it_back(tmp_path, served):
    frame = served.query("fibre_by_town", **FIBRE)
    path = tmp_path / "t.csv"
    path.write_bytes(b"".join(table_csv(frame)))
    back = duckdb.sql(f"select ags, as_of, households_pct from read_csv('{path}', all_varchar=false)").fetchall()
    found = {(str(a).zfill(8) if len(str(a)) > 5 else str(a).zfill(5)): (d, p) for a, d, p in back}
    assert found["05562016"] == (date(2021, 6, 30), 88.07)
    assert found["05562"][1] == frame.set_index("ags").loc["05562", "households_pct"]


def test_metadata_says_columns_and_licence(told, served):
    frame = flagged(served.query("fibre_by_town", **FIBRE), told)
    found = json.loads(csv_metadata(frame, told, "x.csv", "de"))
    assert found["url"] == "x.csv" and found["dialect"]["delimiter"] == ";"
    assert [c["name"] for c in found["tableSchema"]["columns"]][-1] == "sample"
    assert any("Gigabit-Grundbuch" in line for line in found["dc:source"])
    assert found["notes"][0]["snapshot"] == told.snapshot_id


def test_flags_travel_with_each_row(told):
    table = flagged(pa.table({"ags": ["05562016"], "value": [None]}), told)
    assert table.to_pylist() == [{"ags": "05562016", "value": None, "as_of": date(2021, 6, 30), "sample": False}]


def test_mixed_columns_are_text():
    assert written(pd.DataFrame({"x": [1, "a", None, datetime(2021, 1, 1)]}), "plain").splitlines()[1:3] == ["1", "a"]


@pytest.mark.parametrize("dialect", ["de", "plain"])
def test_no_cell_begins_at_the_other_dialects_delimiter(dialect):
    """Excel with German settings opens the international file too, and splits at every ; that is not quoted."""
    lines = written(pd.DataFrame({"a": ["x;=1+1", "x,=1+1", "x\t=1+1"], "b": [-1.5, -2, -3]}), dialect).splitlines()
    assert [line[:8] for line in lines[1:]] == ['"x;=1+1"', '"x,=1+1"', '"x\t=1+1"']
    assert lines[1][8:] in (";-1,5", ",-1.5"), "a negative number stays a number"
