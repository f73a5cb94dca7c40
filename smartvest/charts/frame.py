"""What every chart shares: font, colours, German figures on the axes, words around it, the mark of sample data.

A chart function returns a `Picture`. A page shows ``picture.plot`` between ``picture.title``/``subtitle`` and
``picture.foot`` set as real HTML (they wrap on a phone, can be read aloud and copied); an export draws everything into
the picture with ``picture.printed(width)``. All positions and texts are computed here in Python: the specs hold no Vega
expression beyond the built-in ones, so the interpreter that needs no ``eval`` draws them.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date as Date
from typing import Any

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.texts import text

STAGE = (
    "stage"  # name of the plot's width in px, so that a chart can keep a margin of fixed width: range=[30, stage - 90]
)
SIZE = 12  # px of axis and label text; 11 px is the least we set

alt.data_transformers.disable_max_rows()  # 5,000 by default; a year of hours has 8,760, and the pages set the bounds

_NUMBER: dict[str, dict[str, Any]] = {
    "de": {
        "decimal": ",",
        "thousands": ".",
        "grouping": [3],
        "currency": ["", "\u00a0€"],
        "minus": formats.MINUS,
        "percent": "\u202f%",
    },
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["£", ""], "minus": formats.MINUS},
}


def _time(lang: str) -> dict[str, Any]:
    locale = formats.locale(lang)
    return {
        "dateTime": "%A, %e. %B %Y, %X" if lang != "en" else "%A, %e %B %Y, %X",
        "date": "%d.%m.%Y" if lang != "en" else "%d/%m/%Y",
        "time": "%H:%M:%S",
        "periods": ["", ""],
        "days": [locale.days["stand-alone"]["wide"][i] for i in (6, 0, 1, 2, 3, 4, 5)],
        "shortDays": [locale.days["stand-alone"]["short"][i] for i in (6, 0, 1, 2, 3, 4, 5)],
        "months": [locale.months["stand-alone"]["wide"][i] for i in range(1, 13)],
        "shortMonths": [locale.months["stand-alone"]["abbreviated"][i] for i in range(1, 13)],
    }


@dataclass(frozen=True)
class Picture:
    """One chart with its words. ``summary`` is the text alternative, made from the same figures (aria-label)."""

    plot: alt.LayerChart | alt.Chart | alt.FacetChart
    title: str
    subtitle: str
    foot: str
    summary: str
    mode: str = "light"
    sample: bool = False

    def printed(self, width: int = 720) -> alt.TopLevelMixin:
        """The same chart with title, subtitle and foot inside, at a fixed width, on paper colour, for SVG and PNG."""
        chart = self.plot.copy(deep=True)
        p = theme.palette(self.mode)
        letters = max(int(width / 6.4), 30)
        if not isinstance(chart, alt.FacetChart):
            chart = chart.properties(width=width)
        chart.title = alt.Title(
            text=textwrap.wrap(self.title, int(letters * 0.82)),
            subtitle=textwrap.wrap(self.subtitle, letters) or [""],
        )
        chart.background = p.background
        chart.padding = {"left": 16, "right": 16, "top": 14, "bottom": 14}
        foot = alt.Chart(alt.Data(values=[{}])).mark_text(
            align="left",
            x=0,
            y=4,
            color=p.muted,
            fontSize=11,
            baseline="top",
            text=textwrap.wrap(self.foot, letters) or [""],
            lineHeight=15,
        )
        chart_params, chart.params = chart.params is not alt.Undefined, alt.Undefined
        config, chart.config = chart.config, alt.Undefined
        background, chart.background = chart.background, alt.Undefined
        padding, chart.padding = chart.padding, alt.Undefined
        foot = foot.properties(width=width, height=15 * max(len(textwrap.wrap(self.foot, letters)), 1))
        whole = alt.vconcat(chart, foot, spacing=6).properties(background=background, padding=padding)
        whole.config = config
        if chart_params:
            whole.params = [alt.VariableParameter(name=STAGE, value=width)]
        return whole


@dataclass(frozen=True)
class Drawing:
    """A chart or map that the page shows as SVG of our own, with its words; ``svg`` is a document with a size in px."""

    svg: str
    title: str
    subtitle: str


def picture(
    plot: Any,
    *,
    title: str,
    subtitle: str,
    foot: str,
    summary: str,
    lang: str,
    mode: str,
    sample: bool = False,
    height: int | None = None,
    width: str | int = "container",
) -> Picture:
    """Give ``plot`` the house's manner. ``sample`` adds the watermark and a labelled border; ``height`` in px."""
    if sample:
        plot = alt.layer(watermark(lang, mode), *(plot.layer if isinstance(plot, alt.LayerChart) else [plot]))
        plot = plot.properties(view=alt.ViewConfig(stroke=theme.palette(mode).border, strokeDash=[4, 3], strokeWidth=1))
        subtitle = f"{subtitle} – {text('charts.sample', lang)}"
        summary = f"{text('charts.sample', lang)}: {summary}"
    if height is not None and not isinstance(plot, alt.FacetChart):
        plot = plot.properties(height=height, width=width)
    if isinstance(plot, alt.LayerChart):
        plot.params = [alt.VariableParameter(name=STAGE, expr="width")]
    return Picture(configured(plot, lang, mode), title, subtitle, foot, summary, mode, sample)


def configured(plot: Any, lang: str, mode: str) -> Any:
    """Font, colours and locale. Transparent ground: the page shows through in both modes."""
    p = theme.palette(mode)
    # One object: each chained configure_…() copies the whole chart deeply; eight took 0.3 s for one of ten panels.
    plot = plot.copy(deep=False)
    plot.config = alt.Config(
        background="transparent",
        font=theme.FONT_STACK,
        locale=alt.Locale(number=_NUMBER["en" if lang == "en" else "de"], time=_time(lang)),
        padding={"left": 2, "right": 6, "top": 4, "bottom": 2},
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=p.muted, titleColor=p.muted, gridColor=p.line, domainColor=p.border, tickColor=p.border,
            labelFontSize=SIZE, titleFontSize=SIZE, titleFontWeight="normal", gridWidth=1, tickSize=4, labelPadding=5,
        ),
        axisY=alt.AxisConfig(
            domain=False, ticks=False, titleAngle=0, titleAlign="left", titleAnchor="start", titleX=0, titleY=-12,
            titleBaseline="bottom",
        ),
        axisX=alt.AxisConfig(grid=False, labelFlush=True),
        text=alt.MarkConfig(color=p.text, fontSize=SIZE, font=theme.FONT_STACK),
        title=alt.TitleConfig(
            anchor="start", frame="bounds", color=p.text, fontSize=17, fontWeight=600, lineHeight=22,
            subtitleColor=p.muted, subtitleFontSize=13, subtitlePadding=5, subtitleLineHeight=18, offset=10,
        ),
        header=alt.HeaderConfig(
            labelColor=p.text, labelFontSize=SIZE, labelAnchor="start", labelFontWeight=600, title=None, labelPadding=4,
        ),
    )  # fmt: skip
    return plot


def watermark(lang: str, mode: str) -> alt.Chart:
    """*Beispieldaten*, quiet and diagonal in the middle of the plot (a mark without x and y stands there): whoever
    crops the picture keeps it."""
    p = theme.palette(mode)
    return alt.Chart(alt.Data(values=[{}])).mark_text(
        text=text("charts.sample", lang),
        angle=340,
        fontSize=32,
        fontWeight=600,
        color=p.muted,
        opacity=0.25,
        align="center",
        baseline="middle",
    )


def label(data: pd.DataFrame, p: theme.Palette, column: str = "label", **mark: Any) -> list[alt.Chart]:
    """Text of ``column`` with a halo of the ground colour, so that it reads across lines. Caller encodes x and y."""
    mark = {"align": "left", "fontSize": SIZE, **mark}
    base = alt.Chart(data)
    return [
        base.mark_text(**{**mark, "color": p.halo, "stroke": p.halo, "strokeWidth": 4, "strokeJoin": "round"}).encode(
            text=column
        ),
        base.mark_text(**{"color": p.text, **mark}).encode(text=column),
    ]


def foot(source: str, as_of: Any, lang: str, *, dates: str = "date") -> str:
    """ "Quelle: Breitbandatlas | Gigabit-Grundbuch. Stand: Mitte 2021." ``dates`` is "date" or "half_year"."""
    when = formats.half_year(as_of, lang) if dates == "half_year" else formats.date(as_of, lang)
    return text("charts.foot", lang, source=source.rstrip("."), as_of=when)


def days(column: pd.Series) -> pd.Series:
    """Dates of any kind as Timestamps at midnight (Vega reads them as local days without a shift)."""
    return pd.to_datetime(column.map(lambda v: None if formats.is_missing(v) else formats.as_date(v)))


def time_axis(start: pd.Timestamp, end: pd.Timestamp) -> alt.Axis:
    """Years; for less than three years month and year every half-year ("06.2021")."""
    if (end - start).days < 3 * 365:
        ticks = [pd.Timestamp(year, month, 1) for year in range(start.year, end.year + 1) for month in (1, 7)]
        inside = [timestamp(t) for t in ticks if start <= t <= end]
        return alt.Axis(format="%m.%Y", values=inside, labelOverlap="greedy")
    return alt.Axis(format="%Y", tickCount="year", labelOverlap="greedy", labelSeparation=8)


def timestamp(value: Any) -> alt.DateTime:
    """A date as Vega-Lite's DateTime, for domains."""
    day = formats.as_date(value)
    assert isinstance(day, Date)
    return alt.DateTime(year=day.year, month=day.month, date=day.day)


def measured(df: pd.DataFrame, column: str = "value") -> pd.DataFrame:
    """Only the rows that have a figure: a gap makes no mark."""
    return df[~df[column].map(formats.is_missing)]


def runs(df: pd.DataFrame, column: str = "value") -> pd.DataFrame:
    """Number the unbroken stretches (column ``run``) of a sorted series, so that no line crosses a missing value; then
    drop the missing rows. A boolean column ``break_before`` also starts a new stretch (method break)."""
    gone = df[column].map(formats.is_missing)
    starts = gone.astype(int)
    if "break_before" in df:
        starts = starts + df["break_before"].fillna(False).astype(int)
    return df.assign(run=starts.cumsum().astype(str))[~gone]


def with_gaps(df: pd.DataFrame, series: str) -> pd.DataFrame:
    """An absent row is a gap too: where most of the ``series`` (a column of names) have a row at a ``day`` and one has
    none between its first and its last, that one gets a row without a figure. Sorted by day. (The Breitbandatlas has no
    fibre from 100 Mbit/s at the end of 2019; a line from mid-2019 to mid-2020 would claim one.)"""
    count = df.groupby("day")[series].nunique()
    common = count[count * 2 > df[series].nunique()].index
    added = []
    for name, own in df.groupby(series):
        inside = common[(common > own["day"].min()) & (common < own["day"].max())]
        added.append(pd.DataFrame({"day": inside.difference(pd.Index(own["day"])), series: name}))
    return pd.concat([df, *[a for a in added if len(a)]], ignore_index=True).sort_values("day", kind="stable")
