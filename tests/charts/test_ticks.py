"""Round figures that enclose what is drawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartvest.charts.ticks import ticks


@pytest.mark.parametrize(
    "low, high, count, expected",
    [
        (0, 88, 2, [0, 50, 100]),
        (0, 0.29, 2, [0, 0.2, 0.4]),
        (0, 878, 2, [0, 500, 1000]),
        (606860, 668250, 3, [600000, 625000, 650000, 675000]),
        (0, 100, 2, [0, 50, 100]),
    ],
)
def test_golden(low, high, count, expected):
    assert ticks(low, high, count) == expected


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 6))
def test_they_enclose_and_rise(low, spread, count):
    found = ticks(low, low + spread, count)
    tolerance = spread * 1e-6
    assert found[0] <= low + tolerance and low + spread <= found[-1] + tolerance
    assert all(a < b for a, b in zip(found, found[1:]))
    assert 2 <= len(found) <= count + 2


def test_a_single_value_still_has_an_axis():
    assert ticks(5, 5)[0] <= 5 < ticks(5, 5)[-1]
    assert len(ticks(0, 0)) >= 2
