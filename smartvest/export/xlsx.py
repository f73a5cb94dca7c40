"""Excel workbooks: typed cells, and a sheet "Quelle" that says where they come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from smartvest.export.rows import ExportError, Rows, batches, count, schema_of
from smartvest.parameters import plain
from smartvest.provenance import Provenance
from smartvest.texts import text

MAX_ROWS = 200_000  # about 20 MB and half a minute; beyond, Excel itself is no pleasure
MAX_CELL = 32_767  # characters, a limit of Excel
EXACT = 10**15  # Excel's numbers have 15 digits: a larger integer is written as text or it would change


class TooManyRows(ExportError):
    """The message is for the screen, in the language asked for."""

    def __init__(self, rows: int, lang: str):
        grouped = [f"{n:,}" if lang == "en" else f"{n:,}".replace(",", ".") for n in (rows, MAX_ROWS)]
        super().__init__(text("export.too_many_rows", lang, rows=grouped[0], limit=grouped[1]))


def table_xlsx(
    rows: Rows,
    told: Provenance,
    into: Path,
    lang: str = "de",
    progress: Callable[[int, int | None], None] | None = None,
) -> Path:
    """Write the workbook to ``into``, a row at a time (memory stays flat), and return ``into``.

    ``progress`` is told rows done and rows in all after every 10,000. Raises TooManyRows above 200,000. Text is written
    as text: a cell beginning with = is shown, never computed.
    """
    import xlsxwriter  # 60 ms, paid by the first workbook only

    total = count(rows)
    if total is not None and total > MAX_ROWS:
        raise TooManyRows(total, lang)
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(into), {"constant_memory": True, "nan_inf_to_errors": True, **as_text})
    try:
        forms = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "date": book.add_format({"num_format": "dd.mm.yyyy" if lang == "de" else "yyyy-mm-dd"}),
            "time": book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss" if lang == "de" else "yyyy-mm-dd hh:mm:ss"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        _data(book.add_worksheet(text("export.sheet_data", lang)), rows, forms, lang, progress)
        _source(book.add_worksheet(text("export.sheet_source", lang)), told, forms, lang)
    finally:
        book.close()
    return into


def _data(sheet: Any, rows: Rows, forms: dict[str, Any], lang: str, progress: Any) -> None:
    schema = schema_of(rows)
    sheet.freeze_panes(1, 0)
    for column, field in enumerate(schema):
        sheet.set_column(column, column, 12 if not pa.types.is_string(field.type) else 18)
    for column, name in enumerate(schema.names):
        sheet.write_string(0, column, name, forms["head"])
    writers = [_writer(sheet, field.type, forms) for field in schema]
    total, number = count(rows), 0
    for batch in batches(rows):
        columns = [column.to_pylist() for column in batch.columns]
        for values in zip(*columns, strict=True):
            number += 1
            if number > MAX_ROWS:
                raise TooManyRows(total or number, lang)
            for column, (write, value) in enumerate(zip(writers, values, strict=True)):
                if value is not None:
                    write(number, column, value)
        if progress:
            progress(number, total)


def _writer(sheet: Any, kind: pa.DataType, forms: dict[str, Any]) -> Callable[[int, int, Any], None]:
    def words(row: int, column: int, value: Any) -> None:
        sheet.write_string(row, column, str(value)[:MAX_CELL])

    def number(row: int, column: int, value: Any) -> None:
        if isinstance(value, int) and abs(value) >= EXACT:
            words(row, column, value)
        else:
            sheet.write_number(row, column, value)

    if pa.types.is_boolean(kind):
        return sheet.write_boolean
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return number
    if pa.types.is_date(kind):
        return lambda row, column, value: _dated(sheet, row, column, value, forms["date"])
    if pa.types.is_timestamp(kind):
        return lambda row, column, value: _dated(sheet, row, column, value.replace(tzinfo=None), forms["time"])
    return words


def _dated(sheet: Any, row: int, column: int, value: Any, form: Any) -> None:
    if value.year < 1900:  # Excel's calendar begins in 1900
        sheet.write_string(row, column, value.isoformat())
    else:
        sheet.write_datetime(row, column, value, form)


def _source(sheet: Any, told: Provenance, forms: dict[str, Any], lang: str) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    for row, (name, value) in enumerate(source_rows(told, lang)):
        sheet.write_string(row, 0, name, forms["head"])
        sheet.write_string(row, 1, value[:MAX_CELL], forms["wrap"])


def source_rows(told: Provenance, lang: str) -> list[tuple[str, str]]:
    """The lines of the sheet "Quelle" (name, value)."""

    def line(key: str, value: Any, **more: str) -> tuple[str, str]:
        return text(f"export.{key}", lang, **more), str(value)

    lines = [line("snapshot", told.snapshot_id), line("published", f"{told.published_at:%Y-%m-%d %H:%M}")]
    if told.link:
        lines.append(line("link", told.link))
    if told.query:
        lines.append(line("query", told.query))
        lines += [line("parameter", plain(value), name=name) for name, value in told.params.items()]
        if told.header.get("units"):
            lines.append(line("units", told.header["units"]))
    for d in told.datasets:
        lines += [
            line("dataset", f"{d.title[lang]} ({d.id})"),
            line("source", d.attribution(lang)),
            line("publisher", f"{d.publisher} {d.publisher_url}".strip()),
            line("licence", f"{d.licence} {d.licence_url}".strip()),
            line("as_of", d.as_of),
            line("fetched", f"{d.fetched_at:%Y-%m-%d %H:%M}" if d.fetched_at else ""),
            line("rows", d.rows),
            line("checksum", d.sha256),
            line("file", d.parquet),
        ]
    if told.query:
        lines += [line("sql", told.sql.strip()), line("recompute", told.recompute.strip())]
    return lines
