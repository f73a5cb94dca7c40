"""Commands for data stewards. Errors are one line without a traceback; the exit code says whether all went well."""

from __future__ import annotations

import inspect
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from smartvest import build as building
from smartvest import imports, snapshots, store
from smartvest.contracts import Source, load_sources
from smartvest.ingest import loaders
from smartvest.ingest.records import Raw, SourceError
from smartvest.paths import data_dir
from smartvest.rejects import held_back
from smartvest.sensors import config as sensor_config
from smartvest.sensors import readings
from smartvest.terminal import KNOWN_ERRORS, complain, fail, in_a_sentence, one_line_errors, progress, say, show

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


@app.command()
def update(sources: Annotated[list[str] | None, typer.Argument(help="Loaders to run; all by default.")] = None) -> None:
    """Fetch, shape, check and publish a new snapshot. One bad source never blocks the others."""
    data = data_dir()
    failed: list[str] = []
    with one_line_errors(), progress() as bar, tempfile.TemporaryDirectory() as temp:
        known = loaders()
        contracts = load_sources(data / "sources.toml")
        for name in sources or []:
            _known_loader(name, known)
        fetched = {s.loader: s for s in reversed(contracts.values()) if s.loader and (s.fetch_url or s.index_url)}
        asked = {d.loader for d in sensor_config.load(sensor_config.path_in(data)).deployments}
        wanted = sources or sorted(
            fetched.keys() | (asked - {"chirpstack"})
        )  # ChirpStack keeps no past events to ask for
        task = bar.add_task("update", total=len(wanted))
        for name in wanted:
            bar.update(task, description=f"fetching {name}")
            try:
                for raw in _fetch(name, known, fetched, Path(temp)):
                    done = import_one(data, name, known[name], raw, contracts, bar)
                    say(f"✓ {name}: {_sentence(done.counts)} ({raw.name})")
            except Exception as error:  # whatever a publisher's answer does to one loader, the others go on
                failed.append(name)
                complain("✗", f"{name}: {in_a_sentence(error)}", "red")
            bar.advance(task)
        _publish(data)
    if failed:
        raise typer.Exit(1)


def _fetch(name: str, known: dict, fetched: dict[str, Source], temp: Path) -> Iterable[Raw]:
    _known_loader(name, known)
    by_config = name in sensor_config.LOADERS  # these ask the deployments of sensors.toml, not an address of a dataset
    if not hasattr(known[name], "fetch") or (name not in fetched and not by_config):
        raise SourceError("nothing to fetch (no fetch_url or index_url in sources.toml); use `import` with a file")
    answer = known[name].fetch(fetched.get(name), temp)
    return [answer] if isinstance(answer, Raw) else answer


@app.command("import")
def import_files(
    source: Annotated[str, typer.Argument(help="The loader, see `sources`.")],
    files: Annotated[list[Path], typer.Argument(help="Files as the publisher sent them.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with the counts of every file.")] = False,
) -> None:
    """The same as update from files on disk; prints what became of every source record."""
    data = data_dir()
    report: list[dict] = []
    outcome: dict = {"snapshot": None}
    with one_line_errors():
        known = loaders()
        _known_loader(source, known)
        contracts = load_sources(data / "sources.toml")
    with progress(hidden=as_json) as bar:
        for path in files:
            try:
                done = import_one(data, source, known[source], _from_disk(path), contracts, bar)
                report.append({"file": _printable(path), **done.counts.model_dump(), "notes": done.notes})
                if not as_json:
                    _print_counts(path, done)
            except Exception as error:  # one bad file never blocks the others
                report.append(
                    {"file": _printable(path), **imports.Counts().model_dump(), "error": in_a_sentence(error)}
                )
                if not as_json:
                    complain("error:", f"{_printable(path)}: {in_a_sentence(error)}")
    if any("error" not in entry for entry in report):
        try:
            outcome["snapshot"], _ = _publish(data, quiet=as_json)
        except (*KNOWN_ERRORS, OSError) as error:
            outcome["error"] = in_a_sentence(error)
            complain("error:", outcome["error"])
    if as_json:
        totals = {key: sum(entry[key] for entry in report) for key in COUNTED}
        reasons: Counter[str] = Counter()
        for entry in report:
            reasons.update(entry["reasons"])
        print(json.dumps({"source": source, **totals, "reasons": dict(reasons), "files": report, **outcome}))
    if "error" in outcome or any("error" in entry for entry in report):
        raise typer.Exit(1)


COUNTED = ("records_in", "published", "out_of_scope", "duplicates", "quarantined")


def _from_disk(path: Path) -> Raw:
    if path.is_dir():
        raise SourceError("is a directory; name the files in it")
    if path.stat().st_size == 0 and path.is_file():
        raise SourceError("the file is empty; get it again from its publisher")
    if not path.is_file():
        raise SourceError("is not a file")
    with path.open("rb"):  # an unreadable file is told apart from an unusable one here
        pass
    return Raw(_printable(Path(path.name)), path.resolve(), datetime.now(UTC).replace(microsecond=0))


def _printable(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", errors="replace")


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
        show(table)
        for f in assembly.findings:
            if f.severity != "reject":
                say(f"{f.severity}: {f.dataset} {f.reason} {f.column} {f.detail}".rstrip())
        for line in held_back(data, assembly):
            say(line)
        damaged = _damaged(data)
        for line in damaged:
            complain("damaged:", line)
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
        show(table)


@app.command()
def rollback(snapshot_id: Annotated[str, typer.Argument(help="See `snapshots`.")]) -> None:
    """Publish an older snapshot again. Nothing is deleted."""
    with one_line_errors():
        snapshots.rollback(data_dir(), snapshot_id)
        say(f"published: {snapshot_id}")


@app.command()
def sources() -> None:
    """All datasets: who publishes them, how they come in, and how old they may get."""
    with one_line_errors():
        table = Table("dataset", "title", "publisher", "licence", "comes by", "max. age (days)")
        for source in load_sources(data_dir() / "sources.toml").values():
            ways = [f"facts/{source.facts}"] if source.facts else []
            ways += [f"import {source.loader}"] if source.loader else []
            ways += [f"update {source.loader}"] if source.fetch_url or source.index_url else []
            cells = (source.id, source.title.en, source.publisher, source.licence, ", ".join(ways) or "not yet")
            table.add_row(*map(escape, cells), str(source.max_age_days or ""))
        show(table)
        say("loaders: " + ", ".join(loaders()))


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
            records = [dict(zip(frame.columns, map(_plain, row), strict=True)) for row in frame.itertuples(index=False)]
            print(json.dumps(records, ensure_ascii=False))
        elif format is Format.parquet:
            if sys.stdout.isatty():
                fail("parquet is not for the eye; write it to a file: … --format parquet > file.parquet", 2)
            sys.stdout.buffer.write(frame.to_parquet(index=False))
        else:
            table = Table(*map(str, frame.columns))
            for row in frame.itertuples(index=False):
                plain = map(_plain, row)
                table.add_row(*("" if value is None else escape(str(value)) for value in plain))
            show(table)


def _plain(value: Any) -> Any:
    """A cell as JSON knows it: missing is null, dates are ISO text, every digit of a number stays."""
    if isinstance(value, np.ndarray | list):
        return [_plain(part) for part in value]
    if value is None or pd.isna(value) or value in (float("inf"), float("-inf")):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def import_one(data: Path, name: str, loader, raw: Raw, contracts, bar: Progress) -> imports.Import:
    """Shape, check and land one file; readings of sensors go to their own store."""
    task = bar.add_task(f"reading {raw.name}", total=None)
    try:
        extra = {}
        if "progress" in inspect.signature(loader.shape).parameters:
            extra["progress"] = lambda seen, total: bar.update(task, completed=seen, total=total)
        shaped = loader.shape(raw, **extra)
        if name in sensor_config.LOADERS:
            return readings.land_counted(data, name, raw, shaped)
        tables, counts, rejects = imports.settle(shaped, contracts, date.today())
        return imports.land(data, name, raw, tables, counts, rejects, shaped.notes)
    finally:
        bar.remove_task(task)


@app.command()
def listen(
    host: Annotated[str, typer.Option(help="The MQTT broker.")],
    port: Annotated[int, typer.Option()] = 1883,
    tls: Annotated[bool, typer.Option("--tls", help="Encrypt the connection (usually with --port 8883).")] = False,
    user_env: Annotated[str, typer.Option(help="Environment variable that holds the user name.")] = "",
    password_env: Annotated[str, typer.Option(help="Environment variable that holds the password.")] = "",
    publish_every_min: Annotated[int, typer.Option(min=1, help="How often what came in is published.")] = 10,
) -> None:
    """Receive uplinks over MQTT until Ctrl-C or SIGTERM; what came in is published every few minutes and at the end."""
    from smartvest.sensors.service import serve

    data = data_dir()
    with one_line_errors():
        received = serve(data, host, port, tls, user_env, password_env, 60 * publish_every_min, lambda: _publish(data))
        say(f"{received} messages received")


@app.command()
def sample(
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2024,
) -> None:
    """Make the sample readings anew (about half a minute) and publish them; they say Beispieldaten everywhere."""
    from smartvest.sensors.sample import generate

    data = data_dir()
    with one_line_errors(), progress() as bar:
        bar.add_task("drawing three years of readings and summing them up", total=None)
        tables = generate(data, seed)
        say(f"sample: {sum(table.num_rows for table in tables.values())} rows in {len(tables)} tables")
        _publish(data)


def _publish(data: Path, quiet: bool = False) -> tuple[str, bool]:
    snapshot_id, is_new, assembly = building.publish(data, date.today())
    if not quiet:
        for f in assembly.blocked:
            stays = "the version published before stays" if f.dataset in assembly.prepared else "it is not published"
            complain("kept:", f"{f.dataset}: {f.reason} {f.detail}; {stays}", "yellow")
        held = sum(row["records"] for row in assembly.quarantine)
        note = f"; {held} records quarantined (python -m smartvest check)" if held else ""
        say(f"{'published' if is_new else 'unchanged'}: {snapshot_id}{note}")
    return snapshot_id, is_new


def _known_loader(name: str, known: dict) -> None:
    if name not in known:
        raise SourceError(f"unknown source {name[:80]!r} (known: {', '.join(known) or 'none'})")


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
    say(f"{_printable(path)}: {_sentence(done.counts)}")
    for reason, count in done.counts.reasons.items():
        say(f"  {reason}: {count}")
    for note in done.notes:
        say(f"  note: {note}")
