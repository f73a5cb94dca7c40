"""The status rule: a golden table for every class and edge, and what must hold for any series."""

from __future__ import annotations

import string
import tomllib
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartvest.status import REASONS, SYMBOLS, Status, assess, is_stale, theil_sen

TEXTS = Path(__file__).resolve().parents[1] / "smartvest" / "texts" / "status.toml"


def half_years(*values: float, last: tuple[int, int] = (2021, 6)) -> list[tuple[date, float]]:
    """Figures at 30 June and 31 December, the last one at ``last``."""
    year, month = last
    points = []
    for value in reversed(values):
        points.append((date(year, month, 30 if month == 6 else 31), value))
        year, month = (year, 6) if month == 12 else (year - 1, 12)
    return points[::-1]


JUNE_21 = date(2021, 6, 30)
END_30 = date(2030, 12, 31)

# name, observations, target, target_date, direction, further arguments, status, reason
GOLDEN = [
    ("nothing", [], 100, END_30, "up", {}, "no_data", "nothing_published"),
    ("nothing, context", [], None, None, "context", {}, "no_data", "nothing_published"),
    ("context", half_years(1, 2, 3), None, None, "context", {}, "not_assessable", "context"),
    ("context with a number", half_years(1, 2, 3), 2, END_30, "context", {}, "not_assessable", "context"),
    ("no target", half_years(1, 2, 3), None, None, "up", {}, "not_assessable", "no_target"),
    ("no target but a date", half_years(1, 2, 3), None, END_30, "up", {}, "not_assessable", "no_target"),
    ("exactly met", half_years(80, 90, 100), 100, END_30, "up", {}, "reached", "target_met"),
    ("met but for rounding", half_years(99.99999999999999), 100, END_30, "up", {}, "reached", "target_met"),
    ("exceeded", half_years(120), 100, END_30, "up", {}, "reached", "target_met"),
    ("met, then falling but above", half_years(130, 120, 110), 100, END_30, "up", {}, "reached", "target_met"),
    ("met once, lost again", half_years(100, 90, 80), 100, END_30, "up", {}, "wrong_way", "moving_away"),
    ("met after its date", half_years(100), 100, date(2020, 1, 1), "up", {}, "reached", "target_met"),
    ("met, no date", half_years(100), 100, None, "up", {}, "reached", "target_met"),
    ("lower is better, met", half_years(5), 10, END_30, "down", {}, "reached", "target_met"),
    ("down to zero, met", half_years(2, 1, 0), 0, END_30, "down", {}, "reached", "target_met"),
    ("zero up, met", half_years(0), 0, END_30, "up", {}, "reached", "target_met"),
    ("below zero up to zero", half_years(-3, -2, -1), 0, END_30, "up", {}, "on_track", "pace_sufficient"),
    ("not met, no date", half_years(1, 2, 3), 100, None, "up", {}, "not_assessable", "no_target_date"),
    ("passed", half_years(97, 98, 99), 100, date(2021, 1, 1), "up", {}, "missed", "target_date_passed"),
    ("passed the same day", half_years(97, 98, 99), 100, JUNE_21, "up", {}, "missed", "target_date_passed"),
    ("passed with one figure", half_years(99), 100, JUNE_21, "up", {}, "missed", "target_date_passed"),
    ("due the day after", half_years(0, 0, 0), 1, date(2021, 7, 1), "up", {}, "too_slow", "no_movement"),
    ("lower is better, passed", half_years(12), 10, JUNE_21, "down", {}, "missed", "target_date_passed"),
    ("one figure", half_years(10), 100, END_30, "up", {}, "not_assessable", "too_few"),
    ("two figures", half_years(5, 10), 100, END_30, "up", {}, "not_assessable", "too_few"),
    (
        "three figures, one older than three years",
        [(date(2018, 6, 29), 0.0), (date(2020, 6, 30), 50.0), (JUNE_21, 60.0)],
        100, END_30, "up", {}, "not_assessable", "too_few",
    ),
    (
        "three figures, one exactly three years old",
        [(date(2018, 6, 30), 0.0), (date(2020, 6, 30), 50.0), (JUNE_21, 60.0)],
        100, END_30, "up", {}, "on_track", "pace_sufficient",
    ),
    (
        "yearly figures across a leap year: 1096 days are three years",
        [(date(2021, 12, 31), 0.0), (date(2022, 12, 31), 20.0), (date(2024, 12, 31), 60.0)],
        100, END_30, "up", {}, "on_track", "pace_sufficient",
    ),
    (
        "latest on 29 February",
        [(date(2021, 2, 28), 0.0), (date(2022, 2, 28), 20.0), (date(2024, 2, 29), 60.0)],
        100, END_30, "up", {}, "on_track", "pace_sufficient",
    ),
    (
        "break leaves two", half_years(1, 2, 3, 4),
        100, END_30, "up", {"breaks": [date(2020, 12, 31)]}, "not_assessable", "method_break",
    ),
    (
        "break, but there were two anyway", half_years(3, 4),
        100, END_30, "up", {"breaks": [JUNE_21]}, "not_assessable", "too_few",
    ),
    (
        "the day of the break counts as new", half_years(90, 1, 2, 3),
        4, END_30, "up", {"breaks": [date(2020, 6, 30)]}, "on_track", "pace_sufficient",
    ),
    (
        "the last of several breaks counts", half_years(90, 90, 90, 1, 2, 3),
        4, END_30, "up", {"breaks": [date(2020, 6, 30), date(2019, 1, 1)]}, "on_track", "pace_sufficient",
    ),
    (
        "a break after the latest figure counts for nothing", half_years(1, 2, 3),
        4, END_30, "up", {"breaks": [date(2022, 1, 1)]}, "on_track", "pace_sufficient",
    ),
    ("away", half_years(30, 20, 10), 100, END_30, "up", {}, "wrong_way", "moving_away"),
    ("lower is better, rising", half_years(20, 30, 40), 10, END_30, "down", {}, "wrong_way", "moving_away"),
    ("fast enough", half_years(10, 20, 30, 40, 50), 100, END_30, "up", {}, "on_track", "pace_sufficient"),
    ("lower is better, fast enough", half_years(40, 30, 20), 10, END_30, "down", {}, "on_track", "pace_sufficient"),
    ("an outlier changes little", half_years(10, 20, 0, 40, 50), 100, END_30, "up", {}, "on_track", "pace_sufficient"),
    ("creeping", half_years(1, 2, 3), 100, END_30, "up", {}, "too_slow", "pace_insufficient"),
    ("lower is better, creeping", half_years(100, 99, 98), 0, END_30, "down", {}, "too_slow", "pace_insufficient"),
    ("standing still", half_years(5, 5, 5), 100, END_30, "up", {}, "too_slow", "no_movement"),
    ("still but for rounding", half_years(0.1 + 0.2, 0.3, 0.3), 1, END_30, "up", {}, "too_slow", "no_movement"),
    ("zero and stays", half_years(0, 0, 0), 100, END_30, "up", {}, "too_slow", "no_movement"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("points", "target", "target_date", "direction", "more", "status", "reason"),
    [row[1:] for row in GOLDEN],
    ids=[row[0] for row in GOLDEN],
)
def test_golden(points, target, target_date, direction, more, status, reason):
    got = assess(points, target=target, target_date=target_date, direction=direction, **more)
    assert (got.status, got.reason) == (status, reason)


def test_the_table_covers_every_class_and_reason():
    left_to_kpis = {"undated", "not_reported"}  # given by kpis.py, which alone knows figures without date or number
    assert {row[6] for row in GOLDEN} == set(Status)
    assert {row[7] for row in GOLDEN} | left_to_kpis == {key for keys in REASONS.values() for key in keys}
    assert all(row[7] in REASONS[Status(row[6])] for row in GOLDEN)


def test_exactly_the_required_pace_is_on_track():
    days = [date(2020, 1, 1) + timedelta(days=100 * i) for i in range(3)]
    points = [(day, float(i)) for i, day in enumerate(days)]
    due = days[-1] + timedelta(days=300)
    assert assess(points, target=5, target_date=due, direction="up").status == Status.on_track
    late = assess(points, target=5, target_date=due - timedelta(days=1), direction="up")
    assert late.status == Status.too_slow
    assert late.pace_per_year == pytest.approx(365.25 / 100)
    assert late.required_per_year == pytest.approx(3 / 299 * 365.25)


def test_the_numbers_behind_a_status():
    points = [(date(2020, 1, 1), 0.0), (date(2020, 12, 31), 10.0), (date(2021, 12, 31), 30.0)]  # 365 days apart
    due = date(2022, 12, 31)
    got = assess(points, target=100, target_date=due, direction="up", lower=0, upper=100)
    year = 365 / 365.25
    assert got.latest == (date(2021, 12, 31), 30.0)
    assert got.n_used == 3
    assert got.pace_per_year == pytest.approx(15 / year)  # median of 10, 20 and 15
    assert got.required_per_year == pytest.approx(70 / year)
    assert got.projection == (pytest.approx(40), pytest.approx(50))
    assert got.status == Status.too_slow
    capped = assess(points, target=100, target_date=due, direction="up", upper=45)
    assert capped.projection == (pytest.approx(40), 45)
    sunk = assess([(day, -v) for day, v in points], target=0, target_date=due, direction="up", lower=-45)
    assert sunk.projection == (-45, pytest.approx(-40))
    assert sunk.status == Status.wrong_way


def test_pace_is_told_without_a_target_too():
    got = assess(half_years(1, 2, 3), target=None, target_date=None, direction="up")
    assert got.pace_per_year == pytest.approx(2, rel=0.02)
    assert got.required_per_year is None and got.projection is None


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        assess(half_years(1, bad, 3), target=5, target_date=END_30, direction="up")
    with pytest.raises(ValueError, match="target must be a finite"):
        assess(half_years(1, 2, 3), target=bad, target_date=END_30, direction="up")


def test_two_figures_on_one_date_are_refused():
    with pytest.raises(ValueError, match="same date"):
        assess([(JUNE_21, 1.0), (JUNE_21, 1.0)], target=5, target_date=END_30, direction="up")


def test_stale():
    assert not is_stale(date(2024, 1, 1), 10, date(2024, 1, 11))
    assert is_stale(date(2024, 1, 1), 10, date(2024, 1, 12))
    assert not is_stale(date(2024, 1, 1), None, date(2099, 1, 1))
    assert not is_stale(date(2024, 1, 2), 0, date(2024, 1, 1))


# What must hold for any series. Values are whole numbers up to 10^6, so that no rounding blurs an equality.
numbers = st.integers(-(10**6), 10**6).map(float)
days = st.dates(date(2010, 1, 1), date(2024, 12, 31))
recent_days = st.dates(date(2022, 1, 1), date(2024, 12, 31))
series = st.one_of(st.dictionaries(days, numbers, max_size=8), st.dictionaries(recent_days, numbers, max_size=8)).map(
    lambda points: list(points.items())
)
cases = st.fixed_dictionaries(
    {
        "target": st.none() | numbers,
        "target_date": st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1)),
        "direction": st.sampled_from(["up", "down", "context"]),
        "breaks": st.lists(days, max_size=2),
    }
)
OTHER = {"up": "down", "down": "up", "context": "context"}


def negative(value):
    return None if value is None else -value


@given(series.flatmap(lambda points: st.tuples(st.just(points), st.permutations(points))), cases)
def test_the_order_of_observations_does_not_matter(both, case):
    points, shuffled = both
    assert assess(shuffled, **case) == assess(points, **case)


@given(series, cases)
def test_up_and_down_are_mirror_images(points, case):
    got = assess(points, **case, lower=-500, upper=1000)
    mirrored = {**case, "target": negative(case["target"]), "direction": OTHER[case["direction"]]}
    other = assess([(day, -value) for day, value in points], **mirrored, lower=-1000, upper=500)
    assert (other.status, other.reason, other.n_used) == (got.status, got.reason, got.n_used)
    assert other.pace_per_year == negative(got.pace_per_year)
    assert other.required_per_year == negative(got.required_per_year)
    assert other.projection == (got.projection and (-got.projection[1], -got.projection[0]))


@given(series, cases, st.sampled_from([2**-20, 0.5, 2.0, 2**30]))
def test_the_unit_does_not_matter(points, case, factor):
    got = assess(points, **case)
    target = None if case["target"] is None else case["target"] * factor
    scaled = assess([(day, value * factor) for day, value in points], **{**case, "target": target})
    assert (scaled.status, scaled.reason, scaled.n_used) == (got.status, got.reason, got.n_used)
    assert scaled.pace_per_year == (got.pace_per_year and got.pace_per_year * factor)


@given(series, cases)
def test_a_break_before_all_data_changes_nothing(points, case):
    assert assess(points, **{**case, "breaks": [*case["breaks"], date(2009, 12, 31)]}) == assess(points, **case)


@given(series, cases)
def test_every_outcome_is_one_we_have_words_for(points, case):
    got = assess(points, **case)
    assert got.reason in REASONS[got.status]
    assert (got.latest is None) == (got.status == Status.no_data)
    assert (got.pace_per_year is None) == (got.n_used < 3)


@given(series, cases)
def test_the_projected_range_contains_the_pace_itself(points, case):
    """Proof: the n leave-one-out sets hold every pair n-2 times. Were all their medians above the full median m, each
    set would have at least half of its slopes above m, hence at least half of all slopes lie above m. An odd number of
    slopes, or two equal middle ones, rule that out at once. Else exactly half lie above m in each set, and a set that
    holds both middle slopes (there is one for n >= 5; for n = 3, 4 the sets are odd) has the median m itself."""
    got = assess(points, **case)
    if got.projection is not None:
        years = (case["target_date"] - got.latest[0]).days / 365.25
        point = got.latest[1] + got.pace_per_year * years
        slack = 1e-6 * max(1.0, abs(point))  # a pace below the tolerance is reported as 0
        assert got.projection[0] - slack <= point <= got.projection[1] + slack


@settings(max_examples=50)
@given(st.dictionaries(recent_days, numbers, min_size=2, max_size=8))
def test_theil_sen_against_its_slow_obvious_twin(points):
    slopes = sorted(
        (Fraction(vb) - Fraction(va)) / Fraction((b - a).days) * Fraction(1461, 4)
        for a, va in points.items()
        for b, vb in points.items()
        if a < b
    )
    middle = len(slopes) // 2
    exact = slopes[middle] if len(slopes) % 2 else (slopes[middle - 1] + slopes[middle]) / 2
    assert theil_sen(list(points.items())) == pytest.approx(float(exact), rel=1e-9, abs=1e-9)


def test_symbols_are_distinct_and_complete():
    assert set(SYMBOLS) == set(Status)
    assert len(set(SYMBOLS.values())) == len(Status)


def test_every_status_and_reason_has_words():
    texts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    wanted = {*Status, *(f"{s}_rule" for s in Status), *(f"reason_{r}" for keys in REASONS.values() for r in keys)}
    assert wanted <= set(texts)
    assert {key for key in texts if key.startswith("reason_")} <= wanted
    known = {"value", "as_of", "target", "target_date", "pace", "required", "range", "unit", "pace_unit"}
    for key, words in texts.items():
        fields = {lang: {f[1] for f in string.Formatter().parse(words[lang]) if f[1]} for lang in ("de", "en")}
        assert set(words) == {"de", "en"} and fields["de"] == fields["en"] and fields["de"] <= known, key
