"""The blocks a page is made of. They draw; what they draw comes ready-made from charts, maps and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from typing import Any

import pandas as pd
import streamlit as st
from markdown_it import MarkdownIt

from smartvest import basemap, formats, tables
from smartvest.charts.frame import Picture
from smartvest.contracts import Source
from smartvest.manifest import Entry
from smartvest.questions import Asked
from smartvest.towns import TOWNS
from smartvest.ui import finished
from smartvest.ui.origin import origin
from smartvest.ui.view import View

FOLDED = 20_000  # characters of a table's HTML, about 2 kB zipped
_markdown = MarkdownIt("js-default")  # no HTML in it, and links as they stand
MAP_HEIGHT = 360  # px; the county is about as high as a phone is wide


def title(words: str) -> None:
    """The page's one main heading."""
    st.title(words, anchor=False)


def heading(words: str, anchor: str | None = None) -> None:
    st.header(words, anchor=anchor or False)


def heading_words(words: str, anchor: str) -> str:
    """A heading as HTML: where it travels with what stands under it, a browser that has that gets neither again."""
    return f'<h2 class="sv-heading" id="{escape(anchor, quote=True)}">{escape(words)}</h2>'


def subheading(words: str) -> None:
    st.subheader(words, anchor=False)


def lead(words: str) -> None:
    st.html(lead_words(words))


def lead_words(words: str) -> str:
    """The same as HTML, for drawn.once and markup(). What stands together travels together: each message costs 0.3 ms."""
    return f'<p class="sv-lead">{escape(words)}</p>'


def note(words: str) -> None:
    st.html(note_words(words))


def note_words(words: str) -> str:
    """The same as HTML, for drawn.once and markup()."""
    return f'<p class="sv-note">{escape(words)}</p>'


def sample_notice(words: str, what: str, more: str) -> None:
    """That the page's figures are not measured: always two lines, the whole story one click away (a phone has 800 px)."""
    st.html(
        f'<details class="sv-notice sv-notice-sample"><summary><strong>{escape(words)}</strong> {escape(what)}</summary>'
        f"<p>{escape(more)}</p></details>"
    )


@cache
def prose_words(words: str) -> str:
    """Long text from texts/*.toml, in Markdown, as HTML for markup()."""
    return f'<div class="sv-prose">{_markdown.render(words)}</div>'


def lines(words: str) -> None:
    """The same where every line of the text is a line on the page."""
    st.markdown(words.strip().replace("\n", "  \n"))


def link(view: View, words: str, path: str, **params: str) -> None:
    st.html(link_words(view, words, path, **params))


def link_words(view: View, words: str, path: str, **params: str) -> str:
    """The same as HTML, for drawn.once and markup()."""
    return f'<p><a href="{escape(view.link(path, **params), quote=True)}" target="_self">{escape(words)}</a></p>'


def bullets(lines: Iterable[str]) -> None:
    st.html(tables.bullet_list(lines))


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    st.html(tables.definition_list(pairs))


def cards(figures: Iterable[tables.Figure], label: str) -> None:
    st.html(tables.figure_cards(figures, label))


def table(view: View, frame: pd.DataFrame, columns: Sequence[tables.Col], caption: str, selected: Any = None) -> None:
    """A table of any length; an empty one says so in a sentence."""
    st.html(table_words(view, frame, columns, caption, selected))


def table_words(
    view: View, frame: pd.DataFrame, columns: Sequence[tables.Col], caption: str, selected: Any = None
) -> str:
    """The same as HTML, for drawn.once and markup()."""
    if frame.empty:
        return f'<p class="sv-note">{escape(view.t("frame.no_data"))}</p>'
    return tables.html_table(frame, columns, caption, view.lang, selected)


def folded(label: str, html: str, key: str) -> None:
    """A table below its chart, behind a line that opens it. A long one (150 rows) is fetched when it is opened."""
    if len(html) <= FOLDED:
        with st.expander(label):
            st.html(html)
    else:
        _fetched(label, html, key)


@st.fragment
def _fetched(label: str, html: str, key: str) -> None:
    with st.expander(label, key=key, on_change="rerun") as fold:
        if fold.open:
            st.html(html)


def picture(view: View, chart: Picture | finished.Chart, key: str, *asked: Asked, level: int = 3) -> None:
    """A chart between its words: title and subtitle above, source and date below, as text that wraps; with the
    questions it answers, its panel Herkunft und Download.

    ``level`` is that of its title among the headings of the page: 2 where no heading stands above it.
    """
    ready = finished.chart(chart)
    title = f'<h{level} class="sv-title">{escape(ready.title)}</h{level}>'
    st.html(f'{title}<p class="sv-subtitle">{escape(ready.subtitle)}</p>')
    st.vega_lite_chart(spec=ready.spec, theme=None, width="stretch", key=key, alt=ready.summary)
    st.html(f'<p class="sv-source">{escape(ready.foot)}</p>')
    if asked:
        origin(view, key, *asked, title=ready.title, picture=ready)


def drawing(address: str, summary: str) -> None:
    """A drawing that the browser fetches once. Streamlit's own image block sends it at every change."""
    st.html(f'<img class="sv-drawing" src="{escape(address, quote=True)}" alt="{escape(summary, quote=True)}">')


def deck(view: View, deck: Any, summary: str, key: str, height: int = MAP_HEIGHT) -> None:
    """A map to look at: a pydeck.Deck or, cheaper, what `finished.county_map` made of it."""
    st.pydeck_chart(finished.county_map(deck), key=key, height=height, alt=summary)
    _credit(view)


def map_that_selects_town(view: View, deck: Any, summary: str, key: str, height: int = MAP_HEIGHT) -> None:
    """A map on which a click chooses the town for the whole app, as the list above it does."""

    def choose() -> None:
        picked = st.session_state[key]["selection"]["objects"]
        found = (_town_of(thing) for things in picked.values() for thing in things)
        chosen = next((ags for ags in found if ags in TOWNS), None)
        if chosen:
            st.session_state["ags"] = chosen

    st.pydeck_chart(
        finished.county_map(deck), key=key, height=height, on_select=choose, selection_mode="single-object", alt=summary
    )
    _credit(view)


def _credit(view: View) -> None:
    """Whose map lies under ours, where one does."""
    if view.basemap:
        st.html(f'<p class="sv-source">{escape(view.t("maps.basemap", credit=basemap.CREDIT))}</p>')


def _town_of(thing: Any) -> str | None:
    """The town of what was clicked: a row with ``ags``, a GeoJSON feature, or a grid cell's row [x, y, ags, …]."""
    if isinstance(thing, Sequence) and not isinstance(thing, str):
        return str(thing[2]) if len(thing) > 2 else None
    return thing.get("ags") or thing.get("properties", {}).get("ags")


def sources(view: View, *datasets: str, as_of: Any = None) -> None:
    """The source line under every figure: citation, licence, date, and whether it is estimated, sample or old."""
    st.html(source_words(view, *datasets, as_of=as_of))


def source_words(view: View, *datasets: str, as_of: Any = None) -> str:
    """The same as HTML, for drawn.once and markup()."""
    entries = [(view.store.sources[name], view.store.manifest.datasets.get(name)) for name in datasets]
    cited = "; ".join(dict.fromkeys(f"{source.citation} ({source.licence})" for source, _ in entries))
    key = "frame.source_one" if len(datasets) == 1 else "frame.source_more"
    words = escape(view.t(key, source=cited))
    single = entries[0][1] if len(entries) == 1 else None  # several datasets have several dates: each cell says its own
    stand = as_of or (single.as_of_max if single else None)
    if stand:
        words += ". " + escape(view.t("frame.as_of", date=formats.date(stand, view.lang)))
    if any(source.estimated for source, _ in entries):
        words += " " + tables.mark(view.t("frame.estimated"))
    if any(entry and entry.sample for _, entry in entries):
        words += " " + tables.mark(view.t("frame.sample"), "sample")
    return f'<p class="sv-source">{words}</p>'


def markup(*html: str) -> None:
    """HTML made by tables.py, maps/ or the functions above called …_words: already escaped there."""
    st.html("".join(html))


def dataset_marks(view: View, source: Source, entry: Entry | None) -> str:
    """Outlined remarks on one dataset as HTML: estimated, sample, without data."""
    marks = []
    if entry is None:
        marks.append(tables.mark(view.t("catalogue.no_data_yet")))
    if source.estimated:
        marks.append(tables.mark(view.t("frame.estimated")))
    if source.sample or (entry and entry.sample):
        marks.append(tables.mark(view.t("frame.sample"), "sample"))
    return f"<p>{' '.join(marks)}</p>" if marks else ""
