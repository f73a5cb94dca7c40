"""Collects the county's cells in batches of Arrow columns, counting every source record once."""

from __future__ import annotations

import zlib
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from smartvest.ingest.breitbandatlas_cells import OUT_OF_SCOPE, area, percent
from smartvest.ingest.breitbandatlas_grid_cells import Corner
from smartvest.ingest.breitbandatlas_headers import HOUSEHOLDS, measure
from smartvest.ingest.breitbandatlas_rows import excerpt
from smartvest.ingest.records import RECORD, Rejected, Shaped, SourceError

# What a map of white (< 30), grey (< 100) and gigabit cells needs; the file has 48 such columns.
KEPT = [(technology, speed) for technology in ("any", "fttbh", "hfc", "dsl") for speed in (30, 100, 1000)]
BATCH = 8192
DETAILS_KEPT = 1000

_TEXT = ["cell", "ags"]
_WHOLE = ["epsg", "x_m", "y_m"]
_VALUES = [f"{technology}_{speed}_pct" for technology, speed in KEPT]


def kept_columns(names: list[str]) -> list[int]:
    """For each pair of KEPT the index of its column in ``names``, -1 where the file has none."""
    found: dict[tuple[str, int], int] = {}
    for index, name in enumerate(names):
        one = measure(name)
        if one is not None and one.kind in ("", HOUSEHOLDS):
            found.setdefault((one.technology, one.min_mbit_s), index)
    return [found.get(pair, -1) for pair in KEPT]


class Cells:
    """Rows of the ten towns; a cell seen twice counts as duplicate, or is refused if it says something else."""

    def __init__(self) -> None:
        self.records = 0
        self.out_of_scope = 0
        self.duplicates = 0
        self.rejected: list[Rejected] = []
        self.notes: list[str] = []
        self._unlisted: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._open: dict[str, list] = {name: [] for name in [*_TEXT, *_WHOLE, *_VALUES, RECORD]}
        self._batches: list[pa.RecordBatch] = []

    def skip(self, count: int) -> None:
        """``count`` records of other counties."""
        self.records += count
        self.out_of_scope += count

    def reject(self, reason: str, detail: Any = "", column: str = "") -> None:
        if len(self.rejected) < DETAILS_KEPT:
            self.rejected.append(Rejected(self.records, reason, excerpt(detail), column))
        else:
            self._unlisted[reason] = self._unlisted.get(reason, 0) + 1

    def add(self, key: Any, name: str, corner: Corner | None, values: list[Any]) -> None:
        """One source record; ``values`` in the order of KEPT."""
        self.records += 1
        ags = area(key)
        if ags == OUT_OF_SCOPE:
            self.out_of_scope += 1
            return
        if not ags:
            self.reject("unknown_area", key)
            return
        if corner is None:
            self.reject("no_position", f"{ags}: {name}")
            return
        figures: list[float | None] = []
        for column, value in zip(_VALUES, values, strict=True):
            figure, reason = percent(value)
            if reason:
                self.reject(reason, f"{ags} {name}: {value}", column)
                return
            figures.append(figure)
        name = name or corner.name
        mark = zlib.crc32(repr((ags, corner.x_m, corner.y_m, figures)).encode())
        if name in self._seen:
            if self._seen[name] == mark:
                self.duplicates += 1
            else:
                self.reject("conflicting_duplicate", f"{ags} {name}")
            return
        self._seen[name] = mark
        cells = [name, ags, corner.epsg, corner.x_m, corner.y_m, *figures, self.records]
        for waiting, cell in zip(self._open.values(), cells, strict=True):
            waiting.append(cell)
        if len(self._open[RECORD]) >= BATCH:
            self._close()

    def shaped(self, as_of: date) -> Shaped:
        self._close()
        table = pa.Table.from_batches(self._batches, schema=_SCHEMA)
        longitude, latitude = _degrees(table)
        columns = {
            "cell": table["cell"],
            "ags": table["ags"],
            "as_of": pa.array([as_of] * table.num_rows, pa.date32()),
            "epsg": table["epsg"],
            "x_m": table["x_m"],
            "y_m": table["y_m"],
            "longitude_deg": pa.array(longitude, pa.float64()),
            "latitude_deg": pa.array(latitude, pa.float64()),
            **{name: table[name] for name in _VALUES},
            RECORD: table[RECORD],
        }
        rest = [Rejected(0, reason, "not listed singly", "", count) for reason, count in self._unlisted.items()]
        return Shaped(
            records_in=self.records,
            tables={"fibre_grid": pa.table(columns)},
            out_of_scope=self.out_of_scope,
            duplicates=self.duplicates,
            rejected=self.rejected + rest,
            notes=self.notes,
        )

    def _close(self) -> None:
        if self._open[RECORD]:
            self._batches.append(pa.RecordBatch.from_pydict(self._open, schema=_SCHEMA))
            self._open = {name: [] for name in self._open}


_SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXT]
    + [(name, pa.int64()) for name in _WHOLE]
    + [(name, pa.float64()) for name in _VALUES]
    + [(RECORD, pa.int64())]
)


def _degrees(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of the corners to 0.1 m (six decimals), each grid by its own system."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    epsg, x, y = (table[name].to_numpy() for name in _WHOLE)
    longitude, latitude = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for code in np.unique(epsg):
        here = epsg == code
        try:
            to_degrees = Transformer.from_crs(CRS.from_epsg(int(code)), CRS.from_epsg(4326), always_xy=True)
            longitude[here], latitude[here] = to_degrees.transform(x[here], y[here])
        except ProjError as error:
            raise SourceError(f"coordinates of EPSG:{code} can't be turned into degrees: {error}") from None
    # a corner outside the system's reach is infinite: the contract's bounds then refuse the row
    return np.round(longitude, 6), np.round(latitude, 6)
