"""The one door to DuckDB: ``query(name, **params) -> DataFrame`` from queries/**/*.sql, on one verified snapshot.

One hardened connection a snapshot, a cursor a call, and a result cache of the process's own keyed by snapshot id, query
and parameters: a fresh connection costs about 100 ms, and any visitor can empty Streamlit's caches for everybody.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from smartvest import snapshots
from smartvest.contracts import ARROW, Source, load_sources
from smartvest.paths import data_dir, queries_dir

CACHED_RESULTS = 2_000
OPEN_SNAPSHOTS = 4  # the published one and a few cited older ones
NAME_FORM = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)*")
HEADER = re.compile(r"^--\s*(purpose|params|grain|units|example)\s*:\s*(.*)$", re.IGNORECASE)


class QueryError(Exception):
    """A query can't be answered as asked; the message names the query or parameter and what is allowed."""


@dataclass(frozen=True)
class Query:
    """A named question: the file's text, its header, and what DuckDB itself says of it."""

    name: str
    sql: str
    header: dict[str, str]

    @cached_property
    def parameters(self) -> frozenset[str]:
        statements = duckdb.extract_statements(self.sql)
        if len(statements) != 1:
            raise QueryError(f"query {self.name}: exactly one statement, please")
        return frozenset(statements[0].named_parameters)

    @property
    def grain(self) -> list[str]:
        return [part.strip() for part in self.header.get("grain", "").split(",") if part.strip()]


def query_names(folder: Path | None = None) -> list[str]:
    folder = folder or queries_dir()
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.sql"))


def read_query(name: str, folder: Path | None = None) -> Query:
    """The query file of that name. Raises QueryError naming it when there is none."""
    folder = folder or queries_dir()
    path = folder / f"{name}.sql"
    if not NAME_FORM.fullmatch(name) or not path.is_file():
        raise QueryError(f"unknown query {name!r:.80}")
    sql = path.read_text(encoding="utf-8")
    header: dict[str, str] = {}
    last = ""
    for line in sql.splitlines():
        match = HEADER.match(line)
        if match:
            last = match[1].lower()
            header[last] = match[2].strip()
        elif line.startswith("--") and last:
            header[last] += " " + line.lstrip("- ").strip()
        elif line.strip():
            break
    return Query(name, sql, header)


class Store:
    """One opened snapshot. Thread-safe; results are shared, treat them as read-only."""

    def __init__(self, opened: snapshots.Opened, sources: dict[str, Source], queries: Path | None = None):
        self.snapshot_id = opened.id
        self.manifest = opened.manifest
        self.sources = sources
        self._queries_dir = queries or queries_dir()
        self._queries: dict[str, Query] = {}
        self._results: OrderedDict[tuple, pd.DataFrame] = OrderedDict()
        self._lock = threading.Lock()
        self._connection = _hardened(opened, sources)

    def query(self, name: str, **params: Any) -> pd.DataFrame:
        """Run queries/<name>.sql with bound parameters. Raises QueryError for an unknown query or parameter."""
        query = self.question(name)
        _check_parameters(query, params)
        key = (name, *((k, _frozen(params[k])) for k in sorted(params)))
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key].copy(deep=False)
        try:
            frame = self._connection.cursor().execute(query.sql, params or None).df(date_as_object=True)
        except (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.BinderException) as error:
            reason = str(error).splitlines()[0]
            raise QueryError(f"query {name}: {reason}") from error
        with self._lock:
            self._results[key] = frame
            while len(self._results) > CACHED_RESULTS:
                self._results.popitem(last=False)
        return frame.copy(deep=False)

    def question(self, name: str) -> Query:
        if name not in self._queries:
            self._queries[name] = read_query(name, self._queries_dir)
        return self._queries[name]

    def datasets_of(self, name: str) -> list[str]:
        """The datasets a query reads, as DuckDB's own parser finds them."""
        tables = self._connection.cursor().get_table_names(self.question(name).sql)
        return sorted(tables & self.sources.keys())


_open: OrderedDict[tuple[Path, str], Store] = OrderedDict()
_opening = threading.Lock()
_refused: dict[Path, list[str]] = {}


def current(data: Path | None = None) -> Store:
    """The published snapshot, or the last good one when that is damaged (see ``refused``).

    Looks at the pointer at every call, so a new snapshot is served from the next page run on.
    """
    data = data or data_dir()
    wanted = snapshots.current_id(data)
    with _opening:
        if (data, wanted) in _open:
            _open.move_to_end((data, wanted))
            if wanted not in _refused.get(data, []):
                _refused[data] = []
            return _open[(data, wanted)]
        opened, refused = snapshots.open_newest_good(data)
        _refused[data] = refused
        store = _open.get((data, opened.id)) or _build(data, opened)
        if refused:
            _open[(data, wanted)] = store  # the damaged pointer is answered from memory from now on
        return store


def at(snapshot_id: str, data: Path | None = None) -> Store:
    """A snapshot by id. Raises snapshots.UnknownSnapshot or DamagedSnapshot: never other data than asked for."""
    data = data or data_dir()
    with _opening:
        known = _open.get((data, snapshot_id))
        if known is not None and known.snapshot_id == snapshot_id:
            return known
        return _build(data, snapshots.open_snapshot(data, snapshot_id))


def refused(data: Path | None = None) -> list[str]:
    """Ids of damaged snapshots that stand between the pointer and what is served; empty when all is well."""
    return list(_refused.get(data or data_dir(), []))


def query(name: str, **params: Any) -> pd.DataFrame:
    """``current().query(name, **params)``"""
    return current().query(name, **params)


def _build(data: Path, opened: snapshots.Opened) -> Store:
    store = Store(opened, load_sources(data / "sources.toml"))
    _open[(data, opened.id)] = store
    while len(_open) > OPEN_SNAPSHOTS:
        _open.popitem(last=False)
    return store


def _hardened(opened: snapshots.Opened, sources: dict[str, Source]) -> duckdb.DuckDBPyConnection:
    """A connection that holds the snapshot's tables and can reach nothing else."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": "1GB",
            "threads": "2",
        },
    )
    for name, path in opened.files.items():
        connection.read_parquet(str(path)).create_view(name)
    for name, table in opened.tables.items():
        connection.from_arrow(_as_contract(table, sources.get(name))).create(name)
    for name, source in sources.items():
        if name not in opened.tables and name not in opened.files:
            connection.from_arrow(source.schema().empty_table()).create(name)
    folders = sorted({str(path.parent) for path in opened.files.values()})
    connection.execute("set allowed_directories = $folders", {"folders": folders})
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _as_contract(table: pa.Table, source: Source | None) -> pa.Table:
    """Columns that today's contract has and an older snapshot lacks are there, and empty."""
    for name, column in (source.columns if source else {}).items():
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, ARROW[column.type]))
    return table


def _check_parameters(query: Query, params: dict[str, Any]) -> None:
    unknown = sorted(params.keys() - query.parameters)
    missing = sorted(query.parameters - params.keys())
    allowed = ", ".join(sorted(query.parameters)) or "none"
    if unknown:
        raise QueryError(f"query {query.name}: unknown parameter {unknown[0]!r:.80} (allowed: {allowed})")
    if missing:
        raise QueryError(f"query {query.name}: parameter {missing[0]!r} is missing (allowed: {allowed})")


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def to_date(value: Any) -> date | None:
    """A date from a query result's cell, whatever DuckDB made of it."""
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
