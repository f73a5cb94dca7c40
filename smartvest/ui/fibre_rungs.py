"""Can get, passed, connected, in use: four different things; and two sources that say different things, side by side."""

from __future__ import annotations

import pandas as pd

from smartvest import drawn, formats
from smartvest.tables import Col
from smartvest.towns import AREAS
from smartvest.ui import blocks
from smartvest.ui.view import View

LARGER = ("05", "DE")  # the Land and Germany


def rungs(view: View) -> None:
    blocks.heading(view.t("fibre.rungs_title"), anchor="stufen")
    blocks.lead(view.t("fibre.rungs_intro"))
    blocks.markup(ladder(view))
    blocks.subheading(view.t("fibre.sides_title"))
    blocks.note(view.t("fibre.sides_why"))
    blocks.markup(sides(view))
    blocks.sources(view, "fibre_coverage", "fibre_reports", "households")


@drawn.once
def ladder(view: View) -> str:
    rows = view.query("fibre/rungs", ags=view.ags)
    names = {**AREAS, **{key: view.t(f"fibre.area_{key}") for key in LARGER}}
    rows = rows.assign(
        step=[f"{view.t(f'fibre.rung_{rung}')}: {view.t(f'fibre.rung_{rung}_means')}" for rung in rows["rung"]],
        name=[names.get(area, "–") for area in rows["area"]],
        when=[_when(words, view.lang) for words in rows["as_of_text"]],
        said_by=[source if isinstance(source, str) else "–" for source in rows["source"]],
    )
    columns = [
        Col("step", view.t("fibre.column_rung")),
        Col("name", view.t("fibre.column_area")),
        Col("value", view.t("fibre.column_value"), "number", 1, "%", quality="status"),
        Col("when", view.t("fibre.date")),
        Col("said_by", view.t("fibre.column_source")),
    ]
    return blocks.table_words(view, rows, columns, view.t("fibre.rungs_caption", area=view.area))


@drawn.once
def sides(view: View) -> str:
    rows = view.query("fibre/side_by_side")
    dates: pd.Series = rows["report_as_of_text"]
    rows = rows.assign(
        atlas_when=[formats.half_year(day, view.lang) for day in rows["coverage_as_of"]],
        report_when=[_when(words, view.lang) for words in dates],
    )
    columns = [
        Col("name", view.t("fibre.column_town")),
        Col("coverage_pct", view.t("fibre.column_atlas"), "number", 2, "%"),
        Col("atlas_when", view.t("fibre.date")),
        Col("report_pct", view.t("fibre.column_report"), "number", 1, "%", short=True),
        Col("report_when", view.t("fibre.date")),
    ]
    return blocks.table_words(view, rows, columns, view.t("fibre.sides_caption"), view.ags)


def _when(words: object, lang: str) -> str:
    """A date as precise as it was published; a dash where there is no figure."""
    return formats.date(words, lang) if isinstance(words, str) and words else formats.DASH
