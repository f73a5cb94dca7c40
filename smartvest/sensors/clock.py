"""Local days of the county: when they begin in UTC, and which hours and nights belong to them.

Germany's offset is whole hours, so every UTC hour lies in exactly one local day and month; a day has 23, 24 or 25 of
them. The calendar is a table that rollup SQL joins: no engine needs to know time zones.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # Germany has kept today's rules of time since then
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def midnight(day: date) -> datetime:
    """The UTC moment (without zone) at which the local day begins."""
    local = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    return local.astimezone(UTC).replace(tzinfo=None)


def next_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def previous_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1):04d}-{12 if number == 1 else number - 1:02d}"


def month_span(month: str) -> tuple[datetime, datetime]:
    """First moment of the local month and of the next one, in UTC without zone."""
    return midnight(date.fromisoformat(month + "-01")), midnight(date.fromisoformat(next_month(month) + "-01"))


@lru_cache(maxsize=1)
def _months() -> tuple[list[str], np.ndarray]:
    names = [f"{year:04d}-{month:02d}" for year in range(1980, 2101) for month in range(1, 13)]
    starts = [np.datetime64(month_span(name)[0], "ms") for name in names]
    return names, np.array(starts, dtype="datetime64[ms]").astype(np.int64)


def months_of(times_ms: np.ndarray) -> np.ndarray:
    """Index into ``month_names()`` for milliseconds UTC."""
    return np.searchsorted(_months()[1], times_ms, side="right") - 1


def month_names() -> list[str]:
    return _months()[0]


def month_of(moment: datetime) -> str:
    """The local month of a UTC moment without zone."""
    ms = int((moment - datetime(1970, 1, 1)) / timedelta(milliseconds=1))
    return _months()[0][bisect_right(_months()[1], ms) - 1]


@lru_cache(maxsize=64)
def calendar(month: str) -> pa.Table:
    """Every UTC hour of the local month and of the evening before it: hour, month, day, local_hour, day_hours, night.

    ``night`` is the date of the morning that ends the DWD's night (18 to 06 UTC), null by day.
    """
    start, end = month_span(month)
    rows = []
    hour = start - 12 * HOUR
    while hour < end:
        local = hour.replace(tzinfo=UTC).astimezone(BERLIN)
        night = (hour + 6 * HOUR).date() if hour.hour >= 18 or hour.hour < 6 else None
        length = (midnight(local.date() + timedelta(days=1)) - midnight(local.date())) // HOUR
        rows.append((hour, local.strftime("%Y-%m"), local.date(), local.hour, length, night))
        hour += HOUR
    names = ["hour", "month", "day", "local_hour", "day_hours", "night"]
    types = [pa.timestamp("ms"), pa.string(), pa.date32(), pa.int32(), pa.int32(), pa.date32()]
    columns = zip(*rows, strict=True)
    return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})
