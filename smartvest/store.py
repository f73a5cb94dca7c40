"""The one door to DuckDB: ``query(name, **params) -> DataFrame`` from queries/**/*.sql, on one verified snapshot.

One hardened connection a snapshot, a cursor a call, and a result cache of the process's own keyed by snapshot id, query
and parameters: a fresh connection costs about 100 ms, and any visitor can empty Streamlit's caches for everybody.
"""

from __future__ import annotations

import glob
import json
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from smartvest import snapshots
from smartvest.contracts import ARROW, Source, load_sources
from smartvest.paths import data_dir, queries_dir

CACHED_RESULTS = 2_000
CACHED_CELLS = 20_000_000  # of all results together, about 160 MB of numbers
ANSWER_ROWS = 1_000_000  # most rows of one `answer`: a year of 100 sensors by the hour is 876,000
RETRY_S = 60.0  # a damaged snapshot is looked at again after this: it may have been restored in place
OPEN_SNAPSHOTS = 3  # about 50 MB each: the published one, the one before and one that somebody cites
NAME_FORM = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)*")
SQL_TYPES = {
    "text": "varchar",
    "integer": "bigint",
    "number": "double",
    "date": "date",
    "timestamp": "timestamp_ms",
    "boolean": "boolean",
}
HEADER = re.compile(r"^--\s*(purpose|params|grain|units|example)\s*:\s*(.*)$", re.IGNORECASE)


class QueryError(Exception):
    """A query can't be answered as asked; the message names the query or parameter and what is allowed."""


class QueryTimeout(QueryError):
    """The query took longer than it was given."""


class AnswerTooLarge(QueryError):
    """The query has more rows than may be held in memory for one answer."""


class Alarms:
    """Rings for whoever is not back in time. One thread for all: a threading.Timer costs more than a query."""

    def __init__(self, precision_s: float = 0.05):
        self._precision_s = precision_s
        self._waiting: dict[object, tuple[float, Callable[[], None]]] = {}
        self._lock = threading.Lock()
        self._running = False

    @contextmanager
    def after(self, seconds: float | None, ring: Callable[[], None]) -> Iterator[None]:
        """Call ``ring`` unless the block has ended within ``seconds`` (None: never)."""
        if seconds is None:
            yield
            return
        token = object()
        with self._lock:
            self._waiting[token] = time.monotonic() + seconds, ring
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, daemon=True, name="alarms").start()
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[token]

    def _watch(self) -> None:
        idle = 0
        while True:
            time.sleep(self._precision_s)
            with self._lock:
                for until, ring in self._waiting.values():
                    if time.monotonic() > until:
                        ring()
                idle = 0 if self._waiting else idle + 1
                if idle * self._precision_s > 5:
                    self._running = False
                    return


_alarms = Alarms()


@dataclass(frozen=True)
class Query:
    """A named question: the file's text, its header, and what DuckDB itself says of it."""

    name: str
    sql: str
    header: dict[str, str]

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names DuckDB finds. Raises QueryError unless the file is one SELECT."""
        try:
            statements = duckdb.extract_statements(self.sql)
        except duckdb.Error as error:
            raise QueryError(f"query {self.name}: {_first_line(error)}") from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryError(f"query {self.name}: must be exactly one select")
        return frozenset(statements[0].named_parameters)

    @property
    def grain(self) -> list[str]:
        return [part.strip() for part in self.header.get("grain", "").split(",") if part.strip()]


def query_names(folder: Path | None = None) -> list[str]:
    """The questions a snapshot can be asked. Those in rollups/ are asked of raw readings, when these are summed up."""
    folder = folder or queries_dir()
    names = (path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.sql"))
    return sorted(name for name in names if not name.startswith("rollups/"))


def read_query(name: str, folder: Path | None = None) -> Query:
    """The query file of that name. Raises QueryError naming it when there is none."""
    folder = folder or queries_dir()
    if not isinstance(name, str) or not NAME_FORM.fullmatch(name[:200]) or name not in query_names(folder):
        known = ", ".join(query_names(folder)) or "none"
        raise QueryError(f"unknown query {str(name)[:80]!r} (known: {known})")
    sql = (folder / f"{name}.sql").read_text(encoding="utf-8")
    header: dict[str, str] = {}
    last = ""
    for line in sql.splitlines():
        match = HEADER.match(line)
        if match:
            last = match[1].lower()
            header[last] = match[2].strip()
        elif line.startswith("--  ") and last:  # an indented line goes on with the one above
            header[last] += " " + line.lstrip("- ").strip()
        elif line.startswith("--"):
            header["note"] = f"{header.get('note', '')} {line.lstrip('- ').strip()}".strip()
        elif line.strip():
            break
    return Query(name, sql, header)


class Store:
    """One opened snapshot. Thread-safe; results are shared, treat them as read-only.

    A store that rests holds no data: an idle visitor's page still refers to it, perhaps for weeks. The next question
    opens the snapshot again.
    """

    def __init__(
        self,
        opened: snapshots.Opened,
        sources: dict[str, Source],
        queries: Path | None = None,
        data: Path | None = None,
    ):
        self.snapshot_id = opened.id
        self.manifest = opened.manifest
        self.sources = {name: _of_this_snapshot(source, opened) for name, source in sources.items()}
        self._queries_dir = queries or queries_dir()
        self._queries: dict[str, Query] = {}
        self._datasets: dict[str, list[str]] = {}
        self._public: dict[str, bool] = {}
        self._results: OrderedDict[tuple, Any] = OrderedDict()
        self._cells = 0
        self._lock = threading.Lock()
        self._contracts = sources
        self._data = data
        self._connection: duckdb.DuckDBPyConnection | None = _hardened(opened, sources)

    @property
    def resting(self) -> bool:
        return self._connection is None

    def rest(self) -> None:
        """Let go of the data and of every kept answer. A query that is running ends undisturbed on its own cursor."""
        with self._lock:
            if self._data is not None:
                self._connection = None
                self._results.clear()
                self._cells = 0

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        return (self._connection or _awake(self)).cursor()

    def query(self, name: str, **params: Any) -> pd.DataFrame:
        """Run queries/<name>.sql with bound parameters: text, numbers, dates, None, or lists of these.

        Dates come back as datetime.date or None, timestamps as datetime64, integers with gaps as Int64 with NA.
        Raises QueryError for an unknown query, an unknown or missing parameter, or a value of the wrong type.
        """
        query = self.question(name)
        _check_names(query, params)
        values = {key: _bindable(query, key, params[key]) for key in sorted(params)}
        key = (name, *((k, _frozen(v)) for k, v in values.items()))
        found = self._kept(key)
        if found is None:
            try:
                cursor = self._cursor().execute(query.sql, values or None)
                dates = [i for i, column in enumerate(cursor.description) if column[1] == duckdb.sqltypes.DATE]
                found = _with_dates(cursor.df(), dates)
            except duckdb.Error as error:
                raise QueryError(f"query {name}: {_first_line(error)}") from error
            self._keep(key, found)
        return found.copy(deep=False)

    def answer(self, name: str, params: Mapping[str, Any], seconds: float | None = None) -> pa.Table:
        """The same answer as an Arrow table with DuckDB's own types, for programs (API, exports).

        Raises QueryError as ``query`` does, QueryTimeout after ``seconds``, AnswerTooLarge above ``ANSWER_ROWS``.
        """
        query = self.question(name)
        _check_names(query, dict(params))
        values = {key: _bindable(query, key, params[key]) for key in sorted(params)}
        key = ("arrow", name, *((k, _frozen(v)) for k, v in values.items()))
        found = self._kept(key)
        if found is None:
            cursor = self._cursor()
            try:
                with _alarms.after(seconds, cursor.interrupt):
                    found = _up_to(cursor.execute(query.sql, values or None).to_arrow_reader(100_000), name)
            except duckdb.InterruptException as error:
                raise QueryTimeout(f"query {name}: took longer than {seconds:g} s") from error
            except duckdb.Error as error:
                raise QueryError(f"query {name}: {_first_line(error)}") from error
            self._keep(key, found)
        return found

    def _kept(self, key: tuple) -> Any:
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def _keep(self, key: tuple, found: pd.DataFrame | pa.Table) -> None:
        with self._lock:
            if key not in self._results:
                self._results[key] = found
                self._cells += _cells(found)
            while len(self._results) > CACHED_RESULTS or (self._cells > CACHED_CELLS and self._results):
                self._cells -= _cells(self._results.popitem(last=False)[1])

    def table(self, dataset: str) -> pa.Table:
        """A whole dataset of this snapshot, without the columns its contract keeps private. Raises QueryError."""
        if dataset not in self.manifest.datasets or dataset not in self.sources:
            known = ", ".join(sorted(self.manifest.datasets.keys() & self.sources.keys()))
            raise QueryError(f"unknown dataset {str(dataset)[:80]!r} (known: {known})")
        table = self._cursor().table(dataset).to_arrow_table()
        return table.drop_columns([c for c in self.sources[dataset].private if c in table.column_names])

    def question(self, name: str) -> Query:
        if name not in self._queries:
            self._queries[name] = read_query(name, self._queries_dir)
        return self._queries[name]

    def datasets_of(self, name: str) -> list[str]:
        """The datasets a query reads, as DuckDB's own parser finds them."""
        if name not in self._datasets:
            self._datasets[name] = sorted(_named_in(self._tree(name), "table_name") & self.sources.keys())
        return list(self._datasets[name])

    def is_public(self, name: str) -> bool:
        """Whether a query reads nothing but datasets of sources.toml (rollups read the archive of raw readings)."""
        if name not in self._public:
            tree = self._tree(name)
            self._public[name] = _named_in(tree, "table_name") - _named_in(tree, "key") <= self.sources.keys()
        return self._public[name]

    def _tree(self, name: str) -> Any:
        # get_table_names fails on parameters and ASOF joins; the syntax tree does not
        sql = self.question(name).sql
        answer = self._cursor().execute("select json_serialize_sql($sql)", {"sql": sql}).fetchone()
        return json.loads(answer[0] if answer else "{}")


@dataclass(frozen=True)
class Fallback:
    """What is served while the pointer leads to something damaged, and until when that is not looked at again."""

    wanted: str | None
    snapshot_id: str
    refused: list[str]
    until: float


_open: OrderedDict[tuple[Path, str], Store] = OrderedDict()
_fallbacks: dict[Path, Fallback] = {}
_last: dict[Path, Store] = {}  # what was served last, for when nothing on the disk can be opened any more
_opening = threading.Lock()


def current(data: Path | None = None) -> Store:
    """The published snapshot, or the last good one when that is damaged (see ``refused``).

    Looks at the pointer at every call, so a new snapshot is served from the next page run on. Raises SnapshotError
    when there is none that can be opened.
    """
    data = data or data_dir()
    try:
        wanted = snapshots.current_id(data)
    except OSError:  # the disk is gone or answers with errors
        wanted = None
    with _opening:
        fallback = _fallbacks.get(data)
        if fallback and (fallback.wanted != wanted or time.monotonic() > fallback.until):
            fallback = _fallbacks.pop(data) and None
        serving = fallback.snapshot_id if fallback else wanted
        if serving and (store := _remembered(data, serving)):
            return store
        try:
            opened, refused = snapshots.open_newest_good(data)
        except (snapshots.SnapshotError, OSError):
            if data not in _last:
                raise
            opened, refused = None, [wanted or "CURRENT"]  # what is in memory goes on
        if refused:
            served = opened.id if opened else _last[data].snapshot_id
            _fallbacks[data] = Fallback(wanted, served, refused, time.monotonic() + RETRY_S)
        if opened:
            _last[data] = _remembered(data, opened.id) or _build(data, opened)
        return _last[data]


def at(snapshot_id: str, data: Path | None = None) -> Store:
    """A snapshot by id. Raises snapshots.UnknownSnapshot or DamagedSnapshot: never other data than asked for."""
    data = data or data_dir()
    with _opening:
        return _remembered(data, snapshot_id) or _build(data, snapshots.open_snapshot(data, snapshot_id))


def refused(data: Path | None = None) -> list[str]:
    """Ids of damaged snapshots that stand between the pointer and what is served; empty when all is well.

    A pointer that is no id is listed as what it says, or as "CURRENT". True of the last call of ``current``.
    """
    fallback = _fallbacks.get(data or data_dir())
    return list(fallback.refused) if fallback else []


def query(name: str, **params: Any) -> pd.DataFrame:
    """``current().query(name, **params)``"""
    return current().query(name, **params)


def _remembered(data: Path, snapshot_id: str) -> Store | None:
    store = _open.get((data, snapshot_id))
    if store:
        _open.move_to_end((data, snapshot_id))
    return store


def _build(data: Path, opened: snapshots.Opened) -> Store:
    store = Store(opened, load_sources(data / "sources.toml"), data=data)
    _enter(store)
    return store


def _enter(store: Store) -> None:
    assert store._data is not None
    _open[store._data, store.snapshot_id] = store
    while len(_open) > OPEN_SNAPSHOTS:
        _open.popitem(last=False)[1].rest()


def _awake(store: Store) -> duckdb.DuckDBPyConnection:
    """The connection of a store that rests: that of another one of the same snapshot, or opened again."""
    assert store._data is not None
    key = store._data, store.snapshot_id
    with _opening:
        other = _open.get(key)
        if other is not None and other._connection is not None:
            return other._connection
        connection = _hardened(snapshots.open_snapshot(*key), store._contracts)
        store._connection = connection
        _enter(store)
        return connection


def _of_this_snapshot(source: Source, opened: snapshots.Opened) -> Source:
    entry = opened.manifest.datasets.get(source.id)
    then = source.as_published(entry.source) if entry and entry.source else source
    return then.as_sample() if entry and entry.sample else then


def _hardened(opened: snapshots.Opened, sources: dict[str, Source]) -> duckdb.DuckDBPyConnection:
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


def _check_names(query: Query, params: dict[str, Any]) -> None:
    unknown = sorted(params.keys() - query.parameters)
    missing = sorted(query.parameters - params.keys())
    allowed = ", ".join(sorted(query.parameters)) or "none"
    if unknown:
        raise QueryError(f"query {query.name}: unknown parameter {unknown[0][:80]!r} (allowed: {allowed})")
    if missing:
        raise QueryError(f"query {query.name}: parameter {missing[0]!r} is missing (allowed: {allowed})")


def _bindable(query: Query, name: str, value: Any) -> Any:
    """The value as DuckDB shall get it: plain Python, tuples as lists. Raises QueryError for anything odd."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    plain = [v.item() if isinstance(v, np.generic) else v for v in values]
    if not all(v is None or isinstance(v, str | int | float | date) for v in plain):
        raise QueryError(f"query {query.name}: parameter {name!r} must be text, a number, a date or a list of these")
    return plain if isinstance(value, list | tuple) else plain[0]


def _frozen(value: Any) -> Any:
    """A cache key in which 1, 1.0 and True differ, for they do in SQL."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else (type(value), value)


def _with_dates(frame: pd.DataFrame, dates: list[int]) -> pd.DataFrame:
    """DATE columns (by position) as datetime.date and None. DuckDB's own date_as_object leaves NaT among the dates."""
    for position in dates:
        days = frame.iloc[:, position].to_numpy().astype("datetime64[D]").astype(object)
        frame.isetitem(position, pd.Series(days, index=frame.index, dtype=object))
    return frame


def _cells(found: pd.DataFrame | pa.Table) -> int:
    return found.num_rows * found.num_columns if isinstance(found, pa.Table) else found.size


def _up_to(reader: pa.RecordBatchReader, name: str) -> pa.Table:
    batches, rows = [], 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        if rows > ANSWER_ROWS:
            raise AnswerTooLarge(
                f"query {name}: more than {ANSWER_ROWS:,} rows; ask for less, or take the whole dataset"
            )
    return pa.Table.from_batches(batches, reader.schema)


def _named_in(node: Any, what: Literal["table_name", "key"]) -> set[str]:
    """In a syntax tree of DuckDB's: the names of tables, or the names given by WITH."""
    if isinstance(node, list):
        return {name for child in node for name in _named_in(child, what)}
    if not isinstance(node, dict):
        return set()
    if what == "table_name":
        own = {node["table_name"]} if node.get("type") == "BASE_TABLE" else set()
    else:
        own = {entry["key"] for entry in node.get("cte_map", {}).get("map", [])}
    return own | {name for child in node.values() for name in _named_in(child, what)}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def to_date(value: Any) -> date | None:
    """A date from a query result's cell, whatever DuckDB made of it."""
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
