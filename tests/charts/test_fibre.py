"""Fibre by speed and technology, and over the half-years, drawn from the facts."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartvest import theme
from smartvest.charts import fibre
from tests.charts.drawn import marks, svg, width, words
from tests.tiny_store import TinyStore, facts_store

HALTERN = "05562016"
BREAK = [("2019-06-30", "Ende 2018 nur ganze Prozent")]
NBSP = "\u202f"


@pytest.fixture(scope="module")
def store() -> TinyStore:
    return facts_store()


@pytest.fixture(scope="module")
def town(store) -> pd.DataFrame:
    return store.query("fibre_town_profile", ags=HALTERN)


@pytest.fixture(scope="module")
def course(store) -> pd.DataFrame:
    parts = []
    for technology in ("fttbh", "hfc", "dsl", "wired"):
        rows = store.query("kpi/fibre_coverage", technology=technology, min_mbit_s=100)
        parts.append(
            rows[rows["ags"] == HALTERN].assign(technology=technology).rename(columns={"value": "households_pct"})
        )
    return pd.concat(parts)


def profile(rows: pd.DataFrame, **options):
    return fibre.profile(rows, area="Haltern am See", source="Breitbandatlas", **options)


def series(rows: pd.DataFrame, **options):
    return fibre.series(rows, area="Haltern am See", source="Breitbandatlas", min_mbit_s=100, **options)


def test_every_figure_has_its_bar(town):
    drawn = svg(profile(town), 340)
    said = words(drawn)
    assert {"Glasfaser", "Kabel", "DSL", "Leitungen", "1.000", "88,1", "52,0"} <= set(said)
    for technology, count in {"fttbh": 4, "hfc": 7, "dsl": 5, "wired": 7}.items():
        assert marks(drawn, theme.LIGHT.technology[technology], "rule mark") == count, technology
    assert width(drawn) <= 380


def test_a_withheld_figure_has_no_bar(town):
    rows = town.assign(households_pct=town["households_pct"].mask(town["technology"] == "dsl"))
    drawn = svg(profile(rows))
    assert words(drawn).count("–") == 5
    assert marks(drawn, theme.LIGHT.technology["dsl"], "rule mark") == 0
    assert "DSL keine Angabe" in profile(rows).summary


def test_profile_without_figures(town):
    said = "Haltern am See: Es liegen keine Angaben vor."
    assert said in words(svg(profile(town.head(0))))
    assert profile(town.assign(households_pct=float("nan"))).summary == said


def test_profile_summary(town):
    assert profile(town).summary.startswith(
        f"Haltern am See, Mitte 2021, Anteil der Haushalte: ab 1.000{NBSP}Mbit/s Glasfaser 88,1{NBSP}%, "
        f"Kabel 52,0{NBSP}%, leitungsgebunden 91,0{NBSP}%; ab 400{NBSP}Mbit/s "
    )
    assert "from 1,000\u202fMbit/s Fibre 88.1%, Cable 52.0%, any wired 91.0%" in profile(town, lang="en").summary


def test_lines_are_named_at_their_ends(course):
    drawn = svg(series(course), 340)
    said = words(drawn)
    for expected in ("Leitungen 95,1", "Glasfaser 88,1", "DSL 70,8", "Kabel 55,0"):
        assert f"{expected}{NBSP}%" in said, expected
    assert {"Ende 2018", "Mitte 2021"} <= set(said)
    assert width(drawn) <= 340 + 32 + 32  # the printed picture's padding and the axis, which a page fits in


def test_no_line_crosses_a_break(course):
    cable = course[course["technology"] == "hfc"]
    colour = theme.LIGHT.technology["hfc"]
    assert marks(svg(series(cable)), colour, "line mark") == 1
    drawn = svg(series(cable, breaks=BREAK))
    # The single date before the break is a stroke without length: Vega writes a path of one point for it.
    assert marks(drawn, colour, "line mark") == 2
    assert "Methodenwechsel" in words(drawn)
    assert series(cable, breaks=BREAK).subtitle.endswith("Ende 2018 nur ganze Prozent.")
    assert series(cable, breaks=BREAK).summary.endswith("Ende 2018 nur ganze Prozent.")


def test_an_absent_half_year_is_a_gap(course):
    # The Breitbandatlas has no fibre from 100 Mbit/s at the end of 2019.
    assert len(course[course["technology"] == "fttbh"]) == 5
    drawn = svg(series(course))
    assert marks(drawn, theme.LIGHT.technology["fttbh"], "line mark") == 2
    assert marks(drawn, theme.LIGHT.technology["fttbh"], "point") == 5 + 1  # one stands at the name


def test_series_without_figures(course):
    assert "Haltern am See: Es liegen keine Angaben vor." in words(svg(series(course.head(0))))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_sample_data_is_marked(town, course, mode):
    for picture in (profile(town, sample=True, mode=mode), series(course, sample=True, mode=mode)):
        assert "Beispieldaten" in words(svg(picture))


def test_series_summary(course):
    assert series(course).summary.startswith(
        f"Haltern am See: mindestens 100{NBSP}Mbit/s, nach Technik: Glasfaser 3,0{NBSP}% (Ende 2018), "
        f"zuletzt 88,1{NBSP}% (Mitte 2021); Kabel "
    )


@given(st.lists(st.floats(0, 280), min_size=1, max_size=6).map(sorted))
def test_labels_never_overlap_nor_leave_the_plot(places):
    put = fibre._apart(places, 16, 280)
    assert all(b - a >= 16 - 1e-9 for a, b in zip(put, put[1:]))
    assert -1e-9 <= put[0] and put[-1] <= 280
