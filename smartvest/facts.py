"""data/facts/<file>.csv -> table: figures typed by hand from a publication, read strictly by their contract."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from smartvest.contracts import Finding, Source

_PARSE = {
    "text": str,
    "integer": int,
    "number": float,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
}


class FactsError(Exception):
    """A facts file can't be read as a whole; the message names file and line."""


def read_facts(path: Path, source: Source) -> tuple[pa.Table, list[Finding]]:
    """The rows of a facts file in contract types, and a finding for every line that can't be read.

    UTF-8, comma-separated, decimal point, one header line with the contract's columns; an empty cell is a missing
    value. Raises FactsError for a missing file, a wrong header or broken encoding.
    """
    try:
        lines = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig")), strict=True))
    except FileNotFoundError:
        raise FactsError(f"{path.name}: the file is missing") from None
    except UnicodeDecodeError:
        raise FactsError(f"{path.name}: not UTF-8; save it as CSV UTF-8") from None
    except csv.Error as error:
        raise FactsError(f"{path.name}: {error}") from None
    header = lines[0] if lines else []
    if set(header) != set(source.columns):
        wanted = ", ".join(source.columns)
        raise FactsError(f"{path.name}: the header must name exactly these columns: {wanted}")
    rows: list[dict] = []
    findings: list[Finding] = []
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        if len(line) != len(header):
            detail = f"line {number}: {len(line)} cells instead of {len(header)}"
            findings.append(Finding(source.id, "reject", "wrong_number_of_cells", detail=detail))
            continue
        row = {}
        for name, cell in zip(header, line, strict=True):
            try:
                row[name] = _PARSE[source.columns[name].type](cell) if cell.strip() else None
            except (ValueError, KeyError):
                findings.append(
                    Finding(source.id, "reject", "unreadable_value", name, detail=f"line {number}: {cell[:60]}")
                )
                break
        else:
            rows.append(row)
    return pa.Table.from_pylist(rows, schema=source.schema()), findings
