"""Fibre by speed and technology, drawn from the facts."""

from __future__ import annotations

import pandas as pd
import pytest

from smartvest import theme
from smartvest.charts import fibre
from tests.charts.drawn import marks, svg, width, words
from tests.tiny_store import TinyStore, facts_store

HALTERN = "05562016"
NBSP = "\u202f"


@pytest.fixture(scope="module")
def store() -> TinyStore:
    return facts_store()


@pytest.fixture(scope="module")
def town(store) -> pd.DataFrame:
    return store.query("fibre_town_profile", ags=HALTERN)


def profile(rows: pd.DataFrame, **options):
    return fibre.profile(rows, area="Haltern am See", source="Breitbandatlas", **options)


def test_every_figure_has_its_bar(town):
    drawn = svg(profile(town), 340)
    said = words(drawn)
    assert {"Glasfaser", "Kabel", "DSL", "Leitungen", "1.000", "88,07", "52,05"} <= set(said)
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
        f"Haltern am See, Mitte 2021, Anteil der Haushalte: ab 1.000{NBSP}Mbit/s Glasfaser 88,07{NBSP}%, "
        f"Kabel 52,05{NBSP}%, leitungsgebunden 90,95{NBSP}%; ab 400{NBSP}Mbit/s "
    )
    assert "from 1,000\u202fMbit/s Fibre 88.07%, Cable 52.05%, any wired 90.95%" in profile(town, lang="en").summary


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_sample_data_is_marked(town, mode):
    assert "Beispieldaten" in words(svg(profile(town, sample=True, mode=mode)))
