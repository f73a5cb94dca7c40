"""A specification in few bytes draws what the long one draws: every chart of the pages, and the odd cases."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import altair as alt
import pandas as pd
import pytest
import vl_convert

from smartvest import drawn, store
from smartvest.charts import frame
from smartvest.charts.compact import compact
from smartvest.towns import COUNTY_AGS
from smartvest.ui import fibre_past, finished
from smartvest.ui.view import View
from tests.pages.test_pages import opened

MARL = "05562024"


def svg(spec: dict[str, Any]) -> str:
    """The drawing to a hundredth of a pixel, without the names Vega gives to layers and clip paths and the numbers it
    would read aloud of each mark (the page's own summary is read instead)."""
    fixed = spec | ({"width": 640} if spec.get("width") == "container" else {})
    named = re.sub(r'clip\d+|layer_\d+_|aria-label="[^"]*"', "", vl_convert.vegalite_to_svg(fixed))
    return re.sub(r"\d+\.\d+", lambda found: f"{round(float(found[0]), 2):g}", named)


@pytest.fixture(scope="module")
def charts() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Charts of every kind: page, as Altair writes it, as it is sent."""
    seen = []
    page = ""

    def spy(spec: dict[str, Any]) -> dict[str, Any]:
        seen.append((page, spec, compact(spec)))
        return seen[-1][2]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finished, "compact", spy)
        patch.setattr(drawn, "_shelves", type(drawn._shelves)())
        for page, ags in (("kpis", MARL), ("town", MARL), ("sensors", COUNTY_AGS), ("participation", COUNTY_AGS)):
            app = opened(page, ags).run()
            assert not app.exception, app.exception
        page = "fibre"
        fibre_past.picture(View("en", MARL, "dark", "glasfaser", store.current(), date(2026, 11, 23)))
    return seen


def test_every_chart_draws_the_same(charts: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
    assert {page for page, _, _ in charts} == {"kpis", "town", "fibre", "sensors", "participation"}
    for page, long, short in charts:
        assert svg(short) == svg(long), f"{page}: {json.dumps(short)[:200]}"


def test_the_charts_are_shorter(charts: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
    """Shorter than Altair's JSON; Arrow, which Streamlit would send, is longer still."""
    short, long = (sum(len(json.dumps(each[at], ensure_ascii=False)) for each in charts) for at in (2, 1))
    assert short < 0.85 * long


def test_no_table_is_read_as_text(charts: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
    """Vega would make a function from a string to read it, and our headers forbid that: the chart would stay blank."""
    assert not any("tsv" in json.dumps(short) or "csv" in json.dumps(short) for _, _, short in charts)
    assert all(isinstance(values, list) for _, _, short in charts for values in found(short, "values"))


def found(thing: Any, key: str) -> list[Any]:
    """What stands under ``key`` in the data of every layer."""
    inner = [value for layer in thing.get("layer", []) for value in found(layer, key)]
    return inner + ([thing["data"][key]] if key in thing.get("data", {}) else [])


def test_gaps_digits_quotes_and_days() -> None:
    data = pd.DataFrame(
        {
            "day": pd.to_datetime(["2021-06-30", "2021-12-31", None]),
            "value": [12345.678, None, 0.1 + 0.2],
            "words": ['a "quoted"\ttab', "1.000", None],
            "sure": [True, False, True],
            "unused": ["x" * 500] * 3,
        }
    )
    base = alt.Chart(data).encode(x=alt.X("day:T", axis=alt.Axis(format="%d.%m.%Y")), y="value:Q")
    sure = alt.condition("datum.sure", alt.value("#0B5563"), alt.value("#B00020"))
    plot = alt.layer(base.mark_line(), base.mark_point().encode(color=sure), base.mark_text().encode(text="words:N"))
    long = frame.configured(plot, "de", "light").to_dict()
    short = compact(long)
    assert svg(short) == svg(long)
    text = json.dumps(short)
    assert ": 12345.68," in text and "x" * 500 not in text
    assert text.count('"1.000"') == 1  # three layers, one table
    assert "time" not in short["config"]["locale"] and "title" not in short["config"]


@pytest.mark.parametrize("axis", [alt.Axis(format="%b %Y"), alt.Axis(tickCount=3)])
def test_an_axis_with_names_of_months_keeps_them(axis: alt.Axis) -> None:
    data = pd.DataFrame({"day": pd.to_datetime(["2021-03-01", "2021-12-31"]), "value": [1, 2]})
    plot = alt.Chart(data).mark_line().encode(x=alt.X("day:T", axis=axis), y="value:Q")
    long = frame.configured(plot, "de", "light").to_dict()
    assert compact(long)["config"]["locale"] == long["config"]["locale"]
    assert svg(compact(long)) == svg(long)


def test_many_points_are_painted_on_a_canvas() -> None:
    """Streamlit decides by the tables it sees, and it does not see these."""
    data = pd.DataFrame({"x": range(6_000), "y": range(6_000)})
    plot = alt.Chart(data).mark_point().encode(x="x:Q", y="y:Q")
    assert compact(plot.to_dict())["usermeta"] == {"embedOptions": {"renderer": "canvas"}}
    assert "usermeta" not in compact(alt.Chart(data.head(10)).mark_point().encode(x="x:Q", y="y:Q").to_dict())
