"""The one door to DuckDB: ``query(name, **params) -> DataFrame`` from queries/**/*.sql, on one verified snapshot.

One hardened connection a snapshot, a cursor a call, and a result cache of the process's own keyed by snapshot id, query
and parameters: a fresh connection costs about 100 ms, and any visitor can empty Streamlit's caches for everybody.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from smartvest import snapshots
from smartvest.alarms import Alarms
from smartvest.connection import hardened
from smartvest.contracts import Source, load_sources
from smartvest.paths import data_dir, queries_dir
from smartvest.queries import (
    AnswerTooLarge,
    Query,
    QueryError,
    QueryTimeout,
    bindable,
    check_names,
    first_line,
    frozen,
    named_in,
    read_query,
)

CACHED_RESULTS = 2_000
CACHED_CELLS = 20_000_000  # of all results together, about 160 MB of numbers
ANSWER_ROWS = 1_000_000  # most rows of one `answer`: a year of 100 sensors by the hour is 876,000
RETRY_S = 60.0  # a damaged snapshot is looked at again after this: it may have been restored in place
OPEN_SNAPSHOTS = 2  # about 50 MB each: the published one, and the one before or one that somebody cites
_alarms = Alarms()


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
        self._connection: duckdb.DuckDBPyConnection | None = hardened(opened, sources)

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
        check_names(query, params)
        values = {key: bindable(query, key, params[key]) for key in sorted(params)}
        key = (name, *((k, frozen(v)) for k, v in values.items()))
        found = self._kept(key)
        if found is None:
            try:
                cursor = self._cursor().execute(query.sql, values or None)
                dates = [i for i, column in enumerate(cursor.description) if column[1] == duckdb.sqltypes.DATE]
                found = _with_dates(cursor.df(), dates)
            except duckdb.Error as error:
                raise QueryError(f"query {name}: {first_line(error)}") from error
            self._keep(key, found)
        return found.copy(deep=False)

    def answer(self, name: str, params: Mapping[str, Any], seconds: float | None = None) -> pa.Table:
        """The same answer as an Arrow table with DuckDB's own types, for programs (API, exports).

        Raises QueryError as ``query`` does, QueryTimeout after ``seconds``, AnswerTooLarge above ``ANSWER_ROWS``.
        """
        query = self.question(name)
        check_names(query, dict(params))
        values = {key: bindable(query, key, params[key]) for key in sorted(params)}
        key = ("arrow", name, *((k, frozen(v)) for k, v in values.items()))
        found = self._kept(key)
        if found is None:
            cursor = self._cursor()
            try:
                with _alarms.after(seconds, cursor.interrupt):
                    found = _up_to(cursor.execute(query.sql, values or None).to_arrow_reader(100_000), name)
            except duckdb.InterruptException as error:
                raise QueryTimeout(f"query {name}: took longer than {seconds:g} s") from error
            except duckdb.Error as error:
                raise QueryError(f"query {name}: {first_line(error)}") from error
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
            self._datasets[name] = sorted(named_in(self._tree(name), "table_name") & self.sources.keys())
        return list(self._datasets[name])

    def is_public(self, name: str) -> bool:
        """Whether a query reads nothing but datasets of sources.toml (rollups read the archive of raw readings)."""
        if name not in self._public:
            tree = self._tree(name)
            self._public[name] = named_in(tree, "table_name") - named_in(tree, "key") <= self.sources.keys()
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
        connection = hardened(snapshots.open_snapshot(*key), store._contracts)
        store._connection = connection
        _enter(store)
        return connection


def _of_this_snapshot(source: Source, opened: snapshots.Opened) -> Source:
    entry = opened.manifest.datasets.get(source.id)
    then = source.as_published(entry.source) if entry and entry.source else source
    return then.as_sample() if entry and entry.sample else then


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


def to_date(value: Any) -> date | None:
    """A date from a query result's cell, whatever DuckDB made of it."""
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
