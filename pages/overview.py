"""Übersicht: the county at a glance."""

import streamlit as st

from smartvest import drawn
from smartvest.tables import bullet_list, figure_cards
from smartvest.towns import TOWNS
from smartvest.ui import View, blocks, overview_map, view
from smartvest.ui.matrix import town_matrix
from smartvest.ui.news import news
from smartvest.ui.scoreboard import card, scoreboard, standings_origin

v = view()
board = scoreboard(v)
headlines = [kpi for kpi in board.kpis if kpi.headline]


@drawn.once
def cards(v: View) -> str:
    figures_of_area = [card(kpi, board.result(kpi, v.ags), v) for kpi in headlines]
    return blocks.lead_words(v.t("overview.intro")) + figure_cards(figures_of_area, v.t("overview.figures"))


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
    shown = overview_map.latest(v)
    blocks.markup(shown.above)
    blocks.map_that_selects_town(v, shown.map, shown.summary, "overview_map")
    blocks.markup(shown.below)
    overview_map.origin(v)
with right:
    blocks.markup(beside(v))

blocks.markup(matrix(v))
standings_origin(v, "matrix", headlines, TOWNS, v.t("overview.matrix"))
