"""What is documented whether or not sensors are connected: published deployments and official stations."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from smartvest import drawn
from smartvest.charts import county
from smartvest.maps import points
from smartvest.tables import Col
from smartvest.ui import blocks, figures, finished
from smartvest.ui.view import View


@drawn.once
def station_map(view: View) -> tuple[finished.Map, str, str]:
    """Stations and deployments, in a sentence, the legend."""
    shown = _places(view)
    deck = points.places(
        shown, view.query("towns"), selected=view.ags, mode=view.mode, lang=view.lang, basemap=view.basemap
    )
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


def _deployments(view: View) -> pd.DataFrame:
    found = view.query("sensor_deployments")
    return found if view.is_county else found[found["ags"] == view.ags]


def _places(view: View) -> pd.DataFrame:
    return figures.places_on_map(view, view.query("stations", ags=view.ags), _deployments(view))


def _paper(view: View, title: str, summary: str) -> county.Picture:
    """The same map for a download."""
    return county.places(
        _places(view), view.query("towns"), signs=points.SIGNS, title=title,
        source=view.cite("stations", "sensor_deployments"), summary=summary, selected=view.ags, lang=view.lang,
        mode=view.mode,
    )  # fmt: skip


def draw(view: View) -> None:
    blocks.heading(view.t("sensors.official_title"))
    deck, summary, legend = station_map(view)
    left, right = st.columns([2, 3], gap="large")
    with left:
        blocks.deck(view, deck, summary, "places")
        blocks.markup(legend)
        blocks.note(view.t("sensors.map_note"))
        blocks.sources(view, "stations", "sensor_deployments")
        title, shown = view.t("sensors.official_map"), _places(view)
        blocks.origin(
            view, "places", view.ask("stations", ags=view.ags), view.ask("sensor_deployments"), title=title,
            picture=lambda: _paper(view, title, summary), rows=lambda: shown, places=True,
        )  # fmt: skip
    with right:
        published = deployments_table(view)
        if published:
            blocks.markup(published)
            blocks.sources(view, "sensor_deployments")
            blocks.origin(
                view, "deployments", view.ask("sensor_deployments"), title=view.t("sensors.deployments"),
                rows=lambda: _deployments(view),
            )  # fmt: skip
        else:
            blocks.note(view.t("sensors.say_none", town=view.area))
    blocks.markup(stations_table(view))
    blocks.sources(view, "stations")
    blocks.origin(view, "stations", view.ask("stations", ags=view.ags), title=view.t("sensors.stations"))
