"""Which speed how many households can get, by technology."""

from __future__ import annotations

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.texts import text

SPEEDS = (30, 100, 1000)  # Mbit/s: below 30 is a "white spot", below 100 a "grey" one, 1,000 is the gigabit
ORDER = ("fttbh", "hfc", "dsl", "wireless", "wired", "any")
ROW, HEAD, SPACE = 22, 24, 10  # px of a bar, of the speed above its bars, between two speeds
NAMES = 92  # px for the names of the technologies


def profile(
    df: pd.DataFrame, *, area: str, source: str, lang: str = "de", mode: str = "light", sample: bool = False
) -> frame.Picture:
    """``df``: ``technology``, ``min_mbit_s``, ``households_pct``, ``as_of``: one area at one date. For 30, 100 and 1,000
    Mbit/s a bar for every technology there is a figure for, with the figure written at its end."""
    p = theme.palette(mode)
    known = frame.measured(df, "households_pct")
    known = known[known["min_mbit_s"].isin(SPEEDS) & known["technology"].isin(ORDER)]
    bars, heads, top = [], [], 0
    for speed in SPEEDS:
        rows = known[known["min_mbit_s"] == speed].set_index("technology")["households_pct"]
        if rows.empty:
            continue
        heads.append({"y": top + HEAD / 2, "label": text("units.speed", lang, value=formats.number(speed, lang))})
        top += HEAD
        for technology in (t for t in ORDER if t in rows.index):
            value = float(rows[technology])
            bars.append({"y": top + 3, "end": top + ROW - 3, "middle": top + ROW / 2, "value": value, "zero": 0,
                         "name": text(f"charts.technology_{technology}", lang), "hue": p.technology[technology],
                         "label": formats.percent(value, lang)})  # fmt: skip
            top += ROW
        top += SPACE
    data, tops = pd.DataFrame(bars), pd.DataFrame(heads)
    as_of = known["as_of"].max() if len(known) else None
    words = summary(df, area=area, lang=lang)
    if data.empty:
        plot = alt.layer(alt.Chart(pd.DataFrame({"x": []})).mark_point())
        top = 40
    else:
        x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, 100], range=[NAMES, alt.ExprRef("width - 60")], nice=False))
        y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, top], reverse=True, nice=False))
        plot = alt.layer(
            alt.Chart(data[["y", "end", "value", "zero", "hue"]]).mark_rect()
            .encode(x=x, x2="zero:Q", y=y, y2="end:Q", color=alt.Color("hue:N", scale=None)),
            alt.Chart(data[["middle", "value", "label"]]).mark_text(align="left", dx=5, color=p.text, fontWeight=600)
            .encode(x=x, y=alt.Y("middle:Q", axis=None), text="label:N"),
            alt.Chart(data[["middle", "name"]]).mark_text(align="right", color=p.text)
            .encode(x=alt.value(NAMES - 8), y=alt.Y("middle:Q", axis=None), text="name:N"),
            alt.Chart(tops).mark_text(align="left", color=p.muted, fontWeight=600)
            .encode(x=alt.value(0), y=y, text="label:N"),
        )  # fmt: skip
    when = formats.half_year(as_of, lang)
    return frame.picture(
        plot, title=text("charts.profile_title", lang, area=area, date=when),
        subtitle=text("charts.profile_measure", lang), foot=frame.foot(source, as_of, lang, dates="half_year"),
        summary=words, lang=lang, mode=mode, sample=sample, height=max(top, 40),
    )  # fmt: skip


def summary(df: pd.DataFrame, *, area: str, lang: str = "de") -> str:
    """The shares at 1,000 Mbit/s, technology by technology."""
    rows = frame.measured(df, "households_pct")
    rows = rows[rows["min_mbit_s"] == SPEEDS[-1]].set_index("technology")["households_pct"]
    if rows.empty:
        return text("charts.no_figures", lang, area=area)
    said = "; ".join(
        f"{text(f'charts.technology_{t}', lang)} {formats.percent(rows[t], lang)}" for t in ORDER if t in rows.index
    )
    return text("charts.profile_summary", lang, area=area, list=said)
