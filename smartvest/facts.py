"""data/facts/<file>.csv -> table: figures typed by hand from a publication, read strictly by their contract."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from smartvest.contracts import Finding, Source

SAVE_AS = "save it as 'CSV UTF-8', separated by commas, with decimal points"
INT64 = 2**63


class FactsError(Exception):
    """A facts file can't be read as a whole; the message names the file, what is wrong and what to do."""


@dataclass(frozen=True)
class Facts:
    """A facts file in contract types: ``lines[i]`` is the line of the file (header: 1) that row i of ``table`` is from.

    ``unreadable`` pairs a line with the finding that says why it gave no row. ``sha256`` is of the bytes read.
    """

    table: pa.Table
    lines: list[int]
    unreadable: list[tuple[int, Finding]]
    sha256: str


def read_facts(path: Path, source: Source) -> Facts:
    """Read a facts file: UTF-8, commas, decimal point, ISO dates, one header line with the contract's columns.

    An empty cell is a missing value, an empty line is nothing. Raises FactsError for a file that can't be opened, a
    wrong header or another encoding.
    """
    try:
        content = path.read_bytes()
        if b"\0" in content:
            raise FactsError(f"{path.name}: not a CSV file in UTF-8; {SAVE_AS}")
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except FileNotFoundError:
        raise FactsError(f"{path.name}: the file is missing") from None
    except OSError as error:
        raise FactsError(f"{path.name}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FactsError(f"{path.name}: not a CSV file in UTF-8; {SAVE_AS}") from None
    except csv.Error as error:
        raise FactsError(f"{path.name}: not a well-formed CSV file ({error}); {SAVE_AS}") from None
    header = lines[0] if lines else []
    _check_header(path.name, header, list(source.columns))
    rows: list[dict] = []
    numbers: list[int] = []
    unreadable: list[tuple[int, Finding]] = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue  # spreadsheets leave lines of nothing but commas
        row = _row(header, cells, source)
        if isinstance(row, Finding):
            unreadable.append((number, row))
        else:
            rows.append(row)
            numbers.append(number)
    table = pa.Table.from_pylist(rows, schema=source.arrow_schema())
    return Facts(table, numbers, unreadable, hashlib.sha256(content).hexdigest())


def _check_header(name: str, header: list[str], wanted: list[str]) -> None:
    if sorted(header) == sorted(wanted):
        return
    for mark, word in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise FactsError(f"{name}: the cells are separated by {word}; {SAVE_AS}")
    faults = [("missing", [c for c in wanted if c not in header]), ("unknown", [c for c in header if c not in wanted])]
    faults.append(("twice", sorted({c for c in header if header.count(c) > 1 and c in wanted})))
    said = "; ".join(f"{what}: {', '.join(repr(c[:40]) for c in columns)}" for what, columns in faults if columns)
    raise FactsError(f"{name}: the first line must name exactly these columns: {', '.join(wanted)} ({said})")


def _row(header: list[str], cells: list[str], source: Source) -> dict | Finding:
    if len(cells) != len(header):
        detail = f"{len(cells)} cells instead of {len(header)}"
        return Finding(source.id, "reject", "wrong_number_of_cells", detail=detail)
    row = {}
    for name, cell in zip(header, cells, strict=True):
        try:
            row[name] = _PARSE[source.columns[name].type](cell) if cell.strip() else None
        except (ValueError, KeyError):
            hint = " (write a decimal point)" if re.fullmatch(r"\s*-?[\d.]+,\d+\s*", cell) else ""
            return Finding(source.id, "reject", "unreadable_value", name, detail=f"{cell[:60]}{hint}")
    return row


def _integer(cell: str) -> int:
    value = int(_plain(cell))
    if not -INT64 <= value < INT64:
        raise ValueError(cell)
    return value


def _plain(cell: str) -> str:
    """Python reads 1_0 as ten; nobody who types figures means that."""
    if "_" in cell:
        raise ValueError(cell)
    return cell


_PARSE: dict[str, Callable[[str], Any]] = {
    "text": str,
    "integer": _integer,
    "number": lambda cell: float(_plain(cell)),
    "date": lambda cell: date.fromisoformat(cell.strip()),
    "timestamp": lambda cell: datetime.fromisoformat(cell.strip()),
    "boolean": lambda cell: {"true": True, "false": False}[cell.strip().lower()],  # spreadsheets write TRUE
}
