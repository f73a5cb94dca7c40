"""Where readings and rollups lie, and how they are replaced: written beside, synced, renamed, one writer at a time.

    data/sensors/landing/<loader>-<time>-<n>.ndjson            messages of `listen`, not yet read
    data/sensors/landing/done/…                                read
    data/sensors/readings/metric=…/month=YYYY-MM/readings.parquet
    data/sensors/rollups/{hours,days,town_days}/metric=…/month=YYYY-MM/<kind>.parquet
    data/sensors/rollups/latest.parquet
    data/sensors/dirty/<metric>.<month>                        readings newer than their rollups

Months are local months (Europe/Berlin), so that no local day lies in two partitions.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from smartvest import durable
from smartvest.paths import queries_dir

KINDS = ("hours", "days", "town_days")
ROWS_A_GROUP = 122_880  # DuckDB's own unit of work; smaller groups cost size, larger ones memory
THREADS = 1  # with one thread two runs give the same bytes; partitions are small
MEMORY = "1200MB"

Partition = tuple[str, str]  # metric, month


def sensors_dir(data: Path) -> Path:
    return data / "sensors"


def readings_file(data: Path, metric: str, month: str) -> Path:
    return sensors_dir(data) / "readings" / f"metric={metric}" / f"month={month}" / "readings.parquet"


def rollup_file(data: Path, kind: str, metric: str, month: str) -> Path:
    return sensors_dir(data) / "rollups" / kind / f"metric={metric}" / f"month={month}" / f"{kind}.parquet"


def latest_file(data: Path) -> Path:
    return sensors_dir(data) / "rollups" / "latest.parquet"


def partitions(data: Path) -> list[Partition]:
    """Every (metric, month) with stored readings, sorted."""
    found = (sensors_dir(data) / "readings").glob("metric=*/month=*/readings.parquet")
    return sorted((p.parent.parent.name.removeprefix("metric="), p.parent.name.removeprefix("month=")) for p in found)


def mark_dirty(data: Path, partition: Partition) -> None:
    folder = sensors_dir(data) / "dirty"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".".join(partition)).touch()
    durable.fsync_folder(folder)


def dirty(data: Path) -> list[Partition]:
    folder = sensors_dir(data) / "dirty"
    return sorted(tuple(p.name.split(".", 1)) for p in folder.iterdir()) if folder.is_dir() else []  # type: ignore[misc]


def mark_clean(data: Path, partition: Partition) -> None:
    (sensors_dir(data) / "dirty" / ".".join(partition)).unlink(missing_ok=True)


@contextmanager
def writing(data: Path) -> Iterator[None]:
    """Wait for the writer before us: two imports at once would each drop the other's readings."""
    sensors_dir(data).mkdir(parents=True, exist_ok=True)
    with (sensors_dir(data) / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def engine() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that loads nothing from outside and gives the same bytes each time."""
    connection = duckdb.connect(
        config={
            "threads": THREADS,
            "memory_limit": MEMORY,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        }
    )
    connection.execute("set enable_progress_bar = false")  # it writes to stdout, into what `--json` prints
    return connection


def rollup_sql(name: str) -> str:
    return (queries_dir() / "rollups" / f"{name}.sql").read_text(encoding="utf-8")


def view(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> None:
    connection.execute(f"create or replace temp view {name} as select * from read_parquet({_literal(file)})")


def view_all(connection: duckdb.DuckDBPyConnection, name: str, partition_files: list[Path]) -> None:
    """Several partitions as one view, with metric and month from their folders."""
    literals = ", ".join(_literal(file) for file in partition_files)
    types = "{'metric': varchar, 'month': varchar}"
    connection.execute(
        f"create or replace temp view {name} as "
        f"select * from read_parquet([{literals}], hive_partitioning = true, hive_types = {types})"
    )


def write(connection: duckdb.DuckDBPyConnection, select: str, file: Path) -> None:
    """Run ``select`` into a Parquet file: a reader sees the old file or the new one, also after a power cut."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    options = f"format parquet, compression zstd, parquet_version v2, row_group_size {ROWS_A_GROUP}"
    try:
        connection.execute(f"copy ({select.rstrip().rstrip(';')}) to {_literal(beside)} ({options})")
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    durable.fsync_folder(file.parent)


def _literal(file: Path) -> str:
    """A path of ours as an SQL literal: COPY and views take no parameters."""
    return "'" + str(file).replace("'", "''") + "'"
