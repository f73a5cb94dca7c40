"""Figures and dates as a German or English reader writes them. Missing is said, never printed as 0.

Takes None, NaN, NaT and pandas.NA for missing. Every function is pure; "today" is a parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date as Date
from datetime import datetime
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from smartvest.texts import text

NNBSP = "\u202f"  # narrow no-break space: figure and unit never part at a line's end
MINUS = "\u2212"
DASH = "–"

Digits = int | Callable[[Any], int]  # decimals, or the rule that gives them for a date


def locale(lang: str) -> Locale:
    """Babel's locale: German as in Germany, English as in Britain (day before month)."""
    return Locale.parse("en_GB" if lang == "en" else "de_DE")


def is_missing(value: Any) -> bool:
    """True for None, NaN, infinity, NaT, pandas.NA and the empty text."""
    if isinstance(value, str):
        return value == ""
    if isinstance(value, Date) or getattr(getattr(value, "dtype", None), "kind", "") == "M":
        return bool(value != value)  # NaT is a date that is not itself
    try:
        return not math.isfinite(value)
    except TypeError:
        return True  # None and pandas.NA


def missing(lang: str = "de", short: bool = False) -> str:
    """ "keine Angabe", or "–" where a column is narrow."""
    return DASH if short else text("formats.missing", lang)


def number(
    value: Any, lang: str = "de", digits: int | None = None, *, short: bool = False, signed: bool = False
) -> str:
    """``1234.5`` -> "1.234,5" (de) or "1,234.5" (en). ``digits`` fixes the decimals; without it whole numbers have none
    and others one. ``signed`` writes "+1,2" and a true minus; a change of 0 has no sign."""
    if is_missing(value):
        return missing(lang, short)
    value = float(value)
    if digits is None:
        digits = 0 if value == int(value) else 1
    shown = round(abs(value), digits)
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    words = format_decimal(shown, format=pattern, locale=locale(lang), decimal_quantization=True)
    if shown == 0:
        return words
    return (MINUS if value < 0 else "+" if signed else "") + words


def digits_at(digits: Digits, as_of: Any) -> int:
    """The decimals of a figure of that date."""
    return digits(as_of) if callable(digits) else digits


def with_unit(value: Any, unit: str, lang: str = "de", digits: int | None = None, **options: bool) -> str:
    """``(5.3, "%")`` -> "5,3 %" with a narrow no-break space (English sets the percent sign close: "5.3%")."""
    words = number(value, lang, digits, **options)
    if is_missing(value) or not unit:
        return words
    return words + ("" if lang == "en" and unit == "%" else NNBSP) + unit.replace(" ", "\u00a0")


def percent(value: Any, lang: str = "de", digits: int = 1, *, short: bool = False) -> str:
    """A share already in percent: ``5.28`` -> "5,3 %"."""
    return with_unit(value, "%", lang, digits, short=short)


def change(value: Any, lang: str = "de", digits: int = 1, unit: str = "", *, short: bool = False) -> str:
    """A difference with its sign: "+1,2" or "−0,4"."""
    return with_unit(value, unit, lang, digits, short=short, signed=True)


def span(low: Any, high: Any, lang: str = "de", digits: int | None = None, unit: str = "") -> str:
    """ "12 bis 18 %"; one figure where both ends read alike; missing where an end is missing."""
    if is_missing(low) or is_missing(high):
        return missing(lang)
    if number(low, lang, digits) == number(high, lang, digits):
        return with_unit(high, unit, lang, digits)
    return text("formats.range", lang, low=number(low, lang, digits), high=with_unit(high, unit, lang, digits))


def as_date(value: Any) -> Date | None:
    """A date, datetime, Timestamp or ISO text as a date; None where missing."""
    if is_missing(value):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, Date):
        return value
    if hasattr(value, "item"):  # numpy.datetime64
        return as_date(value.astype("datetime64[us]").item())
    return Date.fromisoformat(str(value)[:10])


def date(value: Any, lang: str = "de", *, short: bool = False) -> str:
    """ "31.12.2023" (de), "31 December 2023" (en). A text may be partial: "2023-07" -> "Juli 2023", "2023" -> "2023",
    "undated" -> "undatiert"."""
    if is_missing(value):
        return missing(lang, short)
    if isinstance(value, str):
        if value == "undated":
            return text("formats.undated", lang)
        if len(value) == 4:
            return value
        if len(value) == 7:
            return format_date(Date.fromisoformat(value + "-01"), "LLLL yyyy", locale=locale(lang))
    day = as_date(value)
    assert day is not None
    return format_date(day, "dd.MM.yyyy" if lang != "en" else "d MMMM yyyy", locale=locale(lang))


def long_date(value: Any, lang: str = "de") -> str:
    """ "30. Juni 2021" (de), "30 June 2021" (en): easier to read than digits alone."""
    day = as_date(value)
    if day is None or isinstance(value, str):
        return date(value, lang)
    return format_date(day, "d. MMMM yyyy" if lang != "en" else "d MMMM yyyy", locale=locale(lang))


def half_year(value: Any, lang: str = "de", *, named: bool = False) -> str:
    """The reference date of a half-year: 30.06.2021 -> "Mitte 2021", 31.12.2018 -> "Ende 2018"; ``named`` gives
    "1. Halbjahr 2021". Any other day is written as a date: it is no half-year."""
    day = as_date(value)
    if day is None:
        return missing(lang)
    if (day.month, day.day) == (6, 30):
        return text("formats.first_half" if named else "formats.middle_of", lang, year=day.year)
    if (day.month, day.day) == (12, 31):
        return text("formats.second_half" if named else "formats.end_of", lang, year=day.year)
    return date(day, lang)


def age(value: Any, today: Date, lang: str = "de") -> str:
    """How long ago: days up to two months, months up to two years, then full years ("vor 5 Jahren")."""
    day = as_date(value)
    if day is None:
        return missing(lang)
    days = (today - day).days
    months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
    if days <= 0:
        return text("formats.today", lang)
    if months < 2:
        return text("formats.day_ago", lang) if days == 1 else text("formats.days_ago", lang, n=days)
    if months < 24:
        return text("formats.months_ago", lang, n=months)
    return text("formats.years_ago", lang, n=months // 12)


def class_label(low: float, high: float, last: bool, unit: str, lang: str = "de", *, signed: bool = False) -> str:
    """A class of a legend in words: "5 bis unter 10 %", the last one "90 bis 100 %"."""
    key = "formats.range" if last else "formats.range_below"
    return text(key, lang, low=number(low, lang, signed=signed), high=with_unit(high, unit, lang, signed=signed))
