"""Numbers, dates and column titles as German publishers write them."""

from __future__ import annotations

import math
import re
from datetime import date, datetime

_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:[.\s'][0-9]{3})+(?:,[0-9]+)?")
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)")
_DATE = re.compile(r"(?<![0-9.])([0-3]?[0-9])\.([01]?[0-9])\.((?:19|20)[0-9]{2})(?![0-9])")


def number(cell: object, thousands: bool = False) -> float | None:
    """``51,68``, ``51.68`` or a number -> float; None for an empty cell. Raises ValueError for anything else.

    ``thousands``: a single group of three after a dot is a thousands separator (``73.795`` -> 73795), as in counts;
    otherwise it is a decimal dot, as in coordinates and kilowatts. ``1.234,5`` is unambiguous either way.
    """
    if cell is None or isinstance(cell, str) and not cell.strip():
        return None
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        value = float(cell) if abs(cell) < 1e15 else math.inf
    else:
        text = str(cell).strip().replace("\u00a0", " ").replace("\u202f", " ")
        if _THOUSANDS.fullmatch(text) and (thousands or "," in text or text.count(".") > 1 or "." not in text):
            text = re.sub(r"[.\s']", "", text)
        elif not _PLAIN.fullmatch(text):
            raise ValueError(f"{text[:40]!r} is no number")
        value = float(text.replace(",", "."))
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


def whole(cell: object) -> int | None:
    """A count: ``73795``, ``73.795``, ``73 795`` or 73795.0 -> int; None for an empty cell. Raises ValueError."""
    value = number(cell, thousands=True)
    if value is None:
        return None
    if value != int(value):
        raise ValueError(f"{value} is no whole number")
    return int(value)


def find_date(cell: object) -> date | None:
    """The first ``dd.mm.yyyy`` in a cell's text, or the date a date cell holds; None where there is none."""
    if isinstance(cell, datetime):
        return cell.date()
    for day, month, year in _DATE.findall(str(cell or "")):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def title_key(cell: object) -> str:
    """A column title without case, blanks, hyphens and footnote marks: ``Satz-art`` and ``Satzart`` are one."""
    return re.sub(r"[\s\u00ad\u200b_-]+|[0-9]\)", "", str(cell if cell is not None else "")).casefold()
