"""One town in figures, rows and a sentence."""

from __future__ import annotations

import pandas as pd

from smartvest import drawn, formats, layers
from smartvest.charts import fibre, population
from smartvest.charts.frame import Drawing
from smartvest.maps.locator import locator
from smartvest.tables import Col, Figure, value_cell
from smartvest.ui import blocks, figures, finished
from smartvest.ui.scoreboard import Scoreboard, badge, date_words, scoreboard, short_words
from smartvest.ui.view import View


def cards(view: View) -> list[Figure]:
    """Population, density, area, households, each with its date."""
    row = view.query("town_profile", ags=view.ags).iloc[0]
    people = view.t("frame.as_of", date=view.date(row["as_of"]))
    homes = view.t("frame.as_of", date=view.date(row["households_as_of"])) + f" ({view.t('frame.estimated')})"
    return [
        Figure(view.t("town.population"), view.number(row["population"]), foot=(people,)),
        Figure(view.t("town.density"), view.number(row["density_per_km2"]), foot=(people,)),
        Figure(view.t("town.area"), view.number(row["area_km2"], 1), "km²", (people,)),
        Figure(view.t("town.households"), view.number(row["households"]), foot=(homes,)),
    ]


def status_rows(view: View, board: Scoreboard) -> pd.DataFrame:
    """One row a KPI: title, and value with unit, date and status."""
    rows = []
    for kpi in board.kpis:
        result = board.result(kpi, view.ags)
        unit = kpi.unit[view.lang]
        words = short_words(kpi, result, view.lang)
        if result.value is not None and unit != "%":
            words = f"{words} {unit}"
        cell = f"{value_cell(words, date_words(result, view.lang))} {badge(result, view.lang)}"
        rows.append({"title": kpi.title[view.lang], "value": cell})
    return pd.DataFrame(rows)


def sensors_sentence(view: View) -> str:
    """How many climate sensors and official stations there are, as far as published."""
    stations = view.number(len(view.query("stations", ags=view.ags)))
    found = view.query("sensor_deployments")
    found = found[found["ags"] == view.ags].sort_values("as_of")
    if found.empty:
        return view.t("town.sensors_none", stations=stations)
    latest = found.iloc[-1]
    when = view.date(latest["as_of"])
    if formats.is_missing(latest["sensors"]):
        return view.t("town.sensors_unknown", date=when, stations=stations)
    return view.t("town.sensors_count", count=view.number(latest["sensors"]), date=when, stations=stations)


def sensor_counts(view: View) -> pd.DataFrame:
    """The figures of that sentence: the area's deployments and how many official stations there are."""
    found = view.query("sensor_deployments")
    found = found[found["ags"] == view.ags]
    return found.assign(stations=len(view.query("stations", ags=view.ags)))


def outlines(view: View) -> pd.DataFrame:
    """What the small map shows: the area's outline (all ten for the county)."""
    found = view.query("town_outlines")
    return found if view.is_county else found[found["ags"] == view.ags]


@drawn.once
def kpi_table(view: View) -> str:
    """Every KPI of this town with its status."""
    columns = [
        Col("title", view.t("town.column_kpi")),
        Col("value", view.t("town.column_value_status"), "html"),
    ]
    return blocks.table_words(view, status_rows(view, scoreboard(view)), columns, view.t("town.kpis"))


def place(view: View) -> str:
    """The address of the drawing of the county with this town filled in."""
    return f"{layers.layer(view.store, 'locator', view.mode).address}#t{view.ags}"


def drawn_place(view: View) -> Drawing:
    """The same for a file."""
    return Drawing(
        locator(view.query("towns"), view.mode, view.ags), view.t("town.place"), view.t("maps.locator", town=view.area)
    )


@drawn.once
def people(view: View) -> tuple[finished.Chart, str]:
    """The population's curve and the same as a table."""
    rows = view.query("population_curve", ags=view.ags)
    columns = [Col("as_of", view.t("town.column_as_of"), "date"), *figures.people_columns(view)]
    chart = population.curve(rows, area=view.area, source=view.cite("population"), lang=view.lang, mode=view.mode)
    return finished.chart(chart), blocks.table_words(view, rows, columns, view.t("town.population"))


@drawn.once
def technologies(view: View) -> finished.Chart:
    """Which speed how many households can get."""
    rows = view.query("fibre_town_profile", ags=view.ags)
    return finished.chart(
        fibre.profile(rows, area=view.area, source=view.cite("fibre_coverage"), lang=view.lang, mode=view.mode)
    )
