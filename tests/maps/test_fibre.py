"""The fibre map's deck: small, without geometry, and with expressions that mean what the scale says."""

from __future__ import annotations

import json
from datetime import date
from html import escape

import pytest

from smartvest import theme
from smartvest.maps import fibre
from smartvest.paths import ROOT
from smartvest.towns import TOWNS
from tests.tiny_store import facts_store

WHERE = fibre.Addresses("/layers/towns.de.0.geojson", "/layers/hatching.de.0.geojson", "/layers/grid.de.0.json")
SCALE = theme.coverage_scale()
DAY = date(2021, 6, 30)


@pytest.fixture(scope="module")
def places():
    return facts_store().query("towns")


def deck(places, values, **options):
    return json.loads(fibre.towns(places, values, addresses=WHERE, tooltip="{name}", scale=SCALE, **options).to_json())


def layer(spec, name):
    return next(one for one in spec["layers"] if one["id"].startswith(name))


def test_no_geometry_travels(places):
    spec = deck(places, dict.fromkeys(TOWNS, 30.0), selected="05562016")
    assert "coordinates" not in json.dumps(spec) and len(json.dumps(spec)) < 6000
    data = {one["id"]: one["data"] for one in spec["layers"]}
    assert all(isinstance(value, str) or name.startswith("names") for name, value in data.items())


def test_each_town_has_the_colour_of_its_class(places):
    values = {ags: float(n * 10) for n, ags in enumerate(TOWNS)}
    fill = layer(deck(places, values), "towns")["_subLayerProps"]["polygons-fill"]["getFillColor"]
    for ags, value in values.items():
        colour = theme.rgb(SCALE.colour(value))
        answer = next(part for part in fill.split(" : ") if f"properties.ags=='{ags}'" in part).split(" ? ")[1]
        assert json.loads(answer) == colour[:3]


def test_a_change_of_figures_changes_the_trigger(places):
    one, other = (deck(places, dict.fromkeys(TOWNS, value)) for value in (3.0, 95.0))
    triggers = [layer(d, "towns")["_subLayerProps"]["polygons-fill"]["updateTriggers"] for d in (one, other)]
    assert triggers[0] != triggers[1]
    assert layer(one, "towns")["id"] == layer(other, "towns")["id"]  # else deck.gl would load the outlines anew


def test_missing_is_hatched_and_never_a_class(places):
    spec = deck(places, {**dict.fromkeys(TOWNS, 30.0), "05562024": None})
    assert "'05562024'" in layer(spec, "missing")["getLineColor"]
    assert (
        "properties.ags=='05562024' ? [255,255,255,1]"
        in layer(spec, "towns")["_subLayerProps"]["polygons-fill"]["getFillColor"]
    )
    assert not [one for one in deck(places, dict.fromkeys(TOWNS, 30.0))["layers"] if one["id"].startswith("missing")]


def test_grid_expression_gives_each_value_its_class(places):
    spec = json.loads(
        fibre.grid(
            places, column=9, epsg=25832, addresses=WHERE, tooltip="{value}", gone="none", scale=SCALE, below=100
        ).to_json()
    )
    assert not [one for one in spec["layers"] if one["id"] == "gone"]
    words = layer(spec, "grid")["getFillColor"].removeprefix("@@=")

    def evaluate(value):
        """The expression as the browser's parser reads it: a chain of questions."""
        rest = words
        while "?" in rest:
            question, rest = rest.split(" ? ", 1)
            answer, rest = rest.split(" : ", 1)
            _, sign, limit = question.split(" ")
            if (value is None) if sign == "==" else (value is not None and value >= float(limit)):
                return json.loads(answer)
        return json.loads(rest)

    assert evaluate(100)[3] == 0  # nothing is missing there: not drawn
    for value in (0, 4, 5, 24, 25, 74, 75, 89, 90, 99):
        assert evaluate(value) == theme.rgb(SCALE.colour(float(value)))[:3]
    assert evaluate(None)[3] == 1  # all but clear: missing is no colour, but can be pointed at


def test_a_cell_without_a_figure_is_an_empty_circle_and_says_so(places):
    drawn = fibre.grid(
        places, column=9, epsg=25832, addresses=WHERE, tooltip="{value} %", gone="none", scale=SCALE, gaps=True
    )
    circles = layer(json.loads(drawn.to_json()), "gone")
    assert circles["getRadius"] == "@@=this[9] == null ? 30 : 0" and not circles["filled"] and circles["stroked"]
    assert circles["getPosition"] == "@@=[this[0]+0.00072,this[1]+0.00045]"  # the middle of 100 m at 51.7 degrees north
    tip = drawn._tooltip["html"]
    assert tip == '<div class="sv-tip sv-cell-{9}">{3}: <i>{9} %</i><span>none</span></div>'
    css = (ROOT / "smartvest" / "static" / "smartvest.css").read_text(encoding="utf-8")
    assert ".sv-cell-null i { display: none; }" in css and ".sv-cell-null span { display: inline; }" in css


def test_hovering_says_what_only_this_town_has(places):
    """Streamlit fills in fields and can't choose: the words of all towns are there, the style sheet shows one town's."""
    said = {ags: f": +{n},00 <Prozentpunkte>" for n, ags in enumerate(TOWNS)}
    spec = fibre.towns(
        places, dict.fromkeys(TOWNS, 1.0), addresses=WHERE, tooltip="{name}: {a} & {b}", scale=SCALE, said_of=said
    )._tooltip
    assert "text" not in spec and spec["html"].startswith('<div class="sv-tip sv-tip-{ags}">{name}: {a} &amp; {b}<span')
    css = (ROOT / "smartvest" / "static" / "smartvest.css").read_text(encoding="utf-8")
    for ags in TOWNS:
        assert f'<span class="sv-of-{ags}">{escape(said[ags])}</span>' in spec["html"]
        assert f".sv-tip-{ags} .sv-of-{ags}" in css
