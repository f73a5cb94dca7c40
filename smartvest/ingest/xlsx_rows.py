"""Rows of an xlsx workbook, one at a time, as plain values."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from smartvest.ingest.records import SourceError

Row = tuple[Any, ...]

# The largest real workbook here, the charging register of 2026, unpacks to about 250 MB; a zip bomb goes to terabytes.
MAX_UNPACKED_BYTES = 1_500_000_000
MAX_ROWS = 1_048_576  # of Excel itself; a damaged row number would otherwise be counted up to with empty rows


def sheets(path: Path, name: str = "") -> list[str]:
    """The titles of all worksheets. Raises SourceError for bytes that are no workbook."""
    with _Workbook(path, name or path.name) as book:
        return [sheet.title for sheet in book.worksheets]


def rows(path: Path, sheet: int | str = 0, name: str = "", percent_as_shown: bool = False) -> Iterator[Row]:
    """Every row of one worksheet that holds a value, in order: str, int, float, bool, datetime or None per cell.

    Rows without any value are left out (a formatted empty row is no record); values of formulas are those last saved.
    Numbers typed as text stay text. A cell formatted as percent holds 0.9608 and shows 96.08 %: with
    ``percent_as_shown`` it comes as 96.08. Raises SourceError, also half-way, for anything that can't be read.
    """
    name = name or path.name
    with _Workbook(path, name) as book:
        titles = [one.title for one in book.worksheets]
        if isinstance(sheet, str) and sheet not in titles or isinstance(sheet, int) and sheet >= len(titles):
            raise SourceError(f"{name} has no sheet {sheet!r}, only {', '.join(titles) or 'none'}")
        page = book.worksheets[sheet if isinstance(sheet, int) else titles.index(sheet)]
        page.reset_dimensions()  # the written size is often wrong, and would silently cut rows and columns
        found = map(_as_shown, page.iter_rows()) if percent_as_shown else page.iter_rows(values_only=True)
        for number in range(MAX_ROWS + 1):
            try:
                row = next(found, None)
            except Exception as error:  # noqa: BLE001 - openpyxl raises whatever its parsers raise on damaged bytes
                raise SourceError(f"{name}: sheet {page.title!r} is damaged: {type(error).__name__}") from None
            if row is None:
                return
            if any(value is not None and value != "" for value in row):
                yield row
        raise SourceError(f"{name}: sheet {page.title!r} has more than {number:,} rows")


def first_rows(path: Path, sheet: int | str = 0, count: int = 30, name: str = "") -> list[Row]:
    """The first ``count`` rows that hold a value: where titles, dates and headers are."""
    return list(islice(rows(path, sheet, name), count))


def _as_shown(cells: tuple[Any, ...]) -> Row:
    return tuple(
        round(cell.value * 100, 9)
        if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool) and "%" in cell.number_format
        else cell.value
        for cell in cells
    )


class _Workbook:
    """An open read-only workbook whose every failure to open is a SourceError."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.file: BinaryIO | None = None

    def __enter__(self):
        import openpyxl  # 0.2 s to import; only those who read a workbook pay

        try:
            with zipfile.ZipFile(self.path) as archive:
                unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MAX_UNPACKED_BYTES:
                raise SourceError(f"{self.name} unpacks to {unpacked:,} bytes, more than {MAX_UNPACKED_BYTES:,}")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # "no default style" and the like say nothing about the rows
                # given open, because openpyxl refuses a path that doesn't end in .xlsx
                self.file = self.path.open("rb")
                self.book = openpyxl.load_workbook(self.file, read_only=True, data_only=True)
        except SourceError:
            raise
        except Exception as error:  # noqa: BLE001 - BadZipFile, KeyError, zlib.error, …: it has no error of its own
            if self.file is not None:
                self.file.close()
            raise SourceError(f"{self.name} is not a readable xlsx workbook ({type(error).__name__})") from None
        return self.book

    def __exit__(self, *_: object) -> None:
        self.book.close()
        if self.file is not None:
            self.file.close()
