"""Ten towns on one scale, drawn from the facts."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from smartvest import theme
from smartvest.charts.multiples import multiples, summary
from smartvest.towns import AREAS, COUNTY_AGS, TOWNS
from tests.charts.drawn import marks, svg, width, words
from tests.tiny_store import facts_store

HALTERN, DATTELN, MARL = "05562016", "05562008", "05562024"
ABOUT: dict[str, Any] = {
    "measure": "Haushalte mit Glasfaser.",
    "unit": "%",
    "source": "Breitbandatlas",
    "title": "Zehn Städte",
}


@pytest.fixture(scope="module")
def fibre() -> pd.DataFrame:
    rows = facts_store().query("kpi/fibre_coverage", technology="fttbh", min_mbit_s=1000)
    return rows.assign(name=rows["ags"].map(AREAS))


@pytest.mark.parametrize("columns, wide", [(5, 720), (2, 340)])
def test_every_town_has_its_panel_and_last_figure(fibre, columns, wide):
    drawn = svg(multiples(fibre, **ABOUT, selected=HALTERN, target=100, columns=columns), wide)
    said = words(drawn)
    assert [name for name in said if name in TOWNS.values()] == sorted(TOWNS.values())
    assert "88,1\u202f%" in said and "5,1\u202f%" in said
    assert width(drawn) <= wide + 40  # the printed picture's padding


def test_the_subtitle_says_what_the_lines_are(fibre):
    county = fibre[fibre["ags"] == COUNTY_AGS]
    picture = multiples(fibre, **ABOUT, reference=county, target=100)
    assert picture.subtitle == (
        "Haushalte mit Glasfaser. Achse beginnt bei 0. Graue Linie: Kreis Recklinghausen. "
        "Waagerechte Linie: Ziel 100\u202f%."
    )
    assert "Graue Linie" not in multiples(fibre, **ABOUT).subtitle


def test_only_the_selected_town_has_the_accent(fibre):
    assert marks(svg(multiples(fibre, **ABOUT, selected=HALTERN)), theme.LIGHT.accent, "line mark") == 1
    assert marks(svg(multiples(fibre, **ABOUT, selected=COUNTY_AGS)), theme.LIGHT.accent, "line mark") == 0


@pytest.mark.parametrize("absent", [True, False])
def test_a_town_without_a_figure_says_so(fibre, absent):
    rows = (
        fibre[fibre["ags"] != DATTELN] if absent else fibre.assign(value=fibre["value"].where(fibre["ags"] != DATTELN))
    )
    picture = multiples(rows, **ABOUT)
    assert words(svg(picture)).count("keine Angabe") == 2  # the halo and the words
    assert "Datteln keine Angabe" in picture.summary


@pytest.mark.parametrize("absent", [True, False])
def test_a_gap_parts_the_line(fibre, absent):
    gone = (fibre["ags"] == HALTERN) & (pd.to_datetime(fibre["as_of"]) == "2019-12-31")
    rows = fibre[~gone] if absent else fibre.assign(value=fibre["value"].mask(gone))
    assert marks(svg(multiples(rows, **ABOUT, selected=HALTERN)), theme.LIGHT.accent, "line mark") == 2


def test_an_older_last_figure_carries_its_date(fibre):
    gone = (fibre["ags"] == MARL) & (pd.to_datetime(fibre["as_of"]) > "2020-12-01")
    picture = multiples(fibre.assign(value=fibre["value"].mask(gone)), **ABOUT)
    assert any(said.endswith("(Mitte 2020)") for said in words(svg(picture)))
    assert "(Mitte 2020)" in picture.summary


def test_one_date_is_a_stem_and_zero_is_a_figure():
    rows = facts_store().query("kpi/charging")
    drawn = svg(multiples(rows, **ABOUT | {"unit": "je 1.000"}, digits=2, dates="date"))
    assert marks(drawn, theme.LIGHT.muted, "line mark") == 0
    assert "0,00" in words(drawn)  # Haltern: no charging point, which is not "keine Angabe"
    assert "keine Angabe" not in words(drawn)


def test_nothing_known_is_still_a_picture(fibre):
    picture = multiples(fibre.assign(value=float("nan")), **ABOUT)
    assert words(svg(picture)).count("keine Angabe") == 20
    assert picture.summary == "Haushalte mit Glasfaser: Es liegen keine Angaben vor."


def test_sample_data_is_marked(fibre):
    picture = multiples(fibre, **ABOUT, sample=True)
    assert "Beispieldaten" in words(svg(picture)) and picture.summary.startswith("Beispieldaten: ")
    assert "Beispieldaten" not in words(svg(multiples(fibre, **ABOUT)))


def test_the_plot_stretches_with_the_page(fibre):
    plot = json.loads(multiples(fibre, **ABOUT).plot.to_json())
    assert plot["width"] == "container" and plot["params"] == [{"expr": "width", "name": "stage"}]


def test_summary(fibre):
    assert summary(fibre, measure="Glasfaser ab 1.000 Mbit/s", unit="%") == (
        "Glasfaser ab 1.000 Mbit/s, je Stadt, Mitte 2021: Castrop-Rauxel 23,5\u202f%; Datteln 18,9\u202f%; "
        "Dorsten 5,1\u202f%; Gladbeck 40,5\u202f%; Haltern am See 88,1\u202f%; Herten 26,6\u202f%; Marl 33,7\u202f%; "
        "Oer-Erkenschwick 3,3\u202f%; Recklinghausen 29,8\u202f%; Waltrop 12,3\u202f%."
    )
