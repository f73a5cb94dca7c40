"""Facts and imports -> the checked tables of the next snapshot.

Nothing here knows a dataset by name: sources.toml says what there is. A dataset that fails as a whole keeps the version
published before; the others go on.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smartvest import __version__, snapshots
from smartvest.contracts import Finding, Source, check, check_whole, load_sources
from smartvest.facts import FactsError, read_facts
from smartvest.imports import imported_table, list_imports

QUARANTINE = "quarantine"  # a dataset of every snapshot: the rows that were held back, with their reasons
QUARANTINE_SCHEMA = pa.schema(
    [
        ("dataset", pa.string()),
        ("input", pa.string()),
        ("record", pa.int64()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("records", pa.int64()),
    ]
)


@dataclass
class Assembly:
    """Tables ready to publish and everything the checks saw."""

    prepared: dict[str, snapshots.Prepared] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)

    @property
    def blocked(self) -> list[Finding]:
        return [f for f in self.findings if f.severity == "block"]


def assemble(data: Path, today: date) -> Assembly:
    """Check every dataset of sources.toml as it would be published with ``today`` as the date nothing may exceed."""
    assembly = Assembly()
    published = _published(data)
    for name, source in load_sources(data / "sources.toml").items():
        previous = published.tables.get(name) if published else None
        table, about, quarantine, findings = _dataset(data, source, today, previous)
        assembly.findings += findings
        assembly.quarantine += quarantine
        if any(f.severity == "block" for f in findings):
            if published is None or previous is None:
                continue
            kept = published.manifest.datasets[name]
            about = kept.model_dump(mode="json", exclude={"file", "sha256", "bytes", "rows"})
            about |= {"kept_from": kept.kept_from or published.id, "findings": _as_dicts(findings)}
            table = previous
        elif table is None:
            continue
        assembly.prepared[name] = snapshots.Prepared(table, about)
    held_back = pa.Table.from_pylist(assembly.quarantine, schema=QUARANTINE_SCHEMA)
    assembly.prepared[QUARANTINE] = snapshots.Prepared(held_back, {})
    return assembly


def publish(data: Path, today: date, now: datetime | None = None) -> tuple[str, bool, Assembly]:
    """Assemble and publish. Returns the snapshot's id, whether it is new, and what the checks saw."""
    assembly = assemble(data, today)
    if len(assembly.prepared) < 2:
        raise snapshots.SnapshotError("nothing to publish: no dataset passed its check (python -m smartvest check)")
    snapshot_id, is_new = snapshots.publish(data, assembly.prepared, __version__, now)
    return snapshot_id, is_new, assembly


def _dataset(data: Path, source: Source, today: date, previous: pa.Table | None):
    """One dataset: (table or None, manifest entry, quarantine rows, findings)."""
    findings: list[Finding] = []
    quarantine: list[dict[str, Any]] = []
    parts: list[pa.Table] = []
    inputs: list[dict[str, Any]] = []
    if source.facts:
        path = data / "facts" / source.facts
        try:
            table, unreadable = read_facts(path, source)
            findings += unreadable
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            stamp = f"{source.accessed}T00:00:00Z" if source.accessed else None
            inputs.append({"name": source.facts, "sha256": digest, "fetched_at": stamp, "rows": table.num_rows})
            parts.append(table)
        except FactsError as error:
            findings.append(Finding(source.id, "block", "facts_unreadable", detail=str(error)))
    for done in list_imports(data):
        if source.id not in done.rows:
            continue
        parts.append(imported_table(data, done, source.id).cast(source.schema()))
        stamp = done.fetched_at.isoformat()
        inputs.append(
            {"name": done.name, "sha256": done.sha256, "url": done.url, "fetched_at": stamp, "rows": parts[-1].num_rows}
        )
        quarantine += [
            _held_back(source.id, done.name, r.record, r.column, r.reason, r.detail, r.count) for r in done.rejected
        ]
    if not parts:
        return None, {}, quarantine, findings
    merged = _newest_by_key(parts, source)
    findings += check(merged, source, today, previous)
    bad = {f.row for f in findings if f.severity == "reject" and f.row >= 0}
    if bad:
        merged = merged.take(pa.array([i for i in range(merged.num_rows) if i not in bad], pa.int64()))
    findings += check_whole(merged, source, previous)
    quarantine += [
        _held_back(source.id, source.facts, f.row + 1, f.column, f.reason, f.detail)
        for f in findings
        if f.severity == "reject"
    ]
    about = {
        "quarantined": sum(row["records"] for row in quarantine),
        "sample": source.sample,
        "licence": source.licence,
        "fetched_at": max((i["fetched_at"] for i in inputs if i.get("fetched_at")), default=None),
        "inputs": inputs,
        "findings": _as_dicts([f for f in findings if f.severity == "warn"]),
        "source": json.loads(source.model_dump_json(exclude_defaults=True)),
        **_span(merged),
    }
    return merged, about, quarantine, findings


def _newest_by_key(parts: list[pa.Table], source: Source) -> pa.Table:
    """All parts as one table, sorted by its key; where parts share a key the later part's row stays.

    Two rows of one key within the *same* part both stay: that is an error of the file, and the check shall see it.
    """
    keep: dict[tuple, int] = {}
    rows: list[int] = []
    offset = 0
    for part in parts:
        keys = list(zip(*(part.column(name).to_pylist() for name in source.grain), strict=True))
        replaced = {keep[key] for key in keys if key in keep}
        rows = [row for row in rows if row not in replaced] if replaced else rows
        rows += range(offset, offset + part.num_rows)
        keep |= {key: offset + i for i, key in enumerate(keys)}
        offset += part.num_rows
    whole = pa.concat_tables(part.select(list(source.columns)) for part in parts).take(pa.array(rows, pa.int64()))
    return whole.sort_by([(name, "ascending") for name in source.grain]).combine_chunks()


def _span(table: pa.Table) -> dict[str, str | None]:
    """First and last date of the dataset's ``as_of`` column, where it has one."""
    if "as_of" not in table.column_names or not table.num_rows:
        return {"as_of_min": None, "as_of_max": None}
    span = pc.min_max(table.column("as_of")).as_py()
    return {f"as_of_{end}": str(span[end]) if span[end] else None for end in ("min", "max")}


def _held_back(dataset: str, name: str, record: int, column: str, reason: str, detail: str, count: int = 1) -> dict:
    return {
        "dataset": dataset,
        "input": name,
        "record": record,
        "column": column,
        "reason": reason,
        "detail": detail,
        "records": count,
    }


def _as_dicts(findings: list[Finding]) -> list[dict[str, Any]]:
    return [asdict(f) for f in findings]


def _published(data: Path) -> snapshots.Opened | None:
    try:
        return snapshots.open_newest_good(data)[0]
    except snapshots.SnapshotError:
        return None
