"""What has been imported: checked tables waiting beside the facts, and the counts and rejects of every file.

    data/imports/<loader>/<time>-<sha12>.json             one import: file, hash, counts, rejected records
    data/imports/<loader>/<time>-<sha12>.<dataset>.parquet    its accepted rows

The .json is written last and by rename: a table without one is a killed import and is never read.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from smartvest.contracts import Source, check
from smartvest.ingest.records import RECORD, WEIGHT, Raw, Shaped, SourceError
from smartvest.paths import data_dir

KEPT_REJECTS = 10_000  # details kept of one file; the counts by reason are always complete


class Reject(BaseModel):
    model_config = ConfigDict(extra="forbid")
    record: int
    reason: str
    column: str = ""
    detail: str = ""
    count: int = 1


class Counts(BaseModel):
    """Source records of one file. ``records_in = published + out_of_scope + duplicates + quarantined``, always."""

    model_config = ConfigDict(extra="forbid")
    records_in: int = 0
    published: int = 0
    out_of_scope: int = 0
    duplicates: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = {}


class Import(BaseModel):
    """One imported file."""

    model_config = ConfigDict(extra="forbid")
    loader: str
    name: str
    sha256: str
    bytes: int
    url: str = ""
    fetched_at: datetime
    counts: Counts
    rows: dict[str, int] = {}
    notes: list[str] = []
    rejected: list[Reject] = []
    stem: str = ""


def settle(shaped: Shaped, sources: dict[str, Source], today: date) -> tuple[dict[str, pa.Table], Counts, list[Reject]]:
    """Check what a loader shaped: accepted tables, counts of source records, rejected records.

    A record is published only if every row it gave passes. Raises SourceError when a table breaks its contract as a
    whole or when the loader's numbers do not add up.
    """
    rejects = [Reject(**vars(r)) for r in shaped.rejected]
    reasons = Counter()
    for r in shaped.rejected:
        reasons[r.reason] += r.count
    bad: dict[int, Reject] = {}
    bad_weight = 0
    bad_rows: dict[str, set[int]] = {}
    for name, table in shaped.tables.items():
        source = sources.get(name)
        if source is None:
            raise SourceError(f"dataset {name} has no block in sources.toml")
        findings = check(table.drop_columns([c for c in (RECORD, WEIGHT) if c in table.column_names]), source, today)
        for finding in findings:
            if finding.severity == "block":
                raise SourceError(f"{name}: {finding.reason} {finding.column} {finding.detail}".strip())
        rejected = {f.row: f for f in reversed(findings) if f.severity == "reject"}
        if WEIGHT in table.column_names:
            weights = table.column(WEIGHT).to_pylist()
            bad_rows[name] = set(rejected)
            for row, f in rejected.items():
                bad_weight += weights[row]
                reasons[f.reason] += weights[row]
                rejects.append(Reject(record=0, reason=f.reason, column=f.column, detail=f.detail, count=weights[row]))
        elif rejected:
            records = table.column(RECORD).to_pylist()
            for row, f in rejected.items():
                bad.setdefault(
                    records[row], Reject(record=records[row], reason=f.reason, column=f.column, detail=f.detail)
                )
    for reject in bad.values():
        reasons[reject.reason] += 1
        rejects.append(reject)
    accepted: dict[str, pa.Table] = {}
    good: set[int] = set()
    folded = 0
    for name, table in shaped.tables.items():
        if WEIGHT in table.column_names:
            keep = [row for row in range(table.num_rows) if row not in bad_rows[name]]
            table = table.take(pa.array(keep, pa.int64())) if bad_rows[name] else table
            folded += sum(table.column(WEIGHT).to_pylist())
            accepted[name] = table.drop_columns([WEIGHT])
        else:
            if bad:
                keep = [i for i, record in enumerate(table.column(RECORD).to_pylist()) if record not in bad]
                table = table.take(pa.array(keep, pa.int64()))
            good.update(table.column(RECORD).unique().to_pylist())
            accepted[name] = table.drop_columns([RECORD])
    quarantined = sum(r.count for r in shaped.rejected) + len(bad) + bad_weight
    counts = Counts(
        records_in=shaped.records_in,
        published=shaped.records_in - shaped.out_of_scope - shaped.duplicates - quarantined,
        out_of_scope=shaped.out_of_scope,
        duplicates=shaped.duplicates,
        quarantined=quarantined,
        reasons=dict(sorted(reasons.items())),
    )
    if counts.published != len(good) + folded:
        raise SourceError(
            f"the counts do not add up: {counts.published} records should be published, {len(good) + folded} are; "
            "please report this file"
        )
    return accepted, counts, rejects


def land(data: Path, loader: str, raw: Raw, tables: dict[str, pa.Table], counts: Counts, rejects, notes) -> Import:
    """Keep an import's accepted rows and its counts. The same bytes twice land once (the first time is kept)."""
    digest = raw.sha256()
    for known in list_imports(data, loader):
        if known.sha256 == digest and known.name == raw.name:
            remove(data, known)
    where = data / "imports" / loader
    where.mkdir(parents=True, exist_ok=True)
    stem = f"{raw.fetched_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest[:12]}"
    done = Import(
        loader=loader,
        name=raw.name,
        sha256=digest,
        bytes=raw.path.stat().st_size,
        url=raw.url,
        fetched_at=raw.fetched_at,
        counts=counts,
        rows={name: table.num_rows for name, table in tables.items()},
        notes=notes,
        rejected=rejects[:KEPT_REJECTS],
        stem=stem,
    )
    for name, table in tables.items():
        pq.write_table(table, where / f"{stem}.{name}.parquet", compression="zstd")
    beside = where / f".{stem}.json"
    beside.write_text(done.model_dump_json(indent=1) + "\n", encoding="utf-8")
    os.replace(beside, where / f"{stem}.json")
    return done


def list_imports(data: Path, loader: str | None = None) -> list[Import]:
    """All imports, oldest first."""
    pattern = f"{loader or '*'}/*.json"
    found = [Import.model_validate_json(path.read_bytes()) for path in (data / "imports").glob(pattern)]
    return sorted(found, key=lambda i: (i.fetched_at, i.stem))


def imported_table(data: Path, done: Import, dataset: str) -> pa.Table:
    return pq.read_table(data / "imports" / done.loader / f"{done.stem}.{dataset}.parquet")


def latest_table(dataset: str, data: Path | None = None) -> pa.Table | None:
    """The table of the newest import that holds ``dataset`` (loaders use it, e.g. to find a point's town)."""
    data = data or data_dir()
    for done in reversed(list_imports(data)):
        if dataset in done.rows:
            return imported_table(data, done, dataset)
    return None


def remove(data: Path, done: Import) -> None:
    where = data / "imports" / done.loader
    (where / f"{done.stem}.json").unlink(missing_ok=True)
    for path in where.glob(f"{done.stem}.*.parquet"):
        path.unlink(missing_ok=True)
