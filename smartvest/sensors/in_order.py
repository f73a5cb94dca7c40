"""What shows only in the order of readings: values that stay the same too long, times that go backwards. Pure."""

from __future__ import annotations

import numpy as np

PAUSE_MS = 180 * 60_000  # a longer pause ends a run of equal values
STUCK_READINGS = 6


def stuck(sensor: np.ndarray, metric: np.ndarray, time: np.ndarray, value: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Runs of one value that last too long; the columns are sorted by metric, sensor and time.

    The same rule as queries/rollups/readings.sql, which sees the whole month; here it is for the steward's eyes.
    """
    if len(time) < STUCK_READINGS:
        return np.zeros(len(time), bool)
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
    too_long = (most > 0) & (time[last] - time[first] >= most) & (last - first + 1 >= STUCK_READINGS)
    return np.repeat(too_long, last - first + 1)


def out_of_order(sensor: np.ndarray, metric: np.ndarray, time: np.ndarray, record: np.ndarray) -> int:
    """How many readings are older than the one before them in the file, of the same sensor and metric."""
    order = np.lexsort((record, sensor, metric))
    s, m, t = sensor[order], metric[order], time[order]
    return int(((t[1:] < t[:-1]) & (s[1:] == s[:-1]) & (m[1:] == m[:-1])).sum())
