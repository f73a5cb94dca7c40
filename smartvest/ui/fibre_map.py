"""The fibre map with its controls, legend and table: one fragment, so that a change draws nothing else on the page."""

from __future__ import annotations

from functools import partial
from html import escape
from urllib.parse import urlencode

import streamlit as st

from smartvest import drawn, formats, layers
from smartvest.charts import county
from smartvest.charts.frame import Picture
from smartvest.maps import fibre, files, legend
from smartvest.maps import towns as towns_map
from smartvest.towns import COUNTY_AGS
from smartvest.ui import blocks, fibre_choice, fibre_views, finished
from smartvest.ui.fibre_choice import Choice
from smartvest.ui.view import View

SECONDS = 1.6  # a half-year while playing: time to read one figure


def explorer(view: View) -> None:
    """Draw the fragment; while playing it runs itself again every ``SECONDS``."""
    was_playing = fibre_choice.playing()
    st.fragment(_explorer, run_every=SECONDS if was_playing else None)(view, was_playing)


def _explorer(view: View, was_playing: bool) -> None:
    if st.session_state["ags"] != view.ags or fibre_choice.playing() != was_playing:
        st.rerun()  # a click on the map, or the play button: the whole page follows
    left, right = st.columns([2, 3], gap="large")
    with right:  # drawn first, because the map hangs on it; on a phone it stands under the map
        choice = fibre_choice.choose(view)
        _table(view, choice)
    with left:
        deck, summary = _deck(view, choice)
        blocks.markup(_caption(view, choice))
        blocks.map_that_selects_town(view, deck, summary, "fibre_map")
        blocks.markup(_legend(view, choice))
    if not fibre_choice.playing():
        _origin(view, choice)
    if fibre_choice.playing() != was_playing:
        st.rerun()  # the last half-year is on screen: the page needs no clock any more


def _table(view: View, choice: Choice) -> None:
    """The same figures as a table. A search keeps the towns whose name holds the words; a name leads to its view."""
    wanted = st.text_input(view.t("fibre.search"), key="fibre_search", placeholder=view.t("fibre.search_hint")).strip()
    others = urlencode({key: value for key, value in st.query_params.items() if key != "ags"})
    blocks.markup(_rows(view, choice, wanted.casefold()[:60], others))


@drawn.once
def _rows(view: View, choice: Choice, wanted: str, others: str) -> str:
    shown = fibre_views.shown(view, choice)
    rows = shown.frame[[wanted in name.casefold() for name in shown.frame["name"]]]
    if rows.empty:
        return blocks.note_words(view.t("fibre.search_none", words=wanted))
    links = [_link(view, ags, name, others) for ags, name in zip(rows["ags"], rows["name"], strict=True)]
    table = blocks.table_words(
        view,
        rows.assign(link=links),
        shown.columns,
        f"{shown.caption or shown.title} – {shown.when}",
        selected=view.ags,
    )
    note = blocks.note_words(shown.note) if shown.note else ""
    return table + note + blocks.source_words(view, *shown.datasets, as_of=choice.as_of)


def _origin(view: View, choice: Choice) -> None:
    """The panel of map and table; the grid has one for its cells and one for the table of what they add up to."""
    shown, grid = fibre_views.shown(view, choice), choice.view == "raster"
    asked, title = fibre_views.asked(view, choice), f"{shown.title} – {shown.when}"
    picture = partial(_grid_on_paper if grid else _towns_on_paper, view, choice)
    blocks.origin(view, "karte", asked, title=title, picture=picture, places=True)
    if grid:
        cells = fibre_views.cells_by_town(view, choice)
        blocks.origin(view, "zellen", cells, title=f"{view.t('fibre.cells_title')} – {shown.when}")


def _towns_on_paper(view: View, choice: Choice) -> Picture:
    shown, places = fibre_views.shown(view, choice), view.query("towns")
    values = dict(zip(shown.frame["ags"], shown.frame[shown.value], strict=True))
    return county.towns(
        places.assign(value=[values.get(ags) for ags in places["ags"]]), scale=shown.scale, title=shown.title,
        when=shown.when, unit=shown.unit if shown.unit == "%" else "", measure=shown.legend, digits=shown.digits,
        source=view.cite(*shown.datasets), summary=shown.summary, selected=view.ags,
        lang=view.lang, mode=view.mode, signed=shown.signed,
    )  # fmt: skip


def _grid_on_paper(view: View, choice: Choice) -> Picture:
    """The cells of the county, or of the one town that is looked at."""
    shown, places = fibre_views.shown(view, choice), view.query("towns")
    asked = fibre_views.asked(view, choice)
    return county.cells(
        view.query(asked.name, **asked.params), places if view.is_county else places[places["ags"] == view.ags],
        scale=shown.scale, title=shown.title, when=shown.when, measure=shown.legend, unit=shown.unit,
        gone=formats.missing(view.lang), source=view.cite(*shown.datasets), summary=shown.summary, lang=view.lang,
        mode=view.mode, sample=view.store.sources["fibre_grid"].sample,
    )  # fmt: skip


@drawn.once
def _caption(view: View, choice: Choice) -> str:
    shown = fibre_views.shown(view, choice)
    return f'<h2 class="sv-title">{escape(shown.title)} – {escape(shown.when)}</h2>'


def _link(view: View, ags: str, name: str, others: str) -> str:
    query = "&".join(part for part in ("" if ags == COUNTY_AGS else f"ags={ags}", others) if part)
    return f'<a href="/{view.page}{escape("?" + query if query else "")}" target="_self">{escape(name)}</a>'


@drawn.once
def _deck(view: View, choice: Choice) -> tuple[finished.Map, str]:
    """The map and its text alternative."""
    shown = fibre_views.shown(view, choice)
    places = view.query("towns")
    selected = None if view.is_county else view.ags
    found = fibre.Addresses(
        layers.layer(view.store, "towns", view.lang).address, layers.layer(view.store, "hatching").address
    )
    if choice.view == "raster":
        found = fibre.Addresses(found.towns, found.hatching, layers.layer(view.store, "grid").address)
        dates = view.query("fibre/grid_dates")
        column = files.grid_column(choice.technology, choice.min_mbit_s, list(dates["as_of"]).index(choice.as_of))
        deck = fibre.grid(
            places,
            column=column,
            epsg=int(dates["epsg"].iloc[-1]),
            addresses=found,
            tooltip=shown.tooltip,
            gone=view.t("fibre.hover_grid_gone"),
            scale=shown.scale,
            gaps=bool(shown.frame["cells_unknown"].sum()),
            below=fibre_views.GAPS if choice.gaps else None,
            selected=selected,
            mode=view.mode,
            basemap=view.basemap,
        )
        return finished.county_map(deck), shown.summary
    values = dict(zip(shown.frame["ags"], shown.frame[shown.value], strict=True))
    values.pop(COUNTY_AGS, None)
    deck = fibre.towns(
        places,
        values,
        addresses=found,
        tooltip=shown.tooltip,
        scale=shown.scale,
        selected=selected,
        mode=view.mode,
        said_of=shown.said_of,
        basemap=view.basemap,
        signed=shown.signed,
    )
    towns_only = shown.frame[shown.frame["ags"] != COUNTY_AGS].assign(value=lambda d: d[shown.value])
    return finished.county_map(deck), towns_map.summary(
        towns_only, measure=shown.title, unit=shown.unit, when=shown.when, lang=view.lang, digits=shown.digits
    )


@drawn.once
def _legend(view: View, choice: Choice) -> str:
    shown = fibre_views.shown(view, choice)
    unit, gone = shown.unit if shown.unit == "%" else "", "gone" if choice.view == "raster" else "missing"
    return legend.legend(shown.scale, shown.legend, unit, view.lang, gone, shown.signed)
