"""DataFrames and figures as accessible HTML: tables, cards, badges. Pure; whatever comes from data is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import pandas as pd

from smartvest import formats, theme
from smartvest.status import SYMBOLS, Status
from smartvest.texts import text

LONG = 24  # rows; a longer table scrolls in its own region with its header in sight
Kind = Literal["text", "number", "date", "key", "status", "html"]


@dataclass(frozen=True)
class Col:
    """One column of a table.

    kind: ``number`` (with ``unit`` and ``digits``, or ``digits_of``: a column that holds them row by row),
    ``date``, ``text``, ``key`` (a value whose words are
    ``texts/<words>.<prefix><value>``), ``status`` (a Status value), ``html`` (made by this module, not escaped again).
    ``quality`` names a column with the figure's own status (estimated, confidential …) to be said beside it;
    ``short`` writes a missing value as a dash, where the reason stands in another cell.
    """

    key: str
    title: str
    kind: Kind = "text"
    digits: int | None = None
    unit: str = ""
    words: str = ""
    prefix: str = ""
    quality: str = ""
    short: bool = False
    digits_of: str = ""


def html_table(
    frame: pd.DataFrame, columns: Sequence[Col], caption: str, lang: str, selected: Any = None, key: str = "ags"
) -> str:
    """A real table: caption, column and row headers, missing values in words, its own scroll region for narrow screens.

    The first column is the row's header. The row whose ``key`` column equals ``selected`` is marked by weight and
    ``aria-current``, not by colour alone. Columns of numbers are set by their place: ``sv-numbers``
    for all but the first, else ``sv-n2`` to ``sv-n12``.
    """
    head = "".join(f'<th scope="col">{escape(c.title)}</th>' for c in columns)
    places = [place for place, c in enumerate(columns, 1) if c.kind == "number"]
    all_but_first = places == list(range(2, len(columns) + 1))
    marks = "sv-numbers" if all_but_first else " ".join(f"sv-n{place}" for place in places)
    numbers = f' class="{marks}"' if marks else ""
    rows = []
    for _, row in frame.iterrows():
        chosen = ' aria-current="true"' if selected is not None and row.get(key) == selected else ""
        cells = [f'<th scope="row">{_cell(row, columns[0], lang)}</th>']
        cells += [f"<td>{_cell(row, c, lang)}</td>" for c in columns[1:]]
        rows.append(f"<tr{chosen}>{''.join(cells)}</tr>")
    long = " sv-long" if len(frame) > LONG else ""
    label = escape(text("frame.table_region", lang, title=caption), quote=True)
    return (
        f'<div class="sv-table{long}" role="region" tabindex="0" aria-label="{label}"><table{numbers}>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def badge(status: Status | str, lang: str, reason: str = "", stale: bool = False) -> str:
    """Status as symbol + word + colour, with its reason for whoever wants it, and *veraltet* where it is old."""
    name = str(getattr(status, "value", status))
    words = escape(text(f"status.{name}", lang))
    more = f' <span class="sv-reason">({escape(reason)})</span>' if reason else ""
    old = f' <span class="sv-stale">{escape(text("status.stale", lang))}</span>' if stale else ""
    symbol = f'<span aria-hidden="true">{SYMBOLS[Status(name)]}</span>'
    return f'<span class="sv-status sv-{name}">{symbol} {words}</span>{more}{old}'


def sensor_state(state: str, lang: str) -> str:
    """Whether a sensor reports, as symbol + word + colour."""
    sign, colour = theme.SENSOR_STATES[state]
    words = escape(text(f"sensors.state_{state}", lang))
    return f'<span class="sv-status sv-{colour}"><span aria-hidden="true">{sign}</span> {words}</span>'


def mark(words: str, kind: str = "plain") -> str:
    """A small outlined remark: *geschätzt*, *Beispieldaten*, *veraltet*."""
    return f'<span class="sv-mark sv-mark-{kind}">{escape(words)}</span>'


@dataclass(frozen=True)
class Figure:
    """One headline figure. ``value`` is already words; ``unit`` is set smaller; ``foot`` lines stand under it."""

    label: str
    value: str
    unit: str = ""
    foot: tuple[str, ...] = ()
    badge: str = ""  # HTML of badge() or mark()
    href: str = ""


def figure_cards(figures: Iterable[Figure], label: str) -> str:
    """Headline figures as a list, at most six on a screen."""
    items = []
    for f in figures:
        name = f'<a href="{escape(f.href, quote=True)}">{escape(f.label)}</a>' if f.href else escape(f.label)
        unit = f' <span class="sv-unit">{escape(f.unit)}</span>' if f.unit else ""
        feet = "".join(f'<span class="sv-foot">{escape(line)}</span>' for line in f.foot)
        items.append(
            f'<li class="sv-card"><span class="sv-label">{name}</span><span class="sv-value">{escape(f.value)}{unit}'
            f'</span><span class="sv-state">{f.badge}</span>{feet}</li>'
        )
    return f'<ul class="sv-cards" aria-label="{escape(label, quote=True)}">{"".join(items)}</ul>'


def matrix_cell(value: str, when: str, status: Status | str, lang: str, stale: bool = False) -> str:
    """A value over its date and status, for the ten-town matrix."""
    return f"{value_cell(value, when)} {badge(status, lang, stale=stale)}"


def value_cell(value: str, when: str) -> str:
    """A value with its date small under it."""
    date = f' <span class="sv-foot">{escape(when)}</span>' if when else ""
    return f'<span class="sv-figure">{escape(value)}</span>{date}'


def definition_list(pairs: Iterable[tuple[str, str]]) -> str:
    """Terms and plain-text descriptions; a description that is an address becomes a link."""
    items = "".join(f"<div><dt>{escape(term)}</dt><dd>{_linked(words)}</dd></div>" for term, words in pairs)
    return f'<dl class="sv-facts">{items}</dl>'


def bullet_list(lines: Iterable[str]) -> str:
    return f'<ul class="sv-list">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'


def _linked(words: str) -> str:
    if words.startswith(("https://", "http://")) and " " not in words:
        return f'<a href="{escape(words, quote=True)}" rel="noopener">{escape(words)}</a>'
    return escape(words)


def _cell(row: Any, column: Col, lang: str) -> str:
    value = row[column.key]
    kind = str(row[column.quality]) if column.quality and not formats.is_missing(row[column.quality]) else ""
    if kind == "confidential":
        return f'<span title="{escape(text("kpis.quality_confidential", lang), quote=True)}">•</span>'
    if column.kind == "html":
        return str(value)
    if column.kind == "status":
        return badge(str(value), lang)
    if formats.is_missing(value):
        said = kind in ("not_reported", "too_few")
        words = text(f"kpis.quality_{kind}", lang) if said else formats.missing(lang, column.short)
        return f'<span class="sv-missing">{escape(words)}</span>'
    if column.kind == "number":
        digits = int(row[column.digits_of]) if column.digits_of else column.digits
        shown = escape(formats.with_unit(value, column.unit, lang, digits))
        return shown + (f" {mark(text('frame.estimated', lang))}" if kind == "estimated" else "")
    if column.kind == "date":
        return escape(formats.date(value, lang))
    if column.kind == "key":
        return escape(text(f"{column.words}.{column.prefix}{value}", lang))
    return escape(str(value))
