"""Which internet households can get at one date, by speed and technology."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from smartvest import coverage, formats, theme
from smartvest.charts import frame
from smartvest.texts import text

HEAD, ROW, BAR = 42, 34, 7  # px: names of the technologies, one speed, one bar
GUTTER = 50  # px for the speeds on the left
SHARE = 0.88  # of a technology's column that 100 % takes
UNIT = "Mbit/s"


def profile(
    df: pd.DataFrame, *, area: str, source: str, lang: str = "de", mode: str = "light", sample: bool = False
) -> frame.Picture:
    """A table of bars. ``df`` of one town at one date: ``technology``, ``min_mbit_s``, ``households_pct`` (% or
    missing), ``as_of``, optional ``status``. Each figure stands over its bar, the pale bar behind is 100 %. Where the
    publisher has no class (DSL from 400 Mbit/s on) the cell is empty; a withheld figure is "–"."""
    p = theme.palette(mode)
    rows = _shown(df)
    words = summary(df, area=area, lang=lang)
    title, measure = text("charts.fibre_bars_title", lang, area=area), text("charts.fibre_bars_measure", lang)
    if frame.measured(rows, "households_pct").empty:
        return _empty(
            words,
            p,
            title=title,
            subtitle=measure,
            foot=frame.foot(source, None, lang),
            summary=words,
            lang=lang,
            mode=mode,
            sample=sample,
        )
    technologies = [t for t in theme.TECHNOLOGIES if t in set(rows["technology"])]
    speeds = sorted(rows["min_mbit_s"].unique(), reverse=True)
    height = HEAD + ROW * len(speeds) + 4
    digits = coverage.digits(rows["as_of"].max())
    tracks, bars, figures, heads, scale = [], [], [], [], []
    for index, technology in enumerate(technologies):
        name = text(f"charts.technology_head_{technology}", lang)
        lines = name.split("\n")
        heads += [{"x": index, "y": 28 - 15 * (len(lines) - 1 - i), "label": line} for i, line in enumerate(lines)]
    for line, speed in enumerate(speeds):
        y = HEAD + ROW * line + 24
        scale.append({"y": y - 4, "label": formats.number(speed, lang, 0)})
        for index, technology in enumerate(technologies):
            cell = rows[(rows["min_mbit_s"] == speed) & (rows["technology"] == technology)]
            if cell.empty:
                continue
            value = cell["households_pct"].iloc[0]
            gone = formats.is_missing(value)
            figures.append(
                {
                    "x": index,
                    "y": y - 10,
                    "label": formats.missing(lang, short=True) if gone else formats.number(value, lang, digits),
                }
            )
            if gone:
                continue
            tracks.append({"x": index, "x2": index + SHARE, "y": y})
            bars.append(
                {
                    "x": index,
                    "x2": index + SHARE * float(value) / 100,
                    "y": y,
                    "ink": p.technology[technology],
                    "tip": f"{text(f'charts.technology_{technology}', lang)}: {formats.percent(value, lang, digits)}",
                    "tip_speed": text("charts.at_least", lang, speed=formats.with_unit(speed, UNIT, lang)),
                }
            )
    x = alt.X(
        "x:Q",
        axis=None,
        scale=alt.Scale(
            domain=[0, len(technologies) - 1 + SHARE], nice=False, range=[GUTTER, alt.ExprRef("stage - 6")]
        ),
    )
    y_ = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, height], reverse=True, nice=False))

    def table(records: list[dict[str, Any]]) -> alt.Chart:
        return alt.Chart(pd.DataFrame(records))

    layers = [
        table(tracks).mark_rule(color=p.line, strokeWidth=BAR).encode(x=x, x2="x2:Q", y=y_),
        table(bars)
        .mark_rule(strokeWidth=BAR)
        .encode(
            x=x,
            x2="x2:Q",
            y=y_,
            color=alt.Color("ink:N", scale=None),
            tooltip=[alt.Tooltip("tip_speed:N", title=" "), alt.Tooltip("tip:N", title=" ")],
        ),
        table(heads).mark_text(align="left", fontWeight=600, color=p.text).encode(x=x, y=y_, text="label:N"),
        table(figures).mark_text(align="left", color=p.text).encode(x=x, y=y_, text="label:N"),
        table(scale).mark_text(align="right", color=p.muted).encode(x=alt.value(GUTTER - 10), y=y_, text="label:N"),
        table([{"y": 28, "label": UNIT}])
        .mark_text(align="right", color=p.muted, fontSize=11)
        .encode(x=alt.value(GUTTER - 10), y=y_, text="label:N"),
    ]
    return frame.picture(
        alt.layer(*layers),
        title=title,
        subtitle=measure,
        foot=frame.foot(source, rows["as_of"].max(), lang, dates="half_year"),
        summary=words,
        lang=lang,
        mode=mode,
        sample=sample,
        height=height,
    )


def summary(df: pd.DataFrame, *, area: str, lang: str = "de") -> str:
    """The same figures in words, from the highest speed down."""
    rows = _shown(df)
    if frame.measured(rows, "households_pct").empty:
        return text("charts.no_figures", lang, area=area)
    said, day = [], rows["as_of"].max()
    for speed in sorted(rows["min_mbit_s"].unique(), reverse=True):
        own = rows[rows["min_mbit_s"] == speed].set_index("technology")["households_pct"]
        figures = [
            f"{text(f'charts.technology_{t}', lang)} {coverage.words(own[t], day, lang)}"
            for t in theme.TECHNOLOGIES
            if t in own
        ]
        said.append(f"{text('charts.at_least', lang, speed=formats.with_unit(speed, UNIT, lang))} {', '.join(figures)}")
    return text(
        "charts.fibre_bars_summary",
        lang,
        area=area,
        date=formats.half_year(day, lang),
        list="; ".join(said),
    )


def _shown(df: pd.DataFrame) -> pd.DataFrame:
    """Without "any" where "wired" is there: they differ by wireless only (county, mid-2021: by 0.2 points at most), and
    a phone has room for five columns."""
    rows = df[df["technology"].isin(theme.TECHNOLOGIES)]
    return rows[rows["technology"] != "any"] if (rows["technology"] == "wired").any() else rows


def _empty(words: str, p: theme.Palette, **options: Any) -> frame.Picture:
    note = alt.Chart(alt.Data(values=[{}])).mark_text(text=words, color=p.muted, fontSize=13)
    return frame.picture(alt.layer(note), height=80, **options)
