"""Metric and period: only what the area's sensors measure can be chosen; the address carries it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from smartvest import formats
from smartvest.ui import address
from smartvest.ui.view import View

# period -> (grain, days back from the newest day)
PERIODS = {
    "week": ("hour", 7),
    "weeks": ("hour", 35),
    "quarter": ("day", 90),
    "year": ("day", 365),
    "years": ("month", 1096),
}
FIRST_METRIC, FIRST_PERIOD = "temperature_c", "quarter"
STEP_MIN = 10  # "now" is the last full ten minutes, so that what was drawn can be shown again until then


@dataclass(frozen=True)
class Chosen:
    """What is looked at. ``now`` is UTC; for the sample it is the sample's newest reading."""

    metric: str
    name: str
    unit: str
    digits: int
    total: bool  # a sum (rain, counts) instead of a mean
    period: str
    grain: str
    first: date
    last: date
    now: datetime
    sample: bool


def metrics(view: View) -> pd.DataFrame:
    """What the sensors of the area measure; empty where there are none."""
    return view.query("sensors/metrics", ags=view.ags)


def moment(view: View) -> tuple[datetime, bool]:
    """(now, sample): from when "late" and "silent" are judged. A sample stands still at its newest reading."""
    span = view.query("sensors/span").iloc[0]
    if span["sample"] and not formats.is_missing(span["newest"]):
        return datetime.fromisoformat(str(span["newest"])[:19]), True
    now = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
    return now - timedelta(minutes=now.minute % STEP_MIN), False


def choose(view: View, there: pd.DataFrame, now: datetime, sample: bool) -> Chosen:
    """Two selects side by side. ``there``: rows of sensors/metrics, at least one."""
    rows = there.set_index("metric")
    options = sorted(rows.index, key=lambda m: (m != FIRST_METRIC, m))
    with st.container(horizontal=True, gap="small"):  # columns would stand one below the other on a phone
        metric = address.choice(
            view.t("sensors.metric"), "groesse", options, options[0], lambda m: str(rows.at[m, f"name_{view.lang}"])
        )
        period = address.choice(
            view.t("sensors.period"), "zeitraum", list(PERIODS), FIRST_PERIOD, lambda p: view.t(f"sensors.period_{p}")
        )
    return chosen(view, rows.loc[metric].to_dict() | {"metric": metric}, period, now, sample)


def chosen(view: View, row: dict[str, Any], period: str, now: datetime, sample: bool) -> Chosen:
    """The choice as figures and dates; the span ends with the newest day there is."""
    grain, days = PERIODS[period]
    last = formats.as_date(row["last_day"]) or view.today
    first = last - timedelta(days=days - 1)
    if grain == "month":
        first = max(first, formats.as_date(row["first_day"]) or first)
    return Chosen(
        row["metric"], row[f"name_{view.lang}"], row["unit"], int(row["decimals"]), row["aggregate"] == "sum",
        period, grain, first, last, now, sample,
    )  # fmt: skip
