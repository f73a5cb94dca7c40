"""Commands for data stewards. Errors are one line without a traceback; the exit code says whether all went well."""

from __future__ import annotations

import inspect
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from smartvest import build as building
from smartvest import imports, snapshots, store
from smartvest.contracts import ContractError, load_sources
from smartvest.facts import FactsError
from smartvest.ingest import loaders
from smartvest.ingest.records import Raw, SourceError
from smartvest.paths import data_dir

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
out = Console()
err = Console(stderr=True)

KNOWN_ERRORS = (SourceError, ContractError, FactsError, snapshots.SnapshotError, store.QueryError)


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Expected failures end with exit code 1 and one sentence."""
    try:
        yield
    except KNOWN_ERRORS as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))


def fail(message: str, code: int = 1) -> None:
    err.print(f"[bold red]error:[/] {' '.join(message.split())}", highlight=False, soft_wrap=True)
    raise typer.Exit(code)


@contextmanager
def progress(hidden: bool = False) -> Iterator[Progress]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=hidden or not err.is_terminal) as bar:
        yield bar


@app.command()
def update(sources: Annotated[list[str] | None, typer.Argument(help="Loaders to run; all by default.")] = None) -> None:
    """Fetch, shape, check and publish a new snapshot. One bad source never blocks the others."""
    data = data_dir()
    failed: list[str] = []
    with one_line_errors(), progress() as bar, tempfile.TemporaryDirectory() as temp:
        known = loaders()
        contracts = load_sources(data / "sources.toml")
        wanted = sources or sorted({s.loader for s in contracts.values() if s.loader and (s.fetch_url or s.index_url)})
        for name in wanted:
            _known_loader(name, known)
        task = bar.add_task("update", total=len(wanted))
        for name in wanted:
            bar.update(task, description=f"fetching {name}")
            source = next((s for s in contracts.values() if s.loader == name and (s.fetch_url or s.index_url)), None)
            try:
                if source is None:
                    raise SourceError("no fetch_url or index_url in sources.toml; use `import` with a file")
                fetched = known[name].fetch(source, Path(temp))
                for raw in fetched if isinstance(fetched, list) else [fetched]:
                    done = import_one(data, name, known[name], raw, contracts, bar)
                    out.print(f"[green]✓[/] {name}: {_sentence(done.counts)} ({raw.name})", highlight=False)
            except (SourceError, ContractError) as error:
                failed.append(name)
                err.print(f"[red]✗[/] {name}: {error}", highlight=False, soft_wrap=True)
            bar.advance(task)
        _publish(data)
    if failed:
        raise typer.Exit(1)


@app.command("import")
def import_files(
    source: Annotated[str, typer.Argument(help="The loader, see `sources`.")],
    files: Annotated[list[Path], typer.Argument(help="Files as the publisher sent them.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with the counts of every file.")] = False,
) -> None:
    """The same as update from files on disk; prints what became of every source record."""
    data = data_dir()
    report: list[dict] = []
    failed = False
    with one_line_errors():
        known = loaders()
        _known_loader(source, known)
        contracts = load_sources(data / "sources.toml")
        with progress(hidden=as_json) as bar:
            for path in files:
                try:
                    if not path.is_file():
                        raise SourceError(f"{path}: no such file")
                    raw = Raw(path.name, path.resolve(), datetime.now(UTC).replace(microsecond=0))
                    done = import_one(data, source, known[source], raw, contracts, bar)
                    report.append({"file": str(path), **done.counts.model_dump(), "notes": done.notes})
                    if not as_json:
                        _print_counts(path, done)
                except SourceError as error:
                    failed = True
                    report.append({"file": str(path), **imports.Counts().model_dump(), "error": str(error)})
                    if not as_json:
                        err.print(f"[bold red]error:[/] {path.name}: {error}", highlight=False, soft_wrap=True)
        snapshot_id = None
        if any("error" not in entry for entry in report):
            snapshot_id, _ = _publish(data, quiet=as_json)
    if as_json:
        totals = {key: sum(entry[key] for entry in report) for key in COUNTED}
        reasons: dict[str, int] = {}
        for entry in report:
            for reason, count in entry["reasons"].items():
                reasons[reason] = reasons.get(reason, 0) + count
        print(json.dumps({"source": source, **totals, "reasons": reasons, "files": report, "snapshot": snapshot_id}))
    if failed:
        raise typer.Exit(1)


COUNTED = ("records_in", "published", "out_of_scope", "duplicates", "quarantined")


@app.command()
def build() -> None:
    """Publish a snapshot from data/facts/ and what has been imported."""
    with one_line_errors():
        _publish(data_dir())


@app.command()
def check() -> None:
    """Check every dataset as it would be published, list what is held back and verify all snapshots."""
    data = data_dir()
    with one_line_errors():
        assembly = building.assemble(data, date.today())
        table = Table("dataset", "rows", "as of", "quarantined", "checked")
        contracts = load_sources(data / "sources.toml")
        blocked = {f.dataset for f in assembly.blocked}
        for name in contracts:
            item = assembly.prepared.get(name)
            verdict = "[red]blocked[/]" if name in blocked else "[green]ok[/]" if item else "no data yet"
            rows, about = (str(item.table.num_rows), item.about) if item else ("–", {})
            table.add_row(name, rows, about.get("as_of_max") or "", str(about.get("quarantined", 0)), verdict)
        out.print(table)
        for f in assembly.findings:
            if f.severity != "reject":
                out.print(f"{f.severity}: {f.dataset} {f.reason} {f.column} {f.detail}", highlight=False)
        for row in assembly.quarantine:
            where = f"{row['input']} record {row['record']}" if row["record"] else row["input"]
            out.print(f"quarantined: {row['dataset']} ({where}): {row['reason']} {row['column']} {row['detail']}",
                      highlight=False, soft_wrap=True)  # fmt: skip
        damaged = _damaged(data)
        for line in damaged:
            err.print(f"[bold red]damaged:[/] {line}", highlight=False)
    if assembly.blocked or damaged:
        raise typer.Exit(1)


@app.command("snapshots")
def list_snapshots() -> None:
    """All snapshots, oldest first; the published one is marked."""
    data = data_dir()
    with one_line_errors():
        table = Table("", "id", "published at (UTC)", "datasets", "rows", "kB")
        published = snapshots.current_id(data)
        for name in snapshots.ids(data):
            mark = "●" if name == published else ""
            try:
                m = snapshots.open_snapshot(data, name).manifest
                rows = sum(e.rows for e in m.datasets.values())
                size = sum(e.bytes for e in m.datasets.values()) // 1000
                table.add_row(mark, name, f"{m.created_at:%Y-%m-%d %H:%M}", str(len(m.datasets)), str(rows), str(size))
            except snapshots.SnapshotError:
                table.add_row(mark, name, "[red]damaged[/]", "", "", "")
        out.print(table)


@app.command()
def rollback(snapshot_id: Annotated[str, typer.Argument(help="See `snapshots`.")]) -> None:
    """Publish an older snapshot again. Nothing is deleted."""
    with one_line_errors():
        snapshots.rollback(data_dir(), snapshot_id)
        out.print(f"published: {snapshot_id}", highlight=False)


@app.command()
def sources() -> None:
    """All datasets: who publishes them, how they come in, and how old they may get."""
    with one_line_errors():
        table = Table("dataset", "title", "publisher", "licence", "comes by", "max. age (days)")
        for source in load_sources(data_dir() / "sources.toml").values():
            ways = [f"facts/{source.facts}"] if source.facts else []
            ways += [f"import {source.loader}"] if source.loader else []
            ways += [f"update {source.loader}"] if source.fetch_url or source.index_url else []
            table.add_row(source.id, source.title.en, source.publisher, source.licence, ", ".join(ways) or "not yet",
                          str(source.max_age_days or ""))  # fmt: skip
        out.print(table)
        out.print("loaders: " + ", ".join(loaders()), highlight=False)


@app.command()
def query(
    name: Annotated[str, typer.Argument(help="A file in queries/, without .sql.")],
    parameters: Annotated[list[str] | None, typer.Argument(help="key=value …; a list is a,b,c.")] = None,
    format: Annotated[Format, typer.Option("--format")] = Format.table,
) -> None:
    """Run a named query on the published snapshot."""
    with one_line_errors():
        given = {}
        for pair in parameters or []:
            key, equals, value = pair.partition("=")
            if not equals:
                fail(f"{pair!r} is not key=value", 2)
            given[key] = value.split(",") if key.endswith("_list") else value
        frame = store.query(name, **given)
        if format is Format.csv:
            frame.to_csv(sys.stdout, index=False)
        elif format is Format.json:
            print(frame.to_json(orient="records", date_format="iso", force_ascii=False))
        elif format is Format.parquet:
            frame.to_parquet(sys.stdout.buffer, index=False)
        else:
            table = Table(*map(str, frame.columns))
            for row in frame.itertuples(index=False):
                table.add_row(*("" if value is None or value != value else str(value) for value in row))
            out.print(table)


def import_one(data: Path, name: str, loader, raw: Raw, contracts, bar: Progress) -> imports.Import:
    """Shape, check and land one file."""
    task = bar.add_task(f"reading {raw.name}", total=None)
    extra = {}
    if "progress" in inspect.signature(loader.shape).parameters:
        extra["progress"] = lambda seen, total: bar.update(task, completed=seen, total=total)
    shaped = loader.shape(raw, **extra)
    tables, counts, rejects = imports.settle(shaped, contracts, date.today())
    done = imports.land(data, name, raw, tables, counts, rejects, shaped.notes)
    bar.remove_task(task)
    return done


def _publish(data: Path, quiet: bool = False) -> tuple[str, bool]:
    snapshot_id, is_new, assembly = building.publish(data, date.today())
    if not quiet:
        for f in assembly.blocked:
            err.print(f"[yellow]kept:[/] {f.dataset}: {f.reason} {f.detail}; the version published before stays",
                      highlight=False, soft_wrap=True)  # fmt: skip
        held = sum(row["records"] for row in assembly.quarantine)
        note = f"; {held} records quarantined (python -m smartvest check)" if held else ""
        state = "published" if is_new else "unchanged"
        out.print(f"{state}: {snapshot_id}{note}", highlight=False)
    return snapshot_id, is_new


def _known_loader(name: str, known: dict) -> None:
    if name not in known:
        raise SourceError(f"unknown source {name!r} (known: {', '.join(known)})")


def _damaged(data: Path) -> list[str]:
    damaged = []
    for name in snapshots.ids(data):
        try:
            snapshots.open_snapshot(data, name)
        except snapshots.SnapshotError as error:
            damaged.append(str(error))
    return damaged


def _sentence(counts: imports.Counts) -> str:
    return (
        f"{counts.records_in} records = {counts.published} published + {counts.out_of_scope} out of scope"
        f" + {counts.duplicates} duplicates + {counts.quarantined} quarantined"
    )


def _print_counts(path: Path, done: imports.Import) -> None:
    out.print(f"{path.name}: {_sentence(done.counts)}", highlight=False, soft_wrap=True)
    for reason, count in done.counts.reasons.items():
        out.print(f"  {reason}: {count}", highlight=False)
    for note in done.notes:
        out.print(f"  note: {note}", highlight=False, soft_wrap=True)
