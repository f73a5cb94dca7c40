"""The ten towns as small multiples on one scale, as SVG panels in a grid that fits any width; 9 kB instead of 42.

Vega's facets have fixed places, so five columns overlap on a phone. Here each town is a panel of its own and the page's
style sheet (sv-panels) puts as many side by side as fit. Streamlit strips <svg> from HTML, so each is an <img>.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.texts import text

WIDTH, HEIGHT, TOP, LEFT = 160, 74, 12, 4  # of the drawing; the page scales it
RIGHT, BASE = WIDTH - 6, HEIGHT - 8
COLUMNS, GAP, HEAD = 5, 10, 16  # of the sheet for a file; HEAD is the line with name and figure

Place = Callable[[Any], float]


@dataclass(frozen=True)
class Panel:
    """One town: its name, its latest figure, the curve in a sentence, and the drawing inside an SVG of WIDTH x HEIGHT."""

    name: str
    figure: str
    words: str
    drawing: str


def panels(
    df: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    label: str,
    unit: str = "%",
    high: float = 100,
    lang: str = "de",
    mode: str = "light",
    digits: formats.Digits = 1,
) -> str:
    """The panels as a list of pictures for the page. ``label`` names the whole; see `_each` for the rest."""
    items = [
        f"<li><b>{escape(panel.name)}</b> <span>{escape(panel.figure)}</span>"
        f'<img alt="{escape(panel.words, quote=True)}" src="{_address(panel.drawing)}"></li>'
        for panel in _each(df, reference, unit, high, lang, mode, digits)
    ]
    return f'<ul class="sv-panels" aria-label="{escape(label, quote=True)}">{"".join(items)}</ul>'


def sheet(
    df: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    unit: str = "%",
    high: float = 100,
    lang: str = "de",
    mode: str = "light",
    digits: formats.Digits = 1,
) -> str:
    """The same panels as one SVG document, COLUMNS beside each other, for a file. Parameters as `panels`."""
    p = theme.palette(mode)
    found = list(_each(df, reference, unit, high, lang, mode, digits))
    wide, tall = WIDTH + GAP, HEAD + HEIGHT + GAP
    parts = []
    for number, panel in enumerate(found):
        x, y = number % COLUMNS * wide, number // COLUMNS * tall
        words = f"font-family='{theme.FONT_STACK}' font-size='{frame.SIZE}' fill='{p.text}'"
        parts.append(
            f"<g transform='translate({x} {y})'>"
            f"<text {words} x='{LEFT}' y='{HEAD - 2}' font-weight='600'>{escape(panel.name)}</text>"
            f"<text {words} x='{RIGHT}' y='{HEAD - 2}' text-anchor='end'>{escape(panel.figure)}</text>"
            f"<g transform='translate(0 {HEAD})' fill='none' stroke-linecap='round' stroke-linejoin='round'>"
            f"{panel.drawing}</g></g>"
        )
    width, height = COLUMNS * wide - GAP, max(-(-len(found) // COLUMNS), 1) * tall - GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f"{''.join(parts)}</svg>"
    )


def _each(
    df: pd.DataFrame, reference: pd.DataFrame, unit: str, high: float, lang: str, mode: str, digits: formats.Digits
) -> Iterator[Panel]:
    """``df``: ags, name, as_of, value, break_before: a panel a town, in the order of the rows. ``reference`` (as_of,
    value, break_before) is drawn quietly in each. Every panel runs from 0 to ``high`` and over the same days. A line
    never crosses a missing value or a break; a break is a dotted upright line."""
    p = theme.palette(mode)
    days = frame.days(pd.concat([df["as_of"], reference["as_of"]]))
    first, last = days.min(), days.max()

    def across(day: pd.Timestamp) -> float:
        return LEFT + (RIGHT - LEFT) * ((day - first) / (last - first) if last > first else 1)

    def up(value: float) -> float:
        return BASE - (BASE - TOP) * min(max(value / high, 0), 1)

    quiet = "".join(_lines(reference, across, up, f"stroke='{p.context}'"))
    for _, rows in df.groupby("name", sort=False):
        name = rows["name"].iloc[0]
        known = frame.measured(rows.sort_values("as_of"))
        grid = "".join(f"M{LEFT} {level:.1f}H{RIGHT}" for level in (up(0), up(high / 2), up(high)))
        drawing = f"<path stroke='{p.line}' d='{grid}'/>"
        drawing += (
            _breaks(rows, across, p)
            + quiet
            + "".join(_lines(rows, across, up, f"stroke='{p.accent}' stroke-width='2.2'"))
        )
        if len(known):
            x, y = across(frame.days(known["as_of"]).iloc[-1]), up(float(known["value"].iloc[-1]))
            drawing += f"<circle cx='{x:.1f}' cy='{y:.1f}' r='2.6' fill='{p.accent}'/>"
        figure = _figure(known.iloc[-1], unit, lang, digits) if len(known) else formats.missing(lang)
        yield Panel(name, figure, _words(name, known, unit, lang, digits), drawing)


def _address(drawing: str) -> str:
    """The drawing as a data address; only what an attribute or an address can't hold is escaped."""
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' fill='none' stroke-linecap='round' "
        f"stroke-linejoin='round'>{drawing}</svg>"
    )
    return "data:image/svg+xml," + quote(svg, safe=" =:/'-.,()")


def _lines(rows: pd.DataFrame, across: Place, up: Place, look: str) -> list[str]:
    known = frame.runs(rows.sort_values("as_of"))
    known = known.assign(day=frame.days(known["as_of"]))
    paths = []
    for _, run in known.groupby("run", sort=False):
        points = [f"{across(row.day):.1f} {up(float(row.value)):.1f}" for row in run.itertuples()]
        paths.append(f"<path {look} d='M{'L'.join(points if len(points) > 1 else points * 2)}'/>")
    return paths


def _breaks(rows: pd.DataFrame, across: Place, p: theme.Palette) -> str:
    """Halfway between the last figure of the old method and the first of the new one."""
    rows = rows.sort_values("as_of").assign(day=lambda d: frame.days(d["as_of"]))
    found = []
    for before, row in zip(rows.itertuples(), list(rows.itertuples())[1:], strict=False):
        if row.break_before:
            x = (across(before.day) + across(row.day)) / 2
            found.append(f"<path stroke='{p.border}' stroke-dasharray='1.5 2.5' d='M{x:.1f} {TOP}V{BASE}'/>")
    return "".join(found)


def _figure(row: Any, unit: str, lang: str, digits: formats.Digits) -> str:
    return formats.with_unit(row["value"], unit, lang, formats.digits_at(digits, row["as_of"]))


def _words(name: str, known: pd.DataFrame, unit: str, lang: str, digits: formats.Digits) -> str:
    if known.empty:
        return text("charts.no_figures", lang, area=name)
    first, last = known.iloc[0], known.iloc[-1]
    return text(
        "charts.path_many",
        lang,
        area=name,
        first=_figure(first, unit, lang, digits),
        first_date=formats.half_year(first["as_of"], lang),
        value=_figure(last, unit, lang, digits),
        date=formats.half_year(last["as_of"], lang),
    )
