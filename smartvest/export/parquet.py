"""Parquet with the attribution in its key-value metadata (``smartvest``: JSON, ``attribution``: text)."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from smartvest.export.rows import Rows, batches, schema_of
from smartvest.provenance import Provenance


def table_parquet(rows: Rows, told: Provenance, into: Path | IO[bytes], lang: str = "de") -> None:
    """Write the table, types kept, a batch at a time (Arrow buffers one row group of 100,000 rows)."""
    about = {b"smartvest": told.json_text().encode(), b"attribution": "\n".join(told.attribution(lang)).encode()}
    schema = schema_of(rows).with_metadata(about)
    with pq.ParquetWriter(into, schema, compression="zstd", version="2.6") as writer:
        waiting: list[pa.RecordBatch] = []
        for batch in batches(rows):
            waiting.append(batch)
            if sum(b.num_rows for b in waiting) >= 100_000:  # small row groups make a file several times larger
                writer.write_table(pa.Table.from_batches(waiting, schema))
                waiting = []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema))
