"""Numbers, dates and titles as they are written."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartvest.ingest.german_numbers import find_date, number, title_key, whole


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("51,68", 51.68),
        ("9.659075", 9.659075),
        ("6.968", 6.968),
        ("1.234,5", 1234.5),
        ("1.234.567", 1234567),
        ("73\u00a0795", 73795),
        (" -3 ", -3),
        (",5", 0.5),
        (8, 8),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_number(cell, value):
    assert number(cell) == value


@pytest.mark.parametrize(
    "cell", ["22; 3,7", "x", "-", ".", "1e5", "nan", float("nan"), float("inf"), 10**400, True, "١"]
)
def test_what_is_no_number(cell):
    with pytest.raises(ValueError):
        number(cell)
    with pytest.raises(ValueError):
        whole(cell)


@pytest.mark.parametrize(("cell", "value"), [("73.795", 73795), ("73 795", 73795), (2.0, 2), ("2,0", 2), ("", None)])
def test_whole(cell, value):
    assert whole(cell) == value


@pytest.mark.parametrize("cell", ["2,5", 2.5, "1.5"])
def test_what_is_no_whole_number(cell):
    with pytest.raises(ValueError):
        whole(cell)


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_a_value_error(text):
    try:
        assert number(text) is None or isinstance(number(text), float)
    except ValueError:
        pass


def test_find_date():
    assert find_date("am 31.12.2022 (Jahr)") == date(2022, 12, 31)
    assert find_date(datetime(2019, 7, 19, 12)) == date(2019, 7, 19)
    assert find_date("99.99.2020") is None
    assert find_date("2019-07-19") is None
    assert find_date(None) is None


def test_title_key():
    assert title_key("Satz-art") == title_key("Satzart 1)") == "satzart"
