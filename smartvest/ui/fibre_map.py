"""The fibre map with its controls, legend and table: one fragment, so that a change draws nothing else on the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from smartvest import coverage, drawn, formats, layers, theme
from smartvest.charts import county
from smartvest.charts.frame import Picture
from smartvest.maps import fibre, files, legend
from smartvest.maps import towns as towns_map
from smartvest.questions import Question
from smartvest.tables import Col
from smartvest.towns import AREAS, COUNTY_AGS
from smartvest.ui import blocks, fibre_choice, finished
from smartvest.ui.fibre_choice import Choice
from smartvest.ui.fibre_counts import ranges
from smartvest.ui.view import View

SECONDS = 1.6  # a half-year while playing: time to read one figure
SPOT_BREAKS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 100.0)  # % of households left out: fine where little is left


@dataclass(frozen=True)
class Shown:
    """One view in figures and words: rows for the table, a figure a town for the map, what hovering says."""

    frame: pd.DataFrame
    value: str  # the column of ``frame`` on the map
    columns: list[Col]
    title: str
    legend: str
    tooltip: str
    scale: theme.Scale
    unit: str = "%"
    digits: int = 2
    signed: bool = False
    note: str = ""
    datasets: tuple[str, ...] = ("fibre_coverage", "households")
    when: str = ""
    summary: str = ""
    said_of: dict[str, str] | None = None  # ags -> what hovering says besides


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
    shown = _shown(view, choice)
    rows = shown.frame[[wanted in name.casefold() for name in shown.frame["name"]]]
    if rows.empty:
        return blocks.note_words(view.t("fibre.search_none", words=wanted))
    links = [_link(view, ags, name, others) for ags, name in zip(rows["ags"], rows["name"], strict=True)]
    table = blocks.table_words(
        view, rows.assign(link=links), shown.columns, f"{shown.title} – {shown.when}", selected=view.ags
    )
    note = blocks.note_words(shown.note) if shown.note else ""
    return table + note + blocks.source_words(view, *shown.datasets, as_of=choice.as_of)


def _origin(view: View, choice: Choice) -> None:
    """The panel of map and table. The grid is given away as its cells, which no printed map of this size could show."""
    shown = _shown(view, choice)

    def drawn_again() -> Picture:
        values = dict(zip(shown.frame["ags"], shown.frame[shown.value], strict=True))
        places = view.query("towns")
        return county.towns(
            places.assign(value=[values.get(ags) for ags in places["ags"]]), scale=shown.scale, title=shown.title,
            when=shown.when, unit=shown.unit if shown.unit == "%" else "", measure=shown.legend, digits=shown.digits,
            source=view.cite(*shown.datasets), summary=shown.summary, selected=view.ags,
            lang=view.lang, mode=view.mode, signed=shown.signed,
        )  # fmt: skip

    grid = choice.view == "raster"
    asked = ASKED[choice.view](view, choice)
    picture = None if grid else drawn_again
    blocks.origin(view, "karte", asked, title=f"{shown.title} – {shown.when}", picture=picture, places=not grid)


@drawn.once
def _caption(view: View, choice: Choice) -> str:
    shown = _shown(view, choice)
    return f'<h2 class="sv-title">{escape(shown.title)} – {escape(shown.when)}</h2>'


def _link(view: View, ags: str, name: str, others: str) -> str:
    query = "&".join(part for part in ("" if ags == COUNTY_AGS else f"ags={ags}", others) if part)
    return f'<a href="/{view.page}{escape("?" + query if query else "")}" target="_self">{escape(name)}</a>'


@drawn.once
def _shown(view: View, choice: Choice) -> Shown:
    return SHOWN[choice.view](view, choice)


@drawn.once
def _deck(view: View, choice: Choice) -> tuple[finished.Map, str]:
    """The map and its text alternative."""
    shown = _shown(view, choice)
    places = view.query("towns")
    selected = None if view.is_county else view.ags
    found = fibre.Addresses(
        layers.layer(view.store, "towns", view.lang).address, layers.layer(view.store, "hatching").address
    )
    if choice.view == "raster":
        found = fibre.Addresses(found.towns, found.hatching, layers.layer(view.store, "grid").address)
        dates, cells = list(view.query("fibre/grid_dates")["as_of"]), view.query("fibre/grid_cells")
        of_day = cells.loc[cells["as_of"] == choice.as_of, f"{choice.technology}_{choice.min_mbit_s}_pct"]
        column = files.grid_column(choice.technology, choice.min_mbit_s, dates.index(choice.as_of))
        deck = fibre.grid(
            places,
            column=column,
            epsg=int(cells["epsg"].iloc[0]),
            addresses=found,
            tooltip=shown.tooltip,
            gone=view.t("fibre.hover_grid_gone"),
            scale=shown.scale,
            gaps=bool(of_day.isna().any()) or len(of_day) < cells[["x_m", "y_m"]].drop_duplicates().shape[0],
            below=100 if choice.gaps else None,
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
    shown = _shown(view, choice)
    unit, gone = shown.unit if shown.unit == "%" else "", "gone" if choice.view == "raster" else "missing"
    return legend.legend(shown.scale, shown.legend, unit, view.lang, gone, shown.signed)


def _measure(view: View, choice: Choice) -> str:
    return view.t(
        "fibre.map_title", technology=view.t(f"units.{choice.technology}"), speed=view.number(choice.min_mbit_s)
    )


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(name=frame["ags"].map(AREAS))


def _town_column(view: View) -> Col:
    return Col("link", view.t("fibre.column_town"), "html")


def _coverage(view: View, choice: Choice) -> Shown:
    frame = view.query("fibre_by_town", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of)
    key = files.label_key("coverage", choice.technology, choice.min_mbit_s, choice.as_of)
    when = formats.half_year(choice.as_of, view.lang)
    digits = coverage.digits(choice.as_of)
    return Shown(
        _named(frame),
        "households_pct",
        [
            _town_column(view),
            Col("households_pct", view.t("fibre.column_share"), "number", digits, "%", quality="status"),
        ],
        _measure(view, choice),
        view.t("fibre.legend"),
        f"{{name}}: {{{key}}} ({when})",
        theme.coverage_scale(view.mode),
        digits=digits,
        note=view.t("fibre.whole_percents") if digits == 0 else "",
        when=when,
    )


def _change(view: View, choice: Choice) -> Shown:
    start, end = choice.before or choice.as_of, choice.as_of
    frame = view.query(
        "fibre/change", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of_from=start, as_of_to=end
    )
    first, last = (formats.half_year(day, view.lang) for day in (start, end))
    keys = [files.label_key("coverage", choice.technology, choice.min_mbit_s, day) for day in (start, end)]
    when = view.t("fibre.from_to", start=first, end=last)
    broken = choice.before is not None and (
        coverage.digits(start) == 0 or (start.year, end.year > 2021) == (2021, True)
    )
    digits = coverage.digits(start)
    return Shown(
        _named(frame),
        "change_points",
        [
            _town_column(view),
            Col("before_pct", first, "number", coverage.digits(start), "%"),
            Col("after_pct", last, "number", coverage.digits(end), "%"),
            Col("change_points", view.t("fibre.column_change"), "number", digits, quality="status"),
        ],
        _measure(view, choice),
        view.t("fibre.legend_change"),
        f"{{name}}: {first} {{{keys[0]}}}, {last} {{{keys[1]}}}",
        theme.change_scale(view.mode),
        unit=view.t("fibre.points"),
        digits=digits,
        signed=True,
        note=view.t("fibre.across_break") if broken else "",
        said_of={
            ags: view.t("fibre.hover_change", points=formats.change(points, view.lang, digits))
            for ags, points in zip(frame["ags"], frame["change_points"], strict=True)
            if ags != COUNTY_AGS and not formats.is_missing(points)
        },
        when=when,
    )


def _distance(view: View, choice: Choice) -> Shown:
    frame = view.query("fibre/distance", as_of=choice.as_of)
    key = files.label_key("coverage", choice.technology, choice.min_mbit_s, choice.as_of)
    far = files.label_key("distance", choice.technology, choice.min_mbit_s, choice.as_of)
    when = formats.half_year(choice.as_of, view.lang)
    goal = {
        "target": formats.percent(frame["target_pct"].iloc[0], view.lang, 0),
        "date": view.date(frame["target_date"].iloc[0]),
    }
    digits = coverage.digits(choice.as_of)
    scale = theme.coverage_scale(view.mode)
    return Shown(
        _named(frame),
        "distance_points",
        [
            _town_column(view),
            Col("households_pct", view.t("fibre.column_share"), "number", digits, "%"),
            Col("distance_points", view.t("fibre.column_distance"), "number", digits, quality="status"),
        ],
        view.t("fibre.distance_title", **goal),
        view.t("fibre.legend_distance"),
        view.t("fibre.hover_distance", value=f"{{{key}}}", missing=f"{{{far}}}", when=when)
        .replace("[", "{")
        .replace("]", "}"),
        theme.Scale(scale.breaks, scale.colours),
        digits=digits,
        unit=view.t("fibre.points"),
        note=view.t("fibre.distance_note", **goal),
        when=when,
        datasets=("fibre_coverage", "targets", "households"),
    )


def _spots(view: View, choice: Choice) -> Shown:
    frame = view.query("fibre/without", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of)
    key = files.label_key("below", choice.technology, choice.min_mbit_s, choice.as_of)
    when = formats.half_year(choice.as_of, view.lang)
    return Shown(
        _named(frame).assign(number=ranges(frame, view.lang)),
        "without_pct",
        [
            _town_column(view),
            Col("without_pct", view.t("fibre.column_without"), "number", coverage.digits(choice.as_of), "%"),
            Col("number", view.t("fibre.column_number"), "text"),
        ],
        view.t(f"fibre.{choice.view}_title"),
        view.t("fibre.legend_without"),
        f"{{name}}: {{{key}}} ({when})",
        theme.quantity_scale(SPOT_BREAKS, view.mode),
        digits=coverage.digits(choice.as_of),
        note=view.t(f"fibre.{choice.view}_note"),
        when=when,
    )


def _grid(view: View, choice: Choice) -> Shown:
    """Beside the cells the towns' own figures, where there are any for that day: cells have no table of 80,000 rows."""
    frame = view.query("fibre_by_town", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of)
    when = formats.half_year(choice.as_of, view.lang)
    digits = coverage.digits(choice.as_of)
    title = view.t("fibre.grid_title", what=_measure(view, choice))
    return Shown(
        _named(frame),
        "households_pct",
        [
            _town_column(view),
            Col("households_pct", view.t("fibre.column_share"), "number", digits, "%", quality="status"),
        ],
        title,
        view.t("fibre.legend_grid"),
        view.t("fibre.hover_grid").replace("[", "{").replace("]", "}"),
        theme.coverage_scale(view.mode),
        digits=digits,
        note=view.t("fibre.grid_note"),
        when=when,
        datasets=("fibre_grid",),
        summary=view.t("fibre.grid_summary", what=_measure(view, choice), when=when),
    )


def _by_town(view: View, choice: Choice) -> Question:
    return view.ask("fibre_by_town", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of)


def _by_two_dates(view: View, choice: Choice) -> Question:
    days = {"as_of_from": choice.before or choice.as_of, "as_of_to": choice.as_of}
    return view.ask("fibre/change", technology=choice.technology, min_mbit_s=choice.min_mbit_s, **days)


def _left_out(view: View, choice: Choice) -> Question:
    return view.ask("fibre/without", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of)


ASKED: dict[str, Callable[[View, Choice], Question]] = {
    "versorgung": _by_town,
    "aenderung": _by_two_dates,
    "ziel": lambda view, choice: view.ask("fibre/distance", as_of=choice.as_of),
    "weiss": _left_out,
    "grau": _left_out,
    "raster": lambda view, choice: view.ask("fibre/grid_cells"),
}
SHOWN: dict[str, Callable[[View, Choice], Shown]] = {
    "versorgung": _coverage,
    "aenderung": _change,
    "ziel": _distance,
    "weiss": _spots,
    "grau": _spots,
    "raster": _grid,
}
