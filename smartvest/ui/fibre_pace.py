"""How fast fibre comes: the ten towns' curves, and the pace of each against the pace that 2030 needs."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pandas as pd

from smartvest import coverage, drawn, formats, tables
from smartvest.charts import panels
from smartvest.charts.frame import Drawing
from smartvest.tables import Col
from smartvest.towns import AREAS, COUNTY_AGS
from smartvest.ui import blocks
from smartvest.ui.scoreboard import badge, rule_words, scoreboard
from smartvest.ui.view import View

KPI = "fibre_fttbh"
SPEED = 1000  # Mbit/s
FIBRE = {"technology": "fttbh", "min_mbit_s": SPEED}


def pace(view: View) -> None:
    blocks.markup(own(view))
    blocks.markup(all_towns(replace(view, ags=COUNTY_AGS)))
    blocks.origin(
        view, "verlauf", view.ask("fibre/course", **FIBRE), title=view.t("fibre.pace_title"),
        picture=lambda: _sheet(view),
    )  # fmt: skip


@drawn.once
def own(view: View) -> str:
    """The chosen area's status, and the rule behind it in words."""
    board = scoreboard(view)
    kpi = next(kpi for kpi in board.kpis if kpi.id == KPI)
    result = board.result(kpi, view.ags)
    found = result.assessment
    if found.pace_per_year is None or found.required_per_year is None or kpi.target is None:
        said = " ".join(rule_words(kpi, result, view.lang))
    else:
        said = view.t(
            "fibre.pace_own",
            pace=formats.change(found.pace_per_year, view.lang),
            needed=formats.change(found.required_per_year, view.lang),
            date=view.date(result.as_of),
            target=formats.percent(kpi.target, view.lang, 0),
            target_date=view.date(kpi.target_date),
        )
    said = escape(said)
    heading = blocks.heading_words(view.t("fibre.pace_title"), "tempo")
    return heading + f'<p class="sv-lead"><b>{escape(view.area)}:</b> {badge(result, view.lang)} {said}</p>'


@drawn.once
def all_towns(view: View) -> str:
    """Curves and paces of all towns. Nothing in it hangs on the chosen town: a browser gets it once."""
    towns, county = _curves(view)
    what, measure = _words(view)
    return "".join(
        [
            f'<h3 class="sv-title">{escape(what)}</h3>',
            f'<p class="sv-subtitle">{escape(measure)}</p>',
            panels.panels(towns, county, label=what, lang=view.lang, mode=view.mode, digits=coverage.digits),
            blocks.note_words(view.t("fibre.breaks")),
            _table(view),
            blocks.source_words(view, "fibre_coverage", "targets", "households"),
        ]
    )


def _curves(view: View) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The towns' rows, named, and the county's."""
    curves = view.query("fibre/course", **FIBRE)
    curves = curves.assign(name=curves["ags"].map(AREAS))
    return curves[curves["ags"] != COUNTY_AGS], curves[curves["ags"] == COUNTY_AGS]


def _words(view: View) -> tuple[str, str]:
    """Title and what is measured, with the days it spans."""
    days = pd.concat([rows["as_of"] for rows in _curves(view)])
    span = " – ".join(formats.half_year(day, view.lang) for day in (days.min(), days.max()))
    what = view.t("fibre.map_title", technology=view.t("units.fttbh"), speed=view.number(SPEED))
    return what, view.t("fibre.panels_measure", span=span)


def _sheet(view: View) -> Drawing:
    """The panels for a file, with the remark on their breaks."""
    what, measure = _words(view)
    drawing = panels.sheet(*_curves(view), lang=view.lang, mode=view.mode, digits=coverage.digits)
    return Drawing(drawing, what, f"{measure} {view.t('fibre.breaks')}")


def _table(view: View) -> str:
    """Every area's pace of the last three years, the pace needed and the status, by the one rule (smartvest.status)."""
    board = scoreboard(view)
    kpi = next(kpi for kpi in board.kpis if kpi.id == KPI)
    results = [board.result(kpi, ags) for ags in AREAS]
    rows = pd.DataFrame(
        {
            "name": list(AREAS.values()),
            "pace": [formats.change(r.assessment.pace_per_year, view.lang) for r in results],
            "needed": [formats.change(r.assessment.required_per_year, view.lang) for r in results],
            "badge": [tables.badge(r.status, view.lang) for r in results],
        }
    )
    columns = [
        Col("name", view.t("fibre.column_town")),
        Col("pace", view.t("fibre.column_pace")),
        Col("needed", view.t("fibre.column_needed")),
        Col("badge", view.t("fibre.column_status"), "html"),
    ]
    dated = [r.as_of for r in results if r.as_of]
    caption = view.t(
        "fibre.pace_caption",
        date=formats.half_year(max(dated, default=None), view.lang),
        target_date=view.date(kpi.target_date),
    )
    return blocks.table_words(view, rows, columns, caption)
