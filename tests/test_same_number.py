"""The same number wherever it stands: hovering, table, curves, cards, matrix, chart, printed map, every download, API."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from smartvest import coverage, export, layers
from smartvest.kpis import load_kpis
from smartvest.paths import data_dir, queries_dir
from smartvest.texts import text
from smartvest.towns import COUNTY_AGS, TOWNS
from smartvest.ui import overview_map
from smartvest.ui.view import View
from tests.pages.test_pages import opened
from tests.published import FIBRE, TODAY, client, data, served, told  # noqa: F401

PUBLISHED = {"05562016": 88.07, "05562014": 40.46, "05562028": 3.27}  # Breitbandatlas 06/2021, FTTB/H from 1000 Mbit/s
WORDS = {"05562016": "88,07", "05562014": "40,46", "05562028": "3,27"}
ASKED = "/api/v1/queries/fibre_by_town?technology=fttbh&min_mbit_s=1000&as_of=2021-06-30"


def page(name: str, ags: str = COUNTY_AGS, **parameters: str) -> AppTest:
    app = opened(name, ags, **parameters).run()
    assert not app.exception
    return app


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def spoken(words: str) -> str:
    return re.sub("[ \n]+", " ", unescape(re.sub(r"<[^>]*>", " ", words)))  # not the narrow space before %


def row_of(words: str, town: str) -> str:
    """The row of a town in the first table that has one."""
    return spoken(next(row for row in re.findall(r"<tr.*?</tr>", words, re.S) if f">{town}<" in row))


def specs(app: AppTest) -> str:
    """Everything a chart is made of, its data included."""
    return " ".join(str(chart.proto) for chart in app.get("vega_lite_chart"))


@pytest.fixture(scope="module")
def fibre() -> AppTest:
    return page("fibre")


@pytest.mark.parametrize("ags", PUBLISHED)
def test_on_the_fibre_page(fibre: AppTest, served: Any, ags: str) -> None:  # noqa: F811
    town, words = TOWNS[ags], f"{WORDS[ags]}\u202f%"
    file = json.loads(layers.layer(served, "towns", "de").plain)
    hovering = next(f["properties"] for f in file["features"] if f["properties"]["ags"] == ags)
    deck = fibre.get("deck_gl_json_chart")[0].proto
    assert hovering["coverage_fttbh_1000_20210630"] == words
    assert "{name}: {coverage_fttbh_1000_20210630}" in json.loads(deck.tooltip)["text"]
    assert words in row_of(html(fibre), town)
    panel = next(part for part in re.findall(r"<li><b>.*?</li>", html(fibre)) if f"<b>{town}</b>" in part)
    assert f"<span>{words}</span>" in panel and f"zuletzt {words} (Mitte 2021)" in panel  # the drawing and its words
    own = spoken(html(page("fibre", ags)))
    assert f"Verfügbar {words} {town} 30.06.2021" in own  # the ladder of rungs
    assert re.search(rf"Glasfaser bis ins Haus \(FTTB/H\)[^A-Z]*{re.escape(words)} Kabelnetz", own)  # by technology


@pytest.mark.parametrize("ags", PUBLISHED)
def test_on_the_other_pages(served: Any, ags: str) -> None:  # noqa: F811
    town, words = TOWNS[ags], f"{WORDS[ags]}\u202f%"
    overview = page("overview", ags)
    assert words in row_of(html(overview), town)  # the matrix of the ten towns
    assert f'class="sv-value">{words}<' in html(overview)  # the headline card
    v = View("de", ags, "light", "", served, TODAY)
    shown = overview_map.figures(v).set_index("ags")
    assert shown.at[ags, "label"] == f"{town}: {words} (Mitte 2021)" and shown.at[ags, "value"] == PUBLISHED[ags]
    assert f'class="sv-value">{words}<' in html(page("kpis", ags, feld="digital_infrastructure"))
    of_town = page("town", ags)
    assert words in spoken(html(of_town)) and WORDS[ags] in specs(of_town)


def test_charts_of_the_indicator() -> None:
    drawn = specs(page("kpis", "05562016", feld="digital_infrastructure"))
    assert all(words in drawn for words in WORDS.values())


@pytest.mark.parametrize("ags", PUBLISHED)
def test_in_every_download_and_the_api(client: Any, served: Any, told: Any, tmp_path: Path, ags: str) -> None:  # noqa: F811
    rows = served.answer("fibre_by_town", FIBRE)
    value = PUBLISHED[ags]

    def of(found: list[dict[str, Any]], name: str = "households_pct") -> Any:
        return next(row[name] for row in found if row["ags"] == ags)

    german = b"".join(export.table_csv(rows, "de")).decode("utf-8-sig")
    assert of(list(csv.DictReader(io.StringIO(german), delimiter=";"))) == WORDS[ags]
    plain = b"".join(export.table_csv(rows, "plain")).decode()
    assert of(list(csv.DictReader(io.StringIO(plain)))) == str(value)
    sheet = openpyxl.load_workbook(export.table_xlsx(rows, told, tmp_path / "t.xlsx", "de"))["Daten"]
    head, *cells = sheet.iter_rows(values_only=True)
    assert of([dict(zip(head, line, strict=True)) for line in cells]) == value
    out = io.BytesIO()
    export.table_parquet(rows, told, out, "de")
    assert of(pq.read_table(io.BytesIO(out.getvalue())).to_pylist()) == value
    assert of(json.loads(b"".join(export.table_json(rows, told)))["rows"]) == value
    assert of(client.get(ASKED).json()["rows"]) == value
    assert of([f["properties"] for f in client.get(ASKED + "&format=geojson").json()["features"]]) == value
    typed = (data_dir() / "facts" / "fibre_coverage.csv").read_text(encoding="utf-8")
    assert f"{ags},2021-06-30,fttbh,1000,{value}" in typed


def test_whole_percents_stay_whole_everywhere(served: Any) -> None:  # noqa: F811
    """Up to the end of 2018 whole percents were published: two decimals there would be invented."""
    words = html(page("fibre", stand="2018-12-31"))
    assert re.fullmatch(r" Gladbeck \d+\u202f% ", row_of(words, "Gladbeck"))
    kpis = load_kpis(data_dir() / "kpis.toml", served.sources, queries_dir())
    of_the_atlas = [kpi for kpi in kpis if kpi.query == "kpi/fibre_coverage"]
    assert of_the_atlas
    for kpi in of_the_atlas:
        for day in served.query(kpi.query, **kpi.params)["as_of"].unique():
            assert kpi.digits(day) == coverage.digits(day), (kpi.id, day)


def test_a_change_of_a_share_is_in_points() -> None:
    """% a year would be a share of the share."""
    said = spoken(html(page("kpis", "05562012", feld="digital_infrastructure")))
    assert re.search(r"Beobachtet \+[\d,]+ Prozentpunkte im Jahr, nötig wären \+[\d,]+", said)
    assert not re.search(r"[\d,]+\s*% im Jahr", said)
    assert text("charts.points", "de") == "Prozentpunkte"
