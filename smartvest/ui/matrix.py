"""The ten towns against the headline KPIs: value and status in each cell, in alphabetical order."""

from __future__ import annotations

from html import escape

import pandas as pd

from smartvest import formats
from smartvest.kpis import Kpi
from smartvest.tables import Col, matrix_cell
from smartvest.towns import TOWNS
from smartvest.ui.scoreboard import Scoreboard, short_words
from smartvest.ui.view import View


def town_matrix(board: Scoreboard, kpis: list[Kpi], view: View) -> tuple[pd.DataFrame, list[Col]]:
    """The table's rows (ags, name, one HTML cell a KPI) and its columns."""
    rows = []
    for ags, name in TOWNS.items():
        link = f'<a href="{escape(view.link("stadt", ags=ags), quote=True)}" target="_self">{escape(name)}</a>'
        row = {"ags": ags, "name": link}
        for kpi in kpis:
            result = board.result(kpi, ags)
            words = short_words(kpi, result, view.lang)
            when = "" if result.value is None else formats.date(result.as_of, view.lang, short=True)
            row[kpi.id] = matrix_cell(words, when, result.status, view.lang, result.stale)
        rows.append(row)
    columns = [Col("name", view.t("overview.column_town"), "html")]
    for kpi in kpis:
        unit = kpi.unit[view.lang]
        columns.append(Col(kpi.id, f"{kpi.short[view.lang]} ({unit})" if unit != "%" else kpi.short[view.lang], "html"))
    return pd.DataFrame(rows), columns
