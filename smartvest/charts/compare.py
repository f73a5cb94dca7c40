"""Towns one below the other on one scale: the same height is the same value in each."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.charts.course import HALF, day_axis, moment, prepared
from smartvest.charts.ticks import ticks
from smartvest.texts import text

HEAD, PLOT, GAP = 20, 66, 12  # px of a panel: name and figure, curve, space below
FOOT = 22  # px for the dates under the last one


def compare(
    df: pd.DataFrame,
    means: dict[str, str],
    *,
    measure: str,
    unit: str,
    digits: int,
    grain: str,
    source: str,
    selected: str | None = None,
    total: bool = False,
    lang: str = "de",
    mode: str = "light",
    sample: bool = False,
) -> frame.Picture:
    """``df``: one row a town and ``time``, in order: ``ags``, ``name``, ``value``, ``minimum``, ``maximum``,
    ``status``.
    ``means``: ags -> its figure for the whole span, in words. ``selected`` is an AGS; gaps stay empty."""
    p = theme.palette(mode)
    towns = dict(zip(df["ags"], df["name"], strict=True))
    rows = pd.concat([prepared(df[df["ags"] == ags], grain) for ags in towns]) if towns else prepared(df, grain)
    known = rows[~rows["gap"]]
    height = max(len(towns), 1) * (HEAD + PLOT + GAP) + FOOT
    when = known["time"].max() if len(known) else None
    layers: list[alt.Chart] = []
    if known.empty:
        layers.append(alt.Chart(alt.Data(values=[{}])).mark_text(text=text("frame.no_data", lang), color=p.muted))
    else:
        first, last = rows["time"].min(), rows["time"].max()
        x = alt.X(
            "time:T", title=None, axis=day_axis(first, last, lang),
            scale=alt.Scale(domain=[moment(first - HALF[grain]), moment(last + HALF[grain])], nice=False),
        )  # fmt: skip
        lowest = 0.0 if total else float(known["minimum"].fillna(known["value"]).min())
        highest = float((known["value"] if total else known["maximum"].fillna(known["value"])).max())
        layers += _panels(
            rows, towns, means, ticks(lowest, highest, 3), (first, last), x, height, selected, total, lang, p
        )
    first_day, last_day = (rows["time"].iloc[0], when) if len(known) else (None, None)
    part = [text("sensors.compare_part", lang, town=name, value=means.get(ags, "")) for ags, name in towns.items()]
    return frame.picture(
        alt.layer(*layers),
        title=text("sensors.compare_title", lang, metric=measure),
        subtitle=text(f"sensors.course_{grain}{'_sum' if total else ''}", lang, unit=unit) + ".",
        foot=frame.foot(source, when, lang),
        summary=text(
            "sensors.compare_summary", lang, metric=measure, list=", ".join(part),
            first=formats.date(first_day, lang), last=formats.date(last_day, lang),
        ),
        lang=lang, mode=mode, sample=sample, height=height,
    )  # fmt: skip


def _panels(
    rows: pd.DataFrame, towns: dict[str, str], means: dict[str, str], steps: list[float], span: tuple[Any, Any],
    x: Any, height: int, selected: str | None, total: bool, lang: str, p: theme.Palette,
) -> list[alt.Chart]:  # fmt: skip
    """Places computed here, so that all panels stand in one plot that stretches with the page."""
    down_scale = alt.Scale(domain=[0, height], reverse=True, nice=False)
    y, y_low = (alt.Y(column, axis=None, scale=down_scale) for column in ("y:Q", "low:Q"))
    low, high = steps[0], steps[-1]
    grid, scale, names, parts = [], [], [], []
    for index, (ags, name) in enumerate(towns.items()):
        top = index * (HEAD + PLOT + GAP) + HEAD

        def down(value: Any, top: int = top) -> Any:
            return top + PLOT * (1 - (value - low) / (high - low))

        names.append(
            {"y": top - 7, "label": f"{name}: {means.get(ags, '')}", "ink": p.accent if ags == selected else p.text}
        )
        for step in steps:
            grid.append({"y": down(step)})
            scale.append({"y": down(step), "label": formats.number(step, lang)})
        own = rows[(rows["ags"] == ags) & ~rows["gap"]]
        ground = low if total else None
        parts.append(
            pd.DataFrame(
                {
                    "time": own["time"],
                    "y": down(own["value"]),
                    "low": down(own["minimum"].fillna(own["value"]) if ground is None else own["value"] * 0 + ground),
                    "high": down(own["maximum"].fillna(own["value"]) if ground is None else own["value"]),
                    "run": ags + " " + own["run"],
                    "ink": p.accent if ags == selected else p.muted,
                }
            )
        )
    lines = pd.concat(parts, ignore_index=True)
    colour = alt.Color("ink:N", scale=None)
    base = alt.Chart(lines)
    body = (
        [base.mark_rule(strokeWidth=2).encode(x=x, y=y_low, y2="high:Q", color=colour)]
        if total
        else [
            base.mark_area(opacity=0.18).encode(x=x, y=y_low, y2="high:Q", detail="run:N", color=colour),
            base.mark_line(strokeWidth=1.6).encode(x=x, y=y, detail="run:N", color=colour),
        ]
    )
    return [
        alt.Chart(pd.DataFrame(grid)).mark_rule(color=p.line).encode(y=y),
        *body,
        alt.Chart(pd.DataFrame(scale))
        .mark_text(align="right", x=-5, color=p.muted, fontSize=11)
        .encode(y=y, text="label:N"),
        alt.Chart(pd.DataFrame(names))
        .mark_text(align="left", x=0, fontWeight=600)
        .encode(y=y, text="label:N", color=alt.Color("ink:N", scale=None)),
    ]
