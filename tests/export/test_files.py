from __future__ import annotations

import io
import json
from datetime import date, datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smartvest import export
from smartvest.export import xlsx
from tests.published import FIBRE

TABLE = pa.table(
    {
        "ags": ["05562016", "05562024"],
        "value": [-1.5, None],
        "n": pa.array([2**60, 7], pa.int64()),
        "as_of": [date(2021, 6, 30), date(1850, 1, 1)],
        "at": pa.array([datetime(2021, 6, 30, 12), None], pa.timestamp("ms")),
        "sample": [True, False],
        "text": ["=1+1", "https://x.example"],
    }
)


def test_xlsx_has_typed_cells_and_its_source(tmp_path, told):
    seen = []
    export.table_xlsx(TABLE, told, tmp_path / "t.xlsx", "de", lambda done, total: seen.append((done, total)))
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["Daten", "Quelle"]
    rows = list(book["Daten"].iter_rows(values_only=True))
    assert rows[0] == tuple(TABLE.column_names)
    assert rows[1] == ("05562016", -1.5, str(2**60), datetime(2021, 6, 30), datetime(2021, 6, 30, 12), True, "=1+1")
    assert rows[2][1] is None and rows[2][3] == "1850-01-01"
    assert book["Daten"]["G2"].data_type == "s"  # text, not a formula
    said = {row[0]: row[1] for row in book["Quelle"].iter_rows(values_only=True)}
    assert said["smartVEST-Datenstand"] == told.snapshot_id
    assert said["Abfrage"] == "fibre_by_town" and said["Parameter as_of"] == "2021-06-30"
    assert "$technology" in said["SQL"]
    assert "Gigabit-Grundbuch" in str(list(book["Quelle"].iter_rows(values_only=True)))
    assert seen == [(2, 2)]


def test_too_many_rows_point_to_csv(tmp_path, told, monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_ROWS", 1)
    with pytest.raises(export.TooManyRows, match="CSV oder Parquet"):
        export.table_xlsx(TABLE, told, tmp_path / "t.xlsx", "de")
    with pytest.raises(export.TooManyRows, match="CSV or Parquet"):
        export.table_xlsx(TABLE.to_reader(), told, tmp_path / "t.xlsx", "en")


def test_parquet_keeps_types_and_attribution(told):
    out = io.BytesIO()
    export.table_parquet(TABLE, told, out)
    back = pq.read_table(io.BytesIO(out.getvalue()))
    assert back.schema.remove_metadata() == TABLE.schema and back.to_pylist() == TABLE.to_pylist()
    assert json.loads(back.schema.metadata[b"smartvest"])["snapshot"] == told.snapshot_id
    assert "Gigabit-Grundbuch" in back.schema.metadata[b"attribution"].decode()


def test_json_envelope(told, served):
    answer = served.answer("fibre_by_town", FIBRE)
    found = json.loads(b"".join(export.table_json(answer, told, total=11)))
    assert found["total"] == 11 and len(found["rows"]) == 11
    assert found["smartvest"]["sources"][0]["licence"]
    assert found["columns"][2] == {"name": "as_of", "type": "date"}
    assert {r["ags"]: r["households_pct"] for r in found["rows"]}["05562016"] == 88.07
    assert json.loads(b"".join(export.table_json(TABLE.slice(0, 0), told)))["rows"] == []


def test_geojson_outlines_points_and_nothing(told, served):
    towns = served.answer("town_outlines", {})
    found = json.loads(b"".join(export.geojson(towns, told)))
    assert len(found["features"]) == 10 and found["smartvest"]["snapshot"] == told.snapshot_id
    assert found["features"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert "geometry_geojson" not in found["features"][0]["properties"]
    points = pa.table({"longitude_deg": [7.1, None], "latitude_deg": [51.6, 51.7]})
    found = json.loads(b"".join(export.geojson(points, told)))
    assert found["features"][0]["geometry"] == {"type": "Point", "coordinates": [7.1, 51.6]}
    assert found["features"][1]["geometry"] is None
    with pytest.raises(export.ExportError):
        list(export.geojson(TABLE, told))


def test_names_by_content():
    name = export.file_name("/glasfaser", "fttbh", "05562016", date(2021, 6, 30), "svg")
    assert name == "smartvest_glasfaser_fttbh_haltern-am-see_2021-06-30.svg"
    assert export.file_name("/", "Übersicht & mehr", "05562", "", "csv") == (
        "smartvest_uebersicht-mehr_kreis-recklinghausen.csv"
    )
    assert export.file_name("../../etc", 'a"b\r\nc', ext="csv") == "smartvest_etc_a-b-c.csv"


def test_a_confidential_figure_is_empty_with_its_status_and_never_zero(tmp_path, told):
    rows = pa.table({"ags": ["05562016"], "value": pa.array([None], pa.float64()), "status": ["confidential"]})
    text = b"".join(export.table_csv(rows, "plain")).decode()
    assert text.splitlines()[1] == "05562016,,confidential"
    assert json.loads(b"".join(export.table_json(rows, told)))["rows"][0]["value"] is None
    export.table_xlsx(rows, told, tmp_path / "t.xlsx", "de")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Daten"]
    assert [cell.value for cell in sheet[2]] == ["05562016", None, "confidential"]
    out = io.BytesIO()
    export.table_parquet(rows, told, out)
    assert pq.read_table(io.BytesIO(out.getvalue())).column("value").to_pylist() == [None]
