"""The population's curve, drawn from the facts."""

from __future__ import annotations

import pandas as pd
import pytest

from smartvest import theme
from smartvest.charts.population import curve, summary
from tests.charts.drawn import marks, svg, words
from tests.tiny_store import facts_store

AREA = "Kreis Recklinghausen"


@pytest.fixture(scope="module")
def county() -> pd.DataFrame:
    return facts_store().query("population_curve", ags="05562")


@pytest.mark.parametrize(
    "lang, figures",
    [
        ("de", ["625.607 · 1983", "662.309 · 1997", "612.801 · 2021", "620.646 · 2023"]),
        ("en", ["625,607 · 1983", "620,646 · 2023"]),
    ],
)
def test_turning_points_are_named(county, lang, figures):
    said = words(svg(curve(county, area=AREA, source="Destatis", lang=lang), 340))
    for figure in figures:
        assert said.count(figure) == 2, figure  # the halo and the words


def test_the_axis_says_where_it_begins(county):
    picture = curve(county, area=AREA, source="Destatis")
    assert picture.subtitle == "Bevölkerung am Stichtag. Achse beginnt bei 600.000, nicht bei 0."
    assert "600.000" in words(svg(picture))


def test_a_gap_makes_no_point_and_no_line(county):
    gone = pd.to_datetime(county["as_of"]).dt.year == 1997
    holed = curve(
        county.assign(population=county["population"].astype("Int64").mask(gone)), area=AREA, source="Destatis"
    )
    whole, parted = svg(curve(county, area=AREA, source="Destatis")), svg(holed)
    assert marks(whole, theme.LIGHT.accent, "point") == 12 and marks(parted, theme.LIGHT.accent, "point") == 11
    assert marks(whole, theme.LIGHT.accent, "line mark") == 1 and marks(parted, theme.LIGHT.accent, "line mark") == 2


def test_one_figure_and_none(county):
    assert "620.646 · 2023" in words(svg(curve(county.tail(1), area=AREA, source="Destatis")))
    assert curve(county.tail(1), area=AREA, source="x").summary == f"{AREA}: 620.646 Menschen (31.12.2023)."
    nothing = curve(county.head(0), area=AREA, source="Destatis")
    assert f"{AREA}: Es liegen keine Angaben vor." in words(svg(nothing))


def test_sample_data_is_marked(county):
    assert "Beispieldaten" in words(svg(curve(county, area=AREA, source="x", sample=True)))


def test_summary(county):
    assert summary(county, area=AREA) == (
        "Kreis Recklinghausen: 625.607 Menschen (31.12.1983), zuletzt 620.646 (31.12.2023), Veränderung −4.961. "
        "Höchster Wert: 662.309 (31.12.1997), niedrigster: 612.801 (31.12.2021)."
    )
    assert summary(county, area="The county", lang="en").endswith(
        "Highest: 662,309 (31 December 1997), lowest: 612,801 (31 December 2021)."
    )
