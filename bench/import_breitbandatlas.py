"""Import of a full national municipality file against the cheapest honest thing one could do with it.

    python bench/import_breitbandatlas.py [FILE]

The yardstick reads every record with csv.reader and writes the same rows to Parquet, as text. Without FILE a file of
the real size (11,388 records, 53 columns) is made up. Printed: the ratio of CPU times, best of five, one process.
"""

from __future__ import annotations

import csv
import gc
import io
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from smartvest.ingest import breitbandatlas
from smartvest.ingest.records import Raw
from smartvest.towns import TOWNS

LIMIT = 2.0


def made_up(path: Path) -> None:
    """A national file in the layout of 2021: comma, quoted keys, 53 columns; numbers without meaning."""
    speeds = {
        "alle Technologien": 12,
        "leitungsg. Technologien": 12,
        "mobile Technologien": 3,
        "DSL": 10,
        "CATV": 12,
        "FTTH/B": 4,
    }
    classes = [1, 2, 6, 8, 10, 16, 30, 50, 100, 200, 400, 1000]
    header = [f"{name} ≥ {speed} Mbit/s" for name, count in speeds.items() for speed in classes[-count:]]
    keys = [*TOWNS, *(f"{land:02d}{number:06d}" for land in (1, 3, 7, 9) for number in range(1000, 3845))][:11_388]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(f'"{cell}"' for cell in ["AGS", *header]) + "\n")
        for number, key in enumerate(keys):
            file.write(
                f'"{key}",' + ",".join(f"{(number * 7 + i) % 10_000 / 100:.2f}" for i in range(len(header))) + "\n"
            )


def yardstick(source: Path, into: Path) -> None:
    rows = csv.reader(io.StringIO(source.read_text(encoding="utf-8"), newline=""))
    header = next(rows)
    if len(header) == 1:
        rows = csv.reader(io.StringIO(source.read_text(encoding="utf-8"), newline=""), delimiter=";")
        header = next(rows)
    columns = list(zip(*rows, strict=False))
    table = pa.table([pa.array(column, pa.string()) for column in columns], names=[str(i) for i in range(len(columns))])
    pq.write_table(table, into, compression="zstd")


def ours(source: Path, into: Path) -> None:
    shaped = breitbandatlas.shape(Raw(source.name, source, datetime.now(UTC)))
    for name, table in shaped.tables.items():
        pq.write_table(table, into.with_name(f"{name}.parquet"), compression="zstd")


def best(work: Callable[[Path, Path], None], source: Path, into: Path, times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        gc.collect()
        begun = time.process_time()
        work(source, into)
        seconds.append(time.process_time() - begun)
    return min(seconds)


def main(arguments: list[str] | None = None) -> float:
    """Print one line and return the ratio."""
    given = sys.argv[1:] if arguments is None else arguments
    with tempfile.TemporaryDirectory() as temp:
        source = Path(given[0]) if given else Path(temp, "gemeinde_privat_2021_mitte.csv")
        if not given:
            made_up(source)
        into = Path(temp, "out.parquet")
        best(ours, source, into, 1)  # imports and caches
        best(yardstick, source, into, 1)
        theirs, mine = best(yardstick, source, into), best(ours, source, into)
    ratio = mine / theirs
    print(
        f"import breitbandatlas: {ratio:.2f} x csv.reader + Parquet (limit {LIMIT:.0f}) "
        f"[{mine * 1000:.0f} ms against {theirs * 1000:.0f} ms CPU]"
    )
    return ratio


if __name__ == "__main__":
    raise SystemExit(0 if main() <= LIMIT else 1)
