"""The sample: what the published deployments might have measured. A seeded model, nothing is real.

Places. Only deployments with a published number of sensors: 10 in Haltern am See (since 2022-06-03), 10 in Dorsten
(2023-06-05), 13 in Oer-Erkenschwick (2024-06-27); the other towns have none. Positions are a tidy ring of 1.2 km
around the middle of the town, numbered clockwise from the north: visibly not addresses.

Weather. One air for the county, by the hour: a year's course (mean 10.8 °C, ± 7.9, coldest in mid-January), fronts as
a first-order autoregression (hours: 0.985, standard deviation 3.6), a day's course whose swing follows the season and
the clouds (2 to 11 K), all in local solar time. A town differs by a fixed 0.1–0.4 K, a sensor by up to ± 0.8 K (most
on clear nights: the heat of built-up ground) plus noise of 0.12 K. Dew point is the night's minimum, smoothed; relative
humidity follows from it by Magnus' formula. Pressure is an autoregression around 1,008 hPa (60 m above the sea).

Faults, because real sensors have them: one uplink in fifty is lost, one in four hundred comes twice, each sensor is
silent for a few periods of 6 hours to 12 days, one in six drifts by up to 1.2 K in its last year, one hangs for two
days, single readings of -127 °C. They go through the same landing, flags and rollups as real readings.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from smartvest.sensors import clock, config, files, publish, readings, rollup

SEED = 2024
END = date(2026, 11, 22)  # the last local day of the shipped sample
YEARS = 3
STEP_MIN = 10
CLIMATE = {"temperature_c", "humidity_pct", "pressure_hpa"}


class Town(NamedTuple):
    ags: str
    slug: str
    sensors: int
    since: date
    metrics: tuple[str, ...]
    latitude: float  # middle of the town
    longitude: float
    warmer_k: float


TOWNS = (
    Town("05562016", "haltern", 10, date(2022, 6, 3), ("temperature_c", "humidity_pct"), 51.743, 7.187, 0.1),
    Town(
        "05562012",
        "dorsten",
        10,
        date(2023, 6, 5),
        ("temperature_c", "humidity_pct", "pressure_hpa"),
        51.660,
        6.964,
        0.3,
    ),
    Town("05562028", "oer-erkenschwick", 13, date(2024, 6, 27), ("temperature_c", "humidity_pct"), 51.642, 7.263, 0.4),
)


def sensors() -> config.Config:
    """The sample's sensors as a configuration of their own (metrics as in sensors.toml of the repository)."""
    real = config.load(config.ROOT / "data" / "sensors.toml")
    deployments = []
    for town in TOWNS:
        blocks = []
        for number in range(town.sensors):
            angle = 2 * np.pi * number / town.sensors
            blocks.append(
                {
                    "device": f"model-{town.slug}-{number + 1:02d}",
                    "id": f"beispiel-{town.slug}-{number + 1:02d}",
                    "name": f"Beispiel {number + 1}",
                    "ags": town.ags,
                    "place": "erfundener Standort auf einem Ring um die Stadtmitte",
                    "latitude": round(town.latitude + 1.2 / 111.2 * float(np.cos(angle)), 5),
                    "longitude": round(
                        town.longitude
                        + 1.2 / (111.2 * float(np.cos(np.radians(town.latitude)))) * float(np.sin(angle)),
                        5,
                    ),
                    "position": "public",
                    "interval_min": STEP_MIN,
                    "since": town.since,
                    "fields": [{"payload": m, "metric": m} for m in town.metrics],
                }
            )
        deployments.append(
            {
                "id": f"beispiel-{town.slug}",
                "loader": "tts",
                "name": {"de": "Beispieldaten", "en": "Sample data"},
                "operator": "Modell, keine Messung",
                "sensor": blocks,
            }
        )
    return config.Config.model_validate(
        {
            "publish": real.publish,
            "metric": {name: metric for name, metric in real.metrics.items() if name in CLIMATE},
            "deployment": deployments,
        }
    )


def generate(data_dir: Path, seed: int = SEED, end: date = END, years: float = YEARS) -> dict[str, pa.Table]:
    """Write data/sample/<dataset>.parquet for the ``years`` before ``end`` and return the tables.

    The same arguments give the same bytes. Takes about half a minute and 400 MB of temporary space for three years.
    """
    stewards = sensors()
    with tempfile.TemporaryDirectory(prefix="smartvest-sample-") as place:
        work = Path(place)
        shutil.copyfile(config.ROOT / "data" / "sensors.toml", work / "sensors.toml")
        with files.writing(work):
            for table in _readings(stewards, seed, end, years):
                readings.store(table, work)
        rollup.rebuild(work, stewards)
        tables = publish.measured_tables(work, stewards, sample=True)
    folder = data_dir / "sample"
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        _write(table, folder / f"{name}.parquet")
    return tables


def _write(table: pa.Table, file: Path) -> None:
    """Small files: doubles by their own dictionary, the rest as zstd finds it."""
    pq.write_table(
        table,
        file,
        compression="zstd",
        compression_level=19,
        version="2.6",
        row_group_size=1 << 20,
        write_statistics=False,
    )


def _readings(stewards: config.Config, seed: int, end: date, years: float):
    """One table a month, in the form loaders give, faults included."""
    last = clock.midnight(end + timedelta(days=1))
    first = last - timedelta(days=round(years * 365.25))
    steps = int((last - first) / timedelta(minutes=STEP_MIN))
    start_ms = int((first - datetime(1970, 1, 1)) / timedelta(milliseconds=1))
    times = start_ms + np.arange(steps, dtype=np.int64) * STEP_MIN * 60_000
    air = _air(np.random.default_rng([seed, 0]), times)
    month = clock.months_of(times)
    series = []
    for place, town in enumerate(TOWNS):
        since = int((clock.midnight(town.since) - datetime(1970, 1, 1)) / timedelta(milliseconds=1))
        chosen = [s for d in stewards.deployments for s in d.sensors if s.ags == town.ags]
        for i, sensor in enumerate(chosen):
            rng = np.random.default_rng([seed, 1 + place, i])
            series.append((sensor.id, i, *_sensor(rng, air, times, since, town, i)))
    for number in np.unique(month):
        low, high = np.searchsorted(month, [number, number + 1])
        parts = []
        for sensor_id, i, keep, values in series:
            kept = np.flatnonzero(keep[low:high]) + low
            twice = kept[:: 400 + i]  # delivered a second time
            rows = np.concatenate([kept, twice])
            parts += [(sensor_id, metric, times[rows], value[rows]) for metric, value in values.items() if len(rows)]
        if parts:
            yield _table(parts, stewards)


def _table(parts, stewards: config.Config) -> pa.Table:
    lengths = [len(p[2]) for p in parts]
    value = np.concatenate([p[3] for p in parts])
    metric = np.repeat([p[1] for p in parts], lengths)
    low = np.repeat([stewards.metrics[p[1]].minimum for p in parts], lengths)
    flag = np.where(value == -127, "sentinel", np.where(value < low, "out_of_range", ""))
    flags = pa.array(flag, pa.string(), mask=flag == "")
    return pa.table(
        {
            "sensor_id": pa.array(np.repeat([p[0] for p in parts], lengths), pa.string()),
            "metric": pa.array(metric, pa.string()),
            "time": pa.array(np.concatenate([p[2] for p in parts]), pa.int64()).cast(pa.timestamp("ms")),
            "value": pa.array(value, pa.float64()),
            "flag": flags,
            "_record": pa.array(np.arange(1, len(value) + 1), pa.int64()),
        }
    )


def _autoregression(rng: np.random.Generator, size: int, keep: float, spread: float) -> np.ndarray:
    noise = rng.normal(0, spread * np.sqrt(1 - keep**2), size)
    noise[0] = rng.normal(0, spread)
    out = np.empty(size)
    value = 0.0
    for i, step in enumerate(noise.tolist()):
        value = keep * value + step
        out[i] = value
    return out


def _air(rng: np.random.Generator, times: np.ndarray) -> dict[str, np.ndarray]:
    """The county's air every ten minutes: temperature, clearness of the night sky (0–1), dew point, pressure."""
    moment = times / 86_400_000
    year = 2 * np.pi * (moment - 15.0) / 365.2425  # 15 January is the coldest
    solar = 2 * np.pi * (moment + 7.15 / 360 - 0.625)  # its cosine is 1 at 15 h and -1 at 3 h local solar time
    hours = len(times) // 6 + 2
    at = np.arange(len(times)) / 6
    grid = np.arange(hours)

    def hourly(keep: float, spread: float) -> np.ndarray:
        return np.interp(at, grid, _autoregression(rng, hours, keep, spread))

    fronts = hourly(0.985, 3.6)
    clear = 1 / (1 + np.exp(-hourly(0.96, 1.6)))
    season = -np.cos(year)
    swing = (3.2 + 2.0 * season) * (0.35 + 1.1 * clear)
    temperature = 10.8 + 7.9 * season + fronts + swing * np.cos(solar) + 0.8 * season * (clear - 0.5)
    dew = 6.6 + 6.3 * season + 0.75 * fronts - 2.2 * clear + hourly(0.97, 1.2)
    pressure = 1008.0 + hourly(0.99, 9.0) + 0.6 * np.cos(4 * np.pi * (moment - 0.42))
    return {"temperature": temperature, "clear": clear, "dew": dew, "pressure": pressure, "solar": solar}


def _sensor(rng: np.random.Generator, air, times: np.ndarray, since: int, town: Town, number: int):
    """(which steps arrive, metric -> values) of one sensor."""
    size = len(times)
    exposure = rng.uniform(-0.8, 0.8)
    night = 0.5 - 0.5 * np.cos(air["solar"])  # 1 in the small hours
    temperature = air["temperature"] + town.warmer_k + exposure * (0.4 + 0.6 * air["clear"] * night)
    temperature = temperature + rng.normal(0, 0.12, size)
    if number % 6 == 5:  # drift in the last year
        last_year = times > times[-1] - 365 * 86_400_000
        temperature = temperature + np.where(last_year, (times - times[-1]) / (365 * 86_400_000) + 1, 0) * rng.uniform(
            0.7, 1.2
        )
    dew = np.minimum(air["dew"] + rng.normal(0, 0.15, size), temperature)
    vapour = np.exp(17.62 * dew / (243.12 + dew) - 17.62 * temperature / (243.12 + temperature))
    temperature = np.round(temperature, 1)
    if number == 3:  # hangs for two days, once
        begin = int(rng.integers(size // 2, max(size // 2 + 1, size - 2000)))
        temperature[begin : begin + 288] = temperature[begin]
    temperature[rng.random(size) < 2e-5] = -127.0
    keep = (times >= since) & (rng.random(size) >= 0.02)
    for _ in range(int(rng.integers(3, 9))):
        begin = int(rng.integers(0, size))
        keep[begin : begin + int(rng.choice([36, 144, 432, 1008, 1728]))] = False
    values = {"temperature_c": temperature, "humidity_pct": np.round(np.clip(100 * vapour, 12, 100), 0)}
    if "pressure_hpa" in town.metrics:
        values["pressure_hpa"] = np.round(air["pressure"] + rng.normal(0, 0.15, size) + rng.uniform(-0.4, 0.4), 1)
    return keep, values


def now_of(tables: dict[str, pa.Table]) -> datetime | None:
    """The moment the sample stands at: its newest reading. "Late" and "silent" are judged from there."""
    times = [t for t in tables["sensor_latest"].column("time").to_pylist() if t is not None]
    return max(times, default=None)


def main() -> None:  # pragma: no cover - `python -m smartvest.sensors.sample`
    from smartvest.paths import data_dir

    began = datetime.now(UTC)
    tables = generate(data_dir())
    print({name: table.num_rows for name, table in tables.items()}, datetime.now(UTC) - began)


if __name__ == "__main__":
    main()
