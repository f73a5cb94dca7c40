"""From a loader's messages to a table of readings: the part that is the same for every source.

A loader says, message by message, which device spoke when and what it said; here devices become public sensors, payload
fields become metrics, implausible values get a flag, and every message is accounted for.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smartvest.ingest.records import RECORD, Raw, Rejected, Shaped, SourceError
from smartvest.sensors import config
from smartvest.sensors.readings import SCHEMA, TABLE

MINUTE = 60_000
AHEAD_MS = 10 * MINUTE  # clocks may run ahead a little; what is later than this is "future"
OLDEST_MS = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp() * 1000)  # year 0001 and 1970 are clocks never set
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MISSING = object()
PAUSE_MS = 180 * MINUTE  # a longer pause ends a run of equal values
STUCK_READINGS = 6


@dataclass(frozen=True)
class Field:
    """A payload field of one sensor, ready to be applied."""

    path: tuple[str, ...]
    metric: str
    factor: float
    offset: float
    minimum: float
    maximum: float
    sentinels: frozenset[float]
    zero_if_missing: bool


@dataclass(frozen=True)
class Device:
    sensor_id: str
    fields: tuple[Field, ...]


def devices(loader: str, stewards: config.Config | None = None) -> dict[str, Device]:
    """The configured devices of one loader by their (lower-case) id."""
    try:
        stewards = stewards or config.current()
    except config.SensorConfigError as error:
        raise SourceError(str(error)) from None
    found = {}
    for deployment in stewards.of(loader):
        for sensor in deployment.sensors:
            fields = sensor.fields if sensor.fields is not None else deployment.fields
            found[sensor.device.lower()] = Device(
                sensor.id, tuple(_field(f, stewards.metrics[f.metric]) for f in fields)
            )
    return found


def _field(f: config.FieldMap, metric: config.Metric) -> Field:
    return Field(
        tuple(f.payload.split(".")),
        f.metric,
        f.factor,
        f.offset,
        metric.minimum if f.minimum is None else max(f.minimum, metric.minimum),
        metric.maximum if f.maximum is None else min(f.maximum, metric.maximum),
        frozenset(metric.sentinels),
        f.zero_if_missing,
    )


def look_up(payload: Any, path: tuple[str, ...]) -> Any:
    """The value at a dotted path, or MISSING. A field whose own name has dots is found too."""
    for step in path:
        if not isinstance(payload, dict) or step not in payload:
            return MISSING
        payload = payload[step]
    return payload


def number(value: Any) -> float | None:
    """A finite number from JSON or CSV, else None. Booleans are 0 and 1 (a door, a parking space)."""
    if isinstance(value, str):
        try:
            value = float(value.strip())
        except ValueError:
            return None
    if isinstance(value, bool | int | float):
        try:
            value = float(value)
        except OverflowError:
            return None
        return value if math.isfinite(value) else None
    return None


def utc_ms(text: Any) -> int | None:
    """Milliseconds UTC of an ISO 8601 time with its offset or Z; a time without a zone is UTC. None if it is none."""
    if not isinstance(text, str) or not 10 <= len(text) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return (moment - EPOCH) // timedelta(milliseconds=1)
    except OverflowError:
        return None


class Observer:
    """Collects the readings of one file. Call one of the four ways out for every record, then ``shaped``."""

    def __init__(self, loader: str, raw: Raw, stewards: config.Config | None = None):
        self.devices = devices(loader, stewards)
        metrics = (stewards or config.current()).metrics
        self.stuck_ms = {name: int(m.stuck_hours * 3_600_000) for name, m in metrics.items() if m.stuck_hours}
        fetched = raw.fetched_at if raw.fetched_at.tzinfo else raw.fetched_at.replace(tzinfo=UTC)
        self.newest_ms = int(fetched.timestamp() * 1000) + AHEAD_MS
        self.sensor: list[str] = []
        self.metric: list[str] = []
        self.time: list[int] = []
        self.value: list[float] = []
        self.flag: list[str | None] = []
        self.record: list[int] = []
        self.rejected: list[Rejected] = []
        self.outside: Counter[str] = Counter()
        self.duplicates = 0

    def out_of_scope(self, why: str, count: int = 1) -> None:
        self.outside[why] += count

    def reject(self, record: int, reason: str, detail: str = "", column: str = "") -> None:
        self.rejected.append(Rejected(record, reason, detail[:80], column))

    def duplicate(self) -> None:
        self.duplicates += 1

    def message(self, record: int, device_id: Any, time_ms: int | None, payload: Any) -> None:
        """A message of one device with all its payload."""
        device = self.devices.get(device_id.lower()) if isinstance(device_id, str) else None
        if device is None:
            self.outside["device not configured"] += 1
            return
        said = []
        for field in device.fields:
            value = look_up(payload, field.path)
            if value is MISSING:
                if not field.zero_if_missing:
                    continue
                value = 0
            said.append((field, value))
        if not said:
            self.outside["no configured field"] += 1
            return
        self.observe(record, device, time_ms, said)

    def observe(self, record: int, device: Device, time_ms: int | None, said: list[tuple[Field, Any]]) -> None:
        """The values of one record, one moment. A value that can't be right is flagged; a record without any is rejected."""
        if time_ms is None or time_ms < OLDEST_MS:
            self.reject(record, "no_time", column="time")
            return
        if time_ms > self.newest_ms:
            self.reject(record, "in_the_future", column="time")
            return
        readings = []
        bad = ""
        for field, value in said:
            plain = number(value)
            if plain is None:
                bad = bad or ("null_value" if value is None or value == "" else "not_a_number")
                continue
            if plain in field.sentinels:
                flag: str | None = "sentinel"
            else:
                plain = plain * field.factor + field.offset
                if field.factor != 1 or field.offset:
                    plain = round(plain, 6)
                if field.minimum <= plain <= field.maximum:
                    flag = None
                else:
                    flag = "sentinel" if plain in field.sentinels else "out_of_range"
            readings.append((field.metric, plain, flag))
        if all(flag for _, _, flag in readings):
            flags = [flag for _, _, flag in readings]
            self.reject(record, flags[0] or "" if flags else bad, column=said[0][0].metric)
            return
        for metric, plain, flag in readings:
            self.sensor.append(device.sensor_id)
            self.metric.append(metric)
            self.time.append(time_ms)
            self.value.append(plain)
            self.flag.append(flag)
            self.record.append(record)

    def shaped(self, records_in: int) -> Shaped:
        """The readings as a table, each moment of a sensor once; records that only repeat others are duplicates."""
        table = pa.table(
            [self.sensor, self.metric, self.time, self.value, self.flag, self.record],
            schema=SCHEMA.set(2, pa.field("time", pa.int64())),
        )
        table = table.set_column(2, SCHEMA.field("time"), table.column("time").cast(SCHEMA.field("time").type))
        table, repeated = first_of_each(table)
        table = mark_stuck(table, self.stuck_ms)
        notes = [f"{count} records out of scope: {why}" for why, count in sorted(self.outside.items())]
        flagged = table.filter(pc.is_valid(table.column("flag"))).column("flag").to_pylist()
        flags = Counter(flagged)
        notes += [f"{count} readings flagged: {flag}" for flag, count in sorted(flags.items())]
        disorder = _out_of_order(self.time, self.sensor)
        if disorder:
            notes.append(f"{disorder} readings came out of order and were sorted")
        return Shaped(
            records_in=records_in,
            tables={TABLE: table} if table.num_rows else {},
            out_of_scope=sum(self.outside.values()),
            duplicates=self.duplicates + repeated,
            rejected=self.rejected,
            notes=notes,
        )


def first_of_each(table: pa.Table) -> tuple[pa.Table, int]:
    """Without readings of a (sensor, metric, time) seen before, sorted; and how many records are gone by that."""
    if not table.num_rows:
        return table, 0
    table = table.combine_chunks()
    sensor = table.column("sensor_id").combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    metric = table.column("metric").combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    time = table.column("time").combine_chunks().cast(pa.int64()).to_numpy()
    record = table.column(RECORD).combine_chunks().to_numpy()
    order = np.lexsort((record, time, sensor, metric))
    s, m, t = sensor[order], metric[order], time[order]
    again = np.zeros(len(order), bool)
    again[1:] = (s[1:] == s[:-1]) & (m[1:] == m[:-1]) & (t[1:] == t[:-1])
    if not again.any():
        return table.take(pa.array(order)), 0
    kept = order[~again]
    return table.take(pa.array(kept)), len(np.unique(record)) - len(np.unique(record[kept]))


def mark_stuck(table: pa.Table, stuck_ms: dict[str, int]) -> pa.Table:
    """Flag runs of one value that last too long. ``table`` is sorted by metric, sensor and time (first_of_each).

    The same rule as queries/rollups/readings.sql, which sees the whole month; here it is for the steward's eyes.
    """
    if table.num_rows < STUCK_READINGS:
        return table
    table = table.combine_chunks()
    metrics = table.column("metric").combine_chunks().dictionary_encode()
    metric = metrics.indices.to_numpy(zero_copy_only=False)
    sensor = table.column("sensor_id").combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    time = table.column("time").combine_chunks().cast(pa.int64()).to_numpy()
    value = table.column("value").combine_chunks().to_numpy()
    limit = np.array([stuck_ms.get(name, 0) for name in metrics.dictionary.to_pylist()], np.int64)
    starts = np.ones(len(time), bool)
    starts[1:] = (
        (value[1:] != value[:-1])
        | (sensor[1:] != sensor[:-1])
        | (metric[1:] != metric[:-1])
        | (time[1:] - time[:-1] > PAUSE_MS)
    )
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(time)) - 1
    most = limit[metric[first]]
    stuck = (most > 0) & (time[last] - time[first] >= most) & (last - first + 1 >= STUCK_READINGS)
    if not stuck.any():
        return table
    mask = np.repeat(stuck, last - first + 1)
    flag = pc.if_else(pc.and_(pa.array(mask), pc.is_null(table.column("flag"))), "stuck", table.column("flag"))
    return table.set_column(4, SCHEMA.field("flag"), flag)


def _out_of_order(times: list[int], sensors: list[str]) -> int:
    if len(times) < 2:
        return 0
    time = np.array(times, np.int64)
    sensor = pa.array(sensors).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    order = np.argsort(sensor, kind="stable")
    t, s = time[order], sensor[order]
    return int(((t[1:] < t[:-1]) & (s[1:] == s[:-1])).sum())
