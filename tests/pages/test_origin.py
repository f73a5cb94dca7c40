"""Herkunft und Download without a browser: the panel of every view opens, and its snippet gives what the page shows."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from smartvest import formats, store
from smartvest.addresses import PAGES
from smartvest.citation import cite
from smartvest.ui import files
from smartvest.ui.view import begin
from tests.pages.test_pages import opened
from tests.published import copy_of_data
from tests.test_provenance import recomputed, serving

AGS = "05562016"
WITHOUT_FIGURES = ("about", "accessibility", "easy")  # words; figures there are links to the pages they stand on
WITH_PANELS = [name for name in PAGES if name not in WITHOUT_FIGURES]
FIELDS = (
    "administration_open_data",
    "climate_energy",
    "mobility",
    "economy",
)  # of the page Kennzahlen, besides the first
VIEWS: list[tuple[str, dict[str, str]]] = [
    *((name, {}) for name in WITH_PANELS),
    *(("kpis", {"feld": field}) for field in FIELDS),
]
AS_PUBLISHED = -1  # sources differ: each figure with its own decimals
# page, panel -> the columns of its answer that the page shows, with their digits (None: as text)
SHOWN: dict[tuple[str, str], dict[str, int | None]] = {
    ("overview", "kennzahlen"): {"value": 2},
    ("overview", "stadtkarte"): {"value": 2},
    ("overview", "matrix"): {"value": 2},
    ("kpis", "path_fibre_fttbh"): {"value": 2},
    ("kpis", "multiples_fibre_fttbh"): {"value": 2},
    ("kpis", "fibre_fttbh"): {"value": 2},
    ("kpis", "path_wired_1000"): {"value": 2},
    ("kpis", "multiples_wired_1000"): {"value": 2},
    ("kpis", "path_wired_100"): {"value": 2},
    ("kpis", "multiples_wired_100"): {"value": 2},
    ("kpis", "path_solar"): {"value": 0},
    ("kpis", "multiples_solar"): {"value": 0},
    ("kpis", "path_climate_sensors"): {"value": 0},
    ("kpis", "path_population"): {"value": 0},
    ("kpis", "multiples_population"): {"value": 0},
    ("kpis", "wired_1000"): {"value": 2},
    ("kpis", "wired_100"): {"value": 2},
    ("kpis", "open_datasets"): {"value": 0},
    ("kpis", "solar"): {"value": 0},
    ("kpis", "climate_sensors"): {"value": 0},
    ("kpis", "charging"): {"value": 2},
    ("kpis", "population"): {"value": 0},
    ("fibre", "karte"): {"households_pct": 2},
    ("fibre", "verlauf"): {"value": 2},
    ("fibre", "ohne"): {"without_pct": 2},
    ("fibre", "tempo"): {"households_pct": 2},
    ("fibre", "stufen"): {"value": AS_PUBLISHED},
    ("fibre", "quellen"): {"coverage_pct": 2, "report_pct": 1},
    ("fibre", "foerderung"): {"value": 0},
    ("sensors", "course"): {"mean": 1},
    ("sensors", "compared"): {"value": 1},
    ("sensors", "heat"): {"value": 1},
    ("sensors", "own"): {"mean": 1},
    ("sensors", "compare"): {"value": 1},
    ("sensors", "sensor_map"): {"value": 1, "name": None},
    ("sensors", "sensor_towns"): {"value": 1, "minimum": 1, "maximum": 1, "sensors_current": 0},
    ("sensors", "climate"): {"summer_days": 0, "hot_days": 0, "frost_days": 0, "ice_days": 0, "tropical_nights": 0},
    ("sensors", "deployments"): {"source": None},
    ("sensors", "stations"): {"name": None, "code": None},
    ("sensors", "places"): {"name": None},
    ("town", "place"): {"name": None},
    ("town", "sensors"): {"sensors": 0},
    ("town", "profile"): {"population": 0, "density_per_km2": 0, "area_km2": 1, "households": 0},
    ("town", "kpis"): {"value": 2},
    ("town", "fibre"): {"households_pct": 2},
    ("town", "curve"): {"population": 0, "male": 0, "female": 0},
    ("catalogue", "overview"): {"title_de": None, "publisher": None, "licence": None, "rows": 0},
    ("catalogue", "dataset"): {},  # the whole dataset: its rows are counted
    ("catalogue", "columns"): {"name": None, "meaning_de": None},
    ("participation", "events"): {"title_de": None, "participants": 0},
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory whose public address is a real server with the API, as a stranger meets it."""
    data = copy_of_data(tmp_path_factory.mktemp("origin"))
    with serving(data) as address, pytest.MonkeyPatch.context() as patch:
        (data / "publishing.toml").write_text(f'public_url = "{address}"\n')
        patch.setenv("SMARTVEST_DATA", str(data))
        yield data


def panels(app: AppTest) -> dict[str, Any]:
    """The panels of a page by key."""
    found = {re.search(r"-origin_(\w+)$", expander.proto.id): expander for expander in app.expander}
    return {match[1]: expander for match, expander in found.items() if match}


def all_open(name: str, **parameters: str) -> AppTest:
    """The page with every panel open."""
    app = opened(name, AGS, **parameters).run()
    assert not app.exception
    assert not app.code, "a closed panel makes nothing"
    for key in panels(app):
        app.session_state[f"origin_{key}"] = True
    app.run()
    assert not app.exception, (name, app.exception)
    return app


def words(app: AppTest) -> str:
    """Everything that can be read on the page outside the panel, charts' labels included."""
    body = " ".join(element.proto.body for element in app.get("html"))
    charts = " ".join(str(chart.proto) + _cells(chart.proto) for chart in app.get("vega_lite_chart"))
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body))) + charts


def _cells(chart: Any) -> str:
    """Every value a chart is drawn from: labels as they stand, numbers as on the page."""
    said: list[str] = []
    for dataset in chart.datasets:
        for row in pa.ipc.open_stream(dataset.data.data).read_all().to_pylist():
            said += [formats.number(v, "de", 1) if isinstance(v, float) else str(v) for v in row.values()]
    return " ".join(said)


def test_every_view_has_a_panel_and_its_snippet_gives_what_the_page_shows(published: Path, tmp_path: Path) -> None:
    asked: list[tuple[str, str, str, AppTest]] = []
    for name, parameters in VIEWS:
        app = all_open(name, **parameters)
        assert panels(app), f"{name} has no panel"
        for key, panel in panels(app).items():
            snippets = [code.value for code in panel.code if code.language == "python"]
            sql = [code.value for code in panel.code if code.language == "sql"]
            assert len(snippets) == 1 and len(snippets[0].splitlines()) == 2, (name, key)
            assert (sql and sql[0].startswith("-- purpose:")) or name == "catalogue", (name, key)
            asked.append((name, key, snippets[0], app))
    assert {(name, key) for name, key, _, _ in asked} == SHOWN.keys(), "each panel's figures are compared"
    answers = recomputed([snippet for _, _, snippet, _ in asked], tmp_path)
    for (name, key, _, app), answer in zip(asked, answers, strict=True):
        rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
        assert rows or (name, key) == ("fibre", "betriebe"), (name, key)
        compare(rows, SHOWN[name, key], words(app), (name, key))
        if key == "dataset":
            assert formats.number(len(rows), "de", 0) in words(app)


def compare(rows: list[dict[str, Any]], columns: dict[str, int | None], page: str, where: Any) -> None:
    """Every recomputed figure of the latest date and the chosen town stands on the page."""
    own = [row for row in rows if row.get("ags", AGS) == AGS] or rows
    days = [row["as_of"] for row in own if row.get("as_of")]
    latest = [row for row in own if not days or row.get("as_of") in (None, max(days))]
    for column, digits in columns.items():
        values = [row[column] for row in latest if row[column] is not None]
        assert values, (where, column)
        for value in values:
            if digits == 0 and value > 1_000_000:  # euros, in millions on the page
                expected = formats.number(value / 1_000_000, "de", 2)
            else:
                places = len(str(value).partition(".")[2]) if digits == AS_PUBLISHED else digits
                expected = str(value) if places is None else formats.number(float(value), "de", places)
            assert expected in page, (where, column, expected)


def test_what_the_panel_says(published: Path) -> None:
    app = opened("town", AGS)
    app.session_state["origin_curve"] = True
    app.run()
    said = " ".join(element.proto.body for element in app.get("html"))
    for part in ("population_curve", "ags = 05562016", "Destatis", "Prüfsumme", "Zeilen", "Lizenz", "Herausgeber"):
        assert part in said, part
    codes = [code.value for code in app.code]
    assert any(code.startswith("@misc{") for code in codes) and any(code.startswith("TY  - DATA") for code in codes)
    link = next(code for code in codes if code.startswith("http://127.0.0.1"))
    assert "/stadt?snapshot=2026-" in link and link.endswith("ags=05562016")
    assert f"{date.today():%d.%m.%Y}" in next(code for code in codes if code.startswith("Kreis Recklinghausen ("))


def test_a_large_dataset_streams_from_the_api_and_its_workbook_shows_progress(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SLOW_ROWS", 100)
    app = opened("catalogue", datensatz="fibre_coverage")
    app.session_state["origin_dataset"] = True
    app.run()
    panel = panels(app)["dataset"]
    links = [link.proto.url for link in panel.get("link_button")]
    snapshot = store.current().snapshot_id
    for ext in ("csv?", "parquet?"):
        assert any(f"/api/v1/datasets/fibre_coverage.{ext}snapshot={snapshot}" in link for link in links), links
    assert any(link.endswith("dialect=de") for link in links)
    with urllib.request.urlopen(next(link for link in links if link.endswith("dialect=de"))) as answer:
        assert answer.read(3) == b"\xef\xbb\xbf"
    said: list[str] = []
    monkeypatch.setattr("streamlit.delta_generator.DeltaGenerator.progress",
                        lambda self, value, text="": said.append(text) or self, raising=True)  # fmt: skip
    next(button for button in panel.button if button.label == "Excel").click().run()
    rows = store.current().manifest.datasets["fibre_coverage"].rows
    assert any(f"von {formats.number(rows, 'de', 0)} Zeilen" in words for words in said), said
    ready = [button.proto.label for button in app.get("download_button") if "herunterladen" in button.proto.label]
    assert len(ready) == 1 and ready[0].startswith("smartvest_daten_dataset") and ".xlsx" in ready[0]


def test_a_citation_is_a_file_too(published: Path) -> None:
    app = opened("town", AGS)
    app.session_state["origin_curve"] = True
    app.run()
    buttons = {button.proto.label: button.proto for button in app.get("download_button")}
    assert {"BibTeX-Datei (.bib)", "RIS-Datei (.ris)"} <= buttons.keys()
    view = begin("stadt", "de")
    asked = view.ask("population_curve", ags=AGS)
    told = asked.told("https://vest.example", "https://vest.example/stadt?snapshot=x&ags=05562016")
    found = files.citations(view, files.Shown("curve", "Bevölkerung", [asked]), cite(told, "x", date(2027, 1, 5)))
    assert [Path(file.name).suffix for file in found] == [".bib", ".ris"]
    assert [file.mime for file in found] == ["application/x-bibtex", "application/x-research-info-systems"]
    assert all(b"snapshot=x&ags=05562016" in file.make() for file in found)
