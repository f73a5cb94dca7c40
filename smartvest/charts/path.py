"""The path of a KPI to its target: what was measured, what would be needed, where the pace so far leads."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.texts import text


def path(
    df: pd.DataFrame,
    *,
    area: str,
    measure: str,
    unit: str,
    source: str,
    target: float | None = None,
    target_date: Any = None,
    projected: tuple[float, float] | None = None,
    higher_is_better: bool = True,
    breaks: list[tuple[Any, str]] | tuple[tuple[Any, str], ...] = (),
    title: str | None = None,
    zero: bool = True,
    digits: formats.Digits = 1,
    dates: str = "half_year",
    lang: str = "de",
    mode: str = "light",
    sample: bool = False,
    height: int = 300,
) -> frame.Picture:
    """``df``: one row a date: ``as_of`` (date), ``value`` (number or missing), optional ``status`` ("estimated" draws a
    hollow point), optional ``break_before`` (bool: no line from the row before). ``target`` and ``projected`` (low and
    high at ``target_date``) are in ``unit``; a target the latest figure already meets (see ``higher_is_better``) has no
    required path; ``breaks`` are (date, words). A missing value makes no mark and no line."""
    p = theme.palette(mode)
    projected = _possible(projected, unit)
    rows = df.assign(day=frame.days(df["as_of"])).dropna(subset=["day"]).sort_values("day")
    rows = rows[[c for c in ("as_of", "day", "value", "status", "break_before") if c in rows]]
    lines = frame.runs(rows)
    words = summary(
        df,
        area=area,
        unit=unit,
        target=target,
        target_date=target_date,
        projected=projected,
        higher_is_better=higher_is_better,
        digits=digits,
        dates=dates,
        lang=lang,
    )
    when = formats.half_year if dates == "half_year" else formats.date
    if lines.empty:
        plot = alt.layer(_note(words, p))
        return frame.picture(
            plot,
            title=title or area,
            subtitle=measure,
            foot=frame.foot(source, None, lang),
            summary=words,
            lang=lang,
            mode=mode,
            sample=sample,
            height=height,
        )
    last = lines.iloc[-1]
    value = formats.with_unit(last["value"], unit, lang, formats.digits_at(digits, last["as_of"]))
    ahead = target is not None and not formats.is_missing(target_date) and pd.Timestamp(target_date) > last["day"]
    wanting = ahead and not _met(last["value"], target, higher_is_better)
    falling = wanting and target is not None and target < last["value"]

    end = max(
        pd.Timestamp(target_date) if target is not None and not formats.is_missing(target_date) else last["day"],
        last["day"],
    )
    start = lines["day"].iloc[0]
    if start == end:  # one figure only: give it a year to stand in
        start, end = start - pd.Timedelta(days=183), end + pd.Timedelta(days=183)
    margin = (end - start) * 0.02 + pd.Timedelta(days=20)
    x = alt.X(
        "day:T",
        title=None,
        axis=frame.time_axis(start - margin, end + margin),
        scale=alt.Scale(domain=[frame.timestamp(start - margin), frame.timestamp(end + margin)], nice=False),
    )
    ends = (
        [lines["value"].min(), lines["value"].max()] + ([target] if target is not None else []) + list(projected or [])
    )
    low, high = _domain(min(map(float, ends)), max(map(float, ends)), zero)
    y = alt.Y(
        "value:Q", title=unit, axis=alt.Axis(tickCount=5, format=",~f"), scale=alt.Scale(domain=[low, high], nice=False)
    )

    layers: list[alt.Chart] = []
    for step, (day, what) in enumerate(breaks):
        mark = pd.DataFrame({"day": [pd.Timestamp(day)], "value": [high], "label": [what]})
        if not start - margin <= mark["day"][0] <= end + margin:
            continue
        layers.append(alt.Chart(mark).mark_rule(color=p.border, strokeDash=[2, 3]).encode(x=x))
        right = mark["day"][0] > start + (end - start) * 0.6
        layers += [
            c.encode(x=x, y=y)
            for c in frame.label(
                mark,
                p,
                color=p.muted,
                align="right" if right else "left",
                dx=-5 if right else 5,
                dy=4 + 15 * (step % 2),
                baseline="top",
                fontSize=11,
            )
        ]
    if ahead and projected is not None and target is not None:
        low_end, high_end = projected
        wedge = pd.DataFrame(
            {"day": [last["day"], end], "value": [last["value"], low_end], "upper": [last["value"], high_end]}
        )
        layers.append(alt.Chart(wedge).mark_area(color=p.accent, opacity=0.22).encode(x=x, y=y, y2="upper:Q"))
        edge = pd.concat(
            [
                wedge[["day", "value"]].assign(side="low"),
                wedge[["day", "upper"]].rename(columns={"upper": "value"}).assign(side="high"),
            ]
        )
        layers.append(
            alt.Chart(edge).mark_line(color=p.accent, strokeWidth=1, opacity=0.8).encode(x=x, y=y, detail="side:N")
        )
        # The words stand above the wedge, or below it where they would run into the target line.
        under = falling or abs(high_end - float(target)) < 0.12 * (high - low) or high_end > float(target) > low_end
        told = formats.span(low_end, high_end, lang, 0 if high_end >= 20 else _computed(digits, unit), unit)
        note = pd.DataFrame(
            {
                "day": [end],
                "value": [low_end if under else high_end],
                "label": [text("charts.projected", lang, range=told)],
            }
        )
        layers += [
            c.encode(x=x, y=y) for c in frame.label(note, p, color=p.accent, align="right", dy=13 if under else -9)
        ]
    if wanting and target is not None:
        need = pd.DataFrame({"day": [last["day"], end], "value": [last["value"], float(target)]})
        layers.append(alt.Chart(need).mark_line(color=p.muted, strokeDash=[6, 4], strokeWidth=1.5).encode(x=x, y=y))
        middle = pd.DataFrame(
            {
                "day": [last["day"] + (end - last["day"]) * 0.5],
                "label": [text("charts.required", lang)],
                "value": [(last["value"] + float(target)) / 2],
            }
        )
        layers += [c.encode(x=x, y=y) for c in frame.label(middle, p, color=p.muted, align="right", dx=-8, dy=-4)]
    if target is not None:
        level = pd.DataFrame({"value": [float(target)]})
        layers.append(alt.Chart(level).mark_rule(color=p.text, strokeWidth=1, opacity=0.55).encode(y=y))
        at = pd.DataFrame(
            {"day": [end], "value": [float(target)], "label": [_target_words(target, target_date, unit, lang)]}
        )
        if ahead:
            layers.append(
                alt.Chart(at)
                .mark_point(shape="diamond", size=110, filled=True, color=p.text, opacity=1)
                .encode(x=x, y=y)
            )
        layers += [c.encode(x=x, y=y) for c in frame.label(at, p, align="right", dy=-13, fontWeight=600)]
    layers.append(
        alt.Chart(lines[["day", "value", "run"]])
        .mark_line(color=p.accent, strokeWidth=2.5, interpolate="linear")
        .encode(x=x, y=y, detail="run:N")
    )
    estimated = lines["status"].eq("estimated") if "status" in lines else pd.Series(False, index=lines.index)
    points = lines[["day", "value"]].assign(
        fill=estimated.map({True: p.background, False: p.accent}),
        tip_value=[
            formats.with_unit(row.value, unit, lang, formats.digits_at(digits, row.as_of)) for row in lines.itertuples()
        ],
        tip_date=lines["as_of"].map(lambda d: when(d, lang)),
    )
    layers.append(
        alt.Chart(points)
        .mark_point(filled=True, size=55, stroke=p.accent, strokeWidth=2, opacity=1)
        .encode(
            x=x,
            y=y,
            fill=alt.Fill("fill:N", scale=None),
            tooltip=[alt.Tooltip("tip_date:N", title=" "), alt.Tooltip("tip_value:N", title=measure[:40] or " ")],
        )
    )
    near_end = last["day"] > start + (end - start) * 0.7
    tag = pd.DataFrame(
        {
            "day": [last["day"]],
            "value": [last["value"]],
            "label": [text("charts.value_at", lang, value=value, date=when(last["as_of"], lang))],
        }
    )
    # Below the point where the dashed path rises from it and there is room; else above.
    below = wanting and not falling and (last["value"] - low) > (high - low) * 0.12
    if not ahead and target is not None and abs(last["value"] - float(target)) < 0.12 * (high - low):
        below = True
    layers += [
        c.encode(x=x, y=y)
        for c in frame.label(
            tag,
            p,
            color=p.accent,
            fontWeight=600,
            dx=4 if not near_end else 0,
            align="right" if near_end or (wanting and not below and not falling) else "left",
            dy=15 if below else -13,
        )
    ]
    if title is None:
        names = dict(area=area, value=value, date=when(last["as_of"], lang))
        title = (
            text("charts.path_title", lang, **names)
            if target is None or formats.is_missing(target_date)
            else text(
                "charts.path_title_target",
                lang,
                target=formats.with_unit(target, unit, lang),
                target_date=formats.half_year(target_date, lang),
                **names,
            )
        )
    axis = (
        text("charts.axis_from_zero", lang)
        if low == 0
        else text("charts.axis_not_from_zero", lang, start=formats.number(low, lang))
    )
    return frame.picture(
        alt.layer(*layers),
        title=title,
        subtitle=f"{measure.rstrip('.')}. {axis}",
        foot=frame.foot(source, last["as_of"], lang, dates=dates),
        summary=words,
        lang=lang,
        mode=mode,
        sample=sample,
        height=height,
    )


def summary(
    df: pd.DataFrame,
    *,
    area: str,
    unit: str,
    target: float | None = None,
    target_date: Any = None,
    projected: tuple[float, float] | None = None,
    higher_is_better: bool = True,
    digits: formats.Digits = 1,
    dates: str = "half_year",
    lang: str = "de",
) -> str:
    """The same picture in sentences: first and latest figure, target, pace needed, projected range."""
    when = formats.half_year if dates == "half_year" else formats.date
    rows = frame.measured(df.assign(day=frame.days(df["as_of"])).dropna(subset=["day"]).sort_values("day"))
    if rows.empty:
        return text("charts.no_figures", lang, area=area)
    first, last = rows.iloc[0], rows.iloc[-1]

    def said_of(row: Any) -> str:
        return formats.with_unit(row["value"], unit, lang, formats.digits_at(digits, row["as_of"]))

    latest = dict(area=area, value=said_of(last), date=when(last["as_of"], lang))
    said = [
        text("charts.path_one", lang, **latest)
        if len(rows) == 1
        else text(
            "charts.path_many",
            lang,
            first=said_of(first),
            first_date=when(first["as_of"], lang),
            **latest,
        )
    ]
    if target is not None and not formats.is_missing(target_date):
        said.append(
            text(
                "charts.path_target",
                lang,
                target=formats.with_unit(target, unit, lang),
                target_date=formats.half_year(target_date, lang),
            )
        )
        years = (pd.Timestamp(target_date) - last["day"]).days / 365.25
        if _met(last["value"], target, higher_is_better):
            said.append(text("charts.path_reached", lang))
        elif years > 0:
            points = text("charts.points", lang) if unit == "%" else unit
            pace = formats.change((target - last["value"]) / years, lang, _computed(digits, unit), points)
            said.append(text("charts.path_required", lang, pace=pace))
            possible = _possible(projected, unit)
            if possible is not None:
                said.append(
                    text(
                        "charts.path_projected",
                        lang,
                        range=formats.span(possible[0], possible[1], lang, _computed(digits, unit), unit),
                    )
                )
    return " ".join(said)


def _computed(digits: formats.Digits, unit: str) -> int:
    """Decimals of a pace or projection: one for shares, otherwise those of an undated figure."""
    return 1 if unit == "%" else formats.digits_at(digits, None)


def _met(value: float, target: float | None, higher_is_better: bool) -> bool:
    if target is None:
        return False
    slack = 1e-9 * max(abs(target), 1.0)  # a weighted mean of ten times 100 comes out as 99.99999999999999
    return value >= target - slack if higher_is_better else value <= target + slack


def _possible(projected: tuple[float, float] | None, unit: str) -> tuple[float, float] | None:
    """The projected range, low end first. No household is reached twice: where a straight line promises 130 %, the
    picture ends at 100 (and at 0)."""
    if projected is None:
        return None
    low, high = sorted(map(float, projected))
    return (min(max(low, 0.0), 100.0), min(max(high, 0.0), 100.0)) if unit == "%" else (low, high)


def _target_words(target: float, target_date: Any, unit: str, lang: str) -> str:
    return text(
        "charts.target", lang, value=formats.with_unit(target, unit, lang), date=formats.half_year(target_date, lang)
    )


def _domain(low: float, high: float, zero: bool) -> tuple[float, float]:
    """Room for labels above the highest figure; from zero unless told otherwise."""
    room = (high - (0 if zero else low)) or abs(high) or 1.0
    top = high + room * 0.14
    return (min(0.0, low - room * 0.05 if low < 0 else 0.0) if zero else low - room * 0.1), top


def _note(words: str, p: theme.Palette) -> alt.Chart:
    return alt.Chart(alt.Data(values=[{}])).mark_text(text=words, color=p.muted, fontSize=13)
