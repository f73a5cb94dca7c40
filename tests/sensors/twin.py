"""The rollups once more: slow, obvious, from a plain list of readings, by other means than SQL."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def local_day(moment: datetime):
    return moment.replace(tzinfo=UTC).astimezone(BERLIN).date()


def hours_in(day) -> int:
    start = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    after = day + timedelta(days=1)
    return (datetime(after.year, after.month, after.day, tzinfo=BERLIN).astimezone(UTC) - start) // timedelta(hours=1)


def thousandths(value: float) -> int:
    return math.floor(abs(value) * 1000 + 0.5) * (1 if value >= 0 else -1)


def bar(value: float, width: float) -> int:
    return math.floor(value / width + 1e-9)


def p95(bars: list[int], width: float) -> float:
    return round((sorted(bars)[math.ceil(0.95 * len(bars)) - 1] + 0.5) * width, 3)


def sensor_days(readings, metric: str, interval: float, width: float, min_coverage: float = 75) -> dict:
    """{(sensor, day): row} from (sensor, time, value) of one metric; the first of two equal moments counts."""
    first: dict = {}
    for sensor, time, value in readings:
        first.setdefault((sensor, time), value)
    days = defaultdict(list)
    nights = defaultdict(list)
    for (sensor, time), value in first.items():
        days[sensor, local_day(time)].append((time, value))
        if time.hour >= 18 or time.hour < 6:
            nights[sensor, (time + timedelta(hours=6)).date()].append(value)
    rows = {}
    for (sensor, day), said in days.items():
        values = [value for _, value in said]
        expected = max(1, round(hours_in(day) * 60 / interval))
        enough = 100 * len(values) / expected >= min_coverage
        night = nights.get((sensor, day), [])
        rows[sensor, day] = {
            "n": len(values),
            "expected": expected,
            "minimum": min(values),
            "maximum": max(values),
            "mean": sum(map(thousandths, values)) / 1000 / len(values) if enough else None,
            "p95": p95([bar(v, width) for v in values], width) if enough else None,
            "night_minimum": min(night)
            if metric == "temperature_c" and night and len(night) >= min_coverage / 100 * 12 * 60 / interval
            else None,
            "status": "measured" if enough else "too_few",
            "bars": [bar(v, width) for v in values],
            "last": max(said),
        }
    return rows


def town_days(days: dict, town_of: dict, width: float, min_coverage: float = 75) -> dict:
    """{(ags, day): row} from sensor_days, without sensors that ought to have measured and were silent."""
    grouped = defaultdict(list)
    for (sensor, day), row in days.items():
        grouped[town_of[sensor], day].append(row)
    rows = {}
    for key, group in grouped.items():
        good = [r for r in group if r["status"] == "measured"]
        coverage = 100 * sum(min(r["n"], r["expected"]) for r in group) / sum(r["expected"] for r in group)
        ok = coverage >= min_coverage and good
        rows[key] = {
            "sensors": len(group),
            "n": sum(r["n"] for r in group),
            "expected": sum(r["expected"] for r in group),
            "minimum": min(r["minimum"] for r in group),
            "maximum": max(r["maximum"] for r in group),
            "mean": sum(round(r["mean"], 3) for r in good) / len(good) if ok else None,
            "maximum_median": median(r["maximum"] for r in good) if ok else None,
            "p95": p95([b for r in group for b in r["bars"]], width) if ok else None,
            "status": "measured" if ok else "too_few",
        }
    return rows
