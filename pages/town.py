"""Stadt: one town on one screen."""

import streamlit as st

from smartvest.charts import fibre, population
from smartvest.maps.locator import locator
from smartvest.tables import Col
from smartvest.ui import blocks, figures, profile, view
from smartvest.ui.scoreboard import scoreboard

v = view()
t = v.t
curve, coverage = v.query("population_curve", ags=v.ags), v.query("fibre_town_profile", ags=v.ags)

blocks.title(t("town.title", town=v.area))
blocks.cards(profile.cards(v), t("town.title", town=v.area))
blocks.sources(v, "population", "households")

left, right = st.columns([3, 2], gap="large")
with left:
    blocks.heading(t("town.kpis"))
    STATUS = [
        Col("title", t("town.column_kpi")),
        Col("value", t("town.column_value")),
        Col("as_of", t("town.column_as_of")),
        Col("badge", t("town.column_status"), "html"),
    ]
    board = scoreboard(v)
    blocks.table(v, profile.status_rows(v, board), STATUS, t("town.kpis"))
    blocks.sources(
        v, *dict.fromkeys(kpi.datasets[0] for kpi in board.kpis if kpi.datasets[0] in v.store.manifest.datasets)
    )
    blocks.link(v, t("overview.to_kpis"), "kennzahlen")
with right:
    blocks.heading(t("town.place"))
    blocks.markup(locator(v.query("towns"), v.ags, t("maps.locator", town=v.area)))
    blocks.sources(v, "towns")
    blocks.heading(t("town.sensors"))
    blocks.note(profile.sensors_sentence(v))
    blocks.sources(v, "sensor_deployments", "stations")
    blocks.link(v, t("town.more"), "sensoren")

cite = v.cite
blocks.heading(t("town.population"))
blocks.picture(v, population.curve(curve, area=v.area, source=cite("population"), lang=v.lang, mode=v.mode), "curve")
blocks.table(v, curve, [Col("as_of", t("town.column_as_of"), "date"), *figures.people_columns(v)], t("town.population"))

blocks.heading(t("town.fibre"))
blocks.picture(
    v, fibre.profile(coverage, area=v.area, source=cite("fibre_coverage"), lang=v.lang, mode=v.mode), "fibre"
)
blocks.link(v, t("overview.to_fibre"), "glasfaser")
