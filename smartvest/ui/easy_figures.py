"""Figures of the chosen town in sentences that are easy to read: whole numbers, one figure a sentence, its date."""

from __future__ import annotations

from smartvest import formats
from smartvest.ui.scoreboard import scoreboard
from smartvest.ui.view import View


def sentences(view: View) -> list[str]:
    """People, fibre and sensors, as far as they are known; a figure that is missing is said to be missing."""
    return [_people(view), _fibre(view), _sensors(view)]


def _people(view: View) -> str:
    row = view.query("town_profile", ags=view.ags).iloc[0]
    people, when = view.number(row["population"]), view.date(row["as_of"])
    return view.t("easy.people", area=view.area, people=people, date=when)


def _fibre(view: View) -> str:
    """Of 100 households: easier than per cent."""
    board = scoreboard(view)
    result = board.result(next(kpi for kpi in board.kpis if kpi.id == "fibre_fttbh"), view.ags)
    if result.value is None:
        return view.t("easy.fibre_none", area=view.area)
    homes = view.number(round(result.value))
    return view.t("easy.fibre", area=view.area, homes=homes, date=view.date(result.as_of))


def _sensors(view: View) -> str:
    found = view.query("sensor_deployments")
    found = found[(found["ags"] == view.ags) & ~found["sensors"].map(formats.is_missing)].sort_values("as_of")
    if found.empty:
        return view.t("easy.sensors_none", area=view.area)
    latest = found.iloc[-1]
    count, when = view.number(latest["sensors"]), view.date(latest["as_of"])
    return view.t("easy.sensors", area=view.area, count=count, date=when)
