"""Kennzahlen: by field of action, each with goal, status, course and all ten towns."""

import streamlit as st

from smartvest.ui import View, address, blocks, view
from smartvest.ui.kpi_card import kpi_card
from smartvest.ui.scoreboard import scoreboard

v = view()
board = scoreboard(v)
fields = board.grouping.fields

blocks.title(v.t("kpis.title", area=v.area))
blocks.lead(v.t("kpis.intro"))


@st.fragment
def chosen_field(v: View) -> None:
    """Choosing a field draws this part alone."""
    field = address.choice(
        v.t("kpis.choose"), "feld", list(fields), next(iter(fields)), lambda key: fields[key][v.lang]
    )
    blocks.note(board.grouping.note[v.lang])
    blocks.heading(fields[field][v.lang])
    chosen = [kpi for kpi in board.kpis if kpi.field == field]
    for kpi in chosen:
        kpi_card(v, board, kpi)
    if not chosen:
        blocks.note(v.t("kpis.no_kpi"))


chosen_field(v)
