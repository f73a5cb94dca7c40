"""Broadband availability by municipality: the Breitbandatlas (Bundesnetzagentur, Gigabit-Grundbuch).

Reads every municipality file since 2018: the CSV files of the former operator and the workbook bba_MM_YYYY.xlsx.
Values are published as they stand; a record (CSV record, xlsx row) with one value that is no percentage is quarantined
whole. Coverage means "can get", not "has ordered".
"""

from __future__ import annotations

from pathlib import Path

from smartvest.contracts import Source
from smartvest.ingest.breitbandatlas_csv import read_csv
from smartvest.ingest.breitbandatlas_dates import EARLIEST, date_in
from smartvest.ingest.breitbandatlas_fetch import newest
from smartvest.ingest.breitbandatlas_xlsx import read_xlsx
from smartvest.ingest.csv_records import looks_like_html
from smartvest.ingest.records import Raw, Shaped, SourceError

DATASETS = ("fibre_coverage", "fibre_businesses", "fibre_schools")
MAX_BYTES = 64_000_000  # the largest CSV so far has 3.7 MB, the workbook of 12/2025 has 10.4 MB
FILE_NAME = r"bba_(?P<month>[01][0-9])_(?P<year>20[0-9]{2})\.xlsx"


def fetch(source: Source, into: Path) -> Raw:
    """The newest bba_MM_YYYY.xlsx linked on the index page, else the configured address; never a web page."""
    return newest(source, into, FILE_NAME, magic=b"PK\x03\x04", max_bytes=MAX_BYTES, deadline_s=300)


def shape(raw: Raw) -> Shaped:
    """One municipality file -> rows of the ten towns. Raises SourceError for a file that can't be used at all."""
    size = raw.path.stat().st_size
    if size > MAX_BYTES:
        raise SourceError(f"{raw.name} has {size:,} bytes; a municipality file has at most {MAX_BYTES:,}")
    with raw.path.open("rb") as file:
        start = file.read(1024)
    if looks_like_html(start):
        raise SourceError(f"{raw.name} is an HTML page, not a dataset; open its address in a browser to see why")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise SourceError(f"{raw.name} is an old .xls workbook; save it as .xlsx and import that")
    dated = date_in(Path(raw.name).stem)
    if start.startswith(b"PK\x03\x04"):
        shaped = read_xlsx(raw, dated)
    else:
        shaped = read_csv(raw, dated)
    for table in shaped.tables.values():
        days = table.column("as_of").unique().to_pylist()
        if any(day < EARLIEST for day in days):
            raise SourceError(
                f"{raw.name} is dated {min(days)}; figures before 2018 follow another method and are never joined"
            )
        if dated and any(day != dated for day in days):
            shaped.notes.append(f"the file states {max(days)}, its name {dated}; the file's own date was used")
    return shaped
