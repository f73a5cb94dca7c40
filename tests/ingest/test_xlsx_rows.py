"""Workbooks: rows as values, and whatever is no workbook refused."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartvest.ingest import xlsx_rows
from smartvest.ingest.records import SourceError


def workbook(rows, title="Tabelle1") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SMALL = workbook([["Stand: 19.07.2019"], [], ["a", "b"], [1, 2.5], [None, "", None], [datetime(2019, 7, 19), "0,5"]])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "AuszugGV4QAktuell"  # a name without .xlsx, as a server may send it
    path.write_bytes(SMALL)
    return path


def test_rows_with_a_value(path):
    rows = list(xlsx_rows.rows(path))
    assert [tuple(v for v in row if v is not None) for row in rows] == [
        ("Stand: 19.07.2019",),
        ("a", "b"),
        (1, 2.5),
        (datetime(2019, 7, 19), "0,5"),
    ]
    assert xlsx_rows.sheets(path) == ["Tabelle1"]
    assert xlsx_rows.first_rows(path, count=1)[0][0] == "Stand: 19.07.2019"


def test_a_wrong_written_size_cuts_nothing(tmp_path):
    path = tmp_path / "wrong.xlsx"
    with zipfile.ZipFile(io.BytesIO(SMALL)) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.endswith("sheet1.xml"):
                assert b'<dimension ref="A1:C6"' in data or b"<dimension ref=" in data
                data = data.replace(b'ref="A1:C6"', b'ref="A1:A2"').replace(b'ref="A1:B6"', b'ref="A1:A2"')
            new.writestr(item, data)
    assert len(list(xlsx_rows.rows(path))) == 4


def test_a_giant_row_number_ends(tmp_path):
    path = tmp_path / "giant.xlsx"
    with zipfile.ZipFile(io.BytesIO(SMALL)) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.endswith("sheet1.xml"):
                data = data.replace(b'<row r="6"', b'<row r="99999999999"')
            new.writestr(item, data)
    with pytest.raises(SourceError, match="more than"):
        list(xlsx_rows.rows(path))


def test_no_such_sheet(path):
    with pytest.raises(SourceError, match="Tabelle1"):
        list(xlsx_rows.rows(path, "Gemeinden"))
    with pytest.raises(SourceError):
        list(xlsx_rows.rows(path, 1))


def test_zip_bomb(path, monkeypatch):
    monkeypatch.setattr(xlsx_rows, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(SourceError, match="unpacks"):
        list(xlsx_rows.rows(path))


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200), at=st.integers(0, len(SMALL) - 1), value=st.integers(0, 255), cut=st.booleans())
def test_damaged_bytes_are_refused_or_read(tmp_path_factory, data, at, value, cut):
    path = tmp_path_factory.mktemp("x") / "damaged.xlsx"
    mutated = bytearray(SMALL)
    mutated[at] = value
    for content in (data, bytes(mutated), SMALL[:at] if cut else SMALL + data):
        path.write_bytes(content)
        try:
            assert len(list(xlsx_rows.rows(path))) <= 6
        except SourceError:
            pass
