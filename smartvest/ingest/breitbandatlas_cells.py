"""One cell of the Breitbandatlas at a time: whose row it is, and which percentage it holds."""

from __future__ import annotations

import math
import re
from typing import Any

from smartvest.towns import COUNTY_AGS, TOWNS

OUT_OF_SCOPE = "out of scope"  # another county, or the county, the Land, the Bund
KEY_NAMES = {
    "ags", "ags8", "agsgemeinde", "amtlichergemeindeschlüssel", "amtlichergemeindeschluessel", "gemeindeschlüssel",
    "gemeindeschluessel", "gemeindekennziffer", "gemeindenummer", "gemeindeid", "gkz", "ars", "rs",
    "regionalschlüssel", "regionalschluessel",
}  # fmt: skip

_MISSING = {"", "-", "–", "—", ".", "...", "…", "/", "k.a.", "k. a.", "ka", "na", "n/a", "#n/a", "null", "none"}
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


def is_key_name(text: Any) -> bool:
    """Is this the heading of the column with the municipality key?"""
    return isinstance(text, str) and re.sub(r"\(.*?\)|[^a-z0-9äöüß]", "", text.lower()) in KEY_NAMES


def area(key: Any, level: Any = None) -> str:
    """A town's key, OUT_OF_SCOPE, or empty where the key can't be one.

    Excel and R read the key as a number and drop its zero (5562004, 5562004.0); the twelve-digit regional key holds the
    municipality in its first five and last three digits. Shorter keys are counties (5), regions, Länder and the Bund.
    ="05562004" is how spreadsheets are kept from dropping the zero, DE05562004 how some catalogues write it.
    """
    text = str(key if key is not None else "").replace(" ", "").removeprefix("=").strip("'\"")
    text = re.sub(r"[.,]0*$", "", re.sub(r"^DE(?=[0-9]{8})", "", text))
    said = str(level or "").strip().lower()
    municipal = not said or "gemeinde" in said or "stadt" in said or "städte" in said
    if not text.isascii() or not text.isdecimal():
        return OUT_OF_SCOPE if (said and not municipal) or text.upper() in ("DE", "D", "BUND") else ""
    if len(text) in (7, 11):
        text = f"0{text}"
    if len(text) == 12:
        text = text[:5] + text[9:]
    if len(text) < 8 or len(text) == 9 or not municipal:
        return OUT_OF_SCOPE
    if len(text) != 8:
        return ""
    if not text.startswith(COUNTY_AGS) or text == f"{COUNTY_AGS}000":
        return OUT_OF_SCOPE
    return text if text in TOWNS else ""


def percent(cell: Any) -> tuple[float | None, str]:
    """(value, reason): a percentage, None for a cell left empty, or the reason why it can't be published."""
    if cell is None:
        return None, ""
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return None, "not_a_number"
    if isinstance(cell, str):
        text = cell.strip().replace("\u00a0", "")
        if text.lower() in _MISSING:
            return None, ""
        text = text.removesuffix("%").rstrip()
        if not _NUMBER.fullmatch(text):
            return None, "not_a_number"
        value = float(text.replace(",", "."))
    else:
        value = float(cell) if abs(cell) < 1e15 else math.inf
    if not math.isfinite(value):
        return None, "not_a_number"
    return (value, "") if 0 <= value <= 100 else (None, "out_of_range")
