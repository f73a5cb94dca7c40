"""The reference date of a Breitbandatlas file: from its own words ("Datenstand: 12/2024"), else from its name."""

from __future__ import annotations

import calendar
import re
from datetime import date

# The atlas in its present form begins in 2018; older figures were collected differently and are never joined with it.
EARLIEST = date(2018, 1, 1)

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("januar jan", "februar feb", "märz maerz mrz", "april apr", "mai", "juni jun", "juli jul", "august aug",
         "september sep sept", "oktober okt", "november nov", "dezember dez"), start=1)
    for name in names.split()
}  # fmt: skip
_YEAR = r"(?P<year>20[0-9]{2})"
_FORMS = [
    rf"(?P<day>[0-3]?[0-9])\.\s?(?P<month>[01]?[0-9])\.{_YEAR}(?![0-9])",
    rf"(?<![0-9]){_YEAR}[-_.](?P<month>[01][0-9])[-_.](?P<day>[0-3][0-9])(?![0-9])",
    rf"(?<![0-9]){_YEAR}(?P<month>[01][0-9])(?P<day>[0-3][0-9])(?![0-9])",
    rf"(?<![0-9])(?P<month>[01]?[0-9])\s?[-_./]\s?{_YEAR}(?![0-9])",
    rf"(?<![0-9]){_YEAR}[-_./](?P<month>[01][0-9])(?![0-9])",
    rf"(?P<half>mitte|ende)[\s_-]*{_YEAR}(?![0-9])",
    rf"(?<![0-9]){_YEAR}[\s_-]*(?P<half>mitte|ende)",
    rf"(?<![0-9]){_YEAR}[\s_-]*h?(?P<half>[12])(?![0-9])",
    rf"h(?P<half>[12])[\s_-]*{_YEAR}(?![0-9])",
    rf"(?P<half>[12])\.\s?halbjahr\s*{_YEAR}(?![0-9])",
    rf"(?P<word>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?[\s_-]*{_YEAR}(?![0-9])",
    # "Verf_Gemeinden_atene Mitte 18.csv": the one recorded file with a year of two digits
    r"(?P<half>mitte|ende)[\s_-]*(?P<short>[12][0-9])(?![0-9])",
]
_PATTERNS = [re.compile(form, re.IGNORECASE) for form in _FORMS]
_KEYWORD = re.compile(r"\b(?:daten)?stand\b|\bstichtag\b|\bdatenstand", re.IGNORECASE)


def date_in(text: str) -> date | None:
    """The first date written in ``text`` in any form the atlas uses; month and half-year mean their last day."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            found = _as_date(match.groupdict())
            if found is not None:
                return found
    return None


def stated_date(text: str) -> date | None:
    """The date that follows a word like "Datenstand" or "Stand" within forty characters."""
    for match in _KEYWORD.finditer(text):
        found = date_in(text[match.end() : match.end() + 40])
        if found is not None:
            return found
    return None


def _as_date(parts: dict[str, str | None]) -> date | None:
    year = int(parts.get("year") or f"20{parts.get('short') or '00'}")
    if half := parts.get("half"):
        return date(year, 6, 30) if half.lower() in ("mitte", "1") else date(year, 12, 31)
    if word := parts.get("word"):
        month = _MONTHS[word.lower()]
    else:
        month = int(parts.get("month") or 0)
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    day = int(parts.get("day") or last)
    return date(year, month, day) if 1 <= day <= last else None
