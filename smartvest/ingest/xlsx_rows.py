"""Rows of an xlsx workbook, one at a time, as plain values."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Self

from smartvest.ingest.records import SourceError

Row = tuple[Any, ...]

# The largest real workbook here, the charging register of 2026, unpacks to about 250 MB; a zip bomb goes to terabytes.
MAX_UNPACKED_BYTES = 1_500_000_000
MAX_ROWS = 1_048_576  # of Excel itself; a damaged row number would otherwise be counted up to with empty rows


class Workbook:
    """An open workbook (``with Workbook(path) as book``). Every failure to open or read it is a SourceError."""

    def __init__(self, path: Path, name: str = "") -> None:
        self.path, self.name = path, name or path.name

    def __enter__(self) -> Self:
        import openpyxl  # 0.2 s to import; only those who read a workbook pay

        self._file = self.path.open("rb")  # given a path, openpyxl would insist on a name that ends in .xlsx
        try:
            with zipfile.ZipFile(self._file) as archive:
                if "[Content_Types].xml" not in archive.namelist():
                    raise SourceError(
                        f"{self.name} is a zip archive, not a workbook; unpack it and import what is in it"
                    )
                unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MAX_UNPACKED_BYTES:
                raise SourceError(f"{self.name} unpacks to {unpacked:,} bytes, more than {MAX_UNPACKED_BYTES:,}")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # "no default style" and the like say nothing about the rows
                self._book = openpyxl.load_workbook(self._file, read_only=True, data_only=True)
        except SourceError:
            self._file.close()
            raise
        except Exception as error:
            self._file.close()
            raise SourceError(f"{self.name} is not a readable xlsx workbook ({type(error).__name__})") from None
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()
        self._file.close()

    @property
    def sheets(self) -> list[str]:
        """The titles of all worksheets."""
        return [sheet.title for sheet in self._book.worksheets]

    def rows(self, sheet: int | str = 0, percent_as_shown: bool = False) -> Iterator[Row]:
        """Every row of one worksheet that holds a value, in order: str, int, float, bool, datetime or None per cell.

        Rows without any value are left out (a formatted empty row is no record); formulas give the value last saved.
        Numbers typed as text stay text. A cell formatted as percent holds 0.9608 and shows 96.08 %: with
        ``percent_as_shown`` it comes as 96.08. Raises SourceError, also half-way, for anything that can't be read.
        """
        titles = self.sheets
        if isinstance(sheet, str) and sheet not in titles or isinstance(sheet, int) and sheet >= len(titles):
            raise SourceError(f"{self.name} has no sheet {sheet!r}, only {', '.join(titles) or 'none'}")
        page = self._book.worksheets[sheet if isinstance(sheet, int) else titles.index(sheet)]
        page.reset_dimensions()  # the written size is often wrong, and would silently cut rows and columns
        found = map(_as_shown, page.iter_rows()) if percent_as_shown else page.iter_rows(values_only=True)
        for _ in range(MAX_ROWS + 1):
            try:
                row = next(found, None)
            except Exception as error:
                raise SourceError(f"{self.name}: sheet {page.title!r} is damaged: {type(error).__name__}") from None
            if row is None:
                return
            if any(value is not None and value != "" for value in row):
                yield row
        raise SourceError(f"{self.name}: sheet {page.title!r} has more than {MAX_ROWS:,} rows")

    def first_rows(self, sheet: int | str = 0, count: int = 30) -> list[Row]:
        """The first ``count`` rows that hold a value: where titles, dates and headers are."""
        return list(islice(self.rows(sheet), count))


def sheets(path: Path, name: str = "") -> list[str]:
    """The titles of all worksheets of a file."""
    with Workbook(path, name) as book:
        return book.sheets


def rows(path: Path, sheet: int | str = 0, name: str = "") -> Iterator[Row]:
    """``Workbook.rows`` of a file read once."""
    with Workbook(path, name) as book:
        yield from book.rows(sheet)


def first_rows(path: Path, sheet: int | str = 0, count: int = 30, name: str = "") -> list[Row]:
    """``Workbook.first_rows`` of a file."""
    with Workbook(path, name) as book:
        return book.first_rows(sheet, count)


def _as_shown(cells: tuple[Any, ...]) -> Row:
    return tuple(
        round(cell.value * 100, 9)
        if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool) and "%" in cell.number_format
        else cell.value
        for cell in cells
    )
