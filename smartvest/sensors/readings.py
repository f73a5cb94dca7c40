"""Readings from loaders into the store: each moment of each sensor once, however often it is delivered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smartvest import imports
from smartvest.imports import Counts, Import, Reject
from smartvest.ingest.records import RECORD, Raw, Shaped, SourceError
from smartvest.sensors import clock, files
from smartvest.sensors.files import Partition

TABLE = "readings"
SCHEMA = pa.schema(
    [
        ("sensor_id", pa.string()),
        ("metric", pa.string()),
        ("time", pa.timestamp("ms")),  # UTC
        ("value", pa.float64()),
        ("flag", pa.string()),  # null = good; out_of_range, sentinel, stuck
        (RECORD, pa.int64()),
    ]
)
STORED = SCHEMA.remove(5).remove(1)  # the partition's folder says the metric


@dataclass
class Landed:
    """What became of the records of one file that gave readings."""

    published: int = 0  # records with at least one new reading
    duplicates: int = 0  # records whose readings were all known
    readings: int = 0  # new readings
    touched: set[Partition] = field(default_factory=set)


def land(shaped: Shaped, raw: Raw, data_dir: Path) -> Landed:
    """Store the readings of ``shaped``; ``records_in = published + out_of_scope + duplicates + quarantined`` with

    ``duplicates = shaped.duplicates + landed.duplicates``. Landing the same file twice, or half of it before a crash
    and all of it later, stores nothing twice.
    """
    table = shaped.tables.get(TABLE)
    if table is None:
        return Landed()
    with files.writing(data_dir):
        return store(table, data_dir)


def land_counted(data_dir: Path, loader: str, raw: Raw, shaped: Shaped) -> Import:
    """``land`` with the counts of ``import --json``; they and the rejected records are kept beside other imports'.

    Raises SourceError when the loader's numbers do not add up.
    """
    counts = counted(shaped, land(shaped, raw, data_dir))
    rejects = [Reject(**vars(rejected)) for rejected in shaped.rejected]
    return imports.land(data_dir, loader, raw, {}, counts, rejects, shaped.notes)


def counted(shaped: Shaped, landed: Landed) -> Counts:
    """What became of a file's records. Raises SourceError when the loader's numbers do not add up."""
    reasons: Counter[str] = Counter()
    for rejected in shaped.rejected:
        reasons[rejected.reason] += rejected.count
    counts = Counts(
        records_in=shaped.records_in,
        published=landed.published,
        out_of_scope=shaped.out_of_scope,
        duplicates=shaped.duplicates + landed.duplicates,
        quarantined=reasons.total(),
        reasons=dict(sorted(reasons.items())),
    )
    said = counts.published + counts.out_of_scope + counts.duplicates + counts.quarantined
    if said != counts.records_in:
        raise SourceError(
            f"the counts do not add up: {counts.records_in} records in, {said} out; please report this file"
        )
    return counts


def store(table: pa.Table, data_dir: Path) -> Landed:
    """Merge a table of SCHEMA into the partitions it touches. The caller holds ``files.writing``."""
    landed = Landed()
    if not table.num_rows:
        return landed
    table = table.combine_chunks()
    times = table.column("time").combine_chunks().cast(pa.int64()).to_numpy()
    month = clock.months_of(times)
    metric = table.column("metric").combine_chunks().dictionary_encode()
    keys = metric.indices.to_numpy(zero_copy_only=False).astype(np.int64) * 10_000 + month
    known = pc.unique(table.column(RECORD))
    fresh_records: set[int] = set()
    connection = files.engine()
    try:
        for key in np.unique(keys):
            name = metric.dictionary[int(key) // 10_000].as_py()
            partition = (name, clock.month_names()[int(key) % 10_000])
            rows = table.filter(pa.array(keys == key)) if len(known) else table
            fresh = _merge(connection, rows.drop_columns(["metric"]), partition, data_dir)
            if fresh.num_rows:
                landed.touched.add(partition)
                landed.readings += fresh.num_rows
                fresh_records.update(fresh.column(RECORD).to_pylist())
    finally:
        connection.close()
    landed.published = len(fresh_records)
    landed.duplicates = len(known) - landed.published
    return landed


def _merge(connection, rows: pa.Table, partition: Partition, data_dir: Path) -> pa.Table:
    """Add what is new in ``rows`` to one partition and return it."""
    file = files.readings_file(data_dir, *partition)
    if file.exists():
        files.view(connection, "stored", file)
    else:
        connection.register("nothing", STORED.empty_table())
        connection.execute("create or replace temp view stored as select * from nothing")
    connection.register("incoming", rows)
    fresh = connection.execute(files.rollup_sql("fresh")).to_arrow_table()
    if fresh.num_rows:
        connection.register("fresh", fresh)
        connection.register("metric", stuck_rule(data_dir, partition[0]))
        files.mark_dirty(data_dir, partition)
        files.write(connection, files.rollup_sql("readings"), file)
        connection.unregister("fresh")
    connection.unregister("incoming")
    return fresh


def stuck_rule(data_dir: Path, metric: str) -> pa.Table:
    from smartvest.sensors import config

    known = config.load(config.path_in(data_dir)).metrics.get(metric)
    return pa.table({"stuck_hours": pa.array([known.stuck_hours if known else 0.0], pa.float64())})
