"""The strategy's steps: on the left a line true to time, on the right the same steps as a list that can be read.

The list is spaced evenly because steps cluster (four of eight fall into the summer of 2023); a thin leader joins each
entry to its place on the line. A step known only by its month is a bar one month long, not a point.
"""

from __future__ import annotations

import textwrap
from typing import Any

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.texts import text

# Form carries the kind where nobody reads the word; anything else is the last one.
SHAPE = {
    "decision": "square",
    "kickoff": "triangle-up",
    "workshop": "circle",
    "barcamp": "diamond",
    "survey": "triangle-down",
    "other": "stroke",
}
LETTERS = 40  # of a title in one line: 14 px type in the 258 px that a phone of 340 px leaves
LINE, SHAPES, WORDS = 44, 66, 80  # px from the left: the time line, the shapes, the words
ROW, GAP = 17, 16  # px of one line of text, and between two steps


def timeline(
    df: pd.DataFrame, *, source: str, lang: str = "de", mode: str = "light", sample: bool = False
) -> frame.Picture:
    """``df``: one row a step: ``begins_on`` (date), ``date_text`` ("2023", "2023-07" or "2023-07-14"),
    ``date_precision``, ``kind``, ``name`` (place), ``title_de``, ``participants``, ``sessions`` (numbers or missing).
    Titles are German names of what took place and stay German in both languages."""
    p = theme.palette(mode)
    rows = df.assign(day=frame.days(df["begins_on"])).dropna(subset=["day"]).sort_values("day", kind="stable")
    words = summary(df, lang=lang)
    common: dict[str, Any] = {
        "title": text("charts.events_title", lang),
        "subtitle": text("charts.events_measure", lang),
        "summary": words,
        "lang": lang,
        "mode": mode,
        "sample": sample,
    }
    if rows.empty:
        note = alt.Chart(alt.Data(values=[{}])).mark_text(text=words, color=p.muted, fontSize=13)
        return frame.picture(alt.layer(note), foot=frame.foot(source, None, lang), height=80, **common)

    entries, heads, titles, details, y = [], [], [], [], 10
    for row in rows.to_dict("records"):
        kind = row["kind"] if row["kind"] in SHAPE else "other"
        entries.append({"list": y, "shape": SHAPE[kind], "day": row["day"], "until": _until(row)})
        heads.append(
            {"y": y, "label": f"{formats.date(row['date_text'], lang)} · {text(f'charts.event_{kind}', lang)}"}
        )
        for line in textwrap.wrap(str(row["title_de"]), LETTERS):
            y += ROW
            titles.append({"y": y, "label": line})
        for line in textwrap.wrap(_detail(row, lang), LETTERS):
            y += ROW
            details.append({"y": y, "label": line})
        y += ROW + GAP
    height = y - GAP
    first, last = pd.Timestamp(rows["day"].iloc[0].year, 1, 1), pd.Timestamp(entries[-1]["until"].year, 12, 31)

    def place(day: pd.Timestamp) -> float:
        return 4 + (height - 8) * float((day - first) / (last - first))

    for entry in entries:
        entry["from"], entry["to"] = place(entry["day"]), max(place(entry["until"]), place(entry["day"]) + 2)
        entry["middle"] = (entry["from"] + entry["to"]) / 2
    years: list[dict[str, Any]] = [
        {"y": place(pd.Timestamp(year, 1, 1)), "label": str(year)} for year in range(first.year, last.year + 1)
    ]

    scale = alt.Scale(domain=[0, height], reverse=True, nice=False)

    def down(column: str) -> alt.Y:
        return alt.Y(f"{column}:Q", axis=None, scale=scale)

    def table(records: list[dict[str, Any]]) -> alt.Chart:
        return alt.Chart(pd.DataFrame(records).drop(columns=["day", "until"], errors="ignore"))

    def set_in(records: list[dict[str, Any]], x: int, **mark: Any) -> alt.Chart:
        return (
            table(records)
            .mark_text(**{"align": "left", "baseline": "middle", **mark})
            .encode(x=alt.value(x), y=down("y"), text="label:N")
        )

    layers = [
        table([{"y": 0, "y2": height}])
        .mark_rule(color=p.border, strokeWidth=1.5)
        .encode(x=alt.value(LINE), y=down("y"), y2="y2:Q"),
        table(years).mark_rule(color=p.border).encode(x=alt.value(LINE - 6), x2=alt.value(LINE), y=down("y")),
        set_in([{**year, "y": year["y"] + 1} for year in years], LINE - 10, align="right", color=p.muted),
        table(entries)
        .mark_rule(color=p.context)
        .encode(x=alt.value(LINE), x2=alt.value(SHAPES), y=down("middle"), y2="list:Q"),
        table(entries)
        .mark_rule(color=p.accent, strokeWidth=6, strokeCap="butt")
        .encode(x=alt.value(LINE), y=down("from"), y2="to:Q"),
        table(entries)
        .mark_point(filled=True, size=110, color=p.accent, opacity=1, stroke=p.background, strokeWidth=1.5)
        .encode(x=alt.value(SHAPES), y=down("list"), shape=alt.Shape("shape:N", scale=None, legend=None)),
        set_in(heads, WORDS, color=p.muted, fontSize=12),
        set_in(titles, WORDS, color=p.text, fontSize=13, fontWeight=600),
    ]
    if details:
        layers.append(set_in(details, WORDS, color=p.muted, fontSize=12))
    return frame.picture(
        alt.layer(*layers), foot=frame.foot(source, rows["date_text"].iloc[-1], lang), height=height, **common
    )


def summary(df: pd.DataFrame, *, lang: str = "de") -> str:
    """How many steps from when to when, then each with date, kind, title, place and numbers."""
    rows = df.assign(day=frame.days(df["begins_on"])).dropna(subset=["day"]).sort_values("day", kind="stable")
    if rows.empty:
        return text("charts.events_none", lang)
    dates = [formats.date(d, lang) for d in rows["date_text"]]
    said = []
    for row, when in zip(rows.to_dict("records"), dates):
        kind = row["kind"] if row["kind"] in SHAPE else "other"
        detail = _detail(row, lang)
        said.append(
            f"{when}: {text(f'charts.event_{kind}', lang)}, {row['title_de']}" + (f" ({detail})" if detail else "")
        )
    head = text("charts.events_summary", lang, n=len(rows), first=dates[0], last=dates[-1]) if len(rows) > 1 else ""
    return (head + " " + "; ".join(said) + ".").strip()


def _until(row: dict[str, Any]) -> pd.Timestamp:
    """The last day of what the date names: a day, a month or a year."""
    day = row["day"]
    length = {7: pd.offsets.MonthEnd(0), 4: pd.offsets.YearEnd(0)}.get(len(str(row["date_text"])))
    return day if length is None else day + length


def _detail(row: dict[str, Any], lang: str) -> str:
    """Place and published numbers; what was not published is not mentioned, least of all as 0."""
    parts = [] if formats.is_missing(row.get("name")) else [str(row["name"])]
    for column in ("participants", "sessions"):
        if not formats.is_missing(row.get(column)):
            parts.append(text(f"charts.events_{column}", lang, n=formats.number(row[column], lang, 0)))
    return " · ".join(parts)
