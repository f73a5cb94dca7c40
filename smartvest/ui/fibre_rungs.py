"""Can get, passed, connected, in use: four different things; and two sources that differ, side by side."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from smartvest import coverage, drawn, formats, tables
from smartvest.tables import Col
from smartvest.towns import AREAS, COUNTY_AGS
from smartvest.ui import blocks
from smartvest.ui.view import View

LARGER = ("05", "DE")  # the Land and Germany


def rungs(view: View) -> None:
    blocks.markup(meanings(replace(view, ags=COUNTY_AGS)))
    blocks.markup(ladder(view))
    blocks.origin(view, "stufen", view.ask("fibre/rungs", ags=view.ags), title=view.t("fibre.rungs_title"))
    blocks.markup(sides(replace(view, ags=COUNTY_AGS)))
    blocks.origin(view, "quellen", view.ask("fibre/side_by_side"), title=view.t("fibre.sides_title"))


@drawn.once
def meanings(view: View) -> str:
    """What each rung means; the same for every visitor, in every town."""
    names = dict.fromkeys(view.query("fibre/rungs", ags=view.ags)["rung"])
    return "".join(
        [
            blocks.heading_words(view.t("fibre.rungs_title"), "stufen"),
            blocks.note_words(f"{view.t('fibre.rungs_intro')} {view.t('fibre.rungs')}"),
            tables.definition_list((view.t(f"fibre.rung_{one}"), view.t(f"fibre.rung_{one}_means")) for one in names),
        ]
    )


@drawn.once
def ladder(view: View) -> str:
    """Rung by rung what has been published on the chosen area and the larger ones around it."""
    rows = view.query("fibre/rungs", ags=view.ags)
    names = {**AREAS, **{key: view.t(f"fibre.area_{key}") for key in LARGER}}
    rows = rows.assign(
        step=[view.t(f"fibre.rung_{rung}") for rung in rows["rung"]],
        name=[names.get(area, formats.DASH) for area in rows["area"]],
        when=[_when(words, view.lang) for words in rows["as_of_text"]],
        decimals=[
            coverage.digits(day) if rung == "can_get" and isinstance(day, str) else 1
            for rung, day in zip(rows["rung"], rows["as_of_text"], strict=True)
        ],
        said_by=[source if isinstance(source, str) else formats.DASH for source in rows["source"]],
    )
    columns = [
        Col("step", view.t("fibre.column_rung")),
        Col("value", view.t("fibre.column_value"), "number", unit="%", quality="status", digits_of="decimals"),
        Col("name", view.t("fibre.column_area")),
        Col("when", view.t("fibre.date")),
        Col("said_by", view.t("fibre.column_source")),
    ]
    return blocks.table_words(view, rows, columns, view.t("fibre.rungs_caption", area=view.area))


@drawn.once
def sides(view: View) -> str:
    """The ten towns by both sources; the same for every visitor."""
    rows = view.query("fibre/side_by_side")
    rows = rows.assign(
        decimals=rows["coverage_as_of"].map(coverage.digits),
        atlas_when=[formats.half_year(day, view.lang) for day in rows["coverage_as_of"]],
        report_when=[_when(words, view.lang) for words in rows["report_as_of_text"]],
    )
    columns = [
        Col("name", view.t("fibre.column_town")),
        Col("coverage_pct", view.t("fibre.column_atlas"), "number", unit="%", digits_of="decimals"),
        Col("atlas_when", view.t("fibre.date")),
        Col("report_pct", view.t("fibre.column_report"), "number", 1, "%", short=True),
        Col("report_when", view.t("fibre.date")),
    ]
    return "".join(
        [
            f'<h3 class="sv-title">{escape(view.t("fibre.sides_title"))}</h3>',
            blocks.note_words(view.t("fibre.sides_why")),
            blocks.table_words(view, rows, columns, view.t("fibre.sides_caption")),
            blocks.source_words(view, "fibre_coverage", "fibre_reports", "households"),
        ]
    )


def _when(words: object, lang: str) -> str:
    """A date as precise as it was published; a dash where there is no figure."""
    return formats.date(words, lang) if isinstance(words, str) and words else formats.DASH
