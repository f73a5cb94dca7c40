"""How a measured quantity runs: by hour, day or month, with its spread, and every gap a gap."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.charts.ticks import ticks
from smartvest.texts import text

HALF = {"hour": pd.Timedelta(minutes=30), "day": pd.Timedelta(hours=12), "month": pd.Timedelta(days=15)}
KNOWN = ("measured", "estimated")
WIDE = 0.45  # share of the span from which on a gap has room for words, also on a phone


def course(
    df: pd.DataFrame,
    *,
    area: str,
    measure: str,
    unit: str,
    digits: int,
    grain: str,
    source: str,
    total: bool = False,
    lang: str = "de",
    mode: str = "light",
    sample: bool = False,
    height: int = 260,
) -> frame.Picture:
    """``df``: one row an hour, day or month (``grain``) in order: ``time`` (local, without zone), ``value``,
    ``minimum``, ``maximum`` (or missing), ``status``. A row whose status is neither measured nor estimated is a grey
    strip and nothing else. ``total``: bars from 0 (rain, counts) instead of a line with its band."""
    p = theme.palette(mode)
    rows = prepared(df, grain)
    known = rows[~rows["gap"]]
    first, last = (rows["time"].iloc[0], rows["time"].iloc[-1]) if len(rows) else (None, None)
    words = summary(rows, area=area, measure=measure, unit=unit, digits=digits, grain=grain, lang=lang)
    if known.empty:
        layers: list[alt.Chart] = [_note(text("sensors.course_empty", lang, area=area), p)]
        subtitle = ""
    else:
        lowest = 0.0 if total else float(known["minimum"].fillna(known["value"]).min())
        highest = float((known["value"] if total else known["maximum"].fillna(known["value"])).max())
        steps = ticks(lowest, highest, 4)
        x = alt.X(
            "time:T",
            title=None,
            scale=alt.Scale(domain=[moment(first - HALF[grain]), moment(last + HALF[grain])], nice=False),
            axis=day_axis(first, last, lang),
        )
        y = alt.Y(
            "value:Q",
            title=None,
            axis=alt.Axis(values=steps, format=",~f"),
            scale=alt.Scale(domain=[steps[0], steps[-1]], nice=False, zero=False),
        )
        layers = [*_strips(rows, x, grain, lang, p)]
        layers += _bars(known, x, y, p) if total else _lines(known, x, y, p, soft=p.accent_soft, ink=p.accent)
        layers += [_hover(known, x, y, unit, digits, grain, total, lang, p), *_hidden(rows, x, steps[0], p)]
        subtitle = " ".join(_said(rows, unit, grain, total, steps, lang))
    title = text("sensors.course_title", lang, area=area, metric=measure)
    if first is not None:
        ends = {"first": _day(first, grain, lang), "last": _day(last, grain, lang)}
        title += ", " + text("sensors.course_span", lang, **ends)
    return frame.picture(
        alt.layer(*layers),
        title=title,
        subtitle=subtitle,
        foot=frame.foot(source, None if last is None else last.date(), lang),
        summary=words,
        lang=lang,
        mode=mode,
        sample=sample,
        height=height,
    )  # fmt: skip


def prepared(df: pd.DataFrame, grain: str) -> pd.DataFrame:
    """In order, with ``gap`` and the number of the unbroken stretch (``run``). A month stands in its middle."""
    rows = df.assign(time=pd.to_datetime(df["time"]).astype("datetime64[ms]"))
    if grain == "month":
        rows["time"] = rows["time"] + pd.Timedelta(days=14)
    rows["gap"] = ~rows["status"].isin(KNOWN) | rows["value"].map(formats.is_missing)
    rows["run"] = rows["gap"].cumsum().astype(str)
    return rows.reset_index(drop=True)


def moment(value: pd.Timestamp) -> alt.DateTime:
    """A local moment as Vega-Lite's DateTime, for domains and ticks."""
    return alt.DateTime(year=value.year, month=value.month, date=value.day, hours=value.hour, minutes=value.minute)


def day_axis(first: pd.Timestamp, last: pd.Timestamp, lang: str) -> alt.Axis:
    """Days for weeks, months for a year, half-years beyond; labels that would touch are left out."""
    days = (last - first).days
    if days > 500:
        inside = pd.date_range(first, last, freq="MS")
        inside = inside[inside.month.isin([1, 7])]
    elif days > 60:
        inside = pd.date_range(first, last, freq="MS")
    else:
        inside = pd.date_range(first.normalize(), last, freq="D" if days < 10 else "W-MON")
    short = "%d.%m." if lang != "en" else "%-d %b"
    return alt.Axis(
        values=[moment(t) for t in inside],
        format=short if days <= 60 else "%m.%Y" if lang != "en" else "%b %Y",
        labelOverlap="greedy",
        labelSeparation=6,
    )


def _lines(known: pd.DataFrame, x: Any, y: Any, p: theme.Palette, soft: str, ink: str) -> list[alt.Chart]:
    """The band from smallest to largest, the line of the mean; a stretch of one is a bar and a point."""
    columns = ["time", "value", "minimum", "maximum", "run"]
    lone = known.groupby("run")["time"].transform("size") == 1
    long, single = known.loc[~lone, columns], known.loc[lone, columns]
    low, high = alt.Y("minimum:Q", title=None), alt.Y2("maximum:Q")
    layers = [
        alt.Chart(long).mark_area(color=soft, opacity=0.7).encode(x=x, y=low, y2=high, detail="run:N"),
        alt.Chart(long).mark_line(color=ink, strokeWidth=1.8).encode(x=x, y=y, detail="run:N"),
    ]
    if len(single):
        layers += [
            alt.Chart(single).mark_rule(color=soft, strokeWidth=3).encode(x=x, y=low, y2=high),
            alt.Chart(single).mark_point(filled=True, size=20, color=ink, opacity=1).encode(x=x, y=y),
        ]
    return layers


def _bars(known: pd.DataFrame, x: Any, y: Any, p: theme.Palette) -> list[alt.Chart]:
    width = 2 if len(known) > 120 else 4 if len(known) > 50 else 7
    bars = known[["time", "value"]].assign(zero=0.0)
    return [alt.Chart(bars).mark_rule(color=p.accent, strokeWidth=width).encode(x=x, y=y, y2="zero:Q")]


def _hover(known: pd.DataFrame, x: Any, y: Any, unit: str, digits: int, grain: str, total: bool, lang: str, p: Any):
    tips = known[["time", "value"]].assign(
        when=[_day(t, grain, lang, clock=True) for t in known["time"]],
        tip=[formats.with_unit(v, unit, lang, digits) for v in known["value"]],
        span=[
            "" if total else formats.span(a, b, lang, digits, unit) for a, b in zip(known["minimum"], known["maximum"])
        ],
    )
    names = ["when:N", "tip:N"] + ([] if total else ["span:N"])
    return (
        alt.Chart(tips)
        .mark_point(filled=True, size=50, opacity=0, color=p.text)
        .encode(x=x, y=y, tooltip=[alt.Tooltip(name, title=" ") for name in names])
    )


def _strips(rows: pd.DataFrame, x: Any, grain: str, lang: str, p: theme.Palette) -> list[alt.Chart]:
    """Every gap from its first to its last missing value, over the whole height; words where there is room."""
    found = rows[rows["gap"] & (rows["status"] != "confidential")]
    if found.empty:
        return []
    stretch = (found.index.to_series().diff() != 1).cumsum()
    gaps = pd.DataFrame(
        [
            {
                "time": part["time"].iloc[0] - HALF[grain],
                "end": part["time"].iloc[-1] + HALF[grain],
                "tip": f"{text('sensors.too_few', lang)}: {_between(part, grain, lang)}",
            }
            for _, part in found.groupby(stretch)
        ]
    )
    layers = [
        alt.Chart(gaps)
        .mark_rect(color=p.context, opacity=0.22)
        .encode(x=x, x2="end:T", tooltip=[alt.Tooltip("tip:N", title=" ")])
    ]
    wide = gaps[(gaps["end"] - gaps["time"]) > WIDE * (rows["time"].iloc[-1] - rows["time"].iloc[0])]
    if len(wide):
        middle = wide.assign(time=wide["time"] + (wide["end"] - wide["time"]) / 2, label=text("sensors.too_few", lang))
        layers.append(
            alt.Chart(middle[["time", "label"]])
            .mark_text(baseline="top", y=8, color=p.muted)
            .encode(x=x, text="label:N")
        )
    return layers


def _hidden(rows: pd.DataFrame, x: Any, base: float, p: theme.Palette) -> list[alt.Chart]:
    """A count of fewer than ten is a dot on the ground line: neither a figure nor a gap."""
    found = rows[rows["status"] == "confidential"]
    if found.empty:
        return []
    dots = found[["time"]].assign(value=base)
    return [alt.Chart(dots).mark_text(text="•", color=p.muted, dy=-4).encode(x=x, y="value:Q")]


def _said(rows: pd.DataFrame, unit: str, grain: str, total: bool, steps: list[float], lang: str) -> list[str]:
    said = [text(f"sensors.course_{grain}{'_sum' if total else ''}", lang, unit=unit) + "."]
    if not total:
        said.append(text("sensors.course_band", lang))
    if (rows["gap"] & (rows["status"] != "confidential")).any():
        said.append(text("sensors.course_gaps", lang))
    if (rows["status"] == "confidential").any():
        said.append(text("sensors.course_hidden", lang))
    if steps[0] > 0:  # a temperature that begins below zero shows its zero
        said.append(text("charts.axis_not_from_zero", lang, start=formats.number(steps[0], lang)))
    return said


def summary(
    rows: pd.DataFrame, *, area: str, measure: str, unit: str, digits: int, grain: str, lang: str = "de"
) -> str:
    """The course in a sentence: lowest and highest reading, how many values are missing."""
    known = rows[~rows["gap"]]
    if known.empty:
        return text("sensors.course_empty", lang, area=area)
    low = known["minimum"].fillna(known["value"]).min()
    high = known["maximum"].fillna(known["value"]).max()
    gone = int(rows["gap"].sum())
    gaps = (
        text("sensors.course_missing", lang, gaps=formats.number(gone, lang), all=formats.number(len(rows), lang))
        if gone
        else text("sensors.course_complete", lang)
    )
    return text(
        "sensors.course_summary", lang, area=area, metric=measure, gaps=gaps,
        first=_day(rows["time"].iloc[0], grain, lang), last=_day(rows["time"].iloc[-1], grain, lang),
        low=formats.with_unit(low, unit, lang, digits), high=formats.with_unit(high, unit, lang, digits),
    )  # fmt: skip


def _day(value: pd.Timestamp, grain: str, lang: str, clock: bool = False) -> str:
    if grain == "month":
        return formats.date(f"{value:%Y-%m}", lang)
    words = formats.date(value, lang)
    return text("sensors.clock", lang, date=words, time=f"{value:%H:%M}") if clock and grain == "hour" else words


def _between(part: pd.DataFrame, grain: str, lang: str) -> str:
    first, last = (_day(part["time"].iloc[i], grain, lang, clock=True) for i in (0, -1))
    return first if first == last else text("sensors.course_span", lang, first=first, last=last)


def _note(words: str, p: theme.Palette) -> alt.Chart:
    return alt.Chart(alt.Data(values=[{}])).mark_text(text=words, color=p.muted, align="center", baseline="middle")
