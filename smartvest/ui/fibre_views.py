"""What each view of the fibre map shows: its question, figures for the table, a figure a town, words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from smartvest import coverage, drawn, formats, theme
from smartvest.maps import files
from smartvest.questions import Question
from smartvest.tables import Col
from smartvest.towns import AREAS, COUNTY_AGS
from smartvest.ui.fibre_choice import Choice
from smartvest.ui.fibre_counts import ranges
from smartvest.ui.view import View

SPOT_BREAKS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 100.0)  # % of households left out: fine where little is left
ALL_CELLS = 101  # % of households: every cell has fewer than that
GAPS = 100
CELL_COLUMNS = ("cells", "cells_all", "cells_some", "cells_none", "cells_unknown")


@dataclass(frozen=True)
class Shown:
    """One view in figures and words: rows for the table, a figure a town for the map, what hovering says."""

    frame: pd.DataFrame
    value: str  # the column of ``frame`` on the map
    columns: list[Col]
    title: str
    legend: str
    tooltip: str
    scale: theme.Scale
    unit: str = "%"
    digits: int = 2
    signed: bool = False
    note: str = ""
    datasets: tuple[str, ...] = ("fibre_coverage", "households")
    when: str = ""
    summary: str = ""
    caption: str = ""  # of the table, where it has other figures than the map
    said_of: dict[str, str] | None = None  # ags -> what hovering says besides


@drawn.once
def shown(view: View, choice: Choice) -> Shown:
    return SHOWN[choice.view](view, choice)


def asked(view: View, choice: Choice) -> Question:
    """What the map answers."""
    return ASKED[choice.view](view, choice)


def _measure(view: View, choice: Choice) -> str:
    return view.t(
        "fibre.map_title", technology=view.t(f"units.{choice.technology}"), speed=view.number(choice.min_mbit_s)
    )


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(name=frame["ags"].map(AREAS))


def _town_column(view: View) -> Col:
    return Col("link", view.t("fibre.column_town"), "html")


def _coverage(view: View, choice: Choice) -> Shown:
    frame = view.query("fibre_by_town", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of)
    key = files.label_key("coverage", choice.technology, choice.min_mbit_s, choice.as_of)
    when = formats.half_year(choice.as_of, view.lang)
    digits = coverage.digits(choice.as_of)
    return Shown(
        _named(frame),
        "households_pct",
        [
            _town_column(view),
            Col("households_pct", view.t("fibre.column_share"), "number", digits, "%", quality="status"),
        ],
        _measure(view, choice),
        view.t("fibre.legend"),
        f"{{name}}: {{{key}}} ({when})",
        theme.coverage_scale(view.mode),
        digits=digits,
        note=view.t("fibre.whole_percents") if digits == 0 else "",
        when=when,
    )


def _change(view: View, choice: Choice) -> Shown:
    start, end = choice.before or choice.as_of, choice.as_of
    frame = view.query(
        "fibre/change", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of_from=start, as_of_to=end
    )
    first, last = (formats.half_year(day, view.lang) for day in (start, end))
    keys = [files.label_key("coverage", choice.technology, choice.min_mbit_s, day) for day in (start, end)]
    when = view.t("fibre.from_to", start=first, end=last)
    broken = choice.before is not None and (
        coverage.digits(start) == 0 or (start.year, end.year > 2021) == (2021, True)
    )
    digits = coverage.digits(start)
    return Shown(
        _named(frame),
        "change_points",
        [
            _town_column(view),
            Col("before_pct", first, "number", coverage.digits(start), "%"),
            Col("after_pct", last, "number", coverage.digits(end), "%"),
            Col("change_points", view.t("fibre.column_change"), "number", digits, quality="status"),
        ],
        _measure(view, choice),
        view.t("fibre.legend_change"),
        f"{{name}}: {first} {{{keys[0]}}}, {last} {{{keys[1]}}}",
        theme.change_scale(view.mode),
        unit=view.t("fibre.points"),
        digits=digits,
        signed=True,
        note=view.t("fibre.across_break") if broken else "",
        said_of={
            ags: view.t("fibre.hover_change", points=formats.change(points, view.lang, digits))
            for ags, points in zip(frame["ags"], frame["change_points"], strict=True)
            if ags != COUNTY_AGS and not formats.is_missing(points)
        },
        when=when,
    )


def _distance(view: View, choice: Choice) -> Shown:
    frame = view.query("fibre/distance", as_of=choice.as_of)
    key = files.label_key("coverage", choice.technology, choice.min_mbit_s, choice.as_of)
    far = files.label_key("distance", choice.technology, choice.min_mbit_s, choice.as_of)
    when = formats.half_year(choice.as_of, view.lang)
    goal = {
        "target": formats.percent(frame["target_pct"].iloc[0], view.lang, 0),
        "date": view.date(frame["target_date"].iloc[0]),
    }
    digits = coverage.digits(choice.as_of)
    scale = theme.coverage_scale(view.mode)
    return Shown(
        _named(frame),
        "distance_points",
        [
            _town_column(view),
            Col("households_pct", view.t("fibre.column_share"), "number", digits, "%"),
            Col("distance_points", view.t("fibre.column_distance"), "number", digits, quality="status"),
        ],
        view.t("fibre.distance_title", **goal),
        view.t("fibre.legend_distance"),
        view.t("fibre.hover_distance", value=f"{{{key}}}", missing=f"{{{far}}}", when=when)
        .replace("[", "{")
        .replace("]", "}"),
        theme.Scale(scale.breaks, scale.colours),
        digits=digits,
        unit=view.t("fibre.points"),
        note=view.t("fibre.distance_note", **goal),
        when=when,
        datasets=("fibre_coverage", "targets", "households"),
    )


def _spots(view: View, choice: Choice) -> Shown:
    frame = view.query("fibre/without", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of)
    key = files.label_key("below", choice.technology, choice.min_mbit_s, choice.as_of)
    when = formats.half_year(choice.as_of, view.lang)
    return Shown(
        _named(frame).assign(number=ranges(frame, view.lang)),
        "without_pct",
        [
            _town_column(view),
            Col("without_pct", view.t("fibre.column_without"), "number", coverage.digits(choice.as_of), "%"),
            Col("number", view.t("fibre.column_number"), "text"),
        ],
        view.t(f"fibre.{choice.view}_title"),
        view.t("fibre.legend_without"),
        f"{{name}}: {{{key}}} ({when})",
        theme.quantity_scale(SPOT_BREAKS, view.mode),
        digits=coverage.digits(choice.as_of),
        note=view.t(f"fibre.{choice.view}_note"),
        when=when,
    )


def _grid(view: View, choice: Choice) -> Shown:
    """Beside the cells what they add up to by town: cells have no table of 80,000 rows."""
    asked = cells_by_town(view, choice)
    frame = view.query(asked.name, **asked.params)
    when = formats.half_year(choice.as_of, view.lang)
    own = frame[frame["ags"] == view.ags].iloc[0]
    counts = {name: view.number(own[name]) for name in CELL_COLUMNS}
    words = {"what": _measure(view, choice), "when": when, "area": view.area}
    return Shown(
        _named(frame),
        "cells_all",
        [
            _town_column(view),
            *(Col(name, view.t(f"fibre.column_{name}"), "number", 0, short=True) for name in CELL_COLUMNS),
        ],
        view.t("fibre.grid_title", what=_measure(view, choice)),
        view.t("fibre.legend_grid"),
        view.t("fibre.hover_grid").replace("[", "{").replace("]", "}"),
        theme.coverage_scale(view.mode),
        note=view.t("fibre.grid_note"),
        when=when,
        datasets=("fibre_grid",),
        summary=view.t("fibre.grid_summary", **words, **counts),
        caption=view.t("fibre.cells_title"),
    )


def cells_by_town(view: View, choice: Choice) -> Question:
    """How many cells of each town have all, some or none: the table beside the grid."""
    return view.ask(
        "fibre/grid_by_town", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of
    )


def _cells(view: View, choice: Choice) -> Question:
    return view.ask(
        "fibre/grid_now", ags=view.ags, technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of,
        below_pct=GAPS if choice.gaps else ALL_CELLS,
    )  # fmt: skip


def _by_town(view: View, choice: Choice) -> Question:
    return view.ask("fibre_by_town", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of)


def _by_two_dates(view: View, choice: Choice) -> Question:
    days = {"as_of_from": choice.before or choice.as_of, "as_of_to": choice.as_of}
    return view.ask("fibre/change", technology=choice.technology, min_mbit_s=choice.min_mbit_s, **days)


def _left_out(view: View, choice: Choice) -> Question:
    return view.ask("fibre/without", technology=choice.technology, min_mbit_s=choice.min_mbit_s, as_of=choice.as_of)


ASKED: dict[str, Callable[[View, Choice], Question]] = {
    "versorgung": _by_town,
    "aenderung": _by_two_dates,
    "ziel": lambda view, choice: view.ask("fibre/distance", as_of=choice.as_of),
    "weiss": _left_out,
    "grau": _left_out,
    "raster": _cells,
}
SHOWN: dict[str, Callable[[View, Choice], Shown]] = {
    "versorgung": _coverage,
    "aenderung": _change,
    "ziel": _distance,
    "weiss": _spots,
    "grau": _spots,
    "raster": _grid,
}
