"""With how many decimals a share of the Breitbandatlas is written: as published, on map, chart, table and card alike. Pure.

The publisher gave whole percents up to the end of 2018 and two decimals since; the older series to 2018 (broadband_history)
whole percents up to 2012 and two decimals since. What is computed from two shares (pace, projection) has one.
"""

from __future__ import annotations

from typing import Any

from smartvest import formats

WHOLE_UNTIL = 2018
EARLIER_WHOLE_UNTIL = 2012


def digits(as_of: Any) -> int:
    """Decimals of a share of that day."""
    day = formats.as_date(as_of)
    return 0 if day is not None and day.year <= WHOLE_UNTIL else 2


def earlier_digits(year: Any) -> int:
    """Decimals of a share of the series 2010 to 2018."""
    return 0 if int(year) <= EARLIER_WHOLE_UNTIL else 2


def words(share: Any, as_of: Any, lang: str = "de", *, short: bool = False) -> str:
    """``(88.07, date(2021, 6, 30))`` -> "88,07 %"."""
    return formats.percent(share, lang, digits(as_of), short=short)
