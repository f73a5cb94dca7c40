"""The overview's map: the latest fibre share of each town, with the words around it and its panel."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from smartvest import drawn, formats, theme
from smartvest.charts import county
from smartvest.charts.frame import Picture
from smartvest.maps import legend, towns
from smartvest.towns import TOWNS
from smartvest.ui import blocks, finished
from smartvest.ui.scoreboard import question, scoreboard, standings, value_words
from smartvest.ui.view import View


@dataclass(frozen=True)
class Latest:
    """The map, its sentence, and the HTML above and below it."""

    map: finished.Map
    summary: str
    above: str
    below: str


def figures(view: View) -> pd.DataFrame:
    """The towns with their latest figure: value, as_of and a label for hovering."""
    board = scoreboard(view)
    kpi, places = board.kpis[0], view.query("towns")
    results = [board.result(kpi, ags) for ags in places["ags"]]
    labels = [
        f"{name}: {value_words(kpi, r, view.lang)} ({formats.half_year(r.as_of, view.lang)})"
        for name, r in zip(places["name"], results, strict=True)
    ]
    return places.assign(value=[r.value for r in results], as_of=[r.as_of for r in results], label=labels)


@drawn.once
def latest(view: View) -> Latest:
    kpi, shown, scale = scoreboard(view).kpis[0], figures(view), theme.coverage_scale(view.mode)
    newest = shown["as_of"].dropna().max()
    when = formats.half_year(newest, view.lang)
    deck = towns.choropleth(shown, scale=scale, selected=view.ags, mode=view.mode, lang=view.lang, basemap=view.basemap)
    summary = towns.summary(
        shown, measure=kpi.title[view.lang], unit="%", when=when, lang=view.lang, digits=kpi.digits(newest)
    )
    lead = blocks.note_words(view.t("overview.map_lead", date=when))
    classes = legend.legend(scale, view.t("fibre.legend"), "%", view.lang)
    return Latest(
        finished.county_map(deck),
        summary,
        blocks.heading_words(view.t("overview.map_title"), "karte") + lead,
        classes + blocks.source_words(view, "fibre_coverage"),
    )


def origin(view: View) -> None:
    """The panel of that map: the same classes and colours as a picture, and the figures as they are shown."""
    kpi = scoreboard(view).kpis[0]

    def on_paper() -> Picture:
        shown = figures(view)
        newest = shown["as_of"].dropna().max()
        return county.towns(
            shown, scale=theme.coverage_scale(view.mode), title=kpi.title[view.lang],
            when=formats.half_year(newest, view.lang), unit="%", source=view.cite(*kpi.datasets),
            summary=latest(view).summary, selected=view.ags, lang=view.lang, mode=view.mode, digits=kpi.digits(newest),
        )  # fmt: skip

    blocks.origin(view, "stadtkarte", question(view, kpi), title=view.t("overview.map_title"), picture=on_paper,
                  places=True, rows=lambda: standings(view, [kpi], TOWNS))  # fmt: skip
