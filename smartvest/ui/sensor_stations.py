"""What is documented whether or not sensors are connected: published deployments and official stations."""

from __future__ import annotations

import streamlit as st

from smartvest import drawn
from smartvest.maps import points
from smartvest.tables import Col
from smartvest.ui import blocks, figures, finished
from smartvest.ui.view import View


@drawn.once
def station_map(view: View) -> tuple[finished.Map, str, str]:
    """Stations and deployments, in a sentence, the legend."""
    stations, here = view.query("stations", ags=view.ags), _deployments(view)
    shown = figures.places_on_map(view, stations, here)
    deck = points.places(shown, view.query("towns"), selected=view.ags, mode=view.mode, lang=view.lang)
    return finished.county_map(deck), points.summary(shown, view.lang), points.legend(shown, view.lang, view.mode)


@drawn.once
def deployments_table(view: View) -> str | None:
    here = _deployments(view)
    columns = [
        Col("name", view.t("sensors.column_area")),
        Col("sensors", view.t("sensors.column_sensors"), "number", 0, quality="status"),
        Col("gateways", view.t("sensors.column_gateways"), "number", 0, short=True),
        Col("metrics_words", view.t("sensors.column_metrics")),
        Col("network", view.t("sensors.column_network")),
        Col("as_of", view.t("sensors.column_as_of"), "date"),
        Col("source", view.t("sensors.column_source")),
    ]
    if here.empty:
        return None
    return blocks.table_words(view, figures.with_metric_words(view, here), columns, view.t("sensors.deployments"))


@drawn.once
def stations_table(view: View) -> str:
    columns = [
        Col("name", view.t("sensors.column_station")),
        Col("kind", view.t("sensors.column_kind"), "key", words="units"),
        Col("town", view.t("sensors.column_area")),
        Col("operator", view.t("sensors.column_operator")),
        Col("code", view.t("sensors.column_code")),
    ]
    stations = view.query("stations", ags=view.ags)
    return blocks.table_words(view, stations, columns, view.t("sensors.stations"))


def _deployments(view: View):
    found = view.query("sensor_deployments")
    return found if view.is_county else found[found["ags"] == view.ags]


def draw(view: View) -> None:
    blocks.heading(view.t("sensors.official_title"))
    deck, summary, legend = station_map(view)
    left, right = st.columns([2, 3], gap="large")
    with left:
        blocks.deck(view, deck, summary, "places")
        blocks.markup(legend)
        blocks.note(view.t("sensors.map_note"))
        blocks.sources(view, "stations", "sensor_deployments")
    with right:
        published = deployments_table(view)
        if published:
            blocks.markup(published)
            blocks.sources(view, "sensor_deployments")
        else:
            blocks.note(view.t("sensors.say_none", town=view.area))
    blocks.markup(stations_table(view))
    blocks.sources(view, "stations")
