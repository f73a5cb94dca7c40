"""What has been imported: checked tables waiting beside the facts, and the counts and rejects of every file.

    data/imports/<loader>/<time>-<key>.json                   one import: file, hash, counts, rejected records
    data/imports/<loader>/<time>-<key>.<dataset>.parquet      its accepted rows

The key is of name and bytes, for the same register is sent under a new name with a new date. The .json is written last
and by rename and holds the tables' hashes: a table without one is a killed import and is never read.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from smartvest.contracts import Finding, Source, check
from smartvest.durable import write_synced
from smartvest.ingest.records import RECORD, WEIGHT, Raw, Rejected, Shaped, SourceError
from smartvest.paths import data_dir
from smartvest.snapshots import read_parquet

KEPT_REJECTS = 10_000  # details kept of one file; the counts by reason are always complete


class Reject(BaseModel):
    """``count`` source records held back for one reason; ``record`` is 0 where it is not one single record."""

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
    rows: dict[str, int] = {}  # of the tables, by dataset
    tables: dict[str, str] = {}  # sha256 of the tables' files, by dataset
    notes: list[str] = []
    rejected: list[Reject] = []
    stem: str = ""


def settle(shaped: Shaped, sources: dict[str, Source], today: date) -> tuple[dict[str, pa.Table], Counts, list[Reject]]:
    """Check what a loader shaped: accepted tables, counts of source records, rejected records.

    A record is published only if every row it gave passes. Raises SourceError when a table breaks its contract as a
    whole or when the loader's numbers do not add up.
    """
    rejects = [_as_reject(r) for r in shaped.rejected]
    _refuse_impossible(shaped, rejects)
    refused = {name: _refused_rows(name, table, sources, today) for name, table in shaped.tables.items()}
    bad = _refused_records(shaped, refused)
    rejects += bad.values()
    accepted: dict[str, pa.Table] = {}
    good: set[int] = set()
    folded = 0
    for name, table in shaped.tables.items():
        if WEIGHT in table.column_names:
            weights = table.column(WEIGHT).to_pylist()
            rejects += [_of_finding(f, count=weights[row]) for row, f in refused[name].items()]
            keep = [row for row in range(table.num_rows) if row not in refused[name]]
            folded += sum(weights[row] for row in keep)
        else:
            records = table.column(RECORD).to_pylist()
            keep = [row for row, record in enumerate(records) if record not in bad]
            good.update(records[row] for row in keep)
        accepted[name] = table.take(pa.array(keep, pa.int64())).select(list(sources[name].columns))
    reasons: Counter[str] = Counter()
    for reject in rejects:
        reasons[reject.reason] += reject.count
    quarantined = sum(reasons.values())
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


def _as_reject(rejected: Rejected) -> Reject:
    return Reject(
        record=rejected.record,
        reason=rejected.reason,
        column=rejected.column,
        detail=rejected.detail,
        count=rejected.count,
    )


def _of_finding(finding: Finding, record: int = 0, count: int = 1) -> Reject:
    return Reject(record=record, reason=finding.reason, column=finding.column, detail=finding.detail, count=count)


def _refuse_impossible(shaped: Shaped, rejects: list[Reject]) -> None:
    """Numbers that could make a wrong sum right."""
    if min(shaped.records_in, shaped.out_of_scope, shaped.duplicates, 0, *(r.count for r in rejects)) < 0:
        raise SourceError("the counts do not add up: one is negative; please report this file")
    seen = [r.record for r in rejects if r.record and r.count == 1]
    if len(seen) != len(set(seen)):
        raise SourceError("the counts do not add up: a record is rejected twice; please report this file")


def _refused_rows(name: str, table: pa.Table, sources: dict[str, Source], today: date) -> dict[int, Finding]:
    """The rows that break the contract, each with the first finding. Raises SourceError for the table as a whole."""
    if name not in sources:
        raise SourceError(f"dataset {name} has no block in sources.toml")
    counting = [c for c in (RECORD, WEIGHT) if c in table.column_names]
    unknown = [c for c in table.column_names if c not in sources[name].columns and c not in counting]
    if unknown or len(set(table.column_names)) != table.num_columns:
        raise SourceError(f"{name}: columns that are not in sources.toml: {', '.join(unknown) or 'one is there twice'}")
    if len(counting) != 1:
        raise SourceError(f"{name}: rows must say their source records: {RECORD} or {WEIGHT}")
    numbers = table.column(counting[0])
    if not pa.types.is_integer(numbers.type) or numbers.null_count or any(n < 0 for n in numbers.to_pylist()):
        raise SourceError(f"{name}: {counting[0]} must be whole numbers from 0")
    findings = check(table.drop_columns(counting), sources[name], today)
    for finding in findings:
        if finding.severity == "block":
            raise SourceError(f"{name}: {finding.reason} {finding.column} {finding.detail}".strip())
    return {f.row: f for f in reversed(findings) if f.severity == "reject"}


def _refused_records(shaped: Shaped, refused: dict[str, dict[int, Finding]]) -> dict[int, Reject]:
    """The records of which at least one row, in whichever table, breaks its contract."""
    bad: dict[int, Reject] = {}
    for name, table in shaped.tables.items():
        if RECORD in table.column_names and refused[name]:
            records = table.column(RECORD).to_pylist()
            for row, finding in sorted(refused[name].items()):
                bad.setdefault(records[row], _of_finding(finding, record=records[row]))
    return bad


def land(
    data: Path,
    loader: str,
    raw: Raw,
    tables: dict[str, pa.Table],
    counts: Counts,
    rejects: list[Reject],
    notes: list[str],
) -> Import:
    """Keep an import's accepted rows and its counts; all of it or, on any OSError, nothing.

    The same file twice (name and bytes) lands once: the later import takes the place of the earlier.
    """
    digest = raw.sha256()
    where = data / "imports" / loader
    where.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(f"{raw.name}\n{digest}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
    contents = {name: _as_parquet(table) for name, table in tables.items()}
    done = Import(
        loader=loader,
        name=raw.name,
        sha256=digest,
        bytes=raw.path.stat().st_size,
        url=raw.url,
        fetched_at=raw.fetched_at,
        counts=counts,
        rows={name: table.num_rows for name, table in tables.items()},
        tables={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        notes=notes,
        rejected=_shortened(rejects),
        stem=f"{raw.fetched_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{key}",
    )
    earlier = [i for i in list_imports(data, loader) if i.stem.endswith(f"-{key}") and i.stem != done.stem]
    files = {where / f"{done.stem}.{name}.parquet": content for name, content in contents.items()}
    files[where / f"{done.stem}.json"] = (done.model_dump_json(indent=1) + "\n").encode()
    _replace_all(files)
    for known in earlier:
        remove(data, known)
    return done


def _replace_all(files: dict[Path, bytes]) -> None:
    """Write all beside, then rename them in order, the last one last."""
    beside = {path: path.with_name(f".{path.name}.new") for path in files}
    try:
        for path, content in files.items():
            write_synced(beside[path], content)
        for path in files:
            os.replace(beside[path], path)
    except BaseException:
        for path in beside.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise


def _as_parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _shortened(rejects: list[Reject]) -> list[Reject]:
    """The first details and, of all further ones, the sums by reason: the total stays right."""
    rest: Counter[str] = Counter()
    for reject in rejects[KEPT_REJECTS:]:
        rest[reject.reason] += reject.count
    return rejects[:KEPT_REJECTS] + [
        Reject(record=0, reason=reason, detail="further records", count=count) for reason, count in rest.items()
    ]


@dataclass(frozen=True)
class Unreadable:
    """An import's .json that can't be used, and what to do."""

    loader: str
    reason: str


def read_imports(data: Path, loader: str | None = None) -> tuple[list[Import], list[Unreadable]]:
    """All imports, oldest first, and those that can't be read."""
    found: list[Import] = []
    broken: list[Unreadable] = []
    for path in sorted((data / "imports").glob(f"{loader or '*'}/[!.]*.json")):
        try:
            done = Import.model_validate_json(path.read_bytes())
            if (done.loader, done.stem) != (path.parent.name, path.stem):
                raise ValueError
            found.append(done)
        except (OSError, ValueError):  # a ValidationError is a ValueError
            reason = f"imports/{path.parent.name}/{path.name} is damaged: delete it and import the file again"
            broken.append(Unreadable(path.parent.name, reason))
    return sorted(found, key=lambda i: (i.fetched_at, i.stem)), broken


def list_imports(data: Path, loader: str | None = None) -> list[Import]:
    """All readable imports, oldest first."""
    return read_imports(data, loader)[0]


def imported_table(data: Path, done: Import, dataset: str) -> pa.Table:
    """The accepted rows of an import. Raises SourceError when they are not what was imported."""
    path = data / "imports" / done.loader / f"{done.stem}.{dataset}.parquet"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{done.name}: its imported rows can't be read ({error.strerror}); import it again") from None
    if hashlib.sha256(content).hexdigest() != done.tables.get(dataset):
        raise SourceError(f"{done.name}: its imported rows are damaged; import it again")
    return read_parquet(content)


def latest_table(dataset: str, data: Path | None = None) -> pa.Table | None:
    """The table of the newest import that holds ``dataset`` (loaders use it, e.g. to find a point's town)."""
    data = data or data_dir()
    for done in reversed(list_imports(data)):
        if dataset in done.rows:
            return imported_table(data, done, dataset)
    return None


def remove(data: Path, done: Import) -> None:
    """Forget an import: its .json first, for without it the tables are nothing."""
    where = data / "imports" / done.loader
    (where / f"{done.stem}.json").unlink(missing_ok=True)
    for name in done.rows:
        (where / f"{done.stem}.{name}.parquet").unlink(missing_ok=True)
