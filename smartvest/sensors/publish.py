"""The tables of a snapshot: the stewards' sensors with their rollups, or the sample as long as there are none."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from smartvest.paths import ROOT
from smartvest.sensors import config, files
from smartvest.sensors.rollup import measuring

DATASETS = ("sensor_metrics", "sensor_places", "sensor_latest", "sensor_hours", "sensor_days", "town_days")
TS = pa.timestamp("ms")
PLACES = pa.schema(
    [
        ("sensor_id", pa.string()),
        ("ags", pa.string()),
        ("name", pa.string()),
        ("place", pa.string()),
        ("kind", pa.string()),
        ("metrics", pa.string()),
        ("interval_min", pa.float64()),
        ("latitude_deg", pa.float64()),
        ("longitude_deg", pa.float64()),
        ("position", pa.string()),
        ("deployment", pa.string()),
        ("operator", pa.string()),
        ("licence", pa.string()),
        ("since", pa.date32()),
        ("until", pa.date32()),
        ("sample", pa.bool_()),
    ]
)
LATEST = pa.schema(
    [("sensor_id", pa.string()), ("ags", pa.string()), ("metric", pa.string()), ("time", TS), ("value", pa.float64())]
    + [("sample", pa.bool_())]
)
METRICS = pa.schema(
    [
        ("metric", pa.string()),
        ("name_de", pa.string()),
        ("name_en", pa.string()),
        ("unit", pa.string()),
        ("decimals", pa.int64()),
        ("aggregate", pa.string()),
        ("bin", pa.float64()),
        ("min_coverage_pct", pa.float64()),
        ("people", pa.bool_()),
    ]
)
_MEASURES = ["coverage_pct", "mean", "minimum", "maximum"]
HOURS = pa.schema(
    [("sensor_id", pa.string()), ("ags", pa.string()), ("metric", pa.string()), ("hour", TS), ("day", pa.date32())]
    + [("local_hour", pa.int64()), ("n", pa.int64()), ("expected", pa.int64())]
    + [(name, pa.float64()) for name in (*_MEASURES, "total")]
    + [("status", pa.string()), ("sample", pa.bool_())]
)
DAYS = pa.schema(
    [("sensor_id", pa.string()), ("ags", pa.string()), ("metric", pa.string()), ("day", pa.date32())]
    + [("n", pa.int64()), ("expected", pa.int64())]
    + [(name, pa.float64()) for name in (*_MEASURES, "p95", "hour_maximum", "night_minimum", "total")]
    + [("status", pa.string()), ("sample", pa.bool_())]
)
TOWN_DAYS = pa.schema(
    [("ags", pa.string()), ("metric", pa.string()), ("day", pa.date32())]
    + [(name, pa.int64()) for name in ("sensors", "sensors_expected", "n", "expected")]
    + [(name, pa.float64()) for name in _MEASURES]
    + [(name, pa.float64()) for name in ("minimum_median", "maximum_median", "night_minimum_median", "hour_maximum")]
    + [("p95", pa.float64()), ("total", pa.float64()), ("histogram", pa.string())]
    + [("status", pa.string()), ("sample", pa.bool_())]
)


def sample_dir(data_dir: Path) -> Path:
    """The sample's files: the data directory's own, else those of the repository."""
    own = data_dir / "sample"
    return own if own.is_dir() else ROOT / "data" / "sample"


def tables(data_dir: Path, stewards: config.Config | None = None) -> tuple[dict[str, pa.Table], bool]:
    """``(tables, sample)``: one table for each of DATASETS, and whether they are the sample.

    With the first sensor in sensors.toml the sample is gone, also before its first reading.
    """
    stewards = stewards or config.load(config.path_in(data_dir))
    if stewards.sensors():
        return measured_tables(data_dir, stewards, sample=False), False
    folder = sample_dir(data_dir)
    if all((folder / f"{name}.parquet").exists() for name in DATASETS):
        return {name: pq.read_table(folder / f"{name}.parquet", partitioning=None) for name in DATASETS}, True
    return measured_tables(data_dir, stewards, sample=False), False


def measured_tables(data_dir: Path, stewards: config.Config, sample: bool) -> dict[str, pa.Table]:
    """The tables from the rollups in ``data_dir``."""
    town_of = {s.id: s.ags for s in stewards.sensors()}
    last = _last_day(data_dir)
    first_hour = last - timedelta(days=stewards.publish.hours_days - 1)
    first_day = last - timedelta(days=stewards.publish.days_days - 1)
    result = {
        "sensor_metrics": metrics_table(stewards),
        "sensor_places": places_table(stewards, sample),
        "sensor_latest": LATEST.empty_table(),
        "sensor_hours": _published(data_dir, "hours", HOURS, first_hour, sample),
        "sensor_days": _published(data_dir, "days", DAYS, first_day, sample),
        "town_days": _published(data_dir, "town_days", TOWN_DAYS, first_day, sample),
    }
    if files.latest_file(data_dir).exists():
        rows = [r for r in pq.read_table(files.latest_file(data_dir)).to_pylist() if r["sensor_id"] in town_of]
        for row in rows:
            row |= {"ags": town_of[row["sensor_id"]], "sample": sample}
        result["sensor_latest"] = pa.Table.from_pylist(rows, LATEST)
    return result


def metrics_table(stewards: config.Config) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "metric": name,
                "name_de": m.name.de,
                "name_en": m.name.en,
                "unit": m.unit,
                "decimals": m.decimals,
                "aggregate": m.aggregate,
                "bin": m.bin,
                "min_coverage_pct": m.min_coverage_pct,
                "people": m.people,
            }
            for name, m in sorted(stewards.metrics.items())
        ],
        METRICS,
    )


def places_table(stewards: config.Config, sample: bool) -> pa.Table:
    """The sensors as the public may know them: no device id, no position that is not marked public."""
    metrics_of = {s.id: sorted(metrics) for s, metrics in measuring(stewards)}
    rows: list[dict[str, Any]] = []
    for deployment in stewards.deployments:
        for s in deployment.sensors:
            public = s.position == "public"
            rows.append(
                {
                    "sensor_id": s.id,
                    "ags": s.ags,
                    "name": s.name,
                    "place": s.place or None,
                    "kind": s.kind,
                    "metrics": ";".join(metrics_of[s.id]),
                    "interval_min": s.interval_min,
                    "latitude_deg": s.latitude if public else None,
                    "longitude_deg": s.longitude if public else None,
                    "position": s.position,
                    "deployment": deployment.id,
                    "operator": deployment.operator,
                    "licence": deployment.licence or None,
                    "since": s.since,
                    "until": s.until,
                    "sample": sample,
                }
            )
    return pa.Table.from_pylist(sorted(rows, key=lambda r: r["sensor_id"]), PLACES)


def _last_day(data_dir: Path) -> date:
    """The newest local day with a reading; "the last weeks" are counted from it, not from today."""
    months = [month for _, month in files.partitions(data_dir)]
    newest = date(1980, 1, 1)
    for metric, month in files.partitions(data_dir):
        file = files.rollup_file(data_dir, "days", metric, month)
        if month == max(months) and file.exists():
            days = pq.read_table(file, columns=["day"], partitioning=None).column("day").to_pylist()
            newest = max([newest, *days])
    return newest


def _published(data_dir: Path, kind: str, schema: pa.Schema, first: date, sample: bool) -> pa.Table:
    month = f"{first:%Y-%m}"
    there = [
        file
        for metric, m in files.partitions(data_dir)
        if m >= month and (file := files.rollup_file(data_dir, kind, metric, m)).exists()
    ]
    if not there:
        return schema.empty_table()
    connection = files.engine()
    try:
        files.view_all(connection, kind, there)
        sql = files.rollup_sql(f"publish_{kind}")
        return connection.execute(sql, {"first_day": first, "sample": sample}).to_arrow_table().cast(schema)
    finally:
        connection.close()
