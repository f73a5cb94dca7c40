"""The sensors of a town or of the county: sentence, cards, map, tables."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from smartvest import drawn, formats, sensor_words, tables
from smartvest.charts import county
from smartvest.maps import sensors as maps
from smartvest.tables import Col, Figure
from smartvest.towns import COUNTY_AGS
from smartvest.ui import blocks, finished
from smartvest.ui.sensor_choice import Chosen
from smartvest.ui.view import View

ROWS = 200  # sensors in the table of the page; more are in the download


def caption(view: View, words: str, sample: bool) -> str:
    """The name of a table, with the mark that goes with it wherever it is copied."""
    return view.t("sensors.sample_caption", caption=words) if sample else words


def towns(view: View, chosen: Chosen) -> pd.DataFrame:
    """Rows of sensors/towns."""
    return view.query("sensors/towns", metric=chosen.metric, now=chosen.now)


def climate_row(view: View, ags: str, chosen: Chosen) -> pd.Series | None:
    """The newest year of climate days, where temperature is looked at."""
    if chosen.metric != "temperature_c":
        return None
    rows = view.query("sensors/climate_days", ags=ags)
    return None if rows.empty else rows.iloc[-1]


def absent(view: View, ags: str, town: str) -> str:
    """A town without sensors here, in words."""
    found = view.query("sensor_deployments")
    found = found[found["ags"] == ags].sort_values("as_of")
    near = view.query("sensors/nearest_stations", ags=ags).to_dict("records")
    return sensor_words.absent_sentence(town, None if found.empty else found.iloc[-1], near, view.lang)


@drawn.once
def sentences(view: View, chosen: Chosen) -> list[str]:
    """One a town: all ten for the county, the town's own otherwise; for the county a first one of the whole."""
    rows = towns(view, chosen)
    metric = _metric(view, chosen)
    said = [
        sensor_words.town_sentence(row, metric, climate_row(view, row["ags"], chosen), view.lang)
        if row["sensors"]
        else absent(view, row["ags"], row["name"])
        for row in rows.to_dict("records")
        if view.is_county or row["ags"] == view.ags
    ]
    whole = sensor_words.county_sentence(rows.to_dict("records"), view.lang)
    return [whole, *said] if view.is_county else said


def _metric(view: View, chosen: Chosen) -> dict[str, Any]:
    return {
        f"name_{view.lang}": chosen.name, "unit": chosen.unit, "decimals": chosen.digits,
        "aggregate": "sum" if chosen.total else "mean",
    }  # fmt: skip


@drawn.once
def cards(view: View, chosen: Chosen) -> list[Figure]:
    """The last complete day: a card for each town with sensors, or the town's own figures."""
    rows = towns(view, chosen)
    if not view.is_county:
        return _town_cards(view, chosen, rows[rows["ags"] == view.ags].to_dict("records")[0])
    return [
        Figure(
            row["name"],
            *_parted(row, chosen, view),
            foot=tuple(filter(None, (_day(row, chosen, view), _range(row, chosen, view), _reporting(row, view)))),
            badge=_mark(chosen, view),
            href=view.link("sensoren", ags=row["ags"]),
        )
        for row in rows[rows["sensors"] > 0].to_dict("records")
    ]


def _town_cards(view: View, chosen: Chosen, row: dict[str, Any]) -> list[Figure]:
    day, badge = (_day(row, chosen, view),), _mark(chosen, view)
    found = [
        Figure(
            view.t("sensors.card_total" if chosen.total else "sensors.card_mean"),
            *_parted(row, chosen, view),
            day,
            badge,
        )
    ]
    if not chosen.total and row["status"] == "measured":
        found += [
            Figure(view.t(f"sensors.card_{key}"), view.number(row[column], chosen.digits), chosen.unit, day, badge)
            for key, column in (("low", "minimum"), ("high", "maximum"))
        ]
    of = view.t("sensors.card_of", sensors=view.number(row["sensors"]))
    when = (sensor_words.when(row["last_seen"], view.lang),)
    return [*found, Figure(view.t("sensors.card_sensors"), view.number(row["sensors_current"]), of, when, badge)]


def _mark(chosen: Chosen, view: View) -> str:
    return tables.mark(view.t("frame.sample"), "sample") if chosen.sample else ""


def _day(row: dict[str, Any], chosen: Chosen, view: View) -> str:
    return view.t("sensors.card_day", metric=chosen.name, date=view.date(row["as_of"]))


def _reporting(row: dict[str, Any], view: View) -> str:
    counts = {"current": view.number(row["sensors_current"]), "sensors": view.number(row["sensors"])}
    return view.t("sensors.card_reporting", **counts)


def _parted(row: Any, chosen: Chosen, view: View) -> tuple[str, str]:
    """(figure, unit) of a card; a reason instead of a figure has no unit."""
    value = row["total" if chosen.total else "value"]
    if row["status"] in ("measured", "estimated") and not formats.is_missing(value):
        return view.number(value, chosen.digits), chosen.unit
    return sensor_words.figure(value, row["status"], chosen.unit, chosen.digits, view.lang), ""


def _range(row: Any, chosen: Chosen, view: View) -> str:
    if chosen.total or row["status"] != "measured":
        return ""
    low, high = (formats.with_unit(row[c], chosen.unit, view.lang, chosen.digits) for c in ("minimum", "maximum"))
    return view.t("sensors.card_range", low=low, high=high)


@drawn.once
def towns_table(view: View, chosen: Chosen) -> str:
    """All ten towns; a town without sensors has "nicht veröffentlicht" in the place of figures."""
    value = "total" if chosen.total else "value"
    digits, unit = chosen.digits, chosen.unit
    columns = [
        Col("name", view.t("sensors.column_area")),
        Col("sensors", view.t("sensors.column_sensors"), "number", 0, short=True),
        Col("sensors_current", view.t("sensors.column_current"), "number", 0, short=True),
        Col(value, view.t("sensors.column_total" if chosen.total else "sensors.column_mean"), "number", digits, unit,
            quality="status"),
        *([] if chosen.total else [
            Col("minimum", view.t("sensors.column_minimum"), "number", digits, unit, short=True),
            Col("maximum", view.t("sensors.column_maximum"), "number", digits, unit, short=True),
        ]),
        Col("coverage_pct", view.t("sensors.column_coverage"), "number", 1, "%", short=True),
        Col("as_of", view.t("sensors.column_time_day"), "date", short=True),
    ]  # fmt: skip
    rows = towns(view, chosen)
    absent = rows["sensors"] == 0  # not connected is not none
    rows = rows.assign(**{c: rows[c].astype("Int64").mask(absent) for c in ("sensors", "sensors_current")})
    words = caption(view, view.t("sensors.towns_caption", metric=chosen.name), chosen.sample)
    return blocks.table_words(view, rows, columns, words, selected=view.ags)


def places(view: View, chosen: Chosen) -> pd.DataFrame:
    """The area's sensors with words for state, last value and time."""
    rows = view.query("sensors/places", ags=view.ags, metric=chosen.metric, now=chosen.now)
    return rows.assign(
        words=[
            sensor_words.figure(value, status, chosen.unit, chosen.digits, view.lang)
            for value, status in zip(rows["value"], rows["status"], strict=True)
        ],
        seen=[sensor_words.when(moment, view.lang) for moment in rows["last_seen"]],
        badge=[tables.sensor_state(state, view.lang) for state in rows["state"]],
    )


@drawn.once
def county_map(view: View, chosen: Chosen) -> tuple[finished.Map, str, str]:
    """The map, what it shows in a sentence, its legend."""
    rows = places(view, chosen)
    rows = rows.assign(
        label=[
            view.t("sensors.map_sensor", name=name, state=view.t(f"sensors.state_{state}"), value=words, moment=seen)
            for name, state, words, seen in zip(rows["name"], rows["state"], rows["words"], rows["seen"], strict=True)
        ]
    )
    selected = None if view.ags == COUNTY_AGS else view.ags
    deck = maps.sensors(
        rows,
        view.query("towns"),
        selected=selected,
        mode=view.mode,
        lang=view.lang,
        sample=chosen.sample,
        basemap=view.basemap,
    )
    summary = maps.summary(rows, view.lang)
    if chosen.sample:
        summary = f"{view.t('frame.sample')}: {summary}"
    return finished.county_map(deck), summary, maps.legend(rows, view.lang, view.mode)


def _paper(view: View, chosen: Chosen, summary: str) -> county.Picture:
    """The same map for a download: the county, or the one town that is looked at."""
    towns, selected = view.query("towns"), None if view.is_county else view.ags
    signs = maps.placed(places(view, chosen).assign(label=""), towns, selected, view.lang)
    return county.sensors(
        signs, towns if view.is_county else towns[towns["ags"] == view.ags],
        title=f"{view.t('sensors.map_title')}: {view.area}", source=view.cite("sensor_places", "sensor_latest"),
        when=sensor_words.when(chosen.now, view.lang), summary=summary, lang=view.lang, mode=view.mode,
        sample=chosen.sample,
    )  # fmt: skip


@drawn.once
def places_table(view: View, chosen: Chosen) -> tuple[str, str]:
    """The sensors as a table, and a remark where it is cut."""
    rows = places(view, chosen)
    names = view.query("towns").set_index("ags")["name"]
    rows = rows.assign(town=rows["ags"].map(names))
    columns = [
        Col("name", view.t("sensors.column_name")),
        *([Col("town", view.t("sensors.column_area"))] if view.is_county else []),
        Col("badge", view.t("sensors.column_state"), "html"),
        Col("words", view.t("sensors.column_last")),
        Col("seen", view.t("sensors.column_seen")),
    ]
    words = caption(view, f"{view.t('sensors.places_title')}: {chosen.name}", chosen.sample)
    cut = ""
    if len(rows) > ROWS:
        cut = view.t("sensors.places_cut", shown=view.number(ROWS), all=view.number(len(rows)))
    return blocks.table_words(view, rows.head(ROWS), columns, words), cut


def draw(view: View, chosen: Chosen) -> None:
    """Map beside cards, then the tables."""
    said = sentences(view, chosen)
    blocks.lead(said[0])
    deck, summary, legend = county_map(view, chosen)
    table, cut = places_table(view, chosen)
    left, right = st.columns([2, 3], gap="large")
    with left:
        blocks.heading(view.t("sensors.map_title"))
        blocks.map_that_selects_town(view, deck, summary, "sensor_map")
        blocks.markup(legend)
        blocks.note(view.t("sensors.map_note_county" if view.is_county else "sensors.map_note_town"))
        asked = view.ask("sensors/places", ags=view.ags, metric=chosen.metric, now=chosen.now)
        blocks.origin(
            view, "sensor_map", asked, title=view.t("sensors.places_title"),
            picture=lambda: _paper(view, chosen, summary), places=True,
        )  # fmt: skip
    with right:
        blocks.heading(view.t("sensors.towns_title" if view.is_county else "sensors.day_title"))
        blocks.cards(cards(view, chosen), view.t("sensors.towns_title"))
        if not view.is_county:
            blocks.markup(table)
            blocks.note(cut)
        blocks.sources(view, "sensor_places", "sensor_latest", "town_days", as_of=chosen.last)
        if not view.is_county:
            _towns_origin(view, chosen, "sensors.day_title")
    if view.is_county:
        blocks.markup(towns_table(view, chosen))
        blocks.subheading(view.t("sensors.towns_words"))
        blocks.bullets(said[1:])
        with st.expander(view.t("sensors.places_title")):
            blocks.markup(table)
            blocks.note(cut)
        blocks.sources(view, "town_days", "sensor_latest", "sensor_deployments", "stations")
        _towns_origin(view, chosen, "sensors.towns_title")
    blocks.note(view.t("sensors.state_rule", moment=sensor_words.when(chosen.now, view.lang)))


def _towns_origin(view: View, chosen: Chosen, title: str) -> None:
    """The panel of the ten towns' table, or of the cards of the one town that is looked at."""
    asked = view.ask("sensors/towns", metric=chosen.metric, now=chosen.now)
    own = None if view.is_county else lambda: towns(view, chosen).query("ags == @view.ags")
    blocks.origin(view, "sensor_towns", asked, title=view.t(title), rows=own)
