"""Collects the accepted rows of a Breitbandatlas file and counts every source record exactly once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from smartvest.ingest.breitbandatlas_cells import OUT_OF_SCOPE, area, percent
from smartvest.ingest.breitbandatlas_headers import (
    BUSINESS_PARKS,
    BUSINESSES,
    HOUSEHOLDS,
    SCHOOLS,
    Measure,
)
from smartvest.ingest.records import RECORD, Rejected, Shaped
from smartvest.towns import TOWNS

DATASET = {
    HOUSEHOLDS: "fibre_coverage",
    BUSINESSES: "fibre_businesses",
    BUSINESS_PARKS: "fibre_businesses",
    SCHOOLS: "fibre_schools",
}
VALUE = {"fibre_coverage": "households_pct", "fibre_businesses": "premises_pct", "fibre_schools": "schools_pct"}
SCOPE = {BUSINESSES: "companies", BUSINESS_PARKS: "business_parks"}

Key = tuple[str, str, date, str, int]  # kind, ags, as_of, technology, min_mbit_s


class Rows:
    """Records in, rows out. A record with one bad value is quarantined whole: who is wrong once is not trusted."""

    def __init__(self) -> None:
        self.records = 0
        self.out_of_scope = 0
        self.duplicates = 0
        self.rejected: list[Rejected] = []
        self.notes: list[str] = []
        self._rows: dict[Key, tuple[float | None, int]] = {}

    def skip(self, count: int) -> None:
        """``count`` records whose key lies outside the county."""
        self.records += count
        self.out_of_scope += count

    def reject(self, reason: str, detail: Any = "", column: str = "") -> None:
        self.rejected.append(Rejected(self.records, reason, excerpt(detail), excerpt(column)))

    def unknown_technology(self, column: str) -> None:
        """A whole column that can't be named: no record is lost by it, so it weighs nothing in the count."""
        self.rejected.append(Rejected(0, "unknown_technology", "column left out", excerpt(column), 0))
        self.notes.append(f"unknown technology, column left out: {excerpt(column)}")

    def add(
        self, key: Any, level: Any, as_of: date, kind: str, cells: Sequence[tuple[Measure, Any]], where: str = ""
    ) -> None:
        """One source record: the area's key, and each measured column with its cell. ``where`` begins every message."""
        self.records += 1
        ags = area(key, level)
        if ags == OUT_OF_SCOPE:
            self.out_of_scope += 1
            return
        if not ags:
            self.reject("unknown_area", f"{where}{key}")
            return
        new: dict[Key, float | None] = {}
        for measure, cell in cells:
            value, reason = percent(cell)
            if reason:
                self.reject(reason, f"{where}{ags}: {cell}", measure.label)
                return
            new[(measure.kind or kind, ags, as_of, measure.technology, measure.min_mbit_s)] = value
        if len(new) > 1 and all(value == 0 for value in new.values()):
            # 238 of 11,388 rows of 2021 are all zero: areas without households. A zero would be ranked as the worst.
            self.notes.append(f"{where}{TOWNS[ags]} ({ags}): every value is 0; kept as missing, not as 0 %")
            new = dict.fromkeys(new, None)
        known = [row for row in new if row in self._rows]
        if any(self._rows[row][0] != new[row] for row in known):
            self.reject("conflicting_duplicate", f"{where}{ags}: stated before with other values")
        elif len(known) == len(new):
            self.duplicates += 1
        else:
            self._rows.update({row: (new[row], self.records) for row in new if row not in self._rows})

    def shaped(self, kinds: set[str]) -> Shaped:
        """Everything collected, with one table a dataset of ``kinds`` (empty ones included)."""
        return Shaped(
            records_in=self.records,
            tables={dataset: self._table(dataset) for dataset in sorted({DATASET[kind] for kind in kinds})},
            out_of_scope=self.out_of_scope,
            duplicates=self.duplicates,
            rejected=self.rejected,
            notes=self.notes,
        )

    def _table(self, dataset: str) -> pa.Table:
        rows = [(key, value, record) for key, (value, record) in self._rows.items() if DATASET[key[0]] == dataset]
        columns: dict[str, pa.Array] = {
            "ags": pa.array([key[1] for key, _, _ in rows], pa.string()),
            "as_of": pa.array([key[2] for key, _, _ in rows], pa.date32()),
        }
        if dataset == "fibre_businesses":
            columns["premises"] = pa.array([SCOPE[key[0]] for key, _, _ in rows], pa.string())
        columns["technology"] = pa.array([key[3] for key, _, _ in rows], pa.string())
        columns["min_mbit_s"] = pa.array([key[4] for key, _, _ in rows], pa.int64())
        columns[VALUE[dataset]] = pa.array([value for _, value, _ in rows], pa.float64())
        columns[RECORD] = pa.array([record for _, _, record in rows], pa.int64())
        return pa.table(columns)


def excerpt(value: Any) -> str:
    """One short line of a stranger's text, safe in a terminal and on a page."""
    return re.sub(r"[^\x20-\x7e\u00a0-\u024f\u2265]", "?", str(value))[:120]
