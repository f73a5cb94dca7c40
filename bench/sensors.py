"""What rollups save and what growth costs: `python -m bench.sensors --readings 1e6` (also 1e7, 1e8; give a folder).

Prints ratios of CPU seconds (all threads together), not wall-clock times: they hold on a busy machine too. Every number
is the best of several runs. The readings are made up: ten towns, three metrics, three years, one file a month.
`--chart` draws the sizes measured so far into docs/sensors-growth.svg.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smartvest.ingest import tts
from smartvest.ingest.records import Raw
from smartvest.paths import ROOT
from smartvest.sensors import clock, config, files, publish, readings, rollup
from smartvest.towns import TOWNS

METRICS = {"temperature_c": (12.0, 9.0, 1), "humidity_pct": (70.0, 15.0, 0), "pressure_hpa": (1008.0, 8.0, 1)}
MONTHS = [f"{2023 + (n + 9) // 12}-{(n + 9) % 12 + 1:02d}" for n in range(36)]  # 2023-10 … 2026-09
OUT = ROOT / "bench" / "out"


def setup(data: Path, total: int) -> config.Config:
    """sensors.toml for ``total`` readings: at least one sensor a town, ten minutes where there are enough readings."""
    steps = int((clock.month_span(MONTHS[-1])[1] - clock.month_span(MONTHS[0])[0]) / timedelta(minutes=10))
    sensors = max(len(TOWNS), round(total / len(METRICS) / steps))
    interval = max(10, round(10 * sensors * len(METRICS) * steps / total))
    base = (ROOT / "data" / "sensors.toml").read_text(encoding="utf-8")
    fields = ", ".join(f'{{ payload = "{m}", metric = "{m}" }}' for m in METRICS)
    blocks = [
        f'\n[[deployment]]\nid = "bench"\nloader = "tts"\nname = {{ de = "b", en = "b" }}\n'
        f'operator = "b"\nfields = [{fields}]\n'
    ]
    for number in range(sensors):
        ags = list(TOWNS)[number % len(TOWNS)]
        blocks.append(
            f'[[deployment.sensor]]\ndevice = "dev-{number}"\nid = "s-{number:05d}"\nname = "s"\nags = "{ags}"\n'
            f"interval_min = {interval}\nsince = 2023-10-01\n"
        )
    data.mkdir(parents=True, exist_ok=True)
    (data / "sensors.toml").write_text(base + "".join(blocks), encoding="utf-8")
    return config.load(data / "sensors.toml")


def make_readings(data: Path, stewards: config.Config) -> int:
    """Fill data/sensors/readings; returns how many."""
    ids = [s.id for s in stewards.sensors()]
    interval = stewards.sensors()[0].interval_min
    count = 0
    connection = files.engine()
    for month in MONTHS:
        start, end = clock.month_span(month)
        steps = int((end - start) / timedelta(minutes=interval))
        first = int((start - datetime(1970, 1, 1)) / timedelta(milliseconds=1))
        times = first + np.arange(steps, dtype=np.int64) * int(interval * 60_000)
        course = np.sin(2 * np.pi * times / 86_400_000)
        for metric, (middle, spread, decimals) in METRICS.items():
            rng = np.random.default_rng([len(month), *month.encode(), *metric.encode()])
            noise = rng.normal(0, spread / 10, (len(ids), steps)).cumsum(axis=1) / 30
            values = np.round(middle + spread / 2 * course + noise, decimals).ravel()
            table = pa.table(
                {
                    "sensor_id": pa.DictionaryArray.from_arrays(
                        pa.array(np.repeat(np.arange(len(ids), dtype=np.int32), steps)), pa.array(ids)
                    ).cast(pa.string()),
                    "time": pa.array(np.tile(times, len(ids))).cast(pa.timestamp("ms")),
                    "value": pa.array(values),
                    "flag": pa.nulls(len(values), pa.string()),
                }
            )
            connection.register("made", table)
            select = "select sensor_id, cast(time as timestamp_ms) as time, value, flag from made"
            files.write(connection, select, files.readings_file(data, metric, month))
            files.mark_dirty(data, (metric, month))
            count += table.num_rows
    connection.close()
    return count


def cpu(work, times: int = 3) -> float:
    """CPU seconds of the best of ``times`` runs."""
    best = float("inf")
    for _ in range(times):
        before = time.process_time()
        work()
        best = min(best, time.process_time() - before)
    return best


def full_rebuild(data: Path) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of rebuilding everything, in a process of its own."""
    code = (
        "import sys, time, resource, json; from pathlib import Path; from smartvest.sensors import config, rollup\n"
        "data = Path(sys.argv[1]); stewards = config.load(data / 'sensors.toml'); before = time.process_time()\n"
        f"rollup.rebuild(data, stewards, months={MONTHS!r})\n"
        "print(json.dumps([time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))\n"
    )
    told = subprocess.run([sys.executable, "-c", code, str(data)], cwd=ROOT, check=True, capture_output=True, text=True)
    seconds, peak = json.loads(told.stdout.splitlines()[-1])
    return seconds, peak


DAYS_FROM_ROLLUP = """
select ags, day, mean, minimum, maximum, n from town_days
where metric = 'temperature_c' and day between $first_day and $last_day and ($ags = '' or ags = $ags) order by ags, day
"""
DAYS_FROM_RAW = """
with sensor_days as (
    select r.sensor_id, s.ags, c.day, count(*) as n, avg(r.value) as mean,
        min(r.value) as minimum, max(r.value) as maximum
    from readings r join sensors s on s.sensor_id = r.sensor_id join calendar c on c.hour = date_trunc('hour', r.time)
    where r.flag is null and c.day between $first_day and $last_day and ($ags = '' or s.ags = $ags)
    group by all
)
select ags, day, avg(mean) as mean, min(minimum) as minimum, max(maximum) as maximum, sum(n) as n
from sensor_days group by ags, day order by ags, day
"""


def compare(data: Path, stewards: config.Config, months: list[str], ags: str) -> dict:
    """One metric's town days over ``months``: from rollups and by the same question on readings."""
    connection = files.engine()
    metric = "temperature_c"
    span = {
        "first_day": datetime.fromisoformat(months[0] + "-01").date(),
        "last_day": datetime.fromisoformat(clock.next_month(months[-1]) + "-01").date() - timedelta(days=1),
        "ags": ags,
    }
    calendars = [clock.calendar(m).filter(pc.equal(clock.calendar(m).column("month"), m)) for m in months]
    connection.register("calendar", pa.concat_tables(calendars))
    connection.register(
        "sensors",
        pa.table({"sensor_id": [s.id for s in stewards.sensors()], "ags": [s.ags for s in stewards.sensors()]}),
    )
    files.view_all(connection, "readings", [files.readings_file(data, metric, m) for m in months])
    files.view(connection, "town_days", data / "town_days.parquet")
    fast = connection.execute(DAYS_FROM_ROLLUP, span).fetchall()
    slow = connection.execute(DAYS_FROM_RAW, span).fetchall()
    assert [(r[0], r[1], r[3], r[4], r[5]) for r in fast] == [(r[0], r[1], r[3], r[4], r[5]) for r in slow]
    assert all(abs(a[2] - b[2]) < 2e-3 for a, b in zip(fast, slow, strict=True) if a[2] is not None)
    rolled = cpu(lambda: [connection.execute(DAYS_FROM_ROLLUP, span).fetchall() for _ in range(5)]) / 5
    raw = cpu(lambda: connection.execute(DAYS_FROM_RAW, span).fetchall())
    connection.close()
    return {"raw_s": raw, "rollup_s": rolled, "ratio": raw / rolled}


def increment(data: Path, stewards: config.Config) -> float:
    """CPU seconds of rebuilding one month of all metrics."""

    def one() -> None:
        for metric in METRICS:
            files.mark_dirty(data, (metric, MONTHS[-1]))
        assert len(rollup.rebuild(data, stewards)) == len(METRICS)

    return cpu(one)


def latest(data: Path) -> float:
    """CPU seconds of the last value of every sensor."""
    connection = files.engine()
    files.view(connection, "latest", files.latest_file(data))
    seconds = cpu(lambda: [connection.execute("select * from latest").fetchall() for _ in range(10)]) / 10
    connection.close()
    return seconds


def uplinks(stewards: config.Config, count: int) -> bytes:
    """Newline-delimited uplinks as the storage integration gives them, with the metadata they really carry."""
    devices = [s.device for s in stewards.sensors()]
    template = {
        "end_device_ids": {
            "device_id": "",
            "application_ids": {"application_id": "bench"},
            "dev_eui": "1111111111111111",
        },
        "received_at": "",
        "uplink_message": {
            "session_key_id": "AXPoziFRvbcEguvZQoCCZw==",
            "f_port": 10,
            "f_cnt": 0,
            "frm_payload": "AQoBCgEKAQo=",
            "decoded_payload": {},
            "rx_metadata": [
                {
                    "gateway_ids": {"gateway_id": f"gtw{n}", "eui": "AA555A0000000000"},
                    "time": "2026-08-24T10:08:43.385687165Z",
                    "timestamp": 3313328983,
                    "rssi": -101.5,
                    "snr": 7.2,
                    "uplink_token": "ChIKEAoEZ3R3MRIIEREREREREREQ18b1qwwaDAiso476BRDl6YiuAiDYl7COt2A=",
                }
                for n in range(2)
            ],
            "settings": {
                "data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 12}},
                "coding_rate": "4/5",
                "frequency": "868100000",
            },
            "received_at": "",
        },
    }
    lines = []
    for number in range(count):
        at = datetime(2026, 6, 1) + timedelta(minutes=10 * (number // len(devices)), milliseconds=number % 1000)
        text = f"{at.isoformat(timespec='milliseconds')}668817Z"
        template["end_device_ids"]["device_id"] = devices[number % len(devices)]  # type: ignore[index]
        message = template["uplink_message"]
        message |= {  # type: ignore[operator]
            "f_cnt": number // len(devices) + 1,
            "received_at": text,
            "decoded_payload": {
                "temperature_c": 10 + number % 97 / 10,
                "humidity_pct": 40 + number % 50,
                "pressure_hpa": 1000 + number % 31 / 10,
            },
        }
        template["received_at"] = text
        lines.append(json.dumps({"result": template}, separators=(",", ":")))
    return "\n".join(lines).encode()


def plain_loop(data: bytes, stewards: config.Config) -> pa.Table:
    """What one writes first: json, a loop, pyarrow; the same columns, times as times, nothing checked."""
    known = {s.device: s.id for s in stewards.sensors()}
    columns: dict[str, list] = {name: [] for name in ("sensor_id", "metric", "time", "value")}
    for line in data.splitlines():
        if not line.strip():
            continue
        message = json.loads(line)["result"]
        sensor = known.get(message["end_device_ids"]["device_id"])
        payload = message["uplink_message"].get("decoded_payload")
        if sensor is None or payload is None:
            continue
        at = datetime.fromisoformat(message["uplink_message"]["received_at"])
        for metric, value in payload.items():
            columns["sensor_id"].append(sensor)
            columns["metric"].append(metric)
            columns["time"].append(at)
            columns["value"].append(float(value))
    times = pa.array(columns["time"], pa.timestamp("us", "UTC")).cast(pa.timestamp("ms", "UTC"), safe=False)
    return pa.table({**columns, "time": times})


def ingest(data: Path, stewards: config.Config, count: int) -> dict:
    import os

    lines = uplinks(stewards, count)
    path = data / "uplinks.ndjson"
    path.write_bytes(lines)
    os.environ["SMARTVEST_DATA"] = str(data)
    raw = Raw(path.name, path, datetime(2030, 1, 1, tzinfo=UTC))
    shaped = tts.shape(raw)
    assert shaped.tables["readings"].num_rows == plain_loop(lines, stewards).num_rows == 3 * count, shaped.notes
    ours = cpu(lambda: tts.shape(raw))
    plain = cpu(lambda: plain_loop(path.read_bytes(), stewards))
    target = data / "landed"
    shutil.copytree(data, target, ignore=shutil.ignore_patterns("sensors", "landed", "uplinks*"), dirs_exist_ok=True)
    before = time.process_time()
    landed = readings.land(shaped, raw, target)
    land_s = time.process_time() - before
    assert landed.published == count
    shutil.rmtree(target)
    path.unlink()
    return {"messages": count, "ours_s": ours, "plain_s": plain, "ratio": ours / plain, "land_s": land_s}


def measure(total: int, data: Path) -> dict:
    stewards = setup(data, total)
    made = make_readings(data, stewards)
    seconds, peak = full_rebuild(data)
    step = increment(data, stewards)
    first = datetime.fromisoformat(MONTHS[0] + "-01").date()
    in_snapshot = publish._published(data, "town_days", publish.TOWN_DAYS, first, sample=False)
    pq.write_table(in_snapshot, data / "town_days.parquet", compression="zstd")  # the file a page's query reads
    town = next(iter(TOWNS))
    size = {
        kind: sum(p.stat().st_size for p in (files.sensors_dir(data) / kind).rglob("*.parquet"))
        for kind in ("readings", "rollups/hours", "rollups/days", "rollups/town_days")
    }
    result = {
        "readings": made,
        "sensors": len(stewards.sensors()),
        "full_rebuild_s": seconds,
        "full_rebuild_peak_mb": peak,
        "increment_s": step,
        "increment_ratio": seconds / step,
        "all_towns_one_year": compare(data, stewards, MONTHS[-12:], ""),
        "one_town_three_years": compare(data, stewards, MONTHS, town),
        "latest_ms": 1000 * latest(data),
        "ingest": ingest(data, stewards, min(100_000, max(20_000, total // 100))),
        "bytes": size,
        "own_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    return result


TARGETS_AT_1E8 = [
    ("all towns, days of one year: rollup cheaper than readings by", "all_towns_one_year.ratio", ">=", 25),
    ("one town, days of three years: rollup cheaper by", "one_town_three_years.ratio", ">=", 50),
    ("one month's increment cheaper than a full rebuild by", "increment_ratio", ">=", 25),
    ("peak memory of a full rebuild, MB", "full_rebuild_peak_mb", "<=", 2048),
    ("uplinks: our CPU against a json + pyarrow loop", "ingest.ratio", "<=", 0.6),
    ("latest value of every sensor, ms CPU", "latest_ms", "<=", 10),
]


def report(result: dict) -> None:
    print(f"{result['readings']:,} readings of {result['sensors']} sensors; CPU seconds, best of three")
    for text, path, sign, target in TARGETS_AT_1E8:
        value: object = result
        for key in path.split("."):
            value = value[key]  # type: ignore[index]
        good = value >= target if sign == ">=" else value <= target  # type: ignore[operator]
        print(f"  {'ok ' if good else '-- '} {text}: {value:.2f} (target at 10^8: {sign} {target})")
    print(f"  full rebuild {result['full_rebuild_s']:.1f} s, one month {result['increment_s']:.2f} s")
    print("  bytes: " + ", ".join(f"{kind} {size:,}" for kind, size in result["bytes"].items()))


def chart() -> None:
    """docs/sensors-growth.svg from the results in bench/out."""
    import altair as alt

    rows = []
    for path in sorted(OUT.glob("sensors-1e*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        for name, value in (
            ("full rebuild", told["full_rebuild_s"]),
            ("one month's increment", told["increment_s"]),
            ("all towns, one year, from readings", told["all_towns_one_year"]["raw_s"]),
            ("all towns, one year, from rollups", told["all_towns_one_year"]["rollup_s"]),
            ("latest of every sensor", told["latest_ms"] / 1000),
        ):
            rows.append({"readings": told["readings"], "what": name, "seconds": value})
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("readings:Q", scale=alt.Scale(type="log"), title="stored readings", axis=alt.Axis(format="~s")),
            y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), title="CPU seconds"),
            color=alt.Color("what:N", title=None, legend=alt.Legend(orient="right", labelLimit=300)),
        )
        .properties(width=420, height=260, title="Growth: rollups stay flat where readings do not")
    )
    (ROOT / "docs").mkdir(exist_ok=True)
    lines.save(ROOT / "docs" / "sensors-growth.svg")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--readings", type=float, default=1e6)
    options.add_argument("--folder", type=Path, help="work here instead of in a temporary folder")
    options.add_argument("--chart", action="store_true")
    chosen = options.parse_args()
    if not chosen.chart:
        with tempfile.TemporaryDirectory(prefix="smartvest-bench-", dir=chosen.folder) as place:
            result = measure(int(chosen.readings), Path(place) / "data")
        report(result)
        OUT.mkdir(parents=True, exist_ok=True)
        name = f"sensors-1e{round(np.log10(chosen.readings))}.json"
        (OUT / name).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    else:
        chart()


if __name__ == "__main__":
    main()
