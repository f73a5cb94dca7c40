"""What the fibre map shows: view, technology, speed, dates. Only what there are figures for can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from smartvest import formats
from smartvest.maps.files import GRID_SPEEDS, GRID_TECHNOLOGIES
from smartvest.ui import address
from smartvest.ui.view import View

TECHNOLOGIES = ("fttbh", "hfc", "dsl", "wireless", "wired", "any")  # from what lasts to what is there anyhow
VIEWS = ("versorgung", "aenderung", "ziel", "weiss", "grau")
SPOTS = {
    "weiss": 30,
    "grau": 100,
}  # Mbit/s: the federal funding thresholds until April 2021, and from then to the end of 2022
FIRST = ("fttbh", "1000")  # what most people come for
PLAYING = "_fibre_playing"


@dataclass(frozen=True)
class Choice:
    """One view of the map; ``before`` only for a change, ``gaps`` only for the grid."""

    view: str
    technology: str
    min_mbit_s: int
    as_of: date
    before: date | None = None
    gaps: bool = False


def choose(view: View) -> Choice:
    """The controls in one row (one below the other on a phone); the address carries what was chosen."""
    options = view.query("fibre_options")
    grid = view.query("fibre/grid_dates")
    views = [*VIEWS, "raster"] if len(grid) else list(VIEWS)
    what = address.choice(
        view.t("fibre.view"),
        "karte",
        views,
        views[0],
        lambda key: view.t(f"fibre.view_{key}"),
        widget=st.segmented_control,
        required=True,
        wrap=True,
    )
    if what == "raster":
        return _grid(view, grid)
    if what in SPOTS:
        technology, speed = "wired", SPOTS[what]
    elif what == "ziel":
        technology, speed = FIRST[0], int(FIRST[1])
    else:
        left, middle = st.columns([3, 2], vertical_alignment="bottom")
        with left:
            technology = _technology(view, sorted(options["technology"].unique(), key=TECHNOLOGIES.index))
        with middle:
            of_technology = options[options["technology"] == technology]
            speed = _speed(view, sorted(of_technology["min_mbit_s"].unique(), reverse=True))
    found = options[(options["technology"] == technology) & (options["min_mbit_s"] == speed)]
    days = sorted(day.isoformat() for day in found["as_of"].unique())
    left, middle = st.columns([3, 2], vertical_alignment="bottom")
    if what == "aenderung" and len(days) > 1:
        with left:
            start = _day(view, "von", view.t("fibre.date_from"), days[:-1], days[0])
        later = [day for day in days if day > start]
        with middle:
            end = _day(view, "stand", view.t("fibre.date_to"), later, later[-1])
        return Choice(what, technology, speed, date.fromisoformat(end), date.fromisoformat(start))
    with left:
        day = _day(view, "stand", view.t("fibre.date"), days, days[-1])
    with middle:
        _player(view)
    return Choice(what, technology, speed, date.fromisoformat(day))


def _grid(view: View, dates: pd.DataFrame) -> Choice:
    left, middle = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        technology = _technology(view, list(GRID_TECHNOLOGIES))
    with middle:
        speed = _speed(view, sorted(GRID_SPEEDS, reverse=True))
    left, middle = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        days = [day.isoformat() for day in dates["as_of"]]
        day = _day(view, "stand", view.t("fibre.date"), days, days[-1])
    with middle:
        gaps = address.choice(
            view.t("fibre.cells"),
            "zellen",
            ["alle", "luecken"],
            "alle",
            lambda key: view.t(f"fibre.cells_{key}"),
            widget=st.segmented_control,
            required=True,
            wrap=True,
        )
    return Choice("raster", technology, speed, date.fromisoformat(day), gaps=gaps == "luecken")


def _technology(view: View, technologies: list[str]) -> str:
    return address.choice(
        view.t("fibre.technology"), "technik", technologies, FIRST[0], lambda key: view.t(f"units.{key}")
    )


def _speed(view: View, found: list[int]) -> int:
    speeds = [str(speed) for speed in found]
    first = FIRST[1] if FIRST[1] in speeds else speeds[0]
    name: Callable[[str], str] = lambda key: view.t("units.speed", value=view.number(int(key)))  # noqa: E731
    return int(address.choice(view.t("fibre.speed"), "mbits", speeds, first, name))


def _day(view: View, key: str, label: str, days: list[str], first: str) -> str:
    """A slider over the half-years: arrow keys move it. One date alone is said, not slid."""
    step_if_playing(view, key, days)
    widget: Any = st.select_slider if len(days) > 1 else st.selectbox
    return address.choice(
        label, key, days, first, lambda day: formats.half_year(day, view.lang), widget=widget, on_change=stop
    )


def step_if_playing(view: View, key: str, days: list[str]) -> None:
    """Move to the next half-year while playing; stop at the last one."""
    if key != "stand" or not st.session_state.get(PLAYING):
        return
    now = st.session_state.get(key)
    later = [day for day in days if now is None or day > now]
    if later:
        st.session_state[key] = later[0]
    if len(later) < 2:
        stop()


def play() -> None:
    """Begin with the first half-year."""
    st.session_state[PLAYING] = True
    st.session_state["stand"] = ""


def stop() -> None:
    st.session_state[PLAYING] = False


def playing() -> bool:
    return bool(st.session_state.get(PLAYING))


def _player(view: View) -> None:
    """Play and stop. Whoever asked their system for less motion gets the slider alone (hidden by smartvest.css)."""
    with st.container(key="fibre_play"):
        if playing():
            st.button(view.t("fibre.stop"), on_click=stop, width="stretch")
        else:
            st.button(view.t("fibre.play"), on_click=play, width="stretch")
