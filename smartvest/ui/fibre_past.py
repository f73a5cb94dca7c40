"""What came before: broadband 2010 to 2018, a series of its own; and everything one town can get today."""

from __future__ import annotations

import streamlit as st

from smartvest import coverage, drawn, formats
from smartvest.charts import history
from smartvest.tables import Col
from smartvest.ui import blocks, finished
from smartvest.ui.fibre_choice import TECHNOLOGIES
from smartvest.ui.view import View


def speeds(view: View) -> None:
    """All technologies and speeds of the chosen area at its latest date, as one table."""
    blocks.markup(speeds_table(view))
    asked = view.ask("fibre_town_profile", ags=view.ags)
    blocks.origin(view, "tempo", asked, title=view.t("fibre.speeds_title", area=view.area))


@drawn.once
def speeds_table(view: View) -> str:
    found = view.query("fibre_town_profile", ags=view.ags)
    if found.empty:
        return blocks.table_words(view, found, [], "")
    wide = found.pivot(index="technology", columns="min_mbit_s", values="households_pct")
    wide = wide.reindex([t for t in TECHNOLOGIES if t in wide.index])
    rows = wide.rename(columns=str).reset_index()
    columns = [Col("technology", view.t("fibre.technology"), "key", words="units")]
    digits = coverage.digits(found["as_of"].iloc[0])
    columns += [
        Col(str(speed), view.t("fibre.column_speed", speed=view.number(speed)), "number", digits, unit="%", short=True)
        for speed in wide.columns
    ]
    caption = view.t("fibre.speeds_caption", area=view.area, date=formats.half_year(found["as_of"].iloc[0], view.lang))
    heading = blocks.heading_words(view.t("fibre.speeds_title", area=view.area), "techniken")
    return heading + blocks.table_words(view, rows, columns, caption)


def past(view: View) -> None:
    """Drawn only when opened: few want it, and a closed chart would be sent all the same."""
    heading = blocks.heading_words(view.t("fibre.past_title"), "frueher")
    blocks.markup(heading + blocks.note_words(view.t("fibre.past_note")))
    with st.expander(view.t("fibre.past_open"), on_change="rerun", key="fibre_past") as opened:
        if opened.open:
            chart, table = picture(view)
            blocks.picture(view, chart, "fibre_history", view.ask("fibre/history", ags=view.ags))
            blocks.markup(table)
            blocks.sources(view, "broadband_history", "households")


@drawn.once
def picture(view: View) -> tuple[finished.Chart, str]:
    rows = view.query("fibre/history", ags=view.ags)
    chart = history.history(rows, area=view.area, source=view.cite("broadband_history"), lang=view.lang, mode=view.mode)
    wide = rows.pivot(index="year", columns="min_mbit_s", values="households_pct").rename(columns=str).reset_index()
    wide = wide.assign(decimals=wide["year"].map(coverage.earlier_digits))
    columns = [Col("year", view.t("fibre.column_year"))] + [
        Col(
            str(speed),
            view.t("fibre.column_speed", speed=view.number(speed)),
            "number",
            digits_of="decimals",
            unit="%",
            short=True,
        )
        for speed in sorted(rows["min_mbit_s"].unique())
    ]
    return finished.chart(chart), blocks.table_words(view, wide, columns, view.t("fibre.past_caption", area=view.area))
