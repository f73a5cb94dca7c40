"""Facts and imports -> the checked tables of the next snapshot.

Nothing here knows a dataset by name: sources.toml says what there is. A dataset that fails as a whole keeps the version
published before; the others go on.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smartvest import __version__, definitions, snapshots
from smartvest.contracts import Finding, Source, check, check_whole, load_sources
from smartvest.facts import FactsError, read_facts
from smartvest.imports import Import, Unreadable, imported_table, read_imports
from smartvest.ingest.records import SourceError
from smartvest.kpis import KpiError, load_kpis
from smartvest.paths import queries_dir
from smartvest.publishing import load_publishing
from smartvest.retention import prune
from smartvest.sensors import rollup

log = logging.getLogger(__name__)

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


@dataclass(frozen=True)
class Part:
    """One input's rows of one dataset in contract types; ``records[i]`` is the line or record number of row i."""

    name: str
    table: pa.Table
    records: list[int]


@dataclass
class Dataset:
    """What became of one dataset: its table (None: nothing came in), its inputs and what was held back."""

    table: pa.Table | None = None
    sample: bool = False  # the rows are the model's, not measured
    inputs: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)

    @property
    def blocked(self) -> bool:
        return any(f.severity == "block" for f in self.findings)


def assemble(data: Path, today: date) -> Assembly:
    """Check every dataset of sources.toml as it would be published with ``today`` as the date nothing may exceed.

    A dataset that is blocked, or into which nothing comes any more (a checkout has the snapshots but not everybody's
    imports), keeps the version published before. Raises ContractError.
    """
    assembly = Assembly()
    sources = load_sources(data / "sources.toml")
    published = _published(data)
    landed = read_imports(data)
    summaries = rollup.update(data)
    for name, source in sources.items():
        previous = published.table(name) if published else None
        if name in summaries.tables:
            made = _from_rollup(summaries, source, today, previous)
        else:
            made = _dataset(data, source, today, previous, *landed)
        if made.table is None and not made.blocked and published and previous is not None:
            detail = f"nothing was imported here; {published.id} has it"
            made.findings.append(Finding(name, "warn", "no_input", detail=detail))
        assembly.findings += made.findings
        assembly.quarantine += made.quarantine
        quarantined = sum(row["records"] for row in made.quarantine)
        noted = [asdict(f) for f in made.findings if f.severity != "reject"]
        if made.table is not None and not made.blocked:
            about = _about(source, made) | {"quarantined": quarantined, "findings": noted}
            assembly.prepared[name] = snapshots.Prepared(made.table, about)
        elif published and previous is not None:
            kept = published.manifest.datasets[name]
            about = kept.model_dump(mode="json", exclude={"file", "sha256", "bytes", "rows"})
            about |= {"kept_from": kept.kept_from or published.id, "quarantined": quarantined, "findings": noted}
            assembly.prepared[name] = snapshots.Prepared(previous, about)
    held_back = pa.Table.from_pylist(assembly.quarantine, schema=QUARANTINE_SCHEMA)
    assembly.prepared[QUARANTINE] = snapshots.Prepared(held_back, {})
    return assembly


def publish(data: Path, today: date, now: datetime | None = None) -> tuple[str, bool, Assembly]:
    """Assemble and publish. Returns the snapshot's id, whether it is new, and what the checks saw.

    Raises ContractError, SnapshotError, or the OSError of a failed write; then nothing has changed.
    """
    settings = load_publishing(data / "publishing.toml")
    assembly = assemble(data, today)
    if len(assembly.prepared) < 2:
        raise snapshots.SnapshotError("nothing to publish: no dataset passed its check (python -m smartvest check)")
    kept = definitions.to_keep(data)
    if kept.kpis:
        try:
            load_kpis(data / "kpis.toml", load_sources(data / "sources.toml"), queries_dir())
        except KpiError as error:  # it would be published for good with every snapshot
            raise snapshots.SnapshotError(f"nothing was published: {error}") from None
    snapshot_id, is_new = snapshots.publish(
        data, assembly.prepared, __version__, now, kpis=kept.kpis, queries=kept.marks
    )
    try:
        prune(data, settings)
    except (OSError, snapshots.SnapshotError) as error:  # published is published; the next publish tries again
        log.warning("old snapshots could not be removed: %s", error)
    return snapshot_id, is_new, assembly


def _dataset(
    data: Path,
    source: Source,
    today: date,
    previous: pa.Table | None,
    imports: list[Import],
    unreadable: list[Unreadable],
) -> Dataset:
    made = Dataset()
    parts: list[Part] = []
    if source.facts:
        try:
            parts.append(_from_facts(data, source, made))
        except FactsError as error:
            made.findings.append(Finding(source.id, "block", "facts_unreadable", detail=str(error)))
    for done in imports:
        if source.id in done.rows:
            try:
                parts.append(_from_import(data, done, source, made))
            except SourceError as error:
                made.findings.append(Finding(source.id, "block", "import_unreadable", detail=str(error)))
        if source.id in done.rows or (not done.rows and done.loader == source.loader):
            made.quarantine += [
                _held_back(source.id, done.name, r.record, r.column, r.reason, r.detail, r.count) for r in done.rejected
            ]
    for broken in unreadable:
        if broken.loader == source.loader:
            made.findings.append(Finding(source.id, "block", "import_unreadable", detail=broken.reason))
    if parts:
        good = [_without_rejected(part, source, today, made) for part in parts]
        made.table = _newest_by_key(good, source)
        made.findings += [f for f in check(made.table, source, today, previous) if f.severity == "warn"]
        made.findings += check_whole(made.table, source, previous)
    return made


def _from_rollup(summaries: rollup.Update, source: Source, today: date, previous: pa.Table | None) -> Dataset:
    """A summary of readings. Its rows are made, keyed and sorted by queries/rollups: they are checked, not merged."""
    table = summaries.tables[source.id]
    if table.schema.remove_metadata() != source.arrow_schema():
        detail = "queries/rollups and sources.toml disagree on its columns"
        return Dataset(findings=[Finding(source.id, "block", "column_type", detail=detail)])
    made = Dataset(sample="sample" in table.column_names and bool(pc.any(table["sample"]).as_py()))
    made.table = _without_rejected(Part("readings", table, [0] * table.num_rows), source, today, made)
    made.findings += check_whole(made.table, source, None if made.sample else previous)
    return made


def _from_facts(data: Path, source: Source, made: Dataset) -> Part:
    facts = read_facts(data / "facts" / source.facts, source)
    for line, finding in facts.unreadable:
        made.findings.append(finding)
        made.quarantine.append(
            _held_back(source.id, source.facts, line, finding.column, finding.reason, finding.detail)
        )
    stamp = f"{source.accessed}T00:00:00Z" if source.accessed else None
    made.inputs.append(
        {"name": source.facts, "sha256": facts.sha256, "fetched_at": stamp, "rows": facts.table.num_rows}
    )
    return Part(source.facts, facts.table, facts.lines)


def _from_import(data: Path, done: Import, source: Source, made: Dataset) -> Part:
    """Raises SourceError when its rows are damaged or were shaped for another contract than today's."""
    table = imported_table(data, done, source.id)
    if table.schema.remove_metadata() != source.arrow_schema():
        raise SourceError(f"{done.name}: imported before its columns in sources.toml changed; import it again")
    stamp = done.fetched_at.isoformat()
    made.inputs.append(
        {"name": done.name, "sha256": done.sha256, "url": done.url, "fetched_at": stamp, "rows": table.num_rows}
    )
    return Part(done.name, table, [0] * table.num_rows)


def _without_rejected(part: Part, source: Source, today: date, made: Dataset) -> pa.Table:
    """The part's good rows. The others go to quarantine one by one, each with the first thing found.

    Checked before parts are merged: a bad row must not take the place of a good one with its key.
    """
    rejected: dict[int, Finding] = {}
    for finding in check(part.table, source, today):
        if finding.severity == "reject":
            rejected.setdefault(finding.row, finding)
    for row, f in sorted(rejected.items()):
        made.findings.append(f)
        made.quarantine.append(_held_back(source.id, part.name, part.records[row], f.column, f.reason, f.detail))
    if not rejected:
        return part.table
    return part.table.take(pa.array([i for i in range(part.table.num_rows) if i not in rejected], pa.int64()))


def _newest_by_key(parts: list[pa.Table], source: Source) -> pa.Table:
    """All parts as one table, sorted by its key; where parts share a key the later part's row stays."""
    keys = [list(zip(*(part.column(name).to_pylist() for name in source.grain), strict=True)) for part in parts]
    owner = {key: number for number, part in enumerate(keys) for key in part}
    kept = [owner[key] == number for number, part in enumerate(keys) for key in part]
    whole = pa.concat_tables(parts).filter(pa.array(kept, pa.bool_()))
    return whole.sort_by([(name, "ascending") for name in source.grain]).combine_chunks()


def _about(source: Source, made: Dataset) -> dict[str, Any]:
    """The manifest entry of a dataset that passed."""
    return {
        "sample": made.sample or source.sample,
        "licence": source.licence,
        "fetched_at": max((i["fetched_at"] for i in made.inputs if i.get("fetched_at")), default=None),
        "inputs": made.inputs,
        "source": json.loads(source.model_dump_json(exclude_defaults=True)),
        **_span(made.table),
    }


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


def _published(data: Path) -> snapshots.Opened | None:
    try:
        return snapshots.open_newest_good(data)[0]
    except snapshots.SnapshotError:
        return None
