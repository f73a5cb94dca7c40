"""Where a figure stands on the way to its target: the one rule, as a pure function.

The rule looks at published figures only and is computed at the date of the latest one, never at today's date: a status
says what was true when the figure was taken, and ``is_stale`` says separately that this is long ago.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations
from statistics import median
from typing import Literal

Direction = Literal["up", "down", "context"]
Observation = tuple[date, float]

DAYS_A_YEAR = 365.25
WINDOW_YEARS = 3  # the observed pace is that of the last three years of data
MIN_OBSERVATIONS = 3  # two points always lie on a line: no pace is called observed with fewer than three
TOLERANCE = 1e-9  # relative; a household-weighted mean of ten times 100 % comes out as 99.99999999999999


class Status(StrEnum):
    """The seven classes; the value is the key of its words in texts/status.toml."""

    reached = "reached"
    on_track = "on_track"
    too_slow = "too_slow"
    wrong_way = "wrong_way"
    missed = "missed"
    not_assessable = "not_assessable"
    no_data = "no_data"


SYMBOLS: dict[Status, str] = {
    Status.reached: "●",
    Status.on_track: "▲",
    Status.too_slow: "◆",
    Status.wrong_way: "▼",
    Status.missed: "✕",
    Status.not_assessable: "○",
    Status.no_data: "–",
}

# Why a figure has its status. Each key has one sentence in texts/status.toml, as reason_<key>.
REASONS: dict[Status, tuple[str, ...]] = {
    Status.reached: ("target_met",),
    Status.on_track: ("pace_sufficient",),
    Status.too_slow: ("pace_insufficient", "no_movement"),
    Status.wrong_way: ("moving_away",),
    Status.missed: ("target_date_passed",),
    Status.not_assessable: ("context", "no_target", "no_target_date", "too_few", "method_break", "undated"),
    Status.no_data: ("nothing_published", "not_reported"),
}


@dataclass(frozen=True)
class Assessment:
    """The status of one figure with everything a page needs to say why.

    ``pace_per_year`` and ``required_per_year`` are in the figure's unit a year, signed (negative = falling).
    ``projection`` is the range (low, high) at the target date; ``n_used`` counts the observations behind the pace.
    The pace is given wherever three observations allow it, also without a target.
    """

    status: Status
    reason: str
    latest: Observation | None = None
    pace_per_year: float | None = None
    required_per_year: float | None = None
    projection: tuple[float, float] | None = None
    n_used: int = 0


def assess(
    observations: Sequence[Observation],
    *,
    target: float | None,
    target_date: date | None,
    direction: Direction,
    breaks: Sequence[date] = (),
    lower: float | None = None,
    upper: float | None = None,
) -> Assessment:
    """The status of a series of dated figures. The first rule that applies decides:

    1. no observation: **no_data**
    2. the figure is only context, or nobody set a target: **not_assessable** (context, no_target)
    3. the latest figure meets the target or is beyond it: **reached**
    4. the target has no date: **not_assessable** (no_target_date)
    5. the latest figure is from the target date or later: **missed**
    6. fewer than three observations in the three years up to the latest figure: **not_assessable** – ``method_break``
       if there would be enough without the break, else ``too_few``
    7. the observed pace leads away from the target: **wrong_way**
    8. observed pace >= required pace: **on_track**, else **too_slow** (also when nothing moves)

    The observed pace is the Theil–Sen slope (median of the slopes of all pairs), which one odd figure can't bend.
    The required pace is the straight line from the latest figure to the target. The projection continues the latest
    figure with the slopes that remain when one observation at a time is left out: a range, cut off at ``lower`` and
    ``upper`` (a share can't exceed 100 %).

    ``breaks`` are the first dates of a new method; figures before the last break up to the latest figure don't count
    for the pace. ``direction`` is where better lies. Meant for series of at most a few hundred figures in three years.

    Raises ValueError for two figures on one date and for NaN or infinity.
    """
    for name, number in (("target", target), ("lower", lower), ("upper", upper)):
        if number is not None and not math.isfinite(number):
            raise ValueError(f"{name} must be a finite number, not {number}")
    series = sorted(observations)
    if len({day for day, _ in series}) < len(series):
        raise ValueError("two observations have the same date")
    if not all(math.isfinite(value) for _, value in series):
        raise ValueError("an observation is not a finite number")
    if not series:
        return Assessment(Status.no_data, "nothing_published")

    latest = series[-1]
    used, lost_to_break = _window(series, breaks)
    pace = None
    if len(used) >= MIN_OBSERVATIONS:
        pace = theil_sen(used)
        if abs(pace) * WINDOW_YEARS <= TOLERANCE * max(abs(value) for _, value in used):
            pace = 0.0  # 0.1 + 0.2 is not a rise over 0.3

    def result(status: Status, reason: str, required=None, projection=None) -> Assessment:
        return Assessment(status, reason, latest, pace, required, projection, len(used))

    if direction == "context":
        return result(Status.not_assessable, "context")
    if target is None:
        return result(Status.not_assessable, "no_target")
    better = 1 if direction == "up" else -1
    if better * (latest[1] - target) >= -TOLERANCE * max(abs(latest[1]), abs(target)):
        return result(Status.reached, "target_met")
    if target_date is None:
        return result(Status.not_assessable, "no_target_date")
    if target_date <= latest[0]:
        return result(Status.missed, "target_date_passed")

    years = _years(latest[0], target_date)
    required = (target - latest[1]) / years
    if pace is None:
        return result(Status.not_assessable, "method_break" if lost_to_break else "too_few", required)
    projection = _projection(used, years, lower, upper)
    if better * pace < 0:
        return result(Status.wrong_way, "moving_away", required, projection)
    if better * pace >= better * required * (1 - TOLERANCE):
        return result(Status.on_track, "pace_sufficient", required, projection)
    return result(Status.too_slow, "no_movement" if pace == 0 else "pace_insufficient", required, projection)


def theil_sen(observations: Sequence[Observation]) -> float:
    """Median of the slopes of all pairs, per year of 365.25 days. Needs two observations on different dates."""
    return median((b[1] - a[1]) / _years(a[0], b[0]) for a, b in combinations(sorted(observations), 2))


def is_stale(as_of: date, max_age_days: int | None, today: date) -> bool:
    """Whether a figure is older than its dataset should ever be. Without a limit nothing gets stale."""
    return max_age_days is not None and (today - as_of).days > max_age_days


def _window(series: Sequence[Observation], breaks: Sequence[date]) -> tuple[list[Observation], bool]:
    """The observations behind the pace, and whether it was a method break that left too few of them."""
    end = series[-1][0]
    recent = [point for point in series if point[0] >= _years_before(end, WINDOW_YEARS)]
    last_break = max((day for day in breaks if day <= end), default=date.min)
    used = [point for point in recent if point[0] >= last_break]
    return used, len(used) < MIN_OBSERVATIONS <= len(recent)


def _projection(
    used: Sequence[Observation], years: float, lower: float | None, upper: float | None
) -> tuple[float, float]:
    value = used[-1][1]
    ends = [value + theil_sen([*used[:i], *used[i + 1 :]]) * years for i in range(len(used))]
    return _clamp(min(ends), lower, upper), _clamp(max(ends), lower, upper)


def _clamp(value: float, lower: float | None, upper: float | None) -> float:
    if lower is not None:
        value = max(value, lower)
    return value if upper is None else min(value, upper)


def _years(start: date, end: date) -> float:
    return (end - start).days / DAYS_A_YEAR


def _years_before(day: date, years: int) -> date:
    """The same calendar day years ago: 3 x 365.25 days would drop 2021-12-31 from the window of 2024-12-31."""
    if day.year <= years:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
