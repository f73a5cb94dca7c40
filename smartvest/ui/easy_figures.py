"""Figures of the chosen town in sentences that are easy to read: whole numbers, one figure a paragraph, its date."""

from __future__ import annotations

from typing import Any

from smartvest import drawn, formats
from smartvest.sentences import where
from smartvest.ui.scoreboard import scoreboard
from smartvest.ui.view import View


@drawn.once
def sentences(view: View) -> str:
    """People, fibre and sensors, as far as they are known; a figure that is missing is said to be missing."""
    return "\n\n".join([_people(view), _fibre(view), _sensors(view)])


def _dated(view: View, words: str, as_of: Any, estimated: bool = False) -> str:
    said = [words, view.t("easy.of", date=formats.long_date(as_of, view.lang))]
    return "\n".join([*said, view.t("easy.estimated")] if estimated else said)


def _people(view: View) -> str:
    row = view.query("town_profile", ags=view.ags).iloc[0]
    people = view.number(round(row["population"] / 1000))  # a number of six digits is hard to read
    return _dated(view, view.t("easy.people", where=where(view.ags, view.lang), people=people), row["as_of"])


def _fibre(view: View) -> str:
    """Of 100 households: easier than per cent."""
    board = scoreboard(view)
    result = board.result(next(kpi for kpi in board.kpis if kpi.id == "fibre_fttbh"), view.ags)
    place = where(view.ags, view.lang)
    if result.value is None:
        return view.t("easy.fibre_none", where=place)
    homes = round(result.value)
    words = view.t("easy.fibre" if homes else "easy.fibre_no", where=place, homes=view.number(homes))
    return _dated(view, words, result.as_of, estimated=result.value_status == "estimated")


def _sensors(view: View) -> str:
    found = view.query("sensor_deployments")
    found = found[(found["ags"] == view.ags) & ~found["sensors"].map(formats.is_missing)].sort_values("as_of")
    place = where(view.ags, view.lang)
    if found.empty:
        return view.t("easy.sensors_none", where=place)
    latest = found.iloc[-1]
    key = "easy.sensors_one" if latest["sensors"] == 1 else "easy.sensors"
    return _dated(view, view.t(key, where=place, count=view.number(latest["sensors"])), latest["as_of"])
