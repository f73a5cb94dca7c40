"""From a loader's messages to a table of readings: the part that is the same for every source.

A loader says, message by message, which device spoke when and what it said; here devices become public sensors, payload
fields become metrics, implausible values get a flag, and every message is accounted for.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa

from smartvest.ingest.records import Raw, Rejected, Shaped, SourceError
from smartvest.sensors import config
from smartvest.sensors.in_order import out_of_order, stuck
from smartvest.sensors.readings import SCHEMA, TABLE

MINUTE = 60_000
AHEAD_MS = 10 * MINUTE  # clocks may run ahead a little; what is later than this is "future"
OLDEST_MS = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp() * 1000)  # year 0001 and 1970 are clocks never set
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MISSING = object()
PLAIN = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,5})?\s*", re.ASCII)
FLAGS = ("", "sentinel", "out_of_range", "stuck")
SENTINEL, OUT_OF_RANGE, STUCK = 1, 2, 3


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


@dataclass
class _Group:
    """Messages of sensors with the same fields: 4 appends a message instead of 18, the rest is done for all at once."""

    fields: tuple[Field, ...]
    sensor: list[int] = dataclass_field(default_factory=list)
    time: list[int] = dataclass_field(default_factory=list)
    record: list[int] = dataclass_field(default_factory=list)
    values: list[Sequence] = dataclass_field(default_factory=list)


@dataclass
class _Slot:
    """What is needed to take in a message of one device, found once."""

    device: Device
    get: Callable[[Any], Sequence]  # all its values from a payload; KeyError or TypeError when it is not that simple
    group: _Group
    code: int


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
        if not PLAIN.fullmatch(value):  # float() takes "1_000" and other scripts' digits
            return None
        value = float(value)
    if isinstance(value, bool | int | float):
        try:
            value = float(value)
        except OverflowError:
            return None
        return value if math.isfinite(value) else None
    return None


WITH_FRACTION = (24, 27, 30)  # characters of a UTC time with milli-, micro- or nanoseconds
_minutes: dict[str, int] = {}  # "2020-08-24T10:08:" -> milliseconds UTC
_milliseconds: dict[str, int] = {}  # "44.634" -> 44634; 60,000 at most


def utc_ms(text: Any) -> int | None:
    """Milliseconds UTC of an ISO 8601 time with its offset or Z; a time without a zone is UTC. None if it is none."""
    if type(text) is not str or not 10 <= len(text) <= 40:
        return None
    try:  # 2020-08-24T10:08:44.634338856Z, as servers write it: minutes and milliseconds seen before are looked up
        if len(text) in WITH_FRACTION and text[-1] == "Z":
            return _minutes[text[:17]] + _milliseconds[text[17:23]]
    except KeyError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        found = (moment - EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None
    if len(text) in WITH_FRACTION and text[-1] == "Z" and text[19] == ".":
        if len(_minutes) > 100_000:
            _minutes.clear()
        _minutes[text[:17]] = found - found % 60_000
        _milliseconds[text[17:23]] = found % 60_000
    return found


class Observer:
    """Collects the readings of one file. Call one of the ways out for every record, then ``shaped``."""

    def __init__(self, loader: str, raw: Raw, stewards: config.Config | None = None):
        self.devices = devices(loader, stewards)
        metrics = (stewards or config.current()).metrics
        self.stuck_ms = {name: int(m.stuck_hours * 3_600_000) for name, m in metrics.items() if m.stuck_hours}
        fetched = raw.fetched_at if raw.fetched_at.tzinfo else raw.fetched_at.replace(tzinfo=UTC)
        self.newest_ms = int(fetched.timestamp() * 1000) + AHEAD_MS
        self.sensors = sorted({d.sensor_id for d in self.devices.values()})
        self._codes = {name: code for code, name in enumerate(self.sensors)}
        self._groups: dict[tuple[Field, ...], _Group] = {}
        self._slots: dict[str, _Slot] = {}
        self.rejected: list[Rejected] = []
        self.outside: Counter[str] = Counter()
        self.duplicates = 0

    def knows(self, device_id: Any) -> bool:
        return isinstance(device_id, str) and device_id.lower() in self.devices

    def out_of_scope(self, why: str, count: int = 1) -> None:
        self.outside[why] += count

    def reject(self, record: int, reason: str, detail: str = "", column: str = "") -> None:
        self.rejected.append(Rejected(record, reason, detail[:80], column))

    def duplicate(self) -> None:
        self.duplicates += 1

    def message(self, record: int, device_id: Any, time_ms: int | None, payload: Any) -> None:
        """A message of one device with all its payload."""
        slot = self._slots.get(device_id) if type(device_id) is str else None
        if slot is None:
            slot = self._slot(device_id)
            if slot is None:
                self.outside["device not configured"] += 1
                return
        try:
            values = slot.get(payload)
        except (KeyError, TypeError):
            if type(payload) is not dict:
                self.reject(record, "unknown_layout")
                return
            fields = slot.device.fields
            values = [look_up(payload, field.path) for field in fields]
            values = [
                0 if value is MISSING and field.zero_if_missing else value
                for field, value in zip(fields, values, strict=True)
            ]
            if all(value is MISSING for value in values):
                self.outside["no configured field"] += 1
                return
        if time_ms is None or not OLDEST_MS <= time_ms <= self.newest_ms:
            self._reject_time(record, time_ms)
            return
        group = slot.group
        group.sensor.append(slot.code)
        group.time.append(time_ms)
        group.record.append(record)
        group.values.append(values)

    def observe(self, record: int, device: Device, time_ms: int | None, said: list[tuple[Field, Any]]) -> None:
        """The values of one record, one moment, where a loader has found the fields itself."""
        if time_ms is None or not OLDEST_MS <= time_ms <= self.newest_ms:
            self._reject_time(record, time_ms)
            return
        group = self._group(tuple(field for field, _ in said))
        group.sensor.append(self._codes[device.sensor_id])
        group.time.append(time_ms)
        group.record.append(record)
        group.values.append([value for _, value in said])

    def _reject_time(self, record: int, time_ms: int | None) -> None:
        late = time_ms is not None and time_ms > self.newest_ms
        self.reject(record, "in_the_future" if late else "no_time", column="time")

    def _group(self, fields: tuple[Field, ...]) -> _Group:
        return self._groups.setdefault(fields, _Group(fields))

    def _slot(self, device_id: Any) -> _Slot | None:
        device = self.devices.get(device_id.lower()) if isinstance(device_id, str) else None
        if device is None:
            return None
        names = [field.path[0] for field in device.fields]
        if any(len(field.path) > 1 for field in device.fields):
            get: Callable[[Any], Sequence] = _nested
        elif len(names) == 1:
            only = itemgetter(names[0])
            get = lambda payload: (only(payload),)  # noqa: E731 - itemgetter of one name gives no tuple
        else:
            get = itemgetter(*names)
        slot = _Slot(device, get, self._group(device.fields), self._codes[device.sensor_id])
        self._slots[device_id] = slot
        return slot

    def shaped(self, records_in: int) -> Shaped:
        """The readings as a table, each moment of a sensor once; records that only repeat others are duplicates."""
        metrics = sorted({f.metric for fields in self._groups for f in fields})
        pieces = [self._judge(group, metrics) for group in self._groups.values() if group.record]
        empty = [np.zeros(0, np.int64)] * 4 + [np.zeros(0, float), np.zeros(0, np.int8)]
        sensor, metric, time, record, value, flag = (
            [np.concatenate(columns) for columns in zip(*pieces, strict=True)] if pieces else empty
        )
        disorder = out_of_order(sensor, metric, time, record)
        published = set(record.tolist()) if self.rejected else set()
        order = np.lexsort((record, time, sensor, metric))
        sensor, metric, time, record, value, flag = (c[order] for c in (sensor, metric, time, record, value, flag))
        again = np.zeros(len(order), bool)
        again[1:] = (sensor[1:] == sensor[:-1]) & (metric[1:] == metric[:-1]) & (time[1:] == time[:-1])
        repeated = 0
        if again.any():
            repeated = len(np.unique(record)) - len(np.unique(record[~again]))
            sensor, metric, time, record, value, flag = (c[~again] for c in (sensor, metric, time, record, value, flag))
        limit = np.array([self.stuck_ms.get(name, 0) for name in metrics], np.int64)
        too_long = stuck(sensor, metric, time, value, limit)
        flag = np.where(too_long & (flag == 0), STUCK, flag).astype(np.int8)
        table = pa.table(
            [
                _words(sensor, self.sensors),
                _words(metric, metrics),
                pa.array(time).cast(pa.timestamp("ms")),
                pa.array(value),
                _words(flag.astype(np.int64) - 1, list(FLAGS[1:])),
                pa.array(record),
            ],
            schema=SCHEMA,
        )
        notes = [f"{count} records out of scope: {why}" for why, count in sorted(self.outside.items())]
        notes += [
            f"{count} readings flagged: {FLAGS[code]}"
            for code, count in enumerate(np.bincount(flag, minlength=len(FLAGS)).tolist())
            if code and count
        ]
        if disorder:
            notes.append(f"{disorder} readings came out of order and were sorted")
        return Shaped(
            records_in=records_in,
            tables={TABLE: table} if table.num_rows else {},
            out_of_scope=sum(self.outside.values()),
            duplicates=self.duplicates + repeated,
            rejected=self._rejected(published),
            notes=notes,
        )

    def _rejected(self, published: set[int]) -> list[Rejected]:
        """Each held-back record once; a record of several moments stays as long as one of them is good."""
        once: dict[int, Rejected] = {}
        for rejected in self.rejected:
            if rejected.record not in published:
                once.setdefault(rejected.record, rejected)
        return [once[record] for record in sorted(once)]

    def _judge(self, group: _Group, metrics: list[str]) -> list[np.ndarray]:
        """A group's usable readings as columns; its records without one good value are rejected."""
        columns = [_numbers(list(values)) for values in zip(*group.values, strict=True)]
        usable = np.column_stack([~np.isnan(values) for values, _ in columns])
        judged = [_plausible(field, values) for field, (values, _) in zip(group.fields, columns, strict=True)]
        value = np.column_stack([values for values, _ in judged])
        flag = np.column_stack([flags for _, flags in judged])
        good = (usable & (flag == 0)).any(axis=1)
        for row in np.flatnonzero(~good).tolist():
            reasons = [FLAGS[flag[row, i]] for i in range(len(columns)) if usable[row, i]]
            reasons += [why for _, odd in columns if (why := odd.get(row))]
            self.reject(group.record[row], reasons[0], column=group.fields[0].metric)
        rows, fields = np.nonzero(usable & good[:, None])
        codes = np.array([metrics.index(f.metric) for f in group.fields], np.int64)
        return [
            np.array(group.sensor, np.int64)[rows],
            codes[fields],
            np.array(group.time, np.int64)[rows],
            np.array(group.record, np.int64)[rows],
            value[rows, fields],
            flag[rows, fields],
        ]


def _nested(payload: Any) -> Sequence:
    raise KeyError


def _numbers(values: list) -> tuple[np.ndarray, dict[int, str]]:
    """Values as doubles, NaN where there is none, and why (row -> reason; no reason where the field was missing)."""
    odd: dict[int, str] = {}
    try:
        plain = np.array(values, np.float64)
        if any(type(value) is str for value in values):
            raise ValueError
        doubtful = np.flatnonzero(~np.isfinite(plain)).tolist() if plain.ndim == 1 else range(len(values))
    except (TypeError, ValueError, OverflowError):
        plain, doubtful = np.full(len(values), np.nan), range(len(values))
    if len(plain) != len(values) or plain.ndim != 1:
        plain = np.full(len(values), np.nan)
    for row in doubtful:
        value = values[row]
        known = number(value)
        plain[row] = np.nan if known is None else known
        if known is None and value is not MISSING:
            odd[row] = "null_value" if value is None or value == "" else "not_a_number"
    return plain, odd


def _plausible(field: Field, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values in the metric's unit and their flags. Sentinels count before and after the conversion."""
    sentinels = np.array(sorted(field.sentinels), np.float64)
    sentinel = np.isin(values, sentinels)
    if field.factor != 1 or field.offset:
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.round(values * field.factor + field.offset, 6)
        sentinel |= np.isin(values, sentinels)
        values = np.where(np.isinf(values), np.copysign(1e300, values), values)
    with np.errstate(invalid="ignore"):
        outside = (values < field.minimum) | (values > field.maximum)
    return values, np.where(sentinel, SENTINEL, np.where(outside, OUT_OF_RANGE, 0)).astype(np.int8)


def _words(codes: np.ndarray, words: list[str]) -> pa.Array:
    """Codes as text; a negative code is null."""
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string())).cast(pa.string())
