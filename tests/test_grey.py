"""Nothing is said by colour alone: what is left of maps, charts and statuses when all colours are greys."""

from __future__ import annotations

import json
import re
from itertools import combinations, pairwise

import pytest

from smartvest import theme
from smartvest.charts import history
from smartvest.maps import fibre, legend, points
from smartvest.status import SYMBOLS
from smartvest.texts import text, texts
from smartvest.theme import contrast
from smartvest.towns import TOWNS
from smartvest.web.assets import FOLDER
from tests.charts.drawn import svg, words
from tests.test_theme import MODES
from tests.tiny_store import facts_store

HALTERN = "05562016"
WHERE = fibre.Addresses("/layers/towns", "/layers/hatching")
MODE = pytest.mark.parametrize("p", MODES, ids=lambda p: p.mode)


@pytest.fixture(scope="module")
def store():
    return facts_store()


# --- statuses


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_status_is_a_word_and_a_sign(lang: str) -> None:
    said = {status: (SYMBOLS[status], text(f"status.{status}", lang)) for status in SYMBOLS}
    assert len({word for _, word in said.values()}) == len(said)
    assert len({sign for sign, _ in said.values()}) >= len(set(theme.STATUS_SYMBOL))
    assert all(sign.strip() and word.strip() for sign, word in said.values())


def test_every_state_of_a_sensor_is_a_word_and_a_sign() -> None:
    assert len({sign for sign, _ in theme.SENSOR_STATES.values()}) == len(theme.SENSOR_STATES)
    assert all(f"sensors.state_{state}" in texts() for state in theme.SENSOR_STATES)


def test_every_kind_of_place_has_its_sign() -> None:
    assert len(set(points.SIGNS.values())) == len(points.SIGNS) and set(points.SIGNS) == set(theme.LIGHT.place)


# --- maps


@MODE
def test_classes_of_a_choropleth_are_steps_of_grey(p: theme.Palette) -> None:
    """1.2 : 1 between neighbours, the whole ramp from paper to ink; each class is also a line of the legend."""
    for scale in (theme.coverage_scale(p.mode), theme.quantity_scale((0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0), p.mode)):
        levels = [theme.luminance(colour) for colour in scale.colours]
        assert levels == sorted(levels, reverse=True)
        assert min(contrast(one, next_) for one, next_ in pairwise(scale.colours)) >= 1.2
        assert contrast(scale.colours[0], scale.colours[-1]) >= 7
    side = len(p.change) // 2
    for half in (p.change[: side + 1], p.change[side:]):
        assert min(contrast(one, next_) for one, next_ in pairwise(half)) >= 1.2


@MODE
def test_fallen_and_risen_differ_without_colour(p: theme.Palette, store) -> None:
    """Both ends of the diverging ramp are the same grey; a sign stands at the name and in the legend."""
    assert contrast(p.change[0], p.change[-1]) < 1.3  # the reason for this test: wherever it fails, the signs may go
    scale = theme.change_scale(p.mode)
    values = dict.fromkeys(TOWNS, 0.0) | {HALTERN: 30.0, "05562008": -30.0, "05562024": None}
    spec = fibre.towns(
        store.query("towns"), values, addresses=WHERE, tooltip="", scale=scale, mode=p.mode, signed=True
    ).to_json()
    names = [row["words"] for one in json.loads(spec)["layers"] if one["id"].startswith("names") for row in one["data"]]
    assert {name for name in names if name[-1] in "▲▼"} == {"Haltern\nam See ▲", "Datteln ▼"}
    entries = re.findall(r"<li>.*?</li>", legend.legend(scale, "x", "%", signed=True))
    side = len(scale.colours) // 2
    assert [("▼" in entry, "▲" in entry) for entry in entries] == (
        [(True, False)] * side + [(False, False)] + [(False, True)] * side + [(False, False)]
    )


def test_missing_is_hatched_and_never_a_grey(store) -> None:
    places = store.query("towns")
    spec = fibre.towns(places, dict.fromkeys(TOWNS), addresses=WHERE, tooltip="", scale=theme.coverage_scale())
    assert [one["id"] for one in json.loads(spec.to_json())["layers"] if one["id"].startswith("missing")]
    assert "sv-swatch-missing" in legend.legend(theme.coverage_scale(), "x", "%")


# --- charts


def shapes(drawn: str) -> set[str]:
    """The outlines of the points in a drawing, as paths."""
    found = re.findall(r'<path[^>]*aria-roledescription="point"[^>]* d="([^"]*)"', drawn)
    found += re.findall(r'<path[^>]* d="([^"]*)"[^>]*aria-roledescription="point"', drawn)
    return {path for path in found if path}


@MODE
def test_lines_that_share_a_plot_have_points_of_their_own_and_names(p: theme.Palette, store) -> None:
    speeds = store.query("fibre/history", ags=HALTERN)
    drawn = svg(history.history(speeds, area="Haltern am See", source="x", mode=p.mode))
    assert len(shapes(drawn)) == speeds["min_mbit_s"].nunique() == len([w for w in words(drawn) if "Mbit/s: " in w]) / 2


# --- contrast that axe can't see: words and marks on maps, tinted rows, the focus


@MODE
def test_names_on_every_class_of_a_map(p: theme.Palette) -> None:
    ink, paper = theme.LIGHT.text, theme.LIGHT.background
    assert contrast(ink, paper) >= 4.5  # each name wears the other as its halo
    for fill in (*p.coverage, *p.change, p.surface, p.background, p.accent_soft):
        assert max(contrast(ink, fill), contrast(paper, fill)) >= 4.5, fill


@MODE
def test_words_on_tinted_rows(p: theme.Palette) -> None:
    for colour in (p.text, p.muted, p.accent):
        assert contrast(colour, p.accent_soft) >= 4.5, colour


def test_statuses_on_tinted_rows_go_without_colour() -> None:
    sheet = (FOLDER / "smartvest.css").read_text(encoding="utf-8")
    assert re.search(r":is\(\.sv-table tr\[aria-current\], \.sv-notice\) \.sv-status \{ color: inherit; \}", sheet)


@MODE
def test_the_focus_and_the_chosen_town_can_be_seen(p: theme.Palette) -> None:
    for ground in (p.background, p.surface, p.accent_soft):
        assert contrast(p.accent, ground) >= 3
    assert contrast(p.accent, p.halo) >= 3  # the town's outline has a halo on both sides, whatever lies beside
    sheet = (FOLDER / "smartvest.css").read_text(encoding="utf-8")
    assert re.search(r"::?focus-visible \{ outline: 3px solid var\(--sv-accent\) !important", sheet)


@MODE
def test_marks_against_the_grounds_they_stand_on(p: theme.Palette) -> None:
    for name, colour in {**p.technology, "context": p.context, "accent": p.accent, "muted": p.muted}.items():
        assert contrast(colour, p.background) >= 3, name
    for colour in (*p.place.values(), *(p.status[status] for _, status in theme.SENSOR_STATES.values())):
        assert min(contrast(colour, p.surface), contrast(colour, p.accent_soft), contrast(colour, p.halo)) >= 3, colour
    for one, other in combinations((p.surface, p.background), 2):
        assert contrast(p.border, one) >= 3 and contrast(p.border, other) >= 3
