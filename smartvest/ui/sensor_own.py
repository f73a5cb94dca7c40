"""One sensor: whether it reports, how completely, when it was out, and what it measured."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from smartvest import drawn, formats, sensor_words
from smartvest.charts import course
from smartvest.questions import Asked
from smartvest.tables import Col
from smartvest.ui import address, blocks, finished
from smartvest.ui.sensor_area import caption, places
from smartvest.ui.sensor_choice import Chosen
from smartvest.ui.sensor_course import table
from smartvest.ui.view import View

MANY = 300  # names in the list; above it one chooses the town first


def measured(view: View, chosen: Chosen, sensor_id: str) -> pd.DataFrame:
    """The sensor's hours or days with ``time`` (local) and ``value``; months are shown by their days."""
    if chosen.grain == "hour":
        found = view.query("sensors/sensor_hours", sensor_id=sensor_id, metric=chosen.metric)
        found = sensor_words.since(found, chosen.first)
    else:
        found = view.query(
            "sensors/sensor_days", sensor_id=sensor_id, metric=chosen.metric,
            first_day=chosen.first, last_day=chosen.last,
        ).rename(columns={"day": "time"})  # fmt: skip
    return found.assign(value=found["total" if chosen.total else "mean"])


def asked(view: View, chosen: Chosen, sensor_id: str) -> Asked:
    """The question behind the sensor's course."""
    if chosen.grain == "hour":
        return view.ask("sensors/sensor_hours", sensor_id=sensor_id, metric=chosen.metric)
    span = {"first_day": chosen.first, "last_day": chosen.last}
    return view.ask("sensors/sensor_days", sensor_id=sensor_id, metric=chosen.metric, **span)


@drawn.once
def picture(view: View, chosen: Chosen, sensor_id: str, name: str) -> tuple[finished.Chart, str]:
    """Its course with every outage a gap, and the same as a table."""
    found = measured(view, chosen, sensor_id)
    grain = "hour" if chosen.grain == "hour" else "day"
    drawing = course.course(
        found, area=name, measure=chosen.name, unit=chosen.unit, digits=chosen.digits, grain=grain,
        source=view.cite("sensor_days"), total=chosen.total, lang=view.lang, mode=view.mode, sample=chosen.sample,
        height=200,
    )  # fmt: skip
    shown = chosen if grain == chosen.grain else Chosen(**{**chosen.__dict__, "grain": grain})
    return finished.chart(drawing), table(view, shown, found, name)


def facts(view: View, chosen: Chosen, row: pd.Series) -> list[tuple[str, str]]:
    """State, last message, coverage, place: what may be known of it."""
    found = view.query(
        "sensors/sensor_coverage", sensor_id=row["sensor_id"], metric=chosen.metric,
        first_day=chosen.first, last_day=chosen.last,
    )  # fmt: skip
    covered = view.t("sensors.own_not_measured")
    if len(found):
        span = found.iloc[0]
        covered = view.t(
            "sensors.own_coverage_value", share=formats.percent(span["coverage_pct"], view.lang),
            first=view.date(span["first_day"]), last=view.date(span["last_day"]),
        )  # fmt: skip
    public = row["position"] == "public" and not formats.is_missing(row["place"])
    return [
        (view.t("sensors.own_state"), view.t(f"sensors.state_{row['state']}")),
        (view.t("sensors.own_last_seen"), row["seen"]),
        (view.t("sensors.own_last_value"), f"{row['words']} ({chosen.name})"),
        (view.t("sensors.own_coverage"), covered),
        (view.t("sensors.own_rhythm"), view.t("sensors.own_interval", minutes=view.number(row["interval_min"]))),
        (view.t("sensors.own_place"), row["place"] if public else view.t("sensors.own_place_private")),
        (view.t("sensors.own_operator"), row["operator"]),
    ]


def outages(view: View, chosen: Chosen, sensor_id: str, name: str) -> str | None:
    """Runs of days without enough readings, newest first; None where there is none."""
    found = view.query("sensors/outages", sensor_id=sensor_id, first_day=chosen.first, last_day=chosen.last)
    if found.empty:
        return None
    found = found.assign(state=[view.t("sensors.ongoing" if on else "sensors.ended") for on in found["ongoing"]])
    columns = [
        Col("first_day", view.t("sensors.column_from"), "date"),
        Col("last_day", view.t("sensors.column_to"), "date"),
        Col("days", view.t("sensors.column_length"), "number", 0),
        Col("coverage_pct", view.t("sensors.column_coverage"), "number", 1, "%"),
        Col("state", view.t("sensors.column_ongoing")),
    ]
    return blocks.table_words(
        view, found, columns, caption(view, view.t("sensors.own_outages", name=name), chosen.sample)
    )


@st.fragment
def draw(view: View, chosen: Chosen) -> None:
    """The list and what it chose; choosing draws only this part again."""
    rows = places(view, chosen)
    rows = rows.loc[[chosen.metric in metrics.split(";") for metrics in rows["metrics"]]]
    if rows.empty:
        return
    blocks.heading(view.t("sensors.own_heading"))
    if view.is_county and len(rows) > MANY:
        blocks.note(view.t("sensors.own_choose_town", count=view.number(len(rows))))
        return
    names = {
        row.sensor_id: f"{row.name_} ({town})" if view.is_county else row.name_
        for row, town in zip(
            rows.rename(columns={"name": "name_"}).itertuples(),
            rows["ags"].map(view.query("towns").set_index("ags")["name"]),
            strict=True,
        )
    }
    options = list(names)
    picked = address.choice(view.t("sensors.sensor"), "sensor", options, options[0], lambda key: names[key])
    row = rows[rows["sensor_id"] == picked].iloc[0]
    left, right = st.columns([2, 3], gap="large")
    with left:
        blocks.facts(facts(view, chosen, row))
        broken = outages(view, chosen, picked, names[picked])
        blocks.markup(broken) if broken else blocks.note(view.t("sensors.own_no_outages"))
        blocks.note(view.t("sensors.outage_rule"))
        if broken:
            span = {"first_day": chosen.first, "last_day": chosen.last}
            title = view.t("sensors.own_outages", name=names[picked])
            blocks.origin(view, "outages", view.ask("sensors/outages", sensor_id=picked, **span), title=title)
    with right:
        chart, words = picture(view, chosen, picked, names[picked])
        blocks.picture(view, chart, "own", asked(view, chosen, picked))
        blocks.folded(view.t("sensors.as_table"), words, "own_table")
    blocks.sources(view, "sensor_places", "sensor_days", as_of=chosen.last)
