"""Stadt: one town on one screen."""

import streamlit as st

from smartvest.ui import blocks, profile, view
from smartvest.ui.scoreboard import scoreboard

v = view()
t = v.t


blocks.title(t("town.title", town=v.area))
blocks.cards(profile.cards(v), t("town.title", town=v.area))
blocks.sources(v, "population", "households")

left, right = st.columns([3, 2], gap="large")
with left:
    blocks.heading(t("town.kpis"))
    board = scoreboard(v)
    blocks.markup(profile.kpi_table(v))
    blocks.sources(
        v, *dict.fromkeys(kpi.datasets[0] for kpi in board.kpis if kpi.datasets[0] in v.store.manifest.datasets)
    )
    blocks.link(v, t("overview.to_kpis"), "kennzahlen")
with right:
    blocks.heading(t("town.place"))
    blocks.drawing(profile.place(v), t("maps.locator", town=v.area))
    blocks.sources(v, "towns")
    blocks.heading(t("town.sensors"))
    blocks.note(profile.sensors_sentence(v))
    blocks.sources(v, "sensor_deployments", "stations")
    blocks.link(v, t("town.more"), "sensoren")

curve, figures_by_year = profile.people(v)
blocks.heading(t("town.population"))
blocks.picture(v, curve, "curve")
blocks.markup(figures_by_year)

blocks.heading(t("town.fibre"))
blocks.picture(v, profile.technologies(v), "fibre")
blocks.link(v, t("overview.to_fibre"), "glasfaser")
