"""The ten towns side by side on one scale: ten small curves instead of one tangle.

Facets of Vega-Lite have a fixed width. Here all panels stand in one plot whose places are computed in Python, so the
whole grid stretches with the page; height is fixed.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.charts.ticks import ticks
from smartvest.texts import text
from smartvest.towns import COUNTY_AGS, TOWNS

HEAD, PLOT, GAP, FOOT = 36, 76, 14, 18  # px of a panel: name and figure above, curve, space below, dates under the last
INNER = 0.86  # the share of a panel's width that the curve takes


def multiples(
    df: pd.DataFrame,
    *,
    measure: str,
    unit: str,
    source: str,
    title: str,
    selected: str | None = None,
    reference: pd.DataFrame | None = None,
    target: float | None = None,
    columns: int = 5,
    digits: formats.Digits = 1,
    dates: str = "half_year",
    lang: str = "de",
    mode: str = "light",
    sample: bool = False,
) -> frame.Picture:
    """``df``: one row a town and date: ``ags``, ``name``, ``as_of``, ``value`` (or missing), optional ``status``.
    Each of the ten towns has a panel, in alphabetical order; rows of the county are left out. ``reference``
    (``as_of``, ``value``) is the county, drawn quietly in each panel; ``selected`` is an AGS. Take ``columns=5``
    from 700 px on, 2 on a phone."""
    p = theme.palette(mode)
    rows = (
        df[df["ags"] != COUNTY_AGS]
        .assign(day=lambda d: frame.days(d["as_of"]))
        .dropna(subset=["day"])
        .sort_values("day")
    )
    county = _county(reference)
    rows = frame.with_gaps(rows, "ags")
    towns = _towns(df)
    seen = frame.measured(rows)
    known = pd.concat([seen[["day", "value"]], county[["day", "value"]]]) if len(county) else seen[["day", "value"]]
    words = summary(df, measure=measure, unit=unit, digits=digits, dates=dates, lang=lang)
    when = formats.half_year if dates == "half_year" else formats.date
    highest = max([float(v) for v in known["value"]] + ([float(target)] if target is not None else []), default=1.0)
    steps = ticks(0.0, highest or 1.0, 2)
    percent = unit == "%"
    marks = [formats.with_unit(s, unit if percent and s == steps[-1] else "", lang) for s in steps]
    left = 8 + round(6.6 * max(map(len, marks)))
    count = -(-len(towns) // columns)
    height = count * (HEAD + PLOT + GAP) + FOOT
    first, last = (known["day"].min(), known["day"].max()) if len(known) else (pd.NaT, pd.NaT)

    x = alt.X(
        "x:Q",
        axis=None,
        scale=alt.Scale(
            domain=[0, columns - 1 + INNER], range=[left, alt.ExprRef("stage - 8")], nice=False, zero=False
        ),
    )
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, height], reverse=True, nice=False))

    def across(day: pd.Timestamp) -> float:
        return INNER / 2 if first == last else float((day - first) / (last - first)) * INNER

    def down(value: float) -> float:
        return PLOT * (1 - float(value) / steps[-1])

    grid, scale, names, lines, quiet, levels, tags, notes, under = _lists(9)
    for index, (ags, name) in enumerate(towns.items()):
        column, top = index % columns, index // columns * (HEAD + PLOT + GAP) + HEAD
        hue = p.accent if ags == selected else p.text
        names.append({"x": column, "y": top - 21, "label": name, "ink": hue})
        for step, mark in zip(steps, marks):
            base = {"y": top + down(step), "ink": p.border if step == 0 else p.line}
            grid.append({"x": column, "x2": column + INNER, **base})
            if column == 0:
                scale.append({"y": base["y"], "label": mark})
        if target is not None:
            levels.append({"x": column, "x2": column + INNER, "y": top + down(target)})
        own = rows[rows["ags"] == ags]
        figures = frame.runs(own[["day", "as_of", "value"] + (["status"] if "status" in own else [])])
        if figures.empty:
            notes.append({"x": column + INNER / 2, "y": top + PLOT / 2, "label": formats.missing(lang)})
        for row in frame.runs(county).itertuples():
            quiet.append({"x": column + across(row.day), "y": top + down(row.value), "run": f"{ags} {row.run}"})
        for row in figures.itertuples():
            shown = formats.with_unit(row.value, unit, lang, formats.digits_at(digits, row.as_of))
            lines.append(
                {
                    "x": column + across(row.day),
                    "y": top + down(row.value),
                    "zero": top + PLOT,
                    "run": f"{ags} {row.run}",
                    "ink": p.accent if ags == selected else p.muted,
                    "soft": p.accent_soft if ags == selected else p.surface,
                    "ground": p.background
                    if getattr(row, "status", "") == "estimated"
                    else p.accent
                    if ags == selected
                    else p.muted,
                    "last": row.Index == figures.index[-1],
                    "alone": (figures["run"] == row.run).sum() == 1,
                    "tip": f"{name}: {shown}",
                    "tip_date": when(row.as_of, lang),
                }
            )
        if len(figures):
            end = figures.iloc[-1]
            label = formats.with_unit(
                end["value"], unit if percent else "", lang, formats.digits_at(digits, end["as_of"])
            )
            late = "" if end["day"] == last else f" ({when(end['as_of'], lang)})"
            place, height_of = across(end["day"]), down(end["value"]) - 11
            if target is not None and abs(height_of - 5 - down(target)) < 10:
                height_of = min(height_of, down(target) - 6)  # above the target's line, not on it
            tags.append(
                {
                    "x": column + place,
                    "y": top + height_of,
                    "label": label + late,
                    "ink": hue,
                    "align": "right" if place > INNER * 0.6 else "left" if place < INNER * 0.4 else "center",
                }
            )
        if index + columns >= len(towns) and len(known):
            ends = [(first, "left", 0.0), (last, "right", INNER)] if first != last else [(last, "center", INNER / 2)]
            under += [
                {
                    "x": column + at,
                    "y": top + PLOT + 14,
                    "align": align,
                    "label": str(day.year) if dates != "half_year" and first.year != last.year else when(day, lang),
                }
                for day, align, at in ends
            ]

    def table(records: list[dict[str, Any]]) -> alt.Chart:
        return alt.Chart(pd.DataFrame(records))

    ink = alt.Color("ink:N", scale=None, legend=None)
    layers: list[alt.Chart] = [
        table(grid).mark_rule().encode(x=x, x2="x2:Q", y=y, color=ink),
        table(scale)
        .mark_text(align="right", color=p.muted, fontSize=11)
        .encode(x=alt.value(left - 6), y=y, text="label:N"),
    ]
    drawn = pd.DataFrame(lines)
    if lines and first != last:
        layers.append(
            alt.Chart(drawn)
            .mark_area(opacity=0.5 if sample else 1)
            .encode(x=x, y=y, y2="zero:Q", detail="run:N", color=alt.Color("soft:N", scale=None))
        )
        # The grid again, over the areas: one scale is what the eye compares with.
        layers.append(
            table([g for g in grid if g["ink"] == p.line]).mark_rule(opacity=0.7).encode(x=x, x2="x2:Q", y=y, color=ink)
        )
    if levels:
        layers.append(table(levels).mark_rule(color=p.text, strokeWidth=1, opacity=0.55).encode(x=x, x2="x2:Q", y=y))
    if quiet:
        if first == last:
            quiet = [{**q, "x": q["x"] - INNER / 2, "x2": q["x"] + INNER / 2} for q in quiet]
            layers.append(table(quiet).mark_rule(color=p.context, strokeWidth=1.25).encode(x=x, x2="x2:Q", y=y))
        else:
            layers.append(table(quiet).mark_line(color=p.context, strokeWidth=1.25).encode(x=x, y=y, detail="run:N"))
    if lines:
        if first == last:  # one date is no curve: a stem from zero
            layers.append(alt.Chart(drawn).mark_rule(strokeWidth=2.25).encode(x=x, y=y, y2="zero:Q", color=ink))
        else:
            layers.append(alt.Chart(drawn).mark_line(strokeWidth=2.25).encode(x=x, y=y, detail="run:N", color=ink))
        layers.append(
            alt.Chart(drawn[drawn["last"] | drawn["alone"]])
            .mark_point(filled=True, size=42, strokeWidth=1.5, opacity=1)
            .encode(x=x, y=y, stroke=alt.Stroke("ink:N", scale=None), fill=alt.Fill("ground:N", scale=None))
        )
        layers.append(
            alt.Chart(drawn)
            .mark_point(size=260, opacity=0, filled=True)
            .encode(x=x, y=y, tooltip=[alt.Tooltip("tip_date:N", title=" "), alt.Tooltip("tip:N", title=" ")])
        )
    layers.append(
        table(names).mark_text(align="left", fontSize=13, fontWeight=600).encode(x=x, y=y, text="label:N", color=ink)
    )
    if notes:
        layers += [
            c.encode(x=x, y=y)
            for c in frame.label(pd.DataFrame(notes), p, "label:N", align="center", color=p.muted, fontStyle="italic")
        ]
    if tags:
        data = pd.DataFrame(tags)
        for align in sorted(data["align"].unique()):
            part = data[data["align"] == align]
            halo, words_on = frame.label(part, p, "label:N", align=align, fontWeight=600, dx={"right": 5}.get(align, 0))
            layers += [halo.encode(x=x, y=y), words_on.encode(x=x, y=y, color=ink)]
    side: Any
    for side in ("left", "right", "center"):
        part = [u for u in under if u["align"] == side]
        if part:
            layers.append(
                table(part).mark_text(align=side, color=p.muted, fontSize=11).encode(x=x, y=y, text="label:N")
            )

    said = [measure.rstrip(".") + "."]
    if not percent and unit:
        said.append(text("charts.multiples_unit", lang, unit=unit))
    said.append(text("charts.axis_from_zero", lang))
    if len(county):
        said.append(text("charts.multiples_county", lang))
    if target is not None:
        said.append(text("charts.multiples_target", lang, value=formats.with_unit(target, unit, lang)))
    return frame.picture(
        alt.layer(*layers),
        title=title,
        subtitle=" ".join(said),
        foot=frame.foot(source, last if len(known) else None, lang, dates=dates),
        summary=words,
        lang=lang,
        mode=mode,
        sample=sample,
        height=height,
    )


def summary(
    df: pd.DataFrame, *, measure: str, unit: str, digits: formats.Digits = 1, dates: str = "half_year", lang: str = "de"
) -> str:
    """Every town's latest figure in alphabetical order; a date stands with it where it is not the common one."""
    when = formats.half_year if dates == "half_year" else formats.date
    rows = frame.measured(
        df[df["ags"] != COUNTY_AGS].assign(day=lambda d: frame.days(d["as_of"])).dropna(subset=["day"])
    )
    if rows.empty:
        return text("charts.no_figures", lang, area=measure.rstrip("."))
    common = rows["day"].max()
    said = []
    for ags, name in _towns(df).items():
        own = rows[rows["ags"] == ags].sort_values("day")
        if own.empty:
            said.append(f"{name} {formats.missing(lang)}")
            continue
        end = own.iloc[-1]
        late = "" if end["day"] == common else f" ({when(end['as_of'], lang)})"
        shown = formats.with_unit(end["value"], unit, lang, formats.digits_at(digits, end["as_of"]))
        said.append(f"{name} {shown}{late}")
    return text(
        "charts.multiples_summary", lang, measure=measure.rstrip("."), date=when(common, lang), list="; ".join(said)
    )


def _towns(df: pd.DataFrame) -> dict[str, str]:
    """All ten by name, whether or not ``df`` has a row for them."""
    names = dict(TOWNS)
    if "name" in df:
        names |= {
            row.ags: row.name for row in df[["ags", "name"]].dropna().itertuples(index=False) if row.ags != COUNTY_AGS
        }
    return dict(sorted(names.items(), key=lambda item: item[1].casefold()))


def _county(reference: pd.DataFrame | None) -> pd.DataFrame:
    if reference is None or reference.empty:
        return pd.DataFrame({"day": pd.Series(dtype="datetime64[us]"), "value": pd.Series(dtype=float)})
    return (
        reference.assign(day=frame.days(reference["as_of"])).dropna(subset=["day"]).sort_values("day")[["day", "value"]]
    )


def _lists(count: int) -> list[list[dict[str, Any]]]:
    return [[] for _ in range(count)]
