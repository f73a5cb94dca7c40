"""The path to the target as a reader sees it: rendered to SVG, its words read back."""

from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd
import pytest
import vl_convert

from smartvest import theme
from smartvest.charts import frame
from smartvest.charts.path import path, summary

SERIES = pd.DataFrame(
    {
        "as_of": ["2018-12-31", "2019-06-30", "2019-12-31", "2020-06-30", "2020-12-31", "2021-06-30"],
        "value": [0.0, 0.14, 0.33, 0.39, 0.59, 5.12],
    }
)
ABOUT: dict[str, Any] = {
    "area": "Dorsten",
    "measure": "Haushalte mit Glasfaser",
    "unit": "%",
    "source": "Breitbandatlas",
}
GOAL: dict[str, Any] = {"target": 100.0, "target_date": "2030-12-31", "projected": (14.3, 27.2)}


def svg(picture: frame.Picture) -> str:
    return vl_convert.vegalite_to_svg(picture.printed(640).to_json())


def words(drawn: str) -> str:
    return " | ".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawn))


def points(drawn: str) -> int:
    """Marks of measured figures: filled symbols drawn with the accent as their outline."""
    return len(re.findall(rf'aria-roledescription="point"[^>]*stroke="{theme.LIGHT.accent}"', drawn))


def lines(drawn: str) -> int:
    """Strokes of the measured series, which are the only ones 2.5 px wide."""
    return len(re.findall(r'stroke-width="2.5"', drawn))


def test_german_words_and_figures():
    said = words(svg(path(SERIES, **ABOUT, **GOAL)))
    for expected in ("5,1\u202f%", "Mitte 2021", "Ziel 100\u202f% bis Ende 2030", "nötiger Weg", "14 bis 27\u202f%",
                     "Achse beginnt bei 0.", "Quelle: Breitbandatlas. Stand: Mitte 2021."):  # fmt: skip
        assert expected in said, expected


def test_english_words_and_figures():
    said = words(svg(path(SERIES, **ABOUT, **GOAL, lang="en")))
    for expected in ("5.1%", "mid-2021", "Goal 100% by end of 2030", "required path", "Axis starts at 0."):
        assert expected in said, expected


def test_thousands_on_the_axis_are_german():
    people = SERIES.assign(value=[1000, 1200, 1500, 1800, 2000, 2500.0])
    assert "2.000" in words(svg(path(people, **{**ABOUT, "unit": "Personen"}, digits=0)))


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_gap_makes_no_point_and_no_line(nothing):
    gap = SERIES.astype({"value": object})
    gap.loc[2, "value"] = nothing
    whole, torn = svg(path(SERIES, **ABOUT)), svg(path(gap, **ABOUT))
    assert (points(whole), points(torn)) == (6, 5)
    assert (lines(whole), lines(torn)) == (1, 2)


def test_a_method_break_parts_the_line_and_is_named():
    parted = SERIES.assign(break_before=[False, False, False, True, False, False])
    drawn = svg(path(parted, **ABOUT, breaks=[("2020-01-01", "Methodenwechsel")]))
    assert lines(drawn) == 2
    assert "Methodenwechsel" in words(drawn)


def test_no_figures_is_said():
    picture = path(SERIES.assign(value=None), **ABOUT, **GOAL)
    assert picture.summary == "Dorsten: Es liegen keine Angaben vor."
    assert picture.summary in words(svg(picture))


def test_sample_data_is_marked_in_the_plot_and_in_words():
    picture = path(SERIES, **ABOUT, **GOAL, sample=True)
    drawn = svg(picture)
    assert re.search(r"rotate\(-?\d+[^)]*\)[^>]*>Beispieldaten<", drawn)
    assert 'stroke-dasharray="4,3"' in drawn
    assert picture.summary.startswith("Beispieldaten: ")
    assert "Beispieldaten" not in svg(path(SERIES, **ABOUT, **GOAL))


def test_a_target_already_met_asks_for_no_path():
    picture = path(SERIES, **ABOUT, target=5.0, target_date="2030-12-31")
    assert "nötiger Weg" not in words(svg(picture))
    assert picture.summary.endswith("Das Ziel ist erreicht.")


def test_lower_can_be_better():
    less = SERIES.assign(value=[40, 39, 38, 37, 36, 34.0])
    goal: dict[str, Any] = {"target": 0.0, "target_date": "2030-12-31", "higher_is_better": False}
    assert "nötiger Weg" in words(svg(path(less, **ABOUT, **goal)))
    assert "−3,6 Prozentpunkte im Jahr" in summary(less, area="Marl", unit="%", **goal).replace("\u202f", " ").replace(
        "\u00a0", " "
    )


def test_a_hundred_that_is_a_rounding_short_is_met():
    full = SERIES.assign(value=99.99999999999999)
    assert "erreicht" in summary(full, area="Marl", unit="%", target=100, target_date="2030-12-31")


def test_a_share_is_never_projected_beyond_all():
    said = summary(SERIES, area="Marl", unit="%", target=100, target_date="2030-12-31", projected=(95, 130))
    assert "95,0 bis 100,0\u202f%" in said


def test_one_figure_is_a_point_without_a_line():
    drawn = svg(path(SERIES.tail(1), **ABOUT))
    assert points(drawn) == 1


def test_summary_in_both_languages():
    german = summary(SERIES, area="Dorsten", unit="%", **GOAL).replace("\u202f", " ").replace("\u00a0", " ")
    assert german == (
        "Dorsten: 0,0 % (Ende 2018), zuletzt 5,1 % (Mitte 2021). Das Ziel: 100 % bis Ende 2030. "
        "Dafür nötig: +10,0 Prozentpunkte im Jahr. Bei bisherigem Tempo wären es dann 14,3 bis 27,2 %."
    )
    assert summary(SERIES, area="Dorsten", unit="%", lang="en").startswith(
        "Dorsten: 0.0% (end of 2018), most recently 5.1%"
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_page_shows_through_and_nothing_needs_eval(mode):
    spec = json.loads(path(SERIES, **ABOUT, **GOAL, mode=mode).plot.to_json())
    assert spec["config"]["background"] == "transparent"
    assert spec["width"] == "container"
    assert "title" not in spec
    # Precomputed columns only: no calculated field, no signal, no label expression.
    for asks in ('"calculate"', '"labelExpr"', '"signal"'):
        assert asks not in json.dumps(spec), asks
    assert len(json.dumps(spec)) < 20_000
