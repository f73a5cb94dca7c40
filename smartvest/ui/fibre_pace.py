"""How fast fibre comes: the ten towns' curves, and the pace of each against the pace that 2030 needs."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from smartvest import drawn, formats
from smartvest.charts import multiples
from smartvest.tables import Col
from smartvest.towns import AREAS, COUNTY_AGS
from smartvest.ui import blocks, finished
from smartvest.ui.scoreboard import badge, scoreboard
from smartvest.ui.view import View

KPI = "fibre_fttbh"
FIBRE = {"technology": "fttbh", "min_mbit_s": 1000}


def pace(view: View) -> None:
    blocks.heading(view.t("fibre.pace_title"), anchor="tempo")
    blocks.picture(view, curves(view), "fibre_multiples")
    blocks.note(view.t("fibre.breaks"))
    blocks.markup(table(view))
    blocks.sources(view, "fibre_coverage", "targets", "households")
    blocks.link(view, view.t("fibre.to_kpis"), "kennzahlen", feld="digital_infrastructure")


def curves(view: View) -> finished.Chart:
    """The same picture whichever town is chosen: a browser that has it is sent a reference of 100 bytes."""
    return _curves(replace(view, ags=COUNTY_AGS))


@drawn.once
def _curves(view: View) -> finished.Chart:
    rows = view.query("fibre/course", **FIBRE)
    rows = rows.assign(name=rows["ags"].map(AREAS))
    title = view.t("fibre.map_title", technology=view.t("units.fttbh"), speed=view.number(FIBRE["min_mbit_s"]))
    return finished.chart(
        multiples.multiples(
            rows, measure=view.t("fibre.legend"), unit="%", source=view.cite("fibre_coverage"), title=title,
            reference=rows[rows["ags"] == COUNTY_AGS], lang=view.lang, mode=view.mode,
        )
    )  # fmt: skip


@drawn.once
def table(view: View) -> str:
    """Every area's latest figure, its pace of the last three years, the pace needed and the status, by the one rule."""
    board = scoreboard(view)
    kpi = next(kpi for kpi in board.kpis if kpi.id == KPI)
    results = [board.result(kpi, ags) for ags in AREAS]
    rows = pd.DataFrame(
        {
            "ags": list(AREAS),
            "name": list(AREAS.values()),
            "value": [r.value for r in results],
            "pace": [formats.change(r.assessment.pace_per_year, view.lang) for r in results],
            "needed": [formats.change(r.assessment.required_per_year, view.lang) for r in results],
            "badge": [badge(r, view.lang) for r in results],
        }
    )
    columns = [
        Col("name", view.t("fibre.column_town")),
        Col("value", view.t("fibre.column_share"), "number", 1, "%"),
        Col("pace", view.t("fibre.column_pace"), "text"),
        Col("needed", view.t("fibre.column_needed"), "text"),
        Col("badge", view.t("fibre.column_status"), "html"),
    ]
    as_of = formats.half_year(max(r.as_of for r in results if r.as_of), view.lang)
    target = view.t("fibre.pace_caption", date=as_of, target_date=view.date(kpi.target_date))
    return blocks.table_words(view, rows, columns, target, view.ags)
