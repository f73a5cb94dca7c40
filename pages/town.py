"""Stadt: one town on one screen."""

import streamlit as st

from smartvest.ui import blocks, profile, view
from smartvest.ui.scoreboard import scoreboard, standings_origin

v = view()
t = v.t


blocks.title(t("town.title", town=v.area))
blocks.cards(profile.cards(v), t("town.title", town=v.area))
blocks.sources(v, "population", "households")
blocks.origin(v, "profile", v.ask("town_profile", ags=v.ags), title=t("town.profile"))

left, right = st.columns([3, 2], gap="large")
with left:
    blocks.heading(t("town.kpis"))
    board = scoreboard(v)
    blocks.markup(profile.kpi_table(v))
    blocks.sources(
        v, *dict.fromkeys(kpi.datasets[0] for kpi in board.kpis if kpi.datasets[0] in v.store.manifest.datasets)
    )
    standings_origin(v, "kpis", board.kpis, [v.ags], t("town.kpis"))
    blocks.link(v, t("overview.to_kpis"), "kennzahlen")
with right:
    blocks.heading(t("town.place"))
    blocks.drawing(profile.place(v), t("maps.locator", town=v.area))
    blocks.sources(v, "towns")
    blocks.origin(v, "place", v.ask("town_outlines"), title=t("town.place"), places=True,
                  picture=lambda: profile.drawn_place(v), rows=lambda: profile.outlines(v))  # fmt: skip
    blocks.heading(t("town.sensors"))
    blocks.note(profile.sensors_sentence(v))
    blocks.sources(v, "sensor_deployments", "stations")
    blocks.origin(v, "sensors", v.ask("sensor_deployments"), v.ask("stations", ags=v.ags), title=t("town.sensors"),
                  rows=lambda: profile.sensor_counts(v))  # fmt: skip
    blocks.link(v, t("town.more"), "sensoren")

curve, figures_by_year = profile.people(v)
blocks.heading(t("town.population"))
blocks.picture(v, curve, "curve", v.ask("population_curve", ags=v.ags))
blocks.markup(figures_by_year)

blocks.heading(t("town.fibre"))
blocks.picture(v, profile.technologies(v), "fibre", v.ask("fibre_town_profile", ags=v.ags))
blocks.link(v, t("overview.to_fibre"), "glasfaser")
