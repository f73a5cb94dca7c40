"""Breitbandatlas municipality tables as CSV: wide (one column a technology and speed) or long (one record a value)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from smartvest.ingest.breitbandatlas_cells import OUT_OF_SCOPE, area, is_key_name
from smartvest.ingest.breitbandatlas_dates import date_in, stated_date
from smartvest.ingest.breitbandatlas_headers import HOUSEHOLDS, LEFT_OUT, Measure, kind_of, measure, technology
from smartvest.ingest.breitbandatlas_rows import Rows, excerpt
from smartvest.ingest.csv_records import DELIMITERS, decode, read_records
from smartvest.ingest.records import Raw, Shaped, SourceError
from smartvest.towns import COUNTY_AGS

HEADER_WITHIN = 12  # the heading stands in the first dozen records; above it only titles and the date

_ROLES = {
    "technology": {"technologie", "technology", "technologiegruppe", "technologygroup", "technik", "tech", "variable",
                   "merkmal"},
    "speed": {"geschwindigkeit", "bandbreite", "bandbreitenklasse", "speed", "mbit", "mbits", "minmbits",
              "speedmbpsgte", "klasse", "download", "downstream", "geschwindigkeitmbits", "bandbreitembits"},
    "value": {"wert", "value", "anteil", "prozent", "pct", "percent", "householdspct", "haushaltepct", "quote",
              "verfügbarkeit", "verfuegbarkeit", "versorgung", "anteilprozent", "anteilderhaushalte"},
    "date": {"asof", "stand", "datenstand", "stichtag", "datum", "date"},
    "kind": {"kategorie", "nutzung", "nutzungsart", "zielgruppe", "kind", "sektor"},
    "level": {"verwaltungsebene", "ebene", "gebietsebene", "level", "gebietstyp"},
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Where what stands in a record. ``measures``: (column, what it measures) of a wide table."""

    width: int
    key: int
    roles: dict[str, int]
    measures: list[tuple[int, Measure]]


def read_csv(raw: Raw, dated: date | None) -> Shaped:
    """Every record of the file; ``dated`` is the date in the file's name, used where the content states none."""
    text = decode(raw.read(), raw.name)
    delimiter = _delimiter_of_header(text, raw.name)
    records = read_records(text, delimiter, raw.name)
    header, preamble = _header(records, raw.name)
    rows = Rows()
    layout = layout_of(header, rows)
    as_of = stated_date(preamble) or dated
    if as_of is None and "date" not in layout.roles:
        raise SourceError(
            f"{raw.name} doesn't say when it was measured; put the date into its name, like bba_12_2024 or 2021_mitte"
        )
    kind = kind_of(raw.name) or HOUSEHOLDS
    if layout.measures:
        kinds = {one.kind or kind for _, one in layout.measures}
        _read_wide(records, layout, rows, kind, as_of)
    elif "technology" in layout.roles and "value" in layout.roles:
        kinds = _read_long(records, layout, rows, kind, as_of)
    else:
        raise SourceError(
            f"{raw.name}: no column like 'FTTH/B >= 1000 Mbit/s' or 'verf_300_50' beside the municipality key; "
            "is this the municipality file of the Breitbandatlas?"
        )
    if not rows.records:
        raise SourceError(f"{raw.name} has a heading but no records")
    return rows.shaped(kinds)


def layout_of(header: Sequence[Any], rows: Rows, groups: Sequence[str] = ()) -> Layout:
    """Read a heading; what isn't carried on is noted in ``rows``. ``groups``: the technology above each column."""
    roles: dict[str, int] = {}
    measures: list[tuple[int, Measure]] = []
    seen: set[tuple[str, str, int]] = set()
    left_out: list[str] = []
    key = next(index for index, cell in enumerate(header) if is_key_name(cell))
    for index, cell in enumerate(header):
        text = "" if cell is None else str(cell)
        found = measure(text, groups[index] if index < len(groups) else "")
        if index == key:
            continue
        if found is None:
            plain = re.sub(r"[^a-zäöüß]", "", text.lower())
            role = next((name for name, words in _ROLES.items() if plain in words and name not in roles), "")
            if role:
                roles[role] = index
            elif re.search("[MG]bit", text):
                left_out.append(text)
        elif found.technology == LEFT_OUT:
            left_out.append(found.label)
        elif not found.technology:
            if re.search("[a-zäöü]", re.sub("[MG]bit/?s?", "", found.label), re.IGNORECASE):
                rows.unknown_technology(found.label)
        elif (found.kind, found.technology, found.min_mbit_s) in seen:
            rows.notes.append(f"column {excerpt(found.label)!r} repeats another; the first one was read")
        else:
            seen.add((found.kind, found.technology, found.min_mbit_s))
            measures.append((index, found))
    if left_out:
        rows.notes.append(f"{len(left_out)} columns left out, no series of ours: {excerpt(', '.join(left_out))}")
    return Layout(len(header), key, roles, measures)


def _delimiter_of_header(text: str, name: str) -> str:
    """The delimiter that makes a line near the top hold the municipality key's heading as a field of its own."""
    for line in text[:65_536].splitlines()[: HEADER_WITHIN * 2]:
        for delimiter in DELIMITERS:
            try:
                fields = next(csv.reader([line], delimiter=delimiter), [])
            except csv.Error:
                continue
            if len(fields) > 1 and any(is_key_name(field) for field in fields):
                return delimiter
    raise SourceError(
        f"{name}: none of the first {HEADER_WITHIN} lines has a column 'AGS'; is this the municipality file?"
    )


def _header(records: Iterator[list[str]], name: str) -> tuple[list[str], str]:
    preamble: list[str] = []
    for fields in records:
        if len(fields) > 1 and any(is_key_name(field) for field in fields):
            return fields, " ".join(preamble)
        preamble += fields
        if len(preamble) > 200 or len(preamble) > HEADER_WITHIN and len(fields) > 20:
            break
    raise SourceError(f"{name}: no heading with a column 'AGS' in its first {HEADER_WITHIN} records")


def _read_wide(records: Iterator[list[str]], layout: Layout, rows: Rows, kind: str, as_of: date | None) -> None:
    key, level, dated = layout.key, layout.roles.get("level"), layout.roles.get("date")
    elsewhere = 0
    for fields in records:
        # 11,378 of 11,388 records belong to other counties: told by their key, their numbers are never parsed.
        if len(fields) > key and len(text := fields[key]) == 8 and text.isdecimal() and not text.startswith(COUNTY_AGS):
            elsewhere += 1
            continue
        rows.skip(elsewhere)
        elsewhere = 0
        if not _fits(fields, layout, rows):
            continue
        day = as_of if dated is None else date_in(fields[dated]) or as_of
        if day is None:
            rows.records += 1
            rows.reject("no_date", fields[key])
            continue
        rows.add(
            fields[key], None if level is None else fields[level], day, kind,
            [(one, fields[index]) for index, one in layout.measures],
        )  # fmt: skip
    rows.skip(elsewhere)


def _read_long(records: Iterator[list[str]], layout: Layout, rows: Rows, kind: str, as_of: date | None) -> set[str]:
    roles = layout.roles
    kinds: set[str] = set()
    for fields in records:
        if not _fits(fields, layout, rows):
            continue
        key = fields[layout.key]
        level = fields[roles["level"]] if "level" in roles else None
        own = kind if "kind" not in roles else kind_of(fields[roles["kind"]]) or kind
        day = as_of if "date" not in roles else date_in(fields[roles["date"]]) or as_of
        name = fields[roles["technology"]]
        one = _long_measure(name, fields[roles["speed"]]) if "speed" in roles else measure(name)
        if area(key, level) == OUT_OF_SCOPE:
            rows.skip(1)
        elif day is None or one is None or one.technology in ("", LEFT_OUT):
            reason = "no_date" if day is None else "unknown_technology"
            if one is None:
                reason = "unknown_speed"
            elif one.technology == LEFT_OUT:
                reason = "technology_not_carried"
            rows.records += 1
            rows.reject(reason, f"{key}: {' '.join(fields)}")
        else:
            kinds.add(one.kind or own)
            rows.add(key, level, day, own, [(one, fields[roles["value"]])])
    return kinds or {kind}


def _long_measure(name: str, speed: str) -> Measure | None:
    match = re.search(
        r"([0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]+)(?:[.,]0+)?\s*(M|G)?\s*(?:bit.*)?$", speed.strip(), re.IGNORECASE
    )
    if match is None:
        return None
    number = int(re.sub("[^0-9]", "", match[1])) * (1000 if (match[2] or "").lower() == "g" else 1)
    coded = measure(f"{name}_{number}") if "_" in name else None
    found = coded or Measure(technology(name), number)
    return replace(found, label=f"{name} {speed}") if 1 <= number <= 100_000 else None


def _fits(fields: list[str], layout: Layout, rows: Rows) -> bool:
    """Does the record have the heading's width? A decimal comma in a comma file makes it wider."""
    if len(fields) == layout.width or len(fields) > layout.width and not any(fields[layout.width :]):
        return True
    if layout.key < len(fields) and area(fields[layout.key]) == OUT_OF_SCOPE:
        rows.skip(1)
        return False
    rows.records += 1
    rows.reject("field_count", f"{len(fields)} fields instead of {layout.width}: {' '.join(fields)}")
    return False
