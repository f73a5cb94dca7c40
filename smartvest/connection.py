"""A DuckDB connection that holds one snapshot and can reach nothing else: no file, no network, no extension, no setting."""

from __future__ import annotations

import glob
from pathlib import Path

import duckdb
import pyarrow as pa

from smartvest import snapshots
from smartvest.contracts import ARROW, Source

SQL_TYPES = {
    "text": "varchar",
    "integer": "bigint",
    "number": "double",
    "date": "date",
    "timestamp": "timestamp_ms",
    "boolean": "boolean",
}


def hardened(opened: snapshots.Opened, sources: dict[str, Source]) -> duckdb.DuckDBPyConnection:
    """A connection that holds the snapshot's tables and can reach nothing else."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "temp_directory": "",
            "memory_limit": "1GB",
            "threads": "2",
        },
    )
    for name, path in opened.files.items():
        _create_view(connection, name, path, sources.get(name))
    for name, table in opened.tables.items():
        connection.from_arrow(_as_contract(table, sources.get(name))).create(name)
    for name, source in sources.items():
        if name not in opened.tables and name not in opened.files:
            connection.from_arrow(source.arrow_schema().empty_table()).create(name)
    paths = [form for path in opened.files.values() for form in (str(path), glob.escape(str(path)))]
    connection.execute("set allowed_paths = $paths", {"paths": paths})
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, path: Path, source: Source | None) -> None:
    """A large dataset stays in its file. No column is guessed from the path (x=1/) and none is missing."""
    relation = connection.read_parquet(glob.escape(str(path)), hive_partitioning=False)
    absent = [c for c in (source.columns if source else {}) if c not in relation.columns]
    if source and absent:
        empty = ", ".join(f'null::{SQL_TYPES[source.columns[c].type]} as "{c}"' for c in absent)
        relation = relation.project(f"*, {empty}")
    relation.create_view(name)


def _as_contract(table: pa.Table, source: Source | None) -> pa.Table:
    """Columns that today's contract has and an older snapshot lacks are there, and empty."""
    for name, column in (source.columns if source else {}).items():
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, ARROW[column.type]))
    return table
