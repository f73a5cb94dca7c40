"""What the sensors of a town say, in plain sentences. Pure: rows of queries in, words out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from smartvest import formats
from smartvest.texts import text

LOCAL = ZoneInfo("Europe/Berlin")
STATES = ("current", "late", "silent", "never")
CLIMATE_DAYS = ("hot_days", "summer_days", "frost_days", "ice_days", "tropical_nights")
SAID = ("hot_days", "summer_days", "frost_days", "tropical_nights")  # in the sentence; ice days are in the table
HIDDEN = "•"  # a count of fewer than ten persons: never a figure, never 0


def local(moment: Any) -> datetime | None:
    """A UTC timestamp without zone as local time without zone; None where missing."""
    if formats.is_missing(moment):
        return None
    aware = datetime.fromisoformat(str(moment)[:19]).replace(tzinfo=UTC)
    return aware.astimezone(LOCAL).replace(tzinfo=None)


def since(rows: pd.DataFrame, first: date) -> pd.DataFrame:
    """Rows of hours with their local ``time``, from the day ``first`` on; no rows keep their columns."""
    times = [local(hour) for hour in rows["hour"]]
    return rows.assign(time=times).loc[[time is not None and time.date() >= first for time in times]]


def when(moment: Any, lang: str) -> str:
    """A UTC timestamp as local words: "22.11.2026, 23:50 Uhr"."""
    here = local(moment)
    if here is None:
        return text("sensors.state_never", lang)
    return text("sensors.clock", lang, date=formats.date(here, lang), time=f"{here:%H:%M}")


def figure(value: Any, status: str, unit: str, digits: int, lang: str) -> str:
    """A figure with its unit, or why there is none; "mindestens" where hours are withheld."""
    if status == "confidential":
        return HIDDEN
    if status in ("too_few", "not_reported") or formats.is_missing(value):
        return text("sensors.too_few" if status == "too_few" else "sensors.no_reading", lang)
    words = formats.with_unit(value, unit, lang, digits)
    return text("sensors.at_least", lang, value=words) if status == "estimated" else words


def reporting(sensors: int, current: int, lang: str) -> str:
    """ "10 Sensoren, alle melden aktuell." """
    if sensors == 1:
        return text("sensors.say_one_current" if current else "sensors.say_one_silent", lang)
    key = "all" if current == sensors else "none_current" if current == 0 else "some"
    return text(
        f"sensors.say_{key}", lang, sensors=formats.number(sensors, lang), current=formats.number(current, lang)
    )


def town_sentence(row: Any, metric: Any, climate: Any | None, lang: str) -> str:
    """A town with sensors in two or three sentences.

    ``row``: a row of sensors/towns; ``metric``: a row of sensors/metrics; ``climate``: the town's newest row of
    sensors/climate_days, or None where the metric is not a temperature.
    """
    name, unit, digits = metric[f"name_{lang}"], metric["unit"], int(metric["decimals"])
    parts = [
        text(
            "sensors.say_town", lang, town=row["name"], sensors=reporting(row["sensors"], row["sensors_current"], lang)
        )
    ]
    day = formats.date(row["as_of"], lang)
    if formats.is_missing(row["as_of"]):
        parts.append(text("sensors.say_no_day", lang, metric=name))
    elif row["status"] == "too_few":
        share = formats.percent(row["coverage_pct"], lang, 0)
        parts.append(text("sensors.say_too_few", lang, metric=name, date=day, share=share))
    elif metric["aggregate"] == "sum":
        value = figure(row["total"], row["status"], unit, digits, lang)
        parts.append(text("sensors.say_total", lang, metric=name, date=day, value=value))
    else:
        shown = {k: formats.with_unit(row[c], unit, lang, digits) for k, c in
                 (("value", "value"), ("low", "minimum"), ("high", "maximum"))}  # fmt: skip
        parts.append(text("sensors.say_mean", lang, metric=name, date=day, **shown))
    if climate is not None:
        parts.append(climate_sentence(climate, lang))
    return " ".join(parts)


def climate_sentence(row: Any, lang: str) -> str:
    """ "Im Jahr 2026: 5 heiße Tage, … (326 von 365 Tagen beurteilt)." Or that too few could be judged."""
    if not row["days_measured"]:
        return text("sensors.say_climate_none", lang, year=row["year"])
    said = [
        text(f"sensors.say_{kind}{'_one' if row[kind] == 1 else ''}", lang, n=formats.number(row[kind], lang))
        for kind in SAID
    ]
    days = text("sensors.say_and", lang, first=", ".join(said[:-1]), last=said[-1])
    judged = formats.number(row["days_measured"], lang)
    of = formats.number(row["days_expected"], lang)
    return text("sensors.say_climate", lang, year=row["year"], days=days, judged=judged, of=of)


def absent_sentence(town: str, deployment: Any | None, stations: Iterable[Any], lang: str) -> str:
    """A town without sensors here: what is published of it, and the nearest official stations.

    ``deployment``: its row of sensor_deployments or None; ``stations``: rows of sensors/nearest_stations.
    """
    if deployment is None:
        begin = text("sensors.say_none", lang, town=town)
    else:
        begin = text("sensors.say_unknown", lang, town=town, date=formats.date(deployment["as_of"], lang))
    near = [
        text(
            "sensors.say_station", lang, name=s["name"], kind=text(f"units.{s['kind']}", lang),
            km=formats.with_unit(s["distance_km"], "km", lang, 1),
        )
        for s in stations
        if s["kind"] in ("dwd", "air_quality")  # what measures the air; rain and river gauges answer other questions
    ]  # fmt: skip
    return begin + (" " + text("sensors.say_nearest", lang, stations="; ".join(near)) if near else "")


def county_sentence(towns: Iterable[Any], lang: str) -> str:
    """How many sensors in how many towns, and how many report."""
    rows = [row for row in towns if row["sensors"]]
    sensors, current = sum(row["sensors"] for row in rows), sum(row["sensors_current"] for row in rows)
    if not rows:
        return text("sensors.say_county_none", lang)
    return text(
        "sensors.say_county", lang, towns=formats.number(len(rows), lang), sensors=reporting(sensors, current, lang)
    )  # fmt: skip
