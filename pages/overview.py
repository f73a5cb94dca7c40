"""Übersicht: the county at a glance."""

import streamlit as st

from smartvest import drawn, formats, theme
from smartvest.maps import legend, towns
from smartvest.tables import figure_cards
from smartvest.towns import TOWNS
from smartvest.ui import View, blocks, figures, finished, view
from smartvest.ui.matrix import town_matrix
from smartvest.ui.news import news
from smartvest.ui.scoreboard import card, scoreboard, standings_origin

v = view()
board = scoreboard(v)
headlines = [kpi for kpi in board.kpis if kpi.headline]
fibre = board.kpis[0]
scale = theme.coverage_scale(v.mode)


@drawn.once
def county(v: View) -> tuple[finished.Map, str, str]:
    """The map of the towns' latest fibre share, its sentence and its date."""
    shown = figures.latest_on_map(v, board, fibre)
    when = formats.half_year(shown["as_of"].dropna().max(), v.lang)
    digits = fibre.digits(shown["as_of"].dropna().max())
    deck = towns.choropleth(shown, scale=scale, selected=v.ags, mode=v.mode, lang=v.lang, basemap=v.basemap)
    words = towns.summary(shown, measure=fibre.title[v.lang], unit="%", when=when, lang=v.lang, digits=digits)
    return finished.county_map(deck), words, when


@drawn.once
def matrix(v: View) -> str:
    rows, columns = town_matrix(board, headlines, v)
    return blocks.table_words(v, rows, columns, v.t("overview.matrix_caption"), selected=v.ags)


@drawn.once
def cards(v: View) -> str:
    return figure_cards([card(kpi, board.result(kpi, v.ags), v) for kpi in headlines], v.t("overview.figures"))


county_map, words, when = county(v)

blocks.title(v.t("overview.title_county") if v.is_county else v.t("overview.title_town", town=v.area))
blocks.lead(v.t("overview.intro"))
blocks.markup(cards(v))
standings_origin(v, "kennzahlen", headlines, [v.ags], v.t("overview.figures"))

left, right = st.columns([2, 3], gap="large")
with left:
    blocks.heading(v.t("overview.map_title"))
    blocks.note(v.t("overview.map_lead", date=when))
    blocks.map_that_selects_town(v, county_map, words, "overview_map")
    blocks.markup(legend.legend(scale, v.t("fibre.legend"), "%", v.lang))
    blocks.sources(v, "fibre_coverage")
    figures.latest_map_origin(v, board, fibre, v.t("overview.map_title"))
with right:
    blocks.heading(v.t("overview.news"))
    blocks.bullets(news(v))
    blocks.link(v, v.t("overview.to_kpis"), "kennzahlen")
    blocks.link(v, v.t("overview.to_fibre"), "glasfaser")
    blocks.link(v, v.t("frame.footer_data"), "daten")

blocks.heading(v.t("overview.matrix"))
blocks.note(v.t("overview.matrix_note"))
blocks.markup(matrix(v))
blocks.sources(v, *dict.fromkeys(kpi.datasets[0] for kpi in headlines))
standings_origin(v, "matrix", headlines, TOWNS, v.t("overview.matrix"))
