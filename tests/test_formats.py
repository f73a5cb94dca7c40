"""Golden figures and dates in both languages."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartvest import formats as f


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), np.nan, pd.NA, pd.NaT, ""])
def test_missing_is_said_and_never_zero(value):
    assert f.is_missing(value)
    assert f.number(value) == "keine Angabe"
    assert f.percent(value, "en") == "not available"
    assert f.change(value, short=True) == "–"
    assert f.date(value) == "keine Angabe"
    assert f.half_year(value) == "keine Angabe"
    assert f.age(value, date(2026, 1, 1)) == "keine Angabe"
    assert f.span(value, 3) == "keine Angabe"


@pytest.mark.parametrize(
    "value, lang, digits, words",
    [
        (1234.5, "de", None, "1.234,5"),
        (1234.5, "en", None, "1,234.5"),
        (606528, "de", None, "606.528"),
        (0, "de", None, "0"),
        (0.0, "de", 1, "0,0"),
        (-3.26, "de", 1, "−3,3"),
        (5.125, "de", 2, "5,12"),
        (5, "de", 1, "5,0"),
        (np.int64(7), "de", None, "7"),
        (-0.04, "de", 1, "0,0"),
        (1e6, "de", 0, "1.000.000"),
    ],
)
def test_numbers(value, lang, digits, words):
    assert f.number(value, lang, digits) == words


def test_units_stay_with_their_figure():
    assert f.percent(5.28) == "5,3\u202f%"
    assert f.percent(5.28, "en") == "5.3%"
    assert f.with_unit(1000, "Mbit/s") == "1.000\u202fMbit/s"
    assert f.with_unit(3, "kW je 1.000") == "3\u202fkW\u00a0je\u00a01.000"


def test_changes_and_ranges():
    assert f.change(1.2) == "+1,2"
    assert f.change(-0.44) == "−0,4"
    assert f.change(0.01) == "0,0"
    assert f.change(4.7, unit="%", lang="en") == "+4.7%"
    assert f.span(12, 18, unit="%") == "12 bis 18\u202f%"
    assert f.span(12.01, 12.02, digits=1, unit="%") == "12,0\u202f%"
    assert f.class_label(5, 10, False, "%") == "5 bis unter 10\u202f%"
    assert f.class_label(90, 100, True, "%", "en") == "90 to 100%"
    assert f.class_label(-10, -1, False, "", signed=True) == "−10 bis unter −1"


@pytest.mark.parametrize(
    "day",
    [
        date(2023, 12, 31),
        datetime(2023, 12, 31, 9),
        pd.Timestamp("2023-12-31"),
        np.datetime64("2023-12-31"),
        "2023-12-31",
    ],
)
def test_dates(day):
    assert f.date(day) == "31.12.2023"
    assert f.date(day, "en") == "31 December 2023"


def test_partial_dates():
    assert f.date("2023-07") == "Juli 2023"
    assert f.date("2023-07", "en") == "July 2023"
    assert f.date("2023") == "2023"
    assert f.date("undated") == "undatiert"


def test_half_years():
    assert f.half_year("2021-06-30") == "Mitte 2021"
    assert f.half_year("2018-12-31") == "Ende 2018"
    assert f.half_year("2021-06-30", named=True) == "1. Halbjahr 2021"
    assert f.half_year("2021-06-30", "en", named=True) == "first half of 2021"
    assert f.half_year("2019-07-19") == "19.07.2019"


@pytest.mark.parametrize(
    "day, words",
    [
        ("2026-11-23", "heute"),
        ("2026-11-22", "vor 1 Tag"),
        ("2026-10-01", "vor 53 Tagen"),
        ("2026-09-01", "vor 2 Monaten"),
        ("2024-12-31", "vor 22 Monaten"),
        ("2024-11-23", "vor 2 Jahren"),
        ("2021-06-30", "vor 5 Jahren"),
    ],
)
def test_age(day, words):
    assert f.age(day, date(2026, 11, 23)) == words


@given(st.floats(-1e12, 1e12), st.integers(0, 4), st.sampled_from(["de", "en"]))
def test_a_number_can_be_read_back(value, digits, lang):
    """What is written is the value rounded to the digits shown; only its marks differ by language."""
    group, point = (".", ",") if lang == "de" else (",", ".")
    words = f.number(value, lang, digits)
    plain = words.replace(group, "").replace(point, ".").replace(f.MINUS, "-")
    assert float(plain) == pytest.approx(value, abs=0.5 * 10**-digits + abs(value) * 1e-12)
    assert len(plain.partition(".")[2]) == digits
    assert "-" not in words


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_date_can_be_read_back(day):
    assert datetime.strptime(f.date(day), "%d.%m.%Y").date() == day
    assert f.date(day) == f.date(day.isoformat()) == f.date(pd.Timestamp(day)) == f.date(np.datetime64(day))
