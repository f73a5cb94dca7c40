"""Day × hour: each row a day, each column an hour, the darker the more."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.charts.ticks import ticks
from smartvest.texts import text

ROW = 13  # px of a day: five weeks fill a little more than a phone's screen
LOCAL, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def classes(df: pd.DataFrame, mode: str = "light") -> theme.Scale | None:
    """Five to seven even classes around the figures of ``value``; None without any."""
    known = df["value"].dropna()
    if known.empty:
        return None
    count = 6
    breaks = ticks(float(known.min()), float(known.max()), count)
    while len(breaks) > 8:
        count -= 1
        breaks = ticks(float(known.min()), float(known.max()), count)
    while len(breaks) < 3:
        breaks = [*breaks, breaks[-1] + (breaks[-1] - breaks[0] or 1.0)]
    return theme.quantity_scale(tuple(breaks), mode)


def heat(
    df: pd.DataFrame,
    *,
    first: Date,
    last: Date,
    area: str,
    measure: str,
    unit: str,
    digits: int,
    source: str,
    total: bool = False,
    lang: str = "de",
    mode: str = "light",
    sample: bool = False,
) -> frame.Picture:
    """``df``: ``day``, ``local_hour``, ``value`` (or missing), ``status``. An hour without a figure has no colour: a ×
    stands for too few readings, a • for fewer than ten persons. The hour that summer time leaves out is no gap."""
    p = theme.palette(mode)
    scale = classes(df, mode)
    days = pd.date_range(first, last, freq="D")
    row_of = {day.date(): f"{frame._time(lang)['shortDays'][(day.weekday() + 1) % 7]} {day:%d.%m.}" for day in days}
    given = {(formats.as_date(r.day), int(r.local_hour)): r for r in df.itertuples()}
    cells, signs = [], []
    for day, label in row_of.items():
        for hour in range(24):
            row = given.get((day, hour))
            place = {"row": label, "hour": hour}
            said = {"day": formats.date(day, lang), "hour": hour}
            if row is None or formats.is_missing(row.value):
                if not _exists(day, hour):
                    continue
                hidden = row is not None and row.status == "confidential"
                why = "•" if hidden else text("sensors.too_few", lang)
                tip = text("sensors.heat_tip", lang, value=why, **said)
                signs.append({**place, "sign": "•" if hidden else "×", "tip": tip})
            else:
                value = formats.with_unit(row.value, unit, lang, digits)
                colour = scale.colour(float(row.value)) if scale else p.surface
                cells.append({**place, "colour": colour, "tip": text("sensors.heat_tip", lang, value=value, **said)})
    order = list(row_of.values())
    x = alt.X(
        "hour:O",
        title=None,
        scale=alt.Scale(domain=list(range(24)), padding=0),
        axis=alt.Axis(values=[0, 6, 12, 18, 23], labelAngle=0, labelFlush=True, orient="top"),
    )
    y = alt.Y(
        "row:O",
        title=None,
        scale=alt.Scale(domain=order, padding=0),
        axis=alt.Axis(values=[label for day, label in row_of.items() if day.weekday() == 0], grid=False),
    )
    tips = [alt.Tooltip("tip:N", title=" ")]
    layers = [
        alt.Chart(pd.DataFrame(cells, columns=["row", "hour", "colour", "tip"]))
        .mark_rect(stroke=p.background, strokeWidth=0.5)
        .encode(x=x, y=y, color=alt.Color("colour:N", scale=None), tooltip=tips),
        alt.Chart(pd.DataFrame(signs, columns=["row", "hour", "sign", "tip"]))
        .mark_text(color=p.muted, fontSize=11)
        .encode(x=x, y=y, text="sign:N", tooltip=tips),
    ]
    if sample:  # on top as well: the cells hide the one below them
        over = frame.watermark(lang, mode)
        over.mark.color, over.mark.opacity = p.text, 0.45
        layers.append(over)
    key = "sensors.heat_measure_sum" if total else "sensors.heat_measure"
    return frame.picture(
        alt.layer(*layers),
        title=text("sensors.heat_title", lang, area=area, metric=measure),
        subtitle=text(key, lang, unit=unit),
        foot=frame.foot(source, last, lang),
        summary=summary(df, first=first, last=last, area=area, measure=measure, unit=unit, digits=digits, lang=lang),
        lang=lang,
        mode=mode,
        sample=sample,
        height=ROW * len(order),
    )


def summary(
    df: pd.DataFrame, *, first: Date, last: Date, area: str, measure: str, unit: str, digits: int, lang: str = "de"
) -> str:
    """Which hour was lowest and which highest."""
    known = df.dropna(subset=["value"])
    if known.empty:
        return text("sensors.course_empty", lang, area=area)
    ends = {}
    for name, at in (("low", known["value"].idxmin()), ("high", known["value"].idxmax())):
        row = known.loc[at]
        ends[name] = formats.with_unit(row["value"], unit, lang, digits)
        time = f"{int(row['local_hour']):02d}:00"
        ends[f"{name}_when"] = text("sensors.clock", lang, date=formats.date(row["day"], lang), time=time)
    return text(
        "sensors.heat_summary", lang, area=area, metric=measure,
        first=formats.date(first, lang), last=formats.date(last, lang), **ends,
    )  # fmt: skip


def _exists(day: Date, hour: int) -> bool:
    """False for the hour that the beginning of summer time leaves out."""
    here = datetime(day.year, day.month, day.day, hour)
    return here.replace(tzinfo=LOCAL).astimezone(UTC).astimezone(LOCAL).replace(tzinfo=None) == here
