"""The 100 m grid as GeoPackage or CSV, read piece by piece: 300 MB and more in a few tens of MB of memory."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from smartvest.ingest.breitbandatlas_cells import is_key_name
from smartvest.ingest.breitbandatlas_dates import date_in, stated_date
from smartvest.ingest.breitbandatlas_grid_cells import (
    Corner,
    corner_of_blob,
    corner_of_id,
    corner_of_point,
    corner_of_wkt,
)
from smartvest.ingest.breitbandatlas_grid_rows import Cells, kept_columns
from smartvest.ingest.csv_records import DELIMITERS
from smartvest.ingest.records import SourceError

ROWS_A_STEP = 200_000
MAX_LINE = 1_000_000  # a line of the grid has 500 bytes; longer means another kind of line end, or no text at all
_ID_NAMES = {"rasterid", "gitterid", "gitteridm", "idm", "cellid", "cellcode", "inspireid", "zelle", "cell", "gridid"}
_X_NAMES, _Y_NAMES = ({f"{axis}{end}" for end in ("", "m", "mp", "mpm", "sw", "swm")} for axis in "xy")
_WKT_NAMES = {"wkt", "geom", "geometry", "thegeom"}

Progress = Callable[[int, int], None]


def read_gpkg(path: Path, name: str, cells: Cells, progress: Progress) -> date | None:
    """Add every cell of the first layer that has a municipality key and coverage columns; the date it states."""
    size = path.stat().st_size
    try:
        address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            return _read_layer(connection, name, cells, progress, size)
    except (sqlite3.Error, OverflowError, UnicodeError) as error:  # SQLite quotes damaged bytes in its messages
        raise SourceError(f"{name} is not a readable GeoPackage: {error}") from None


def _read_layer(connection: sqlite3.Connection, name: str, cells: Cells, progress: Progress, size: int) -> date | None:
    layers = connection.execute(
        "SELECT c.table_name, coalesce(c.identifier, ''), coalesce(c.description, '') FROM gpkg_contents c "
        "JOIN sqlite_master m ON m.name = c.table_name AND m.type = 'table' "
        "WHERE c.data_type IN ('features', 'attributes')"
    ).fetchall()
    for layer, identifier, description in layers:
        table = _quoted(layer)
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        key = next((column for column in columns if is_key_name(column) or column.lower() == "gem"), None)
        kept = kept_columns(columns)
        if key is None or max(kept, default=-1) < 0:
            continue
        shape = connection.execute(
            "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
        ).fetchone()
        ident = next((column for column in columns if _plain(column) in _ID_NAMES), None)
        if ident is None and shape is None:
            raise SourceError(f"{name}: layer {layer!r} has neither a cell id nor a geometry")
        wanted = [key, ident, shape[0] if shape else None, *(columns[i] if i >= 0 else None for i in kept)]
        listed = ", ".join("NULL" if column is None else _quoted(column) for column in wanted)
        here = f"(CAST({_quoted(key)} AS TEXT) GLOB '05562*' OR CAST({_quoted(key)} AS TEXT) GLOB '5562*')"
        low, high, rows = connection.execute(
            f"SELECT coalesce(min(rowid), 0), coalesce(max(rowid), -1), count(*) FROM {table}"
        ).fetchone()
        total = 0
        # Numbered with huge gaps, a table would be walked for ever in steps: then it is one step.
        step = ROWS_A_STEP if high - low < 100 * (rows + ROWS_A_STEP) else high - low + 1
        for start in range(low, high + 1, step):
            span = (start, min(start + step - 1, high))
            inside = f"FROM {table} WHERE rowid BETWEEN ? AND ?"
            count, without = connection.execute(
                f"SELECT count(*), sum({_quoted(key)} IS NULL) {inside}", span
            ).fetchone()
            found = 0
            for row in connection.execute(f"SELECT {listed} {inside} AND {here}", span):
                found += 1
                ident_text = str(row[1] or "")
                corner = corner_of_id(ident_text) or (corner_of_blob(row[2]) if isinstance(row[2], bytes) else None)
                cells.add(row[0], ident_text, corner, list(row[3:]))
            for _ in range(without or 0):
                cells.add(None, "", None, [])
            cells.skip(count - found - (without or 0))
            total += count
            progress(int(size * (span[1] + 1 - low) / (high + 1 - low)), size)
        progress(size, size)
        if not total:
            raise SourceError(f"{name}: layer {layer!r} has no cells")
        return date_in(layer) or date_in(identifier) or stated_date(description)
    raise SourceError(f"{name}: no layer with a column 'ags' and columns like 'down_fn_hh_ftthb_1000'")


def read_grid_csv(file: BinaryIO, name: str, cells: Cells, progress: Progress, size: int) -> None:
    """Add every record. Lines without "5562" are other counties': counted, never parsed (14 of 15 in 300 MB)."""
    heading = file.readline(MAX_LINE).decode("utf-8-sig", "replace")
    if "\x00" in heading:
        raise SourceError(f"{name} is not UTF-8 or Windows text; save the grid as CSV UTF-8")
    delimiter, header = _csv_header(heading, name)
    key = next(index for index, text in enumerate(header) if is_key_name(text) or text.strip().lower() == "gem")
    kept = kept_columns([text.strip() for text in header])
    where = {role: next((i for i, text in enumerate(header) if _plain(text) in names), -1) for role, names in
             (("id", _ID_NAMES), ("x", _X_NAMES), ("y", _Y_NAMES), ("wkt", _WKT_NAMES))}  # fmt: skip
    if max(kept) < 0 or where["id"] < 0 and where["wkt"] < 0 and min(where["x"], where["y"]) < 0:
        raise SourceError(
            f"{name}: a grid file needs columns like 'down_fn_hh_ftthb_1000' and a cell id (raster_id) or x and y"
        )
    done, elsewhere = len(heading), 0
    for line in _record_lines(file, name):
        done += len(line)
        if cells.records + elsewhere & 0xFFFF == 0:
            progress(min(done, size), size)
        if b"5562" not in line:
            elsewhere += 1
            continue
        cells.skip(elsewhere)
        elsewhere = 0
        try:
            fields = next(csv.reader([line.decode("utf-8", "replace")], delimiter=delimiter))
        except (csv.Error, StopIteration):
            fields = []
        if len(fields) != len(header):
            cells.records += 1
            cells.reject("field_count", f"{len(fields)} fields instead of {len(header)}")
            continue
        ident = fields[where["id"]].strip() if where["id"] >= 0 else ""
        cells.add(
            fields[key], ident, _csv_corner(ident, fields, where), [fields[i] if i >= 0 else None for i in kept]
        )  # fmt: skip
    cells.skip(elsewhere)
    progress(size, size)
    if not cells.records:
        raise SourceError(f"{name} has a heading but no cells")


def _csv_header(line: str, name: str) -> tuple[str, list[str]]:
    for delimiter in DELIMITERS:
        try:
            header = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(header) > 2 and any(is_key_name(text) or text.strip().lower() == "gem" for text in header):
            return delimiter, header
    raise SourceError(f"{name}: the first line names no column 'ags'; is this the 100 m grid of the Breitbandatlas?")


def _record_lines(file: BinaryIO, name: str):
    """Lines, joined while a quote is open; blank ones left out."""
    waiting = b""
    while line := file.readline(MAX_LINE):
        if len(line) >= MAX_LINE:
            raise SourceError(f"{name} has a line of more than {MAX_LINE:,} bytes; this is no grid file")
        waiting += line
        if b'"' in waiting and waiting.count(b'"') % 2:
            if len(waiting) > MAX_LINE:
                raise SourceError(f"{name}: a quote is never closed")
            continue
        if waiting.strip():
            yield waiting
        waiting = b""
    if waiting.strip():
        raise SourceError(f"{name}: a quote is never closed")


def _csv_corner(ident: str, fields: list[str], where: dict[str, int]) -> Corner | None:
    corner = corner_of_id(ident)
    if corner is None and where["x"] >= 0 and where["y"] >= 0:
        try:
            x, y = (float(fields[where[axis]].replace(",", ".")) for axis in "xy")
            corner = corner_of_point(x, y)
        except ValueError:
            corner = None
    if corner is None and where["wkt"] >= 0:
        corner = corner_of_wkt(fields[where["wkt"]])
    return corner


def _plain(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _quoted(name: str) -> str:
    """A table or column name of a stranger's file, as SQLite quotes names."""
    return '"' + name.replace('"', '""') + '"'
