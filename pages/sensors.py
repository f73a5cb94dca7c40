"""Sensoren: what is known today, honestly without readings."""

import streamlit as st

from smartvest.charts import county
from smartvest.maps import points
from smartvest.tables import Col
from smartvest.ui import blocks, figures, view

v = view()
t = v.t
towns, stations = v.query("towns"), v.query("stations", ags=v.ags)
deployments = v.query("sensor_deployments")
here = deployments if v.is_county else deployments[deployments["ags"] == v.ags]

blocks.title(t("sensors.title", area=v.area))
blocks.lead(t("sensors.intro"))

shown = figures.places_on_map(v, stations, here)
deck = points.places(shown, towns, selected=v.ags, mode=v.mode, lang=v.lang)


def picture() -> county.Picture:
    return county.places(
        shown, towns, signs=points.SIGNS, title=t("sensors.map_title"), source=v.cite("stations", "sensor_deployments"),
        summary=points.summary(shown, v.lang), selected=v.ags, lang=v.lang, mode=v.mode,
    )  # fmt: skip


left, right = st.columns([2, 3], gap="large")
with left:
    blocks.heading(t("sensors.map_title"))
    blocks.deck(v, deck, points.summary(shown, v.lang), "places")
    blocks.markup(points.legend(shown, v.lang, v.mode))
    blocks.note(t("sensors.map_note"))
    blocks.sources(v, "stations", "sensor_deployments")
    blocks.origin(v, "places", v.ask("stations", ags=v.ags), v.ask("sensor_deployments"), title=t("sensors.map_title"),
                  picture=picture, rows=lambda: shown, places=True)  # fmt: skip
with right:
    blocks.heading(t("sensors.deployments"))
    DEPLOYMENTS = [
        Col("name", t("sensors.column_area")),
        Col("sensors", t("sensors.column_sensors"), "number", 0, quality="status"),
        Col("gateways", t("sensors.column_gateways"), "number", 0, short=True),
        Col("metrics_words", t("sensors.column_metrics")),
        Col("network", t("sensors.column_network")),
        Col("as_of", t("sensors.column_as_of"), "date"),
        Col("source", t("sensors.column_source")),
    ]
    if here.empty:
        blocks.note(t("sensors.none", town=v.area))
    else:
        blocks.table(v, figures.with_metric_words(v, here), DEPLOYMENTS, t("sensors.deployments"))
        blocks.sources(v, "sensor_deployments")
        blocks.origin(v, "deployments", v.ask("sensor_deployments"), title=t("sensors.deployments"), rows=lambda: here)

blocks.heading(t("sensors.stations"))
STATIONS = [
    Col("name", t("sensors.column_station")),
    Col("kind", t("sensors.column_kind"), "key", words="units"),
    Col("town", t("sensors.column_area")),
    Col("operator", t("sensors.column_operator")),
    Col("code", t("sensors.column_code")),
]
blocks.table(v, stations, STATIONS, t("sensors.stations"))
blocks.sources(v, "stations")
blocks.origin(v, "stations", v.ask("stations", ags=v.ags), title=t("sensors.stations"))
