"""Tables on their way out: pandas or Arrow in, Arrow batches of bounded size out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from smartvest.provenance import Provenance

BATCH_ROWS = 10_000  # at 20 columns about 2 MB of text: what is in memory of a streamed file at any time

Rows: TypeAlias = "pd.DataFrame | pa.Table | pa.RecordBatchReader"


class ExportError(Exception):
    """The table can't be written in this format; the message says why."""


def to_arrow(rows: pd.DataFrame | pa.Table) -> pa.Table:
    """One Arrow table. NaN and NaT become null: missing is empty in every format, never "nan" and never 0."""
    if isinstance(rows, pa.Table):
        return rows
    frame = rows.reset_index(drop=True)
    columns = {str(name): _array(frame.iloc[:, i]) for i, name in enumerate(frame.columns)}
    if len(columns) != len(frame.columns):
        raise ExportError("two columns of the table have the same name")
    return pa.table(columns)


def schema_of(rows: Rows) -> pa.Schema:
    return rows.schema if isinstance(rows, (pa.Table, pa.RecordBatchReader)) else to_arrow(rows.head(0)).schema


def batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    """The rows in order, at most ``BATCH_ROWS`` at a time."""
    if isinstance(rows, pa.RecordBatchReader):
        for batch in rows:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)
    else:
        yield from to_arrow(rows).to_batches(max_chunksize=BATCH_ROWS)


def count(rows: Rows) -> int | None:
    """How many rows there are; None of a reader, which can't say."""
    return None if isinstance(rows, pa.RecordBatchReader) else len(rows)


def flagged(rows: pd.DataFrame | pa.Table, told: Provenance) -> pa.Table:
    """The table with what a single row must not lose when it is copied out of its file.

    ``sample`` is true where a dataset read is sample data; ``as_of`` is added from the parameters where the query took
    a date and did not give it back. Columns the table has already stay as they are.
    """
    table = to_arrow(rows)
    if "as_of" not in table.column_names and "as_of" in told.params:
        table = table.append_column("as_of", pa.array([told.params["as_of"]] * table.num_rows, pa.date32()))
    if "sample" not in table.column_names:
        table = table.append_column("sample", pa.array([told.sample] * table.num_rows, pa.bool_()))
    return table


def _array(column: pd.Series) -> pa.Array:
    try:
        found = pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # mixed types in one column: text, as it would be shown
        found = pa.array([None if _missing(value) else str(value) for value in column], pa.string())
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return found.cast(pa.string()) if pa.types.is_null(found.type) else found


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or value != value
