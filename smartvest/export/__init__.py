"""What a visitor takes away: tables, maps and charts as files that say where they come from.

    flagged(table, told)                               sample and as_of as columns of every row
    table_csv(table, "de"|"plain") -> bytes in pieces  csv_metadata(…) is its sibling <file>-metadata.json (CSVW)
    table_xlsx(table, told, into, lang)                typed cells and a sheet "Quelle"; TooManyRows above 200,000
    table_parquet(table, told, into)                   attribution in the file's key-value metadata
    table_json(table, told) / geojson(table, told)     attribution in the envelope
    chart_image(spec, "svg"|"png"|"pdf", words…)       through vl-convert, our font inside
    file_name("glasfaser", "fttbh", "05562016", "2021-06-30", "svg")

A table is a pandas DataFrame, a pyarrow Table or a RecordBatchReader; nothing here opens a store or a page.
"""

from smartvest.export.chart import chart_image, prepare_fonts
from smartvest.export.csv import csv_metadata, table_csv
from smartvest.export.documents import geojson, table_json, type_name
from smartvest.export.names import file_name
from smartvest.export.parquet import table_parquet
from smartvest.export.rows import ExportError, flagged, to_arrow
from smartvest.export.xlsx import MAX_ROWS, TooManyRows, table_xlsx

__all__ = [
    "MAX_ROWS",
    "ExportError",
    "TooManyRows",
    "chart_image",
    "csv_metadata",
    "file_name",
    "flagged",
    "geojson",
    "prepare_fonts",
    "table_csv",
    "table_json",
    "table_parquet",
    "table_xlsx",
    "to_arrow",
    "type_name",
]
