"""Population and area of the ten towns from the Gemeindeverzeichnis (Destatis, GV-ISys): xlsx extract or GV100AD text.

The xlsx names the population's own date (the quarterly extract of 30.06.2024 holds the population of 31.12.2022).
GV100AD does not: there ``as_of`` is the date of the territorial status, and a note says so.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from smartvest.contracts import ARROW, Source
from smartvest.ingest import xlsx_rows
from smartvest.ingest.csv_records import looks_like_html
from smartvest.ingest.german_numbers import find_date, number, title_key, whole
from smartvest.ingest.records import RECORD, Raw, Rejected, Shaped, SourceError
from smartvest.towns import COUNTY_AGS, TOWNS

DATASETS = ("population",)
SCHEMA = pa.schema(
    [
        ("ags", ARROW["text"]),
        ("name", ARROW["text"]),
        ("as_of", ARROW["date"]),
        ("area_km2", ARROW["number"]),
        ("population", ARROW["integer"]),
        ("male", ARROW["integer"]),
        ("female", ARROW["integer"]),
        (RECORD, ARROW["integer"]),
    ]
)
TOWN = "60"  # Satzart: 10 Land, 20 Regierungsbezirk, 30 Region, 40 Kreis, 50 Gemeindeverband, 60 Gemeinde
RECORD_TYPES = {"10", "20", "30", "40", "50", "60"}
LINE_LENGTH = 220
MAX_TEXT_BYTES = 100_000_000  # the real file has 16,000 lines, 3.5 MB
HEADER_WITHIN = 30


def fetch(source: Source, into: Path) -> Raw:
    """The newest quarterly extract."""
    from smartvest.ingest.http import download

    return download(source.fetch_url, hosts=source.hosts, into=into, max_bytes=50_000_000)


def shape(raw: Raw) -> Shaped:
    """xlsx or GV100AD (as text, or zipped as Destatis sends it) -> table ``population``. Raises SourceError.

    A record is a row below the xlsx header, or a line. Other record types and counties are out of scope; a second row
    of a town is a duplicate. Rows below the xlsx table with text in their first cell alone are footnotes, no records.
    """
    with raw.path.open("rb") as file:
        start = file.read(1024)
    if not start.strip():
        raise SourceError(f"{raw.name} is empty")
    if looks_like_html(start):
        raise SourceError(f"{raw.name} is an HTML page, not the Gemeindeverzeichnis; open its address in a browser")
    if not start.startswith(b"PK"):
        return _from_text(_limited(raw), raw.name)
    packed = _packed_text(raw)
    return _from_text(packed, raw.name) if packed is not None else _from_xlsx(raw)


@dataclass
class _Towns:
    """Collects the towns' rows and everything that is not published."""

    shaped: Shaped = field(default_factory=lambda: Shaped(records_in=0))
    rows: list[dict[str, Any]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def reject(self, record: int, reason: str, detail: object = "", column: str = "") -> None:
        self.shaped.rejected.append(Rejected(record, reason, _excerpt(detail), column))

    def add(self, record: int, ags: str, as_of: date | None, values: dict[str, Any]) -> None:
        """``values``: functions that give area_km2, population, male, female or raise ValueError."""
        if ags not in TOWNS:
            return self.reject(record, "unknown_town", ags, "ags")
        row: dict[str, Any] = {"ags": ags, "name": TOWNS[ags], "as_of": as_of, RECORD: record}
        for column, (read, cell) in values.items():
            try:
                row[column] = read(cell)
            except ValueError:
                return self.reject(record, "not_a_number", cell, column)
        if row["population"] is None:
            return self.reject(record, "missing_value", ags, "population")
        if as_of is None:
            return self.reject(record, "bad_date", ags, "as_of")
        if row.get("female") is None and row["male"] is not None:
            row["female"] = row["population"] - row["male"]  # GV100AD gives men only; Destatis itself adds up like this
        if row["male"] is not None and row["female"] is not None and row["male"] + row["female"] != row["population"]:
            return self.reject(
                record, "sum_differs", f"{row['male']} + {row['female']} != {row['population']}", "population"
            )
        if ags in self.seen:
            self.shaped.duplicates += 1
            return None
        self.seen.add(ags)
        self.rows.append(row)
        return None

    def done(self, name: str) -> Shaped:
        if not self.rows and not self.shaped.rejected:
            raise SourceError(f"{name} holds no town of {COUNTY_AGS}; is it the whole Gemeindeverzeichnis?")
        self.shaped.tables["population"] = pa.Table.from_pylist(self.rows, schema=SCHEMA)
        return self.shaped


# --- xlsx ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layout:
    """Where things are in a sheet: column numbers by what their titles say."""

    columns: dict[str, int]
    data_row: int  # 0-based, among the rows that hold a value
    as_of: date
    basis: str


def _from_xlsx(raw: Raw) -> Shaped:
    with xlsx_rows.Workbook(raw.path, raw.name) as book:
        for sheet in book.sheets:
            layout = _find_layout(book.first_rows(sheet, HEADER_WITHIN), raw.name)
            if layout is not None:
                return _from_sheet(book.rows(sheet), layout).done(raw.name)
    raise SourceError(f"{raw.name}: no sheet has a header with Satzart, Gemeindename and Bevölkerung insgesamt")


def _from_sheet(rows: Iterator[xlsx_rows.Row], layout: _Layout) -> _Towns:
    towns = _Towns()
    at = layout.columns
    if layout.basis:
        towns.shaped.notes.append(layout.basis)
    for index, row in enumerate(rows):
        if index < layout.data_row or _is_footnote(row):
            continue
        towns.shaped.records_in += 1
        record = towns.shaped.records_in
        kind = _digits(_cell(row, at["type"]), 2)
        if kind not in RECORD_TYPES:
            towns.reject(record, "unknown_record_type", _cell(row, at["type"]))
            continue
        if kind != TOWN:
            towns.shaped.out_of_scope += 1
            continue
        ags = _key(row, at)
        if ags is None:
            towns.reject(record, "bad_key", _cell(row, at["name"]), "ags")
        elif not ags.startswith(COUNTY_AGS):
            towns.shaped.out_of_scope += 1
        else:
            values = {"area_km2": (number, _cell(row, at.get("area"))), "population": (whole, _cell(row, at["total"]))}
            values |= {c: (whole, _cell(row, at.get(c))) for c in ("male", "female")}
            towns.add(record, ags, layout.as_of, values)
    return towns


def _find_layout(rows: list[xlsx_rows.Row], name: str) -> _Layout | None:
    """The layout of a sheet from its first rows, or None when it is not the table of municipalities."""
    header = next((i for i, row in enumerate(rows) if "satzart" in map(title_key, row)), None)
    if header is None:
        return None
    kind = [title_key(cell) for cell in rows[header]].index("satzart")
    first = next((i for i in range(header + 1, len(rows)) if _digits(_cell(rows[i], kind), 2) in RECORD_TYPES), None)
    if first is None:
        return None
    block = rows[header:first]
    columns = {"type": kind}
    for row in block:
        for at, cell in enumerate(row):
            title = title_key(cell)
            role = _ROLES.get(title) or ("area" if title.startswith("fläche") else None)
            if role:
                columns.setdefault(role, at)
    if not {"name", "total"} <= columns.keys() or not (
        {"land", "rb", "kreis", "gem"} <= columns.keys() or "key" in columns
    ):
        return None
    return _Layout(columns, first, _population_date(rows[:header], block, columns["total"], name), _basis(rows[:first]))


_ROLES = {
    "gemeindename": "name",
    "land": "land",
    "rb": "rb",
    "kreis": "kreis",
    "gem": "gem",
    "insgesamt": "total",
    "männlich": "male",
    "weiblich": "female",
    "ags": "key",
    "ars": "key",
    "amtlichergemeindeschlüssel(ags)": "key",
    "amtlichergemeindeschlüssel": "key",
}


def _population_date(above: list[xlsx_rows.Row], block: list[xlsx_rows.Row], total: int, name: str) -> date:
    """The date in the titles over the population column; the area beside it and the territory have dates of their own.

    Without one, the date in the table's title will do only if it is a 31 December: population is updated to that day,
    while a quarterly title names the territorial status.
    """
    for row in block:
        found = find_date(_cell(row, total))
        if found:
            return found
    for row in above:
        for cell in row:
            found = find_date(cell)
            if found and (found.month, found.day) == (12, 31):
                return found
    raise SourceError(f"{name}: the header does not say of which day the population is")


def _basis(rows: list[xlsx_rows.Row]) -> str:
    """A note when the sheet names the census its figures start from: 2011 and 2022 must not be joined unseen."""
    for row in rows:
        for cell in row:
            found = re.search(r"Zensus\s*(2011|2022)", str(cell or ""), re.IGNORECASE)
            if found and found[1] != "2011":
                return f"figures are based on the census of {found[1]}; the series before is based on that of 2011"
    return ""


def _key(row: xlsx_rows.Row, at: dict[str, int]) -> str | None:
    """The eight-digit key from its parts (Land, RB, Kreis, Gem) or from one column; None if it can't be read."""
    if "gem" in at and "land" in at:
        parts = [_digits(_cell(row, at[p]), width) for p, width in (("land", 2), ("rb", 1), ("kreis", 2), ("gem", 3))]
        return "".join(parts) if all(parts) else None
    text = re.sub(r"\s", "", str(_cell(row, at["key"]) or ""))
    if re.fullmatch(r"[0-9]{12}", text):  # ARS: the municipal association stands before the municipality
        return text[:5] + text[9:]
    return text.zfill(8) if re.fullmatch(r"[0-9]{7,8}", text) else None  # an integer cell has lost its zero


def _is_footnote(row: xlsx_rows.Row) -> bool:
    filled = [i for i, cell in enumerate(row) if cell is not None and cell != ""]
    return filled == [0] and not _digits(row[0], 2)


def _digits(cell: object, width: int) -> str:
    """``5`` or ``"05"`` -> ``"05"``; empty when the cell is something else."""
    text = str(cell).strip() if cell is not None and not isinstance(cell, bool) else ""
    return text.zfill(width) if re.fullmatch(rf"[0-9]{{1,{width}}}", text) else ""


def _cell(row: xlsx_rows.Row, at: int | None) -> Any:
    return row[at] if at is not None and at < len(row) else None


# --- GV100AD text --------------------------------------------------------------------------------------------------


def _from_text(data: bytes, name: str) -> Shaped:
    towns = _Towns()
    dates: set[date] = set()
    well_formed = 0
    for number_, line in enumerate(_lines(data), start=1):
        towns.shaped.records_in = number_
        if len(line) != LINE_LENGTH:
            towns.reject(number_, "wrong_length", f"{len(line)} characters instead of {LINE_LENGTH}")
            continue
        kind, day, ags = line[0:2], line[2:10], line[10:18]
        if kind not in RECORD_TYPES:
            towns.reject(number_, "unknown_record_type", kind)
            continue
        well_formed += 1
        if kind != TOWN:
            towns.shaped.out_of_scope += 1
        elif not re.fullmatch(r"[0-9]{8}", ags):
            towns.reject(number_, "bad_key", ags, "ags")
        elif not ags.startswith(COUNTY_AGS):
            towns.shaped.out_of_scope += 1
        else:
            as_of = _compact_date(day)
            values = {
                "area_km2": (_hectares, line[128:139]),
                "population": (_padded, line[139:150]),
                "male": (_padded, line[150:161]),
            }
            towns.add(number_, ags, as_of, values)
            dates |= {as_of} if as_of else set()
    if not well_formed:
        raise SourceError(f"{name} is neither an xlsx workbook nor GV100AD text (lines of {LINE_LENGTH} characters)")
    if dates:
        # No field of record type 60 dates the population: it is that of the last 31 December published before the
        # territorial status. We show the date the file does state, and tell the steward.
        stated = ", ".join(day.isoformat() for day in sorted(dates))
        towns.shaped.notes.append(f"GV100AD does not date the population; as_of is the territorial status ({stated})")
    return towns.done(name)


def _lines(data: bytes) -> list[str]:
    """Lines that hold something. Each is UTF-8 or else Latin-1: one damaged byte must not shift every other umlaut."""
    lines = []
    for raw in data.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        raw = raw.removesuffix(b"\r")
        if raw.strip(b" \t\x1a"):  # older files end with Ctrl-Z
            try:
                lines.append(raw.decode("utf-8"))
            except UnicodeDecodeError:
                lines.append(raw.decode("latin-1"))
    return lines


def _padded(field_: str) -> int:
    """``00000073795`` -> 73795; a field with blanks or anything else raises ValueError."""
    if not re.fullmatch(r"[0-9]+", field_):
        raise ValueError(field_)
    return int(field_)


def _hectares(field_: str) -> float:
    return _padded(field_) / 100


def _compact_date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])) if re.fullmatch(r"[0-9]{8}", text) else None
    except ValueError:
        return None


def _limited(raw: Raw) -> bytes:
    if raw.path.stat().st_size > MAX_TEXT_BYTES:
        raise SourceError(f"{raw.name} is larger than {MAX_TEXT_BYTES:,} bytes; GV100AD has about 4 MB")
    return raw.read()


def _packed_text(raw: Raw) -> bytes | None:
    """The GV100AD text of the zip Destatis publishes; None for an xlsx (also a zip)."""
    try:
        with zipfile.ZipFile(raw.path) as archive:
            wanted = [
                m for m in archive.infolist() if re.search(r"GV100AD[^/]*\.(txt|asc)$", m.filename, re.IGNORECASE)
            ]
            if not wanted:
                return None
            with archive.open(wanted[0]) as member:
                data = member.read(MAX_TEXT_BYTES + 1)
    except Exception as error:
        raise SourceError(f"{raw.name} is a damaged zip or xlsx ({type(error).__name__})") from None
    if len(data) > MAX_TEXT_BYTES:
        raise SourceError(f"{raw.name} unpacks to more than {MAX_TEXT_BYTES:,} bytes")
    return data


def _excerpt(value: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(value).strip())[:80]
