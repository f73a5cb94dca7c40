"""The steps of the strategy, one below the other along a line of time."""

from __future__ import annotations

import textwrap

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.texts import text

SHAPES = {"decision": "square", "kickoff": "triangle-right", "workshop": "diamond", "barcamp": "circle"}
LETTERS = 40  # of a line of text: what a phone of 343 px shows beside the line at 12 px
LINE, SPACE = 16, 14  # px of a line of text, and between two steps
LEFT = 14  # px from the edge to the line


def timeline(
    df: pd.DataFrame, *, source: str, lang: str = "de", mode: str = "light", sample: bool = False
) -> frame.Picture:
    """``df``: ``begins_on``, ``date_text``, ``kind``, ``name`` (place), ``title_de``, ``participants``, ``sessions``, in
    order. Every step has its date and kind, its title wrapped (never cut), and numbers where they are published."""
    p = theme.palette(mode)
    rows, top = [], 10
    for step in df.itertuples():
        kind = text(f"charts.event_{step.kind if step.kind in SHAPES else 'other'}", lang)
        head = f"{formats.date(step.date_text, lang)} · {kind}"
        lines = textwrap.wrap(step.title_de, LETTERS)
        numbers = [
            text(f"charts.events_{name}", lang, n=formats.number(getattr(step, name), lang, 0))
            for name in ("participants", "sessions")
            if not formats.is_missing(getattr(step, name))
        ]
        if numbers:
            lines.append(", ".join(numbers))
        size = 60.0 if formats.is_missing(step.participants) else 60.0 + 3 * float(step.participants)
        rows.append({"y": top, "head": head, "lines": lines, "shape": SHAPES.get(step.kind, "circle"), "size": size})
        top += LINE * (1 + len(lines)) + SPACE
    data = pd.DataFrame(rows, columns=["y", "head", "lines", "shape", "size"])
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, top], reverse=True, nice=False))
    body = data.assign(y=data["y"] + LINE)
    line = alt.Chart(pd.DataFrame({"y": [4], "end": [max(top - SPACE, 4)]})).mark_rule(color=p.border, strokeWidth=1.5)
    layers = [
        line.encode(x=alt.value(LEFT), y=y, y2="end:Q"),
        alt.Chart(data[["y", "shape", "size"]])
        .mark_point(filled=True, color=p.accent, opacity=1, stroke=p.background, strokeWidth=2)
        .encode(x=alt.value(LEFT), y=y, shape=alt.Shape("shape:N", scale=None), size=alt.Size("size:Q", scale=None)),
        alt.Chart(data[["y", "head"]]).mark_text(align="left", baseline="middle", color=p.muted, fontSize=12)
        .encode(x=alt.value(LEFT + 20), y=y, text="head:N"),
        alt.Chart(body[["y", "lines"]]).mark_text(align="left", baseline="middle", fontSize=13, lineHeight=LINE, color=p.text)
        .encode(x=alt.value(LEFT + 20), y=y, text="lines:N"),
    ]  # fmt: skip
    return frame.picture(
        alt.layer(*layers), title=text("charts.events_title", lang), subtitle=text("charts.events_measure", lang),
        foot=frame.foot(source, None, lang), summary=summary(df, lang=lang), lang=lang, mode=mode, sample=sample,
        height=top,
    )  # fmt: skip


def summary(df: pd.DataFrame, *, lang: str = "de") -> str:
    """How many steps, from when to when; the table beside the picture says the rest."""
    if df.empty:
        return text("charts.events_summary_none", lang)
    first, last = df.iloc[0]["date_text"], df.iloc[-1]["date_text"]
    return text("charts.events_summary", lang, n=len(df), first=formats.date(first, lang), last=formats.date(last, lang))
