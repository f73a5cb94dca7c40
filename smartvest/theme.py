"""Colours by meaning, for light and dark pages; one home, so that fibre has one colour everywhere.

All values were chosen by calculation and are held by tests/test_theme.py: text on its background >= 4.5 : 1, marks
>= 3 : 1 (WCAG 2.2, 1.4.3 and 1.4.11); status and technology colours stay apart for deuteranopia and protanopia
(Machado et al. 2009) by at least 8 hundredths in OKLab.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

FONT = "IBM Plex Sans"
FONT_STACK = '"IBM Plex Sans", Arial, sans-serif'

# Classes of coverage in % of households. Chosen once for all dates and speeds: fine where fibre began (2018: most towns
# below 5), a half, three quarters, nine tenths. A class holds its lower bound; 100 belongs to the last one.
COVERAGE_BREAKS = (0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 100.0)
# Classes of change in percentage points around "practically the same" (-1 to 1).
CHANGE_BREAKS = (-100.0, -25.0, -10.0, -1.0, 1.0, 10.0, 25.0, 100.0)

# Form carries the status where colour does not: six symbols that differ in outline.
STATUS_SYMBOL = {
    "reached": "●",
    "on_track": "▲",
    "too_slow": "◆",
    "wrong_way": "▼",
    "missed": "✕",
    "not_assessable": "○",
}
# The same shapes as Vega marks. A cross in Vega is a plus sign: turned by 45 degrees it is the ✕ of the words.
STATUS_SHAPE = {
    "reached": "circle",
    "on_track": "triangle-up",
    "too_slow": "diamond",
    "wrong_way": "triangle-down",
    "missed": "cross",
    "not_assessable": "circle",
}
# Whether a sensor reports: its sign and the status whose colour it borrows.
SENSOR_STATES = {
    "current": ("●", "reached"),
    "late": ("◆", "too_slow"),
    "silent": ("✕", "wrong_way"),
    "never": ("○", "not_assessable"),
}
TECHNOLOGIES = ("fttbh", "hfc", "dsl", "wireless", "wired", "any")
# The points of lines that share a plot: two blues are one grey on paper, a square stays a square.
SERIES_SHAPE = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
RISEN, FALLEN = "▲", "▼"


@dataclass(frozen=True)
class Palette:
    """Every colour of one mode. ``line`` is decoration (grid); ``border`` is meaning (outline of a town, a control)."""

    mode: str
    background: str
    surface: str
    text: str
    muted: str
    line: str
    border: str
    context: str
    accent: str
    accent_soft: str
    halo: str
    coverage: tuple[str, ...]
    change: tuple[str, ...]
    technology: dict[str, str]
    status: dict[str, str]
    place: dict[str, str]


LIGHT = Palette(
    mode="light",
    background="#FFFFFF",
    surface="#F4F6F5",
    text="#17211F",
    muted="#55615F",
    line="#DDE3E1",
    border="#6B7876",
    context="#87928F",
    accent="#0B5563",
    accent_soft="#DCECEE",
    halo="#FFFFFF",
    coverage=("#F7F3DD", "#CFE3C1", "#9FCDB5", "#66AFAB", "#32808F", "#1A6378", "#083F50"),
    change=("#7A3E05", "#BF7F33", "#F0CF94", "#F3F3EF", "#A6D6DA", "#45989C", "#0B5563"),
    technology={
        "fttbh": "#0B5563",
        "hfc": "#CC7B18",
        "dsl": "#743FAE",
        "wireless": "#4A8FDF",
        "wired": "#6C706C",
        "any": "#929493",
    },
    status={
        "reached": "#2E7F66",
        "on_track": "#286EA3",
        "too_slow": "#A15C11",
        "wrong_way": "#960D0C",
        "missed": "#4F0C32",
        "not_assessable": "#464E50",
    },
    place={
        "deployment": "#0B5563",
        "air_quality": "#743FAE",
        "dwd": "#B8690F",
        "precipitation": "#2F78C8",
        "river_gauge": "#2F78C8",
    },
)

DARK = Palette(
    mode="dark",
    background="#12191B",
    surface="#1B2426",
    text="#EAF0EE",
    muted="#A5B2B0",
    line="#2E3A3C",
    border="#849290",
    context="#73817F",
    accent="#6FC3CF",
    accent_soft="#1D3A40",
    halo="#12191B",
    coverage=("#F3EED4", "#C8DCB6", "#94C4AB", "#5BA3A1", "#317D8C", "#1F5D6F", "#1B4150"),
    change=("#A5641C", "#D09A4E", "#F0CF94", "#F3F3EF", "#A6D6DA", "#52A3A6", "#256F80"),
    technology={
        "fttbh": "#6FC3CF",
        "hfc": "#DC9D3A",
        "dsl": "#8052B8",
        "wireless": "#5B92F3",
        "wired": "#EBEBE8",
        "any": "#7C7C7C",
    },
    status={
        "reached": "#ACEEB4",
        "on_track": "#4792F6",
        "too_slow": "#DAB825",
        "wrong_way": "#F05626",
        "missed": "#B46D90",
        "not_assessable": "#B1B2B2",
    },
    place={
        "deployment": "#6FC3CF",
        "air_quality": "#B48BE0",
        "dwd": "#DC9D3A",
        "precipitation": "#6FA4F5",
        "river_gauge": "#6FA4F5",
    },
)


def palette(mode: str = "light") -> Palette:
    """The palette of ``mode``; anything but "dark" is light (Streamlit may not know the theme yet)."""
    return DARK if mode == "dark" else LIGHT


@dataclass(frozen=True)
class Scale:
    """Classes of a choropleth: ``breaks`` has one more entry than ``colours``; the last class holds its upper bound."""

    breaks: tuple[float, ...]
    colours: tuple[str, ...]

    def class_of(self, value: float | None) -> int | None:
        """Index of the class of ``value``; None where missing. Values outside the breaks fall in the end classes."""
        if value is None or not math.isfinite(value):
            return None
        return min(max(bisect_right(self.breaks, value) - 1, 0), len(self.colours) - 1)

    def direction(self, value: float | None) -> str:
        """On a diverging scale: whether ``value`` lies in a class below or above the middle one; empty in it and where
        missing. Both sides darken alike, so without colour only this sign tells them apart."""
        index = self.class_of(value)
        middle = len(self.colours) // 2
        return "" if index in (None, middle) else FALLEN if index < middle else RISEN  # type: ignore[operator]

    def colour(self, value: float | None) -> str | None:
        """Hex colour of ``value``; None where it is missing: missing is never the lightest class."""
        index = self.class_of(value)
        return None if index is None else self.colours[index]


def coverage_scale(mode: str = "light") -> Scale:
    """Light = little, dark = much, in both modes, so that a legend learned by day holds at night."""
    return Scale(COVERAGE_BREAKS, palette(mode).coverage)


def change_scale(mode: str = "light") -> Scale:
    """Percentage points between two dates: brown = fallen, pale = within one point, blue-green = risen."""
    return Scale(CHANGE_BREAKS, palette(mode).change)


def quantity_scale(breaks: tuple[float, ...], mode: str = "light") -> Scale:
    """The sequential ramp on other breaks (three to eight numbers, rising), for example kW per 1,000 inhabitants."""
    ramp = palette(mode).coverage
    classes = len(breaks) - 1
    if not 2 <= classes <= len(ramp) or any(a >= b for a, b in zip(breaks, breaks[1:])):
        raise ValueError(f"breaks must be 3 to {len(ramp) + 1} rising numbers, not {breaks}")
    return Scale(
        tuple(map(float, breaks)), tuple(ramp[round(i * (len(ramp) - 1) / (classes - 1))] for i in range(classes))
    )


def rgb(hex_colour: str, alpha: int = 255) -> list[int]:
    """``"#0B5563"`` -> ``[11, 85, 99, 255]``, as deck.gl takes colours."""
    return [int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]


def luminance(hex_colour: str) -> float:
    """Relative luminance (WCAG 2.2), 0 black to 1 white."""
    channels = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
