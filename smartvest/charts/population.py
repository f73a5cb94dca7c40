"""How many people live in a town, date by date."""

from __future__ import annotations

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.texts import text


def curve(
    df: pd.DataFrame, *, area: str, source: str, lang: str = "de", mode: str = "light", sample: bool = False
) -> frame.Picture:
    """``df``: ``as_of``, ``population``. First, last, highest and lowest figure are written at their point. The axis does
    not start at zero, because then ten per cent in forty years would be a flat line; the subtitle says so."""
    p = theme.palette(mode)
    rows = df.assign(day=frame.days(df["as_of"]), value=df["population"])[["as_of", "day", "value"]].sort_values("day")
    rows = frame.measured(rows)
    words = summary(df, area=area, lang=lang)
    if rows.empty:
        return frame.picture(
            alt.Chart(rows).mark_point(), title=area, subtitle=text("charts.population_measure", lang),
            foot=frame.foot(source, None, lang), summary=words, lang=lang, mode=mode, sample=sample, height=120,
        )  # fmt: skip
    low, high = float(rows["value"].min()), float(rows["value"].max())
    room = (high - low or high * 0.05) * 0.25
    domain = [low - room, high + room]
    x = alt.X("day:T", title=None, axis=alt.Axis(format="%Y", labelOverlap="greedy", labelSeparation=8))
    y = alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=4, format=",.0f"), scale=alt.Scale(domain=domain, nice=False))
    points = rows.assign(
        tip_value=[formats.number(value, lang, 0) for value in rows["value"]],
        tip_date=[formats.date(day, lang) for day in rows["as_of"]],
    )
    layers: list[alt.Chart] = [
        alt.Chart(rows[["day", "value"]]).mark_line(color=p.accent, strokeWidth=2.5).encode(x=x, y=y),
        alt.Chart(points[["day", "value", "tip_value", "tip_date"]])
        .mark_point(filled=True, size=45, color=p.accent, opacity=1)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("tip_date:N", title=" "), alt.Tooltip("tip_value:N", title=" ")]),
    ]
    for index in dict.fromkeys([0, len(rows) - 1, int(rows["value"].argmax()), int(rows["value"].argmin())]):
        point = points.iloc[[index]].assign(label=points["tip_value"].iloc[index])[["day", "value", "label"]]
        side = "left" if index == 0 else "right" if index == len(rows) - 1 else "center"
        above = point["value"].iloc[0] >= (low + high) / 2
        layers += [c.encode(x=x, y=y) for c in frame.label(point, p, align=side, dy=-12 if above else 14, fontWeight=600)]
    last = rows.iloc[-1]
    title = text(
        "charts.population_title", lang, area=area, value=formats.number(last["value"], lang, 0),
        date=formats.date(last["as_of"], lang),
    )  # fmt: skip
    axis = text("charts.axis_not_from_zero", lang, start=formats.number(round(domain[0], -2), lang, 0))
    return frame.picture(
        alt.layer(*layers), title=title, subtitle=f"{text('charts.population_measure', lang)} {axis}",
        foot=frame.foot(source, last["as_of"], lang), summary=words, lang=lang, mode=mode, sample=sample, height=260,
    )  # fmt: skip


def summary(df: pd.DataFrame, *, area: str, lang: str = "de") -> str:
    """First and latest figure and the change between them."""
    rows = frame.measured(df, "population").sort_values("as_of")
    if rows.empty:
        return text("charts.no_figures", lang, area=area)
    first, last = rows.iloc[0], rows.iloc[-1]
    return text(
        "charts.population_summary", lang, area=area, first=formats.number(first["population"], lang, 0),
        first_date=formats.date(first["as_of"], lang), value=formats.number(last["population"], lang, 0),
        date=formats.date(last["as_of"], lang), change=formats.change(last["population"] - first["population"], lang, 0),
    )  # fmt: skip
