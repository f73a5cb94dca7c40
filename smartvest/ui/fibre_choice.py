"""Technology, speed and date: only combinations there are figures for can be chosen."""

from __future__ import annotations

from datetime import date

import streamlit as st

from smartvest import formats
from smartvest.ui import address
from smartvest.ui.view import View

FIRST = ("fttbh", "1000")  # what most people come for


def choose_coverage(view: View) -> tuple[str, int, date]:
    """Three selects side by side (one below the other on a phone); the address carries what was chosen."""
    options = view.query("fibre_options")
    left, middle, right = st.columns(3)
    with left:
        technologies = _ordered(options["technology"].unique())
        technology = address.choice(
            view.t("fibre.technology"), "technik", technologies, FIRST[0], lambda key: view.t(f"units.{key}")
        )
    options = options[options["technology"] == technology]
    with middle:
        speeds = [str(speed) for speed in sorted(options["min_mbit_s"].unique(), reverse=True)]
        first = FIRST[1] if FIRST[1] in speeds else speeds[0]
        speed = address.choice(
            view.t("fibre.speed"), "mbits", speeds, first,
            lambda key: view.t("units.speed", value=view.number(int(key)))
        )  # fmt: skip
    options = options[options["min_mbit_s"] == int(speed)]
    with right:
        days = sorted((day.isoformat() for day in options["as_of"].unique()), reverse=True)
        day = address.choice(
            view.t("fibre.date"), "stand", days, days[0], lambda key: formats.half_year(key, view.lang)
        )
    return technology, int(speed), date.fromisoformat(day)


def _ordered(found: list[str]) -> list[str]:
    order = ("fttbh", "hfc", "dsl", "wireless", "wired", "any")
    return sorted(found, key=order.index)
