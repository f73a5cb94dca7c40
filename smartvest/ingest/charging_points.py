"""Public charging stations and points by town, from the Ladesäulenregister (BNetzA): layouts of 2017, 2019 and 2026.

The register covers all of Germany, so a town without an entry in a whole register has none registered: a zero is
published. An excerpt says nothing about the towns it leaves out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from smartvest.contracts import ARROW, Source
from smartvest.ingest.csv_records import decode, find_delimiter, read_records
from smartvest.ingest.german_numbers import find_date, number, title_key, whole
from smartvest.ingest.outlines import Outlines, published_outlines
from smartvest.ingest.records import WEIGHT, Raw, Rejected, Shaped, SourceError
from smartvest.ingest.xlsx_rows import Workbook
from smartvest.towns import TOWNS

DATASETS = ("charging_points",)
SCHEMA = pa.schema(
    [
        ("ags", ARROW["text"]),
        ("as_of", ARROW["date"]),
        ("charging_stations", ARROW["integer"]),
        ("charging_points", ARROW["integer"]),
        (WEIGHT, ARROW["integer"]),
    ]
)
# The first register (April 2017) had 3,000 entries, that of 2026 more than 100,000. With fewer than this a file is an
# excerpt, and a town missing from it is unknown, not zero.
WHOLE_REGISTER = 1000
MAX_POINTS = 500  # at one station; the largest registered parks list every column as a station of its own
HEADER_WITHIN = 40
IN_OPERATION = "in betrieb"

# Every postcode of the county; none of them reaches into another county's town.
POSTCODES = {
    "05562004": "44575 44577 44579 44581",
    "05562008": "45711",
    "05562012": "46282 46284 46286",
    "05562014": "45964 45966 45968",
    "05562016": "45721",
    "05562020": "45699 45701",
    "05562024": "45768 45770 45772",
    "05562028": "45739",
    "05562032": "45657 45659 45661 45663 45665",
    "05562036": "45731",
}
_TOWN_OF_POSTCODE = {code: ags for ags, codes in POSTCODES.items() for code in codes.split()}
_TOWN_OF_NAME = {name.casefold(): ags for ags, name in TOWNS.items()} | {"haltern": "05562016"}


def fetch(source: Source, into: Path) -> Raw:
    """The whole register as CSV, about 60 MB."""
    from smartvest.ingest.http import download

    return download(source.fetch_url, hosts=source.hosts, into=into, max_bytes=300_000_000, deadline_s=600)


def town_of(longitude: float, latitude: float, towns: pa.Table) -> str | None:
    """The town a point lies in, by the outlines of a ``towns`` table; for many points make one ``Outlines``."""
    return Outlines(towns).town_of(longitude, latitude)


def shape(raw: Raw) -> Shaped:
    """CSV or xlsx -> table ``charging_points``, one row a town. Raises SourceError.

    A record is a row below the header: one charging station. It belongs to the town its coordinates lie in, else to
    that of its postcode, else to that of its place name. Stations out of operation are out of scope. A
    Ladeeinrichtungs-ID met again is a duplicate; equal rows *without* an ID are not: operators notify equal stations
    side by side (Recklinghausen, Dieselstraße 8, has three in 2019).
    """
    outlines = published_outlines()
    count = _Count(outlines)
    with _rows(raw) as rows:
        above: list[tuple] = []
        layout = None
        for row in islice(rows, HEADER_WITHIN):
            layout = _Layout.of(row)
            if layout is not None:
                break
            above.append(row)
        if layout is None:
            raise SourceError(f"{raw.name} has no header with Anzahl Ladepunkte and Postleitzahl; is it the register?")
        as_of = _as_of(above, raw.name)
        for row in rows:
            count.add(row, layout)
    return count.shaped_by_town(as_of)


@dataclass(frozen=True)
class _Layout:
    """Which column holds what, by the titles (three layouts so far, and columns moved within them)."""

    width: int
    columns: dict[str, int]
    connectors: tuple[int, ...]

    @classmethod
    def of(cls, row: Iterable[Any]) -> _Layout | None:
        """The layout, if ``row`` is the header."""
        titles = [title_key(cell) for cell in row]
        columns: dict[str, int] = {}
        for at, title in enumerate(titles):
            role = _TITLES.get(title) or next((r for start, r in _STARTS.items() if title.startswith(start)), None)
            if role:
                columns.setdefault(role, at)
        connectors = tuple(at for at, title in enumerate(titles) if title.startswith("steckertyp"))
        if not ("points" in columns or connectors) or not columns.keys() & {"postcode_place", "postcode"}:
            return None
        return cls(len(titles), columns, connectors)

    def get(self, row: tuple, role: str) -> Any:
        at = self.columns.get(role)
        return row[at] if at is not None and at < len(row) else None

    def text(self, row: tuple, role: str) -> str:
        cell = self.get(row, role)
        return re.sub(r"\s+", " ", str(cell)).strip() if cell is not None else ""

    def fits(self, row: tuple) -> bool:
        """Whether every column in use is there and nothing stands beyond the header: else fields have shifted."""
        return len(row) > max(self.columns.values()) and not any(cell not in (None, "") for cell in row[self.width :])


_TITLES = {
    "ladeeinrichtungsid": "id",
    "status": "status",
    "anzahlladepunkte": "points",
    "postleitzahlort": "postcode_place",
    "plzort": "postcode_place",
    "postleitzahl": "postcode",
    "plz": "postcode",
    "ort": "place",
    "kreis/kreisfreiestadt": "county",
    "bundesland": "land",
}
_STARTS = {"längengrad": "longitude", "laengengrad": "longitude", "breitengrad": "latitude"}


class _Count:
    """Stations and points by town, and everything that was not counted."""

    def __init__(self, outlines: Outlines | None) -> None:
        self.outlines = outlines
        self.shaped = Shaped(records_in=0)
        self.stations: Counter[str] = Counter()
        self.points: Counter[str] = Counter()
        self.ids: set[str] = set()
        self.seen: Counter[str] = Counter()  # what a steward should read

    def add(self, row: tuple, layout: _Layout) -> None:
        self.shaped.records_in += 1
        reason, column, detail = self._count(row, layout)
        if reason:
            self.shaped.rejected.append(Rejected(self.shaped.records_in, reason, _excerpt(detail), column))

    def _count(self, row: tuple, layout: _Layout) -> tuple[str, str, object]:
        """Count one record; the reason, column and detail when it must be rejected."""
        if not layout.fits(row):
            return "wrong_field_count", "", f"{len(row)} fields, header has {layout.width}"
        ags, located = self._town(row, layout)
        if not located:
            return "no_location", "", layout.text(row, "id")
        if ags is None:
            self.shaped.out_of_scope += 1
            return "", "", ""
        status = layout.text(row, "status")
        if status and status.casefold() != IN_OPERATION:
            self.shaped.out_of_scope += 1
            self.seen[f"not counted, status {_excerpt(status)}"] += 1
            return "", "", ""
        try:
            points = self._points(row, layout)
        except ValueError:
            return "not_a_number", "charging_points", layout.text(row, "points")
        if points is None:
            return "missing_value", "charging_points", layout.text(row, "id")
        if not 1 <= points <= MAX_POINTS:
            return "out_of_range", "charging_points", points
        key = layout.text(row, "id")
        if key and key in self.ids:
            self.shaped.duplicates += 1
            return "", "", ""
        self.ids.add(key)
        self.stations[ags] += 1
        self.points[ags] += points
        return "", "", ""

    def _points(self, row: tuple, layout: _Layout) -> int | None:
        if "points" in layout.columns:
            return whole(layout.get(row, "points"))
        return sum(1 for at in layout.connectors if at < len(row) and str(row[at] or "").strip()) or None

    def _town(self, row: tuple, layout: _Layout) -> tuple[str | None, bool]:
        """(town or None for elsewhere, whether the record says where it is at all)."""
        by_address, has_address = _town_of_address(row, layout)
        point = _point(layout.get(row, "longitude"), layout.get(row, "latitude"))
        if point is None or self.outlines is None:
            if point is None and by_address:
                self.seen["located by address: no usable coordinates"] += 1
            return by_address, has_address
        by_point = self.outlines.town_of(*point)
        if by_point != by_address:
            self.seen["coordinates and address name different towns; counted where the coordinates are"] += 1
        return by_point, True

    def shaped_by_town(self, as_of: date) -> Shaped:
        shaped = self.shaped
        is_whole = shaped.records_in >= WHOLE_REGISTER and bool(self.stations)
        rows = [
            {"ags": ags, "as_of": as_of, "charging_stations": self.stations[ags], "charging_points": self.points[ags]}
            | {WEIGHT: self.stations[ags]}
            for ags in TOWNS
            if self.stations[ags] or is_whole
        ]
        shaped.tables["charging_points"] = pa.Table.from_pylist(rows, schema=SCHEMA)
        shaped.notes += [f"{reason}: {count}" for reason, count in sorted(self.seen.items())]
        if not is_whole:
            shaped.notes.append("an excerpt, not the whole register: towns without an entry are left out, not zero")
        if self.outlines is None:
            shaped.notes.append("no boundaries imported yet: stations were assigned by postcode and place name")
        return shaped


def _town_of_address(row: tuple, layout: _Layout) -> tuple[str | None, bool]:
    """(town by postcode, else by name, None for elsewhere; whether there is any address)."""
    place, postcode = layout.text(row, "place"), layout.text(row, "postcode")
    found = re.match(r"(?:D-?)?\s*([0-9]{4,5})?\b\s*(.*)", layout.text(row, "postcode_place"))
    if found and "postcode_place" in layout.columns:
        postcode, place = found[1] or "", found[2]
    postcode = re.sub(r"\.0+$", "", postcode).zfill(5) if postcode else ""
    if postcode in _TOWN_OF_POSTCODE:
        return _TOWN_OF_POSTCODE[postcode], True
    if re.fullmatch(r"[0-9]{5}", postcode):
        return None, True
    # Names alone are not ours alone: there is a Herten at Rheinfelden (Baden).
    named = _TOWN_OF_NAME.get(re.sub(r",? stadt$", "", place.casefold()))
    county, land = layout.text(row, "county").casefold(), layout.text(row, "land").casefold()
    here = "recklinghausen" in county if county else land in ("nordrhein-westfalen", "nrw", "")
    return (named if here else None), bool(place)


def _point(longitude: object, latitude: object) -> tuple[float, float] | None:
    """Degrees in Germany, swapped back where an operator swapped them; None for anything else (0, empty, text)."""
    try:
        x, y = number(longitude), number(latitude)
    except ValueError:
        return None
    for east, north in ((x, y), (y, x)):
        if east is not None and north is not None and 5 <= east <= 16 and 47 <= north <= 56:
            return east, north
    return None


def _as_of(above: list[tuple], name: str) -> date:
    """The day of the extract: "Stand: 19.07.2019" or "Letzte Aktualisierung vom: …" above the header, else in the
    file's name (the early files have it only there)."""
    for row in above:
        if any(re.search(r"stand|aktualisierung", str(cell), re.IGNORECASE) for cell in row if isinstance(cell, str)):
            found = next(filter(None, map(find_date, row)), None)
            if found:
                return found
    for pattern in (
        r"(20[0-9]{2})[-_.]?([01][0-9])[-_.]?([0-3][0-9])",
        r"([0-3][0-9])[-_.]([01][0-9])[-_.](20[0-9]{2})",
    ):
        for parts in re.findall(rf"(?<![0-9]){pattern}(?![0-9])", name):
            year, month, day = parts if len(parts[0]) == 4 else parts[::-1]
            try:
                return date(int(year), int(month), int(day))
            except ValueError:
                continue
    raise SourceError(f"{name} does not say of which day it is; name it like Ladesaeulenregister_2026-09-01.csv")


@contextmanager
def _rows(raw: Raw) -> Iterator[Iterator[tuple]]:
    """The rows of the first sheet that is a register, or of the CSV, as one iterator."""
    with raw.path.open("rb") as file:
        start = file.read(4)
    if start != b"PK\x03\x04":
        text = decode(raw.read(), raw.name)
        yield map(tuple, read_records(text, find_delimiter(text), raw.name))
        return
    with Workbook(raw.path, raw.name) as book:
        for sheet in book.sheets:
            rows = book.rows(sheet)
            first = list(islice(rows, HEADER_WITHIN))
            if any(_Layout.of(row) for row in first):
                # Cells to the right of a workbook's last value are not stored: a short row is not a shifted one.
                width = max(map(len, first))
                yield (row + (None,) * (width - len(row)) for row in chain(first, rows))
                return
    raise SourceError(f"{raw.name} has no sheet with Anzahl Ladepunkte and Postleitzahl; is it the register?")


def _excerpt(value: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(value).strip())[:80]
