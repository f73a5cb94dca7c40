"""What a town's sensors measured: by time, by day and hour, beside other towns, and the year's heat and frost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from smartvest import drawn, formats, sensor_words
from smartvest.charts import compare, course, heat
from smartvest.maps import legend
from smartvest.questions import Asked
from smartvest.tables import Col
from smartvest.ui import blocks, finished
from smartvest.ui.sensor_area import caption
from smartvest.ui.sensor_choice import Chosen
from smartvest.ui.view import View

HEAT_DAYS = 35


def rows(view: View, chosen: Chosen, ags: str) -> pd.DataFrame:
    """A town's hours, days or months with ``time`` (local), ``value``, ``minimum``, ``maximum``, ``status``."""
    if chosen.grain == "hour":
        found = view.query("sensors/town_hours", ags=ags, metric=chosen.metric)
        found = sensor_words.since(found, chosen.first)
    elif chosen.grain == "day":
        found = view.query(
            "sensors/town_days", ags=ags, metric=chosen.metric, first_day=chosen.first, last_day=chosen.last
        ).rename(columns={"day": "time"})
    else:
        found = view.query("sensors/town_months", ags=ags, metric=chosen.metric).rename(columns={"month": "time"})
    return found.assign(value=found["total" if chosen.total else "mean"])


def table(view: View, chosen: Chosen, found: pd.DataFrame, area: str) -> str:
    """The course as a table, the newest first."""
    digits, unit = chosen.digits, chosen.unit
    when = [_when(time, chosen.grain, view.lang) for time in found["time"]]
    columns = [
        Col("when", view.t(f"sensors.column_time_{chosen.grain}")),
        Col("value", view.t("sensors.column_total" if chosen.total else "sensors.column_mean"), "number", digits, unit,
            quality="status"),
    ]  # fmt: skip
    if not chosen.total:
        columns += [
            Col("minimum", view.t("sensors.column_minimum"), "number", digits, unit, short=True),
            Col("maximum", view.t("sensors.column_maximum"), "number", digits, unit, short=True),
        ]
    if "coverage_pct" in found:
        columns.append(Col("coverage_pct", view.t("sensors.column_coverage"), "number", 1, "%", short=True))
    words = caption(view, f"{area}: {chosen.name}", chosen.sample)
    return blocks.table_words(view, found.assign(when=when)[::-1], columns, words)


def _when(time: object, grain: str, lang: str) -> str:
    stamp = pd.Timestamp(str(time))
    if grain == "month":
        return formats.date(f"{stamp:%Y-%m}", lang)
    if grain == "hour":
        return f"{formats.date(stamp, lang)}, {stamp:%H:%M}"
    return formats.date(stamp, lang)


@drawn.once
def town_course(view: View, chosen: Chosen) -> tuple[finished.Chart, str]:
    """The chosen town's course and its table."""
    found = rows(view, chosen, view.ags)
    picture = course.course(
        found, area=view.area, measure=chosen.name, unit=chosen.unit, digits=chosen.digits, grain=chosen.grain,
        source=view.cite("town_days"), total=chosen.total, lang=view.lang, mode=view.mode, sample=chosen.sample,
    )  # fmt: skip
    return finished.chart(picture), table(view, chosen, found, view.area)


@drawn.once
def comparison(view: View, chosen: Chosen) -> tuple[finished.Chart, str]:
    """All towns that measure it on one scale; hours are compared by their days."""
    grain = "month" if chosen.grain == "month" else "day"
    span = _span(chosen)
    whole = view.query("sensors/towns_period", **span)
    if grain == "day":
        found = view.query("sensors/compare_towns", **span).rename(columns={"day": "time"})
        found = found.assign(value=found["total"] if chosen.total else found["value"])
    else:
        parts = [rows(view, chosen, ags).assign(ags=ags, name=name) for ags, name in zip(whole["ags"], whole["name"])]
        found = pd.concat(parts, ignore_index=True) if parts else whole.assign(time=None)
    value = "total" if chosen.total else "value"
    means = {
        row["ags"]: sensor_words.figure(row[value], row["status"], chosen.unit, chosen.digits, view.lang)
        for row in whole.to_dict("records")
    }
    picture = compare.compare(
        found, means, measure=chosen.name, unit=chosen.unit, digits=chosen.digits, grain=grain,
        source=view.cite("town_days"), selected=view.ags, total=chosen.total, lang=view.lang, mode=view.mode,
        sample=chosen.sample,
    )  # fmt: skip
    digits, unit = chosen.digits, chosen.unit
    columns = [
        Col("name", view.t("sensors.column_area")),
        Col(value, view.t("sensors.column_total" if chosen.total else "sensors.column_mean"), "number", digits, unit,
            quality="status"),
        *([] if chosen.total else [
            Col("minimum", view.t("sensors.column_minimum"), "number", digits, unit),
            Col("maximum", view.t("sensors.column_maximum"), "number", digits, unit),
        ]),
        Col("days_measured", view.t("sensors.column_days"), "number", 0),
        Col("coverage_pct", view.t("sensors.column_coverage"), "number", 1, "%"),
    ]  # fmt: skip
    words = view.t(
        "sensors.compare_caption", metric=chosen.name, first=view.date(chosen.first), last=view.date(chosen.last)
    )
    return finished.chart(picture), blocks.table_words(
        view, whole, columns, caption(view, words, chosen.sample), selected=view.ags
    )


@drawn.once
def day_hour(view: View, chosen: Chosen) -> tuple[finished.Chart, str, str]:
    """The heat map of the last five weeks, its legend, its table (a row a day)."""
    first = _heat_first(chosen)
    found = view.query("sensors/day_hour", ags=view.ags, metric=chosen.metric, first_day=first, last_day=chosen.last)
    found = found.assign(value=found["total"] if chosen.total else found["value"])
    picture = heat.heat(
        found, first=first, last=chosen.last, area=view.area, measure=chosen.name, unit=chosen.unit,
        digits=chosen.digits, source=view.cite("sensor_hours"), total=chosen.total, lang=view.lang, mode=view.mode,
        sample=chosen.sample,
    )  # fmt: skip
    scale = heat.classes(found, view.mode)
    title = view.t("sensors.heat_legend", metric=chosen.name, unit=chosen.unit)
    classes = legend.legend(scale, title, chosen.unit, view.lang, missing=None) if scale else ""
    return finished.chart(picture), classes, _hours_table(view, chosen, found, picture.title)


def _hours_table(view: View, chosen: Chosen, found: pd.DataFrame, title: str) -> str:
    wide: dict[date, dict[str, object]] = {}
    for row in found.to_dict("records"):
        known = row["status"] in ("measured", "estimated")
        shown = view.number(row["value"], chosen.digits) if known else "•" if row["status"] == "confidential" else "×"
        wide.setdefault(row["day"], {"day": row["day"]})[f"h{int(row['local_hour'])}"] = shown
    hours = [Col(f"h{hour}", str(hour)) for hour in range(24)]
    frame = pd.DataFrame(list(wide.values())[::-1], columns=["day", *(c.key for c in hours)]).fillna("×")
    words = caption(view, f"{title}, {chosen.unit}", chosen.sample)
    return blocks.table_words(view, frame, [Col("day", view.t("sensors.column_time_day"), "date"), *hours], words)


@drawn.once
def climate_table(view: View, sample: bool) -> str | None:
    """Hot days to tropical nights by year; None where no temperature is measured."""
    found = view.query("sensors/climate_days", ags=view.ags)
    if found.empty:
        return None
    kinds = [Col(kind, view.t(f"sensors.climate_{kind}"), "number", 0) for kind in sensor_words.CLIMATE_DAYS]
    columns = [
        *([Col("name", view.t("sensors.column_area"))] if view.is_county else []),
        Col("years", view.t("sensors.column_year")),
        *kinds,
        Col("days_measured", view.t("sensors.column_judged"), "number", 0),
        Col("days_expected", view.t("sensors.column_of_days"), "number", 0),
    ]
    words = caption(view, view.t("sensors.climate_caption", area=view.area), sample)
    ordered = found.assign(years=found["year"].astype(str)).sort_values(["name", "year"], ascending=[True, False])
    return blocks.table_words(view, ordered, columns, words)


@drawn.once
def limits_table(view: View, sample: bool) -> str | None:
    """Air values beside limits; None where no air quality is measured."""
    found = view.query("sensors/limits", ags=view.ags)
    if found.empty:
        return None
    names = view.query("sensors/metrics", ags=view.ags).set_index("metric")[f"name_{view.lang}"]
    found = found.assign(years=found["year"].astype(str), words=found["metric"].map(names))
    columns = [
        Col("words", view.t("sensors.metric")),
        *([Col("name", view.t("sensors.column_area"))] if view.is_county else []),
        Col("years", view.t("sensors.column_year")),
        Col("averaging", view.t("sensors.column_kind"), "key", words="sensors", prefix="averaging_"),
        Col("value", view.t("sensors.column_value"), "number", 1, "µg/m³", quality="status"),
        Col("kind", view.t("sensors.column_limit_kind"), "key", words="sensors", prefix="kind_"),
        Col("limit_value", view.t("sensors.column_limit"), "number", 1, "µg/m³"),
        Col("exceedances", view.t("sensors.column_exceeded"), "number", 0, short=True),
        Col("allowed", view.t("sensors.column_allowed"), "number", 0, short=True),
    ]
    return blocks.table_words(view, found, columns, caption(view, view.t("sensors.limits_title"), sample))


def asked(view: View, chosen: Chosen) -> Asked:
    """The question behind a town's course."""
    if chosen.grain == "hour":
        return view.ask("sensors/town_hours", ags=view.ags, metric=chosen.metric)
    if chosen.grain == "month":
        return view.ask("sensors/town_months", ags=view.ags, metric=chosen.metric)
    return view.ask("sensors/town_days", ags=view.ags, **_span(chosen))


def _span(chosen: Chosen) -> dict[str, Any]:
    return {"metric": chosen.metric, "first_day": chosen.first, "last_day": chosen.last}


def draw(view: View, chosen: Chosen) -> None:
    """Course and heat map for a town, the comparison always, then the year's days and the limits."""
    if not view.is_county:
        blocks.heading(view.t("sensors.course_heading"))
        chart, words = town_course(view, chosen)
        blocks.picture(view, chart, "course", asked(view, chosen))
        _folded(view, words, chosen, "town_days")
    blocks.heading(view.t("sensors.compare_heading"))
    chart, words = comparison(view, chosen)
    blocks.picture(view, chart, "compare", view.ask("sensors/compare_towns", **_span(chosen)))
    blocks.markup(words)
    blocks.sources(view, "town_days", as_of=chosen.last)
    blocks.origin(view, "compared", view.ask("sensors/towns_period", **_span(chosen)),
                  title=view.t("sensors.compare_table", metric=chosen.name))  # fmt: skip
    _heat(view, chosen)
    _climate(view, chosen)


def _heat(view: View, chosen: Chosen) -> None:
    blocks.heading(view.t("sensors.heat_heading"))
    if view.is_county:
        blocks.note(view.t("sensors.heat_choose"))
        return
    chart, classes, words = day_hour(view, chosen)
    span = {"first_day": _heat_first(chosen), "last_day": chosen.last}
    left, right = st.columns([3, 2], gap="large")
    with left:
        question = view.ask("sensors/day_hour", ags=view.ags, metric=chosen.metric, **span)
        blocks.picture(view, chart, "heat", question)
    with right:
        if classes:  # none where every hour is withheld or has too few readings
            blocks.markup(classes)
        _folded(view, words, chosen, "sensor_hours")


def _heat_first(chosen: Chosen) -> date:
    return chosen.last - timedelta(days=HEAT_DAYS - 1)


def _climate(view: View, chosen: Chosen) -> None:
    found = climate_table(view, chosen.sample)
    if found:
        title = view.t("sensors.climate_title")
        blocks.heading(title)
        blocks.markup(found)
        blocks.note(view.t("sensors.climate_rule"))
        blocks.sources(view, "town_days", as_of=chosen.last)
        blocks.origin(view, "climate", view.ask("sensors/climate_days", ags=view.ags), title=title)
    limits = limits_table(view, chosen.sample)
    if limits:
        title = view.t("sensors.limits_title")
        blocks.heading(title)
        blocks.markup(limits)
        blocks.note(view.t("sensors.limits_note"))
        blocks.sources(view, "town_days", "air_limits")
        blocks.origin(view, "limits", view.ask("sensors/limits", ags=view.ags), title=title)


def _folded(view: View, words: str, chosen: Chosen, dataset: str) -> None:
    html = words + blocks.source_words(view, dataset, as_of=chosen.last)
    blocks.folded(view.t("sensors.as_table"), html, f"{dataset}_{chosen.grain}_table")
