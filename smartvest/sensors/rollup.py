"""Readings -> hours -> sensor days -> town days -> latest, and the tables a snapshot gets.

Only partitions whose readings changed are rebuilt (files.dirty); a change of sensors.toml that bears on the summaries
rebuilds all. The questions themselves are queries/rollups/*.sql.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from smartvest.sensors import clock, config, files, limits
from smartvest.sensors.files import KINDS, Partition

NIGHTS = "temperature_c"  # the metric with a night's minimum (tropical nights)


@dataclass
class Update:
    """What an update did and what the next snapshot should hold."""

    rebuilt: list[Partition] = field(default_factory=list)
    tables: dict[str, pa.Table] = field(default_factory=dict)
    sample: bool = False


def update(data_dir: Path, months: Iterable[str] | None = None) -> Update:
    """Bring the rollups up to date and return the tables for the next snapshot.

    ``months`` (local, "2026-07") forces these months; by default everything that changed is rebuilt.
    """
    from smartvest.sensors import publish

    stewards = config.load(config.path_in(data_dir))
    rebuilt = rebuild(data_dir, stewards, months)
    tables, sample = publish.tables(data_dir, stewards)
    limits_file = data_dir / "limits.toml"
    if limits_file.exists():
        tables["air_limits"] = limits.table(limits_file)
    return Update(rebuilt, tables, sample)


def rebuild(data_dir: Path, stewards: config.Config, months: Iterable[str] | None = None) -> list[Partition]:
    """Rebuild the rollups of changed partitions (or of ``months``); returns which."""
    if not files.partitions(data_dir):
        return []  # the default: no readings, and nothing is written beside the repository's data
    with files.writing(data_dir):
        there = files.partitions(data_dir)
        wanted = set(files.dirty(data_dir)) & set(there)
        stamp = files.sensors_dir(data_dir) / "rollups" / "config.sha256"
        rules = _rules(stewards)
        if not stamp.exists() or stamp.read_text(encoding="ascii") != rules:
            wanted = set(there)
        if months is not None:
            forced = set(months)
            wanted |= {p for p in there if p[1] in forced}
        todo = sorted(p for p in wanted if p[0] in stewards.metrics)
        if todo:
            connection = files.engine()
            try:
                _rebuild(connection, data_dir, stewards, todo, set(there))
            finally:
                connection.close()
        for partition in files.dirty(data_dir):
            files.mark_clean(data_dir, partition)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(rules, encoding="ascii")
        return todo


def _rebuild(connection, data_dir: Path, stewards: config.Config, todo: list[Partition], there: set[Partition]):
    sql = {name: files.rollup_sql(name) for name in (*KINDS, "latest")}
    for metric, month in todo:
        _prepare(connection, stewards, metric, month)
        files.view(connection, "readings", files.readings_file(data_dir, metric, month))
        files.write(connection, sql["hours"], files.rollup_file(data_dir, "hours", metric, month))
    later = set(todo)  # the first night of a month began in the month before
    later |= {p for m, n in todo if m == NIGHTS and (p := (m, clock.next_month(n))) in there}
    for metric, month in sorted(later):
        _prepare(connection, stewards, metric, month)
        hours = files.rollup_file(data_dir, "hours", metric, month)
        before = files.rollup_file(data_dir, "hours", metric, clock.previous_month(month))
        files.view(connection, "hours", hours)
        files.view(connection, "hours_all", before if before.exists() else hours)
        connection.execute(
            "create or replace temp view hours_before as select * from hours_all "
            f"where hour >= (select min(hour) from calendar) and {'true' if before.exists() else 'false'}"
        )
        files.write(connection, sql["days"], files.rollup_file(data_dir, "days", metric, month))
        files.view(connection, "days", files.rollup_file(data_dir, "days", metric, month))
        files.write(connection, sql["town_days"], files.rollup_file(data_dir, "town_days", metric, month))
    _latest(connection, data_dir, sql["latest"])


def _latest(connection: duckdb.DuckDBPyConnection, data_dir: Path, sql: str) -> None:
    there = [files.rollup_file(data_dir, "days", *partition) for partition in files.partitions(data_dir)]
    files.view_all(connection, "days", [file for file in there if file.exists()])
    files.write(connection, sql, files.latest_file(data_dir))


def _prepare(connection, stewards: config.Config, metric: str, month: str) -> None:
    """The small tables the rollup questions join: metric (one row), its sensors, the month's calendar."""
    rule = stewards.metrics[metric]
    connection.register("calendar", clock.calendar(month))
    connection.register(
        "metric",
        pa.table(
            {
                "bin": pa.array([rule.bin], pa.float64()),
                "min_coverage_pct": pa.array([rule.min_coverage_pct], pa.float64()),
                "people": [rule.people],
                "nights": [metric == NIGHTS],
            }
        ),
    )
    chosen = [s for s, metrics in measuring(stewards) if metric in metrics]
    connection.register(
        "sensors",
        pa.table(
            {
                "sensor_id": pa.array([s.id for s in chosen], pa.string()),
                "ags": pa.array([s.ags for s in chosen], pa.string()),
                "interval_min": pa.array([s.interval_min for s in chosen], pa.float64()),
                "since": pa.array([s.since for s in chosen], pa.date32()),
                "until": pa.array([s.until for s in chosen], pa.date32()),
            }
        ),
    )


def measuring(stewards: config.Config) -> list[tuple[config.Sensor, list[str]]]:
    """Every sensor with the metrics it feeds."""
    return [
        (s, [f.metric for f in (s.fields if s.fields is not None else d.fields)])
        for d in stewards.deployments
        for s in d.sensors
    ]


def _rules(stewards: config.Config) -> str:
    """Stamp of everything in sensors.toml and in the questions that bears on a rollup."""
    rules = [
        {name: m.model_dump(include={"bin", "min_coverage_pct", "people"}) for name, m in stewards.metrics.items()},
        [
            (s.id, s.ags, s.interval_min, str(s.since), str(s.until), sorted(metrics))
            for s, metrics in measuring(stewards)
        ],
        [files.rollup_sql(name) for name in (*KINDS, "latest")],
    ]
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()
