"""Übersicht: the county at a glance."""

import streamlit as st

from smartvest import drawn, formats, theme
from smartvest.maps import legend, towns
from smartvest.tables import bullet_list, figure_cards
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
def cards(v: View) -> str:
    figures_of_area = [card(kpi, board.result(kpi, v.ags), v) for kpi in headlines]
    return blocks.lead_words(v.t("overview.intro")) + figure_cards(figures_of_area, v.t("overview.figures"))


@drawn.once
def county(v: View) -> tuple[finished.Map, str, str, str]:
    """The map of the towns' latest fibre share, its sentence, and what stands above and below it."""
    shown = figures.latest_on_map(v, board, fibre)
    when = formats.half_year(shown["as_of"].dropna().max(), v.lang)
    digits = fibre.digits(shown["as_of"].dropna().max())
    deck = towns.choropleth(shown, scale=scale, selected=v.ags, mode=v.mode, lang=v.lang, basemap=v.basemap)
    words = towns.summary(shown, measure=fibre.title[v.lang], unit="%", when=when, lang=v.lang, digits=digits)
    lead = blocks.note_words(v.t("overview.map_lead", date=when))
    classes = legend.legend(scale, v.t("fibre.legend"), "%", v.lang)
    return (
        finished.county_map(deck),
        words,
        blocks.heading_words(v.t("overview.map_title"), "karte") + lead,
        classes + blocks.source_words(v, "fibre_coverage"),
    )


@drawn.once
def beside(v: View) -> str:
    """What is new, and where to go on."""
    ways = {"kennzahlen": "overview.to_kpis", "glasfaser": "overview.to_fibre", "daten": "frame.footer_data"}
    links = [blocks.link_words(v, v.t(words), path) for path, words in ways.items()]
    return "".join([blocks.heading_words(v.t("overview.news"), "neues"), bullet_list(news(v)), *links])


@drawn.once
def matrix(v: View) -> str:
    rows, columns = town_matrix(board, headlines, v)
    return "".join(
        [
            blocks.heading_words(v.t("overview.matrix"), "staedte"),
            blocks.note_words(v.t("overview.matrix_note")),
            blocks.table_words(v, rows, columns, v.t("overview.matrix_caption"), selected=v.ags),
            blocks.source_words(v, *dict.fromkeys(kpi.datasets[0] for kpi in headlines)),
        ]
    )


blocks.title(v.t("overview.title_county") if v.is_county else v.t("overview.title_town", town=v.area))
blocks.markup(cards(v))
standings_origin(v, "kennzahlen", headlines, [v.ags], v.t("overview.figures"))

left, right = st.columns([2, 3], gap="large")
with left:
    county_map, words, above, below = county(v)
    blocks.markup(above)
    blocks.map_that_selects_town(v, county_map, words, "overview_map")
    blocks.markup(below)
    figures.latest_map_origin(v, board, fibre, v.t("overview.map_title"))
with right:
    blocks.markup(beside(v))

blocks.markup(matrix(v))
standings_origin(v, "matrix", headlines, TOWNS, v.t("overview.matrix"))
