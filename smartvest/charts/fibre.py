"""Which internet households can get: at one date by speed and technology, and over the half-years at one speed."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.texts import text

HEAD, ROW, BAR = 42, 34, 7  # px: names of the technologies, one speed, one bar
GUTTER = 50  # px for the speeds on the left
SHARE = 0.88  # of a technology's column that 100 % takes
LABELS = 146  # px on the right for the names of the lines
UNIT = "Mbit/s"
SHAPE_OF = dict(zip(theme.TECHNOLOGIES, theme.SERIES_SHAPE, strict=True))


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
                    "label": formats.missing(lang, short=True) if gone else formats.number(value, lang, 1),
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
                    "tip": f"{text(f'charts.technology_{technology}', lang)}: {formats.percent(value, lang)}",
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


def series(
    df: pd.DataFrame,
    *,
    area: str,
    source: str,
    min_mbit_s: int,
    breaks: list[tuple[Any, str]] | tuple[tuple[Any, str], ...] = (),
    lang: str = "de",
    mode: str = "light",
    sample: bool = False,
    height: int = 280,
) -> frame.Picture:
    """Lines by technology. ``df``: ``as_of``, ``technology``, ``households_pct`` (% or missing), for ``min_mbit_s``.
    ``breaks`` are (first date of the new method, words): no line runs into that date; the words are in the subtitle."""
    p = theme.palette(mode)
    rows = df.assign(day=frame.days(df["as_of"])).dropna(subset=["day"]).sort_values("day")
    rows = rows[rows["technology"].isin(theme.TECHNOLOGIES)]
    words = series_summary(df, area=area, min_mbit_s=min_mbit_s, breaks=breaks, lang=lang)
    title = text("charts.fibre_lines_title", lang, area=area, speed=formats.with_unit(min_mbit_s, UNIT, lang))
    said = f"{text('charts.fibre_lines_measure', lang)} {text('charts.axis_from_zero', lang)}"
    rows = frame.with_gaps(rows, "technology")
    seen = frame.measured(rows, "households_pct")
    if seen.empty:
        return _empty(
            words,
            p,
            title=title,
            subtitle=said,
            foot=frame.foot(source, None, lang),
            summary=words,
            lang=lang,
            mode=mode,
            sample=sample,
        )
    start, end = seen["day"].min(), seen["day"].max()
    starts = sorted(pd.Timestamp(formats.as_date(day)) for day, _ in breaks)
    lines = []
    for technology, own in rows.groupby("technology", sort=False):
        before = own["day"].shift()
        own = own.assign(
            break_before=[any(b <= day and prior < b for b in starts) for day, prior in zip(own["day"], before)]
        )
        part = frame.runs(own, "households_pct")
        shape = SHAPE_OF[str(technology)]
        lines.append(part.assign(run=f"{technology} " + part["run"], ink=p.technology[str(technology)], shape=shape))
    drawn = pd.concat(lines)
    drawn = drawn.assign(
        tip=[
            f"{text(f'charts.technology_{t}', lang)}: {formats.percent(v, lang)}"
            for t, v in zip(drawn["technology"], drawn["households_pct"])
        ],
        tip_date=drawn["as_of"].map(lambda d: formats.half_year(d, lang)),
    )
    drawn = drawn[["day", "households_pct", "run", "ink", "tip", "tip_date", "technology", "shape"]]
    margin = (end - start) * 0.03 + pd.Timedelta(days=10)
    # Ticks stand at the half-years; a year's name at 1 January would stand under the figure of the year before.
    x = alt.X(
        "day:T",
        title=None,
        axis=alt.Axis(values=[frame.timestamp(d) for d in sorted(seen["day"].unique())], labels=False),
        scale=alt.Scale(
            domain=[frame.timestamp(start - margin), frame.timestamp(end)],
            nice=False,
            range=[0, alt.ExprRef(f"stage - {LABELS}")],
        ),
    )
    y = alt.Y(
        "households_pct:Q",
        title="%",
        axis=alt.Axis(values=[0, 25, 50, 75, 100], format=",~f", grid=False),
        scale=alt.Scale(domain=[0, 100], nice=False),
    )
    ink = alt.Color("ink:N", scale=None, legend=None)
    grid = pd.DataFrame({"households_pct": [0, 25, 50, 75, 100]})
    layers: list[alt.Chart] = [
        alt.Chart(grid)
        .mark_rule(color=p.line)
        .encode(x=alt.value(0), x2=alt.value(alt.ExprRef(f"stage - {LABELS}")), y=y)
    ]
    align: Any
    for day, align in ((start, "left"), (end, "right")) if start < end else ((end, "right"),):
        named = pd.DataFrame({"day": [day], "label": [formats.half_year(day, lang)]})
        layers.append(
            alt.Chart(named)
            .mark_text(align=align, baseline="top", color=p.muted)
            .encode(x=x, y=alt.value(height + 9), text="label:N")
        )
    for day in starts:
        before = seen.loc[seen["day"] < day, "day"].max()
        if pd.isna(before) or day > end:
            continue
        middle = pd.DataFrame({"day": [before + (day - before) / 2], "label": [text("charts.break", lang)]})
        layers.append(alt.Chart(middle).mark_rule(color=p.border, strokeDash=[2, 3]).encode(x=x))
        right = middle["day"][0] > start + (end - start) * 0.6
        layers += [
            c.encode(x=x, y=alt.value(-8))
            for c in frame.label(middle, p, "label:N", color=p.muted, fontSize=11, align="right" if right else "left")
        ]
    layers.append(alt.Chart(drawn).mark_line(strokeWidth=2.5).encode(x=x, y=y, detail="run:N", color=ink))
    layers.append(
        alt.Chart(drawn)
        .mark_point(filled=True, size=55, opacity=1)
        .encode(
            x=x,
            y=y,
            color=ink,
            shape=alt.Shape("shape:N", scale=None, legend=None),
            tooltip=[alt.Tooltip("tip_date:N", title=" "), alt.Tooltip("tip:N", title=" ")],
        )
    )
    ends = drawn.groupby("technology", sort=False).tail(1).sort_values("households_pct", ascending=False)
    places = _apart([height * (1 - float(v) / 100) for v in ends["households_pct"]], 16, height)
    for row, place in zip(ends.itertuples(), places):
        late = "" if row.day == end else f" ({row.tip_date})"
        name = text(f"charts.technology_short_{row.technology}", lang)
        one = pd.DataFrame(
            {
                "day": [row.day],
                "households_pct": [row.households_pct],
                "ink": [row.ink],
                "shape": [row.shape],
                "label": [f"{name} {formats.percent(row.households_pct, lang)}{late}"],
            }
        )
        reach = alt.value(alt.ExprRef(f"stage - {LABELS - 14}"))
        layers.append(
            alt.Chart(one).mark_rule(strokeWidth=1).encode(x=x, x2=reach, y=y, y2=alt.value(place), color=ink)
        )
        layers.append(
            alt.Chart(one)
            .mark_point(filled=True, size=55, opacity=1)
            .encode(
                x=alt.value(alt.ExprRef(f"stage - {LABELS - 18}")), y=alt.value(place), color=ink,
                shape=alt.Shape("shape:N", scale=None, legend=None),
            )
        )  # fmt: skip
        layers.append(
            alt.Chart(one)
            .mark_text(align="left", baseline="middle", color=p.text)
            .encode(x=alt.value(alt.ExprRef(f"stage - {LABELS - 28}")), y=alt.value(place), text="label:N")
        )
    return frame.picture(
        alt.layer(*layers),
        title=title,
        subtitle=" ".join([said, *(_sentence(w) for _, w in breaks)]),
        foot=frame.foot(source, end, lang, dates="half_year"),
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
    said = []
    for speed in sorted(rows["min_mbit_s"].unique(), reverse=True):
        own = rows[rows["min_mbit_s"] == speed].set_index("technology")["households_pct"]
        figures = [
            f"{text(f'charts.technology_{t}', lang)} {formats.percent(own[t], lang)}"
            for t in theme.TECHNOLOGIES
            if t in own
        ]
        said.append(f"{text('charts.at_least', lang, speed=formats.with_unit(speed, UNIT, lang))} {', '.join(figures)}")
    return text(
        "charts.fibre_bars_summary",
        lang,
        area=area,
        date=formats.half_year(rows["as_of"].max(), lang),
        list="; ".join(said),
    )


def series_summary(df: pd.DataFrame, *, area: str, min_mbit_s: int, breaks: Any = (), lang: str = "de") -> str:
    """First and latest share of each technology, then the breaks in words."""
    rows = frame.measured(
        df.assign(day=frame.days(df["as_of"])).dropna(subset=["day"]).sort_values("day"), "households_pct"
    )
    if rows.empty:
        return text("charts.no_figures", lang, area=area)
    said = []
    for technology in theme.TECHNOLOGIES:
        own = rows[rows["technology"] == technology]
        if len(own):
            first, last = own.iloc[0], own.iloc[-1]
            said.append(
                text(
                    "charts.fibre_lines_one",
                    lang,
                    technology=text(f"charts.technology_{technology}", lang),
                    first=formats.percent(first["households_pct"], lang),
                    first_date=formats.half_year(first["as_of"], lang),
                    value=formats.percent(last["households_pct"], lang),
                    date=formats.half_year(last["as_of"], lang),
                )
            )
    head = text("charts.fibre_lines_title", lang, area=area, speed=formats.with_unit(min_mbit_s, UNIT, lang))
    return " ".join([f"{head}: {'; '.join(said)}.", *(_sentence(w) for _, w in breaks)])


def _shown(df: pd.DataFrame) -> pd.DataFrame:
    """Without "any" where "wired" is there: they differ by wireless only (county, mid-2021: by 0.2 points at most), and
    a phone has room for five columns."""
    rows = df[df["technology"].isin(theme.TECHNOLOGIES)]
    return rows[rows["technology"] != "any"] if (rows["technology"] == "wired").any() else rows


def _apart(places: list[float], least: float, height: float) -> list[float]:
    """Rising positions pushed apart to ``least`` px and kept within the plot."""
    out: list[float] = []
    for place in places:
        out.append(max(place, out[-1] + least) if out else max(place, 0.0))
    over = out[-1] - height if out else 0
    if over > 0:
        out[-1] = height
        for i in range(len(out) - 2, -1, -1):
            out[i] = min(out[i], out[i + 1] - least)
    return out


def _sentence(words: str) -> str:
    return words.rstrip(".") + "."


def _empty(words: str, p: theme.Palette, **options: Any) -> frame.Picture:
    note = alt.Chart(alt.Data(values=[{}])).mark_text(text=words, color=p.muted, fontSize=13)
    return frame.picture(alt.layer(note), height=80, **options)
