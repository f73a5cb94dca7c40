"""The Breitbandatlas workbook bba_MM_YYYY.xlsx: one sheet for households, businesses, schools and more.

Known from public programs that read bba_12_2025.xlsx: the sheets are named Privathaushalte, Fläche, Schulen,
Krankenhäuser, Unternehmen, …; the heading (AGS, Name, Verwaltungsebene, Land, Kreis, Raumkategorie, then the speeds) is
the first of the first dozen rows with a cell "AGS"; a technology stands once, in a merged cell, above its speeds; the
reference date stands in a free cell near the heading. How the speeds are worded we could not see:
every form of the CSV files is read, and a sheet without one is noted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

from smartvest.ingest.breitbandatlas_cells import area, is_key_name
from smartvest.ingest.breitbandatlas_csv import HEADER_WITHIN, layout_of
from smartvest.ingest.breitbandatlas_dates import date_in, stated_date
from smartvest.ingest.breitbandatlas_headers import HOUSEHOLDS, kind_of, measure, technology
from smartvest.ingest.breitbandatlas_rows import Rows, excerpt
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.ingest.xlsx_rows import Workbook

# Words above a block that order it but name no technology: what is measured, in which unit, in which direction.
_STRUCTURE = re.compile(
    r"^(?:festnetz|mobilfunk|download|downstream|verf(?:ü|ue)gbarkeit|versorgung|breitband|anteil|angaben?|in|private?"
    r"|privathaushalte|haushalte|unternehmen|gewerbe|schulen|zur(?:ü|ue)ck|stand|datenstand|stichtag|quelle)\b.*",
    re.IGNORECASE,
)


def read_xlsx(raw: Raw, dated: date | None) -> Shaped:
    """Every sheet about households, businesses or schools; the others are named in the notes, not counted."""
    with Workbook(raw.path, raw.name) as book:
        return _read(book, raw.name, dated)


def _read(book: Workbook, name: str, dated: date | None) -> Shaped:
    rows = Rows()
    kinds: set[str] = set()
    tops = {title: list(islice(book.rows(title), HEADER_WITHIN + 4)) for title in book.sheets}
    as_of = next(filter(None, (_stated(top) for top in tops.values())), None) or dated
    only_sheet = sum(_header_at(top) is not None for top in tops.values()) == 1
    unread: list[str] = []
    for title, top in tops.items():
        kind = kind_of(title) or (kind_of(name) or HOUSEHOLDS if only_sheet else "")
        heading = _header_at(top)
        layout = None if heading is None or not kind else layout_of(top[heading], rows, _groups(top, heading))
        if heading is None or layout is None or not layout.measures:
            unread.append(title)
            continue
        if as_of is None:
            raise SourceError(
                f"{name} states no 'Datenstand' and its name has no date; rename it like bba_12_2024.xlsx"
            )
        kinds |= {one.kind or kind for _, one in layout.measures}
        level = layout.roles.get("level")
        for row in islice(book.rows(title, percent_as_shown=True), heading + 1, None):
            cells = [(one, row[index] if index < len(row) else None) for index, one in layout.measures]
            key = row[layout.key] if layout.key < len(row) else None
            if not area(key) and all(value is None for _, value in cells):
                continue  # a line below the heading or the table: units, the date, a footnote
            said = row[level] if level is not None and level < len(row) else None
            rows.add(key, said, as_of, kind, cells, f"{title}: ")
    if unread:
        rows.notes.append(f"sheets not read: {excerpt(', '.join(unread))}")
    if not kinds:
        raise SourceError(
            f"{name}: no sheet has a heading with 'AGS' in its first {HEADER_WITHIN} rows and columns like "
            "'>= 1000 Mbit/s' under a technology; is this bba_MM_YYYY.xlsx?"
        )
    if not rows.records:
        raise SourceError(f"{name} has headings but no rows")
    return rows.shaped(kinds)


def _header_at(top: Sequence[Sequence[Any]]) -> int | None:
    return next(
        (number for number, row in enumerate(top[:HEADER_WITHIN]) if any(is_key_name(cell) for cell in row)), None
    )


def _groups(top: Sequence[Sequence[Any]], heading: int) -> list[str]:
    """The technology over each column: the nearest filled cell above it, carried to the right as a merged cell shows.

    A title over the columns of names is no block, so a block begins where the first speed stands or later.
    """
    header = top[heading]
    start = next((index for index, cell in enumerate(header) if measure("" if cell is None else str(cell), "x")), 0)
    groups = [""] * len(header)
    for row in reversed(top[:heading]):
        current = ""
        for index in range(start, len(header)):
            text = " ".join(str(row[index]).split()) if index < len(row) and row[index] is not None else ""
            if text and (technology(text) or not _STRUCTURE.match(text)) and date_in(text) is None:
                current = text
            groups[index] = groups[index] or current
    return groups


def _stated(top: Sequence[Sequence[Any]]) -> date | None:
    """The date beside or below a cell "Datenstand", or in it; else a cell that is nothing but a month and a year."""
    cells = [cell for cell in chain.from_iterable(top) if cell is not None]
    for number, cell in enumerate(cells):
        if isinstance(cell, str) and re.search("datenstand|stichtag|^stand", cell.strip(), re.IGNORECASE):
            for near in cells[number : number + 3]:
                if isinstance(near, datetime):
                    return near.date()
                found = stated_date(str(near)) or (date_in(str(near)) if len(str(near)) <= 40 else None)
                if found is not None:
                    return found
    months = (cell for cell in cells if isinstance(cell, str) and re.fullmatch(r"\s*[01][0-9][./]20[0-9]{2}\s*", cell))
    return next(filter(None, (date_in(month) for month in months)), None)
