"""How many people live here: one curve, its turning points named."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.charts.ticks import ticks
from smartvest.texts import text


def curve(
    df: pd.DataFrame,
    *,
    area: str,
    source: str,
    lang: str = "de",
    mode: str = "light",
    sample: bool = False,
    height: int = 260,
) -> frame.Picture:
    """``df``: one row a reference date: ``as_of``, ``population`` (persons or missing). First, last, highest and lowest
    figure stand at their points. The axis begins near the lowest figure and the subtitle says where."""
    p = theme.palette(mode)
    rows = df.assign(day=frame.days(df["as_of"])).dropna(subset=["day"]).sort_values("day")
    lines = frame.runs(rows[["as_of", "day", "population"]], "population").reset_index(drop=True)
    words = summary(df, area=area, lang=lang)
    if lines.empty:
        return frame.picture(
            alt.layer(_note(words, p)),
            title=area,
            subtitle=text("charts.population_measure", lang),
            foot=frame.foot(source, None, lang),
            summary=words,
            lang=lang,
            mode=mode,
            sample=sample,
            height=height,
        )
    lines["population"] = lines["population"].astype(float)
    least, most = lines["population"].min(), lines["population"].max()
    steps = ticks(least - (most - least) * 0.12, most + (most - least) * 0.12, 3)
    start, end = lines["day"].iloc[0], lines["day"].iloc[-1]
    margin = (end - start) * 0.03 + pd.Timedelta(days=60)
    x = alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(domain=[frame.timestamp(start - margin), frame.timestamp(end + margin)], nice=False),
        axis=alt.Axis(format="%Y", tickCount={"interval": "year", "step": 10}, labelFlush=False),
    )
    y = alt.Y(
        "population:Q",
        title=None,
        axis=alt.Axis(values=steps, format=",~f"),
        scale=alt.Scale(domain=[steps[0], steps[-1]], nice=False, zero=False),
    )
    points = lines[["day", "population"]].assign(
        tip=lines["population"].map(lambda v: formats.number(v, lang, 0)),
        when=lines["as_of"].map(lambda d: formats.date(d, lang)),
    )
    layers: list[alt.Chart] = [
        alt.Chart(lines[["day", "population", "run"]])
        .mark_line(color=p.accent, strokeWidth=2.5)
        .encode(x=x, y=y, detail="run:N"),
        alt.Chart(points)
        .mark_point(filled=True, size=34, color=p.accent, opacity=1)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("when:N", title=" "), alt.Tooltip("tip:N", title=" ")]),
    ]
    for index, above in _named(lines["population"]).items():
        row = lines.loc[[index], ["day", "population"]].assign(
            label=text(
                "charts.population_point",
                lang,
                value=formats.number(lines["population"][index], lang, 0),
                year=lines["day"][index].year,
            )
        )
        share = 0.5 if start == end else (lines["day"][index] - start) / (end - start)
        align, dx = ("left", -6) if share < 0.2 else ("right", 6) if share > 0.8 else ("center", 0)
        strong: dict[str, Any] = {"fontWeight": 600, "color": p.accent} if index == lines.index[-1] else {}
        layers += [
            c.encode(x=x, y=y) for c in frame.label(row, p, align=align, dx=dx, dy=-12 if above else 16, **strong)
        ]
    last = lines.iloc[-1]
    title = text(
        "charts.population_title",
        lang,
        area=area,
        value=formats.number(last["population"], lang, 0),
        date=formats.date(last["as_of"], lang),
    )
    axis = (
        text("charts.axis_from_zero", lang)
        if steps[0] == 0
        else text("charts.axis_not_from_zero", lang, start=formats.number(steps[0], lang, 0))
    )
    return frame.picture(
        alt.layer(*layers),
        title=title,
        subtitle=f"{text('charts.population_measure', lang)} {axis}",
        foot=frame.foot(source, last["as_of"], lang),
        summary=words,
        lang=lang,
        mode=mode,
        sample=sample,
        height=height,
    )


def summary(df: pd.DataFrame, *, area: str, lang: str = "de") -> str:
    """First and latest figure, the change between them, the highest and the lowest with their dates."""
    rows = frame.measured(
        df.assign(day=frame.days(df["as_of"])).dropna(subset=["day"]).sort_values("day"), "population"
    )
    if rows.empty:
        return text("charts.no_figures", lang, area=area)

    def at(row: Any) -> dict[str, str]:
        return {"value": formats.number(row["population"], lang, 0), "date": formats.date(row["as_of"], lang)}

    first, last = rows.iloc[0], rows.iloc[-1]
    if len(rows) == 1:
        return text("charts.population_one", lang, area=area, **at(last))
    said = text(
        "charts.population_summary",
        lang,
        area=area,
        first=at(first)["value"],
        first_date=at(first)["date"],
        change=formats.change(last["population"] - first["population"], lang, 0),
        **at(last),
    )
    figures = rows["population"].astype(float)
    high, low = at(rows.iloc[figures.argmax()]), at(rows.iloc[figures.argmin()])
    return (
        said
        + " "
        + text(
            "charts.population_ends",
            lang,
            high=high["value"],
            high_date=high["date"],
            low=low["value"],
            low_date=low["date"],
        )
    )


def _named(figures: pd.Series) -> dict[Any, bool]:
    """Which points carry a label, and whether it stands above: the highest above, the lowest below, the ends on the
    side that the curve leaves free."""
    if len(figures) == 1:
        return {figures.index[0]: True}
    first, second, before, last = figures.index[0], figures.index[1], figures.index[-2], figures.index[-1]
    named = {first: bool(figures[first] > figures[second]), last: bool(figures[last] >= figures[before])}
    return named | {figures.idxmin(): False} | {figures.idxmax(): True}


def _note(words: str, p: theme.Palette) -> alt.Chart:
    return alt.Chart(alt.Data(values=[{}])).mark_text(text=words, color=p.muted, fontSize=13)
