"""A dataset as a file for somebody's own computer, with its attribution inside."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from smartvest.catalogue import attribution
from smartvest.store import Store

BOM = b"\xef\xbb\xbf"  # without it Excel reads ü as Ã¼


def csv(store: Store, dataset: str, lang: str) -> bytes:
    """UTF-8 with BOM, comma, decimal point. The last column repeats the attribution: comments would break readers."""
    table = store.table(dataset)
    words = attribution(store.sources[dataset], store.snapshot_id, lang)
    table = table.append_column("attribution", pa.array([words] * table.num_rows, pa.string()))
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(table, buffer)
    return BOM + buffer.getvalue()


def parquet(store: Store, dataset: str, lang: str) -> bytes:
    """The attribution is in the file's key-value metadata under ``attribution``."""
    table = store.table(dataset)
    words = attribution(store.sources[dataset], store.snapshot_id, lang)
    table = table.replace_schema_metadata({"attribution": words, "snapshot": store.snapshot_id})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
