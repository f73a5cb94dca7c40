"""Broadband 2010 to 2018: three speeds, one line each, broken where the publisher changed the method."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from smartvest import coverage, formats, theme
from smartvest.charts import frame
from smartvest.texts import text

BREAK_YEAR = 2015
HEIGHT = 240


def history(df: pd.DataFrame, *, area: str, source: str, lang: str = "de", mode: str = "light") -> frame.Picture:
    """``df``: year, as_of, min_mbit_s, households_pct, break_before (no line from the row before); one area."""
    p = theme.palette(mode)
    ink = dict(zip(sorted(df["min_mbit_s"].unique()), (p.context, p.technology["dsl"], p.accent), strict=False))
    shape_of = dict(zip(ink, theme.SERIES_SHAPE, strict=False))
    lines, ends = [], []
    for speed, rows in df.sort_values("year").groupby("min_mbit_s"):
        known = frame.runs(rows[["year", "households_pct", "break_before"]], "households_pct")
        if known.empty:
            continue
        lines.append(
            known.assign(run=[f"{speed} {run}" for run in known["run"]], ink=ink[speed], shape=shape_of[speed])[
                ["year", "households_pct", "run", "ink", "shape"]
            ]
        )
        last = known.iloc[-1]
        label = text(
            "charts.history_label",
            lang,
            speed=formats.number(speed, lang),
            value=formats.percent(last["households_pct"], lang, coverage.earlier_digits(last["year"])),
        )
        place = {"year": last["year"], "households_pct": last["households_pct"]}
        ends.append({**place, "label": label, "ink": ink[speed], "shape": shape_of[speed]})
    words = summary(df, area=area, lang=lang)
    if not lines:
        plot: Any = alt.layer(alt.Chart(pd.DataFrame({"year": []})).mark_point())
    else:
        _apart(ends)
        drawn = pd.concat(lines)
        first, final = int(drawn["year"].min()), int(drawn["year"].max())
        x = alt.X(
            "year:Q",
            title=None,
            axis=alt.Axis(format="d", values=list(range(first, final + 1, 2))),
            scale=alt.Scale(domain=[first, final], nice=False),
        )
        y = alt.Y(
            "households_pct:Q", title="%", axis=alt.Axis(tickCount=5), scale=alt.Scale(domain=[0, 112], nice=False)
        )
        colour = alt.Color("ink:N", scale=None)
        rule = pd.DataFrame(
            {"year": [BREAK_YEAR - 0.5], "households_pct": [6], "label": [text("charts.history_break", lang)]}
        )
        layers = [
            alt.Chart(rule).mark_rule(color=p.border, strokeDash=[2, 3]).encode(x=x),
            alt.Chart(drawn).mark_line(strokeWidth=2.5).encode(x=x, y=y, detail="run:N", color=colour),
            alt.Chart(drawn)
            .mark_point(filled=True, size=45, opacity=1)
            .encode(x=x, y=y, color=colour, shape=alt.Shape("shape:N", scale=None)),
            *[c.encode(x=x, y=y) for c in frame.label(rule, p, color=p.muted, dx=6)],
            *[
                c.encode(x=x, y=y)
                for c in frame.label(pd.DataFrame(ends), p, align="right", dx=-14, dy=-11, fontWeight=600)
            ],
            alt.Chart(pd.DataFrame(ends))  # the sign of the line behind its name
            .mark_point(filled=True, size=45, opacity=1, xOffset=-5, yOffset=-11)
            .encode(x=x, y=y, color=colour, shape=alt.Shape("shape:N", scale=None)),
        ]
        plot = alt.layer(*layers)
    return frame.picture(
        plot,
        title=text("charts.history_title", lang, area=area),
        subtitle=text("charts.history_measure", lang),
        foot=text("charts.history_foot", lang, source=source.rstrip(".")),
        summary=words,
        lang=lang,
        mode=mode,
        height=HEIGHT,
    )


def summary(df: pd.DataFrame, *, area: str, lang: str = "de") -> str:
    """Every speed's latest share."""
    rows = frame.measured(df, "households_pct").sort_values("year").groupby("min_mbit_s").last()
    if rows.empty:
        return text("charts.no_figures", lang, area=area)
    said = ", ".join(
        text(
            "charts.history_label",
            lang,
            speed=formats.number(speed, lang),
            value=formats.percent(row.households_pct, lang, coverage.earlier_digits(row.year)),
        )
        for speed, row in zip(rows.index, rows.itertuples(), strict=True)
    )
    return text("charts.history_summary", lang, area=area, year=int(rows["year"].max()), list=said)


def _apart(ends: list[dict]) -> None:
    """Labels of lines that end close together are moved apart: 9 points are a line of text at this height."""
    ends.sort(key=lambda end: end["households_pct"])
    for lower, upper in zip(ends, ends[1:], strict=False):
        upper["households_pct"] = max(upper["households_pct"], lower["households_pct"] + 9)
    for end in ends:
        end["households_pct"] = min(end["households_pct"], 112.0)
