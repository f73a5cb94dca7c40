"""The 100 m grid once imported: what its view says, gives away, and how both are recomputed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pytest
import shapely

from bench import synthetic_grid
from smartvest import store
from smartvest.towns import COUNTY_AGS
from smartvest.ui import files
from smartvest.ui.files import Shown
from tests.pages.test_origin import panels, words
from tests.pages.test_pages import opened
from tests.test_provenance import recomputed, serving

MARL = "05562024"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory with an invented grid, whose public address is a real server with the API."""
    folder = tmp_path_factory.mktemp("grid")
    synthetic_grid.publish(folder, 3000)
    with serving(folder) as address, pytest.MonkeyPatch.context() as patch:
        (folder / "publishing.toml").write_text(f'public_url = "{address}"\n')
        patch.setenv("SMARTVEST_DATA", str(folder))
        yield folder


def grid_page(monkeypatch: pytest.MonkeyPatch, ags: str = COUNTY_AGS, **parameters: str):
    """The page with the panels of map and table open, and what each panel was asked to give away."""
    given: dict[str, Shown] = {}
    real = files.tables
    monkeypatch.setattr(
        files, "tables", lambda view, shown, *rest: given.setdefault(shown.key, shown) and real(view, shown, *rest)
    )
    app = opened("fibre", ags, karte="raster", **parameters).run()
    assert not app.exception
    for key in ("karte", "zellen"):
        app.session_state[f"origin_{key}"] = True
    app.run()
    assert not app.exception, app.exception
    return app, given


def made(monkeypatch: pytest.MonkeyPatch, ags: str, form: str, **parameters: str) -> bytes:
    """The file that a click on the map's panel gives."""
    offered: dict[str, files.File] = {}
    for name in ("tables", "images"):
        real = getattr(files, name)

        def noted(view, shown, *rest, real=real):
            found = real(view, shown, *rest)
            offered.update({file.form: file for file in found if shown.key == "karte"})
            return found

        monkeypatch.setattr(files, name, noted)
    grid_page(monkeypatch, ags, **parameters)
    return offered[form].make()


def test_the_view_says_what_the_cells_add_up_to(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, _ = grid_page(monkeypatch, MARL)
    own = store.current(data).query(
        "fibre/grid_by_town", technology="fttbh", min_mbit_s=1000, as_of="2025-12-31"
    ).set_index("ags").loc[MARL]  # fmt: skip
    alternatives = " ".join(str(chart.proto) for chart in app.get("deck_gl_json_chart"))
    assert f"Marl: {own['cells']} Zellen; alle Haushalte in {own['cells_all']}" in alternatives
    row = next(
        part for part in re.findall(r"<tr.*?</tr>", " ".join(e.proto.body for e in app.get("html"))) if ">Marl<" in part
    )
    shown = [int(n.replace(".", "")) for n in re.findall(r">([\d.]+)<", row)]
    assert shown == [own[c] for c in ("cells", "cells_all", "cells_some", "cells_none", "cells_unknown")]


def test_both_panels_recompute_what_the_view_shows(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, _ = grid_page(monkeypatch, MARL)
    found = panels(app)
    snippets = [next(c.value for c in found[key].code if c.language == "python") for key in ("karte", "zellen")]
    cells, towns = (
        [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
        for answer in recomputed(snippets, tmp_path)
    )
    marl = next(row for row in towns if row["ags"] == MARL)
    assert {cell["ags"] for cell in cells} == {MARL} and len(cells) == marl["cells"] > 50
    assert sum(cell["households_pct"] == 100 for cell in cells) == marl["cells_all"]
    assert f"{marl['cells']} Zellen" in words(app) + str(app.get("deck_gl_json_chart")[0].proto)


def test_what_is_given_away_is_what_is_drawn(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Town, technology, speed, date and "only cells with gaps", as rows and as squares."""
    chosen = {"technik": "dsl", "mbits": "100", "stand": "2024-12-31", "zellen": "luecken"}
    found = json.loads(made(monkeypatch, MARL, "geojson", **chosen))
    own = store.current(data).query(
        "fibre/grid_now", ags=MARL, technology="dsl", min_mbit_s=100, as_of="2024-12-31", below_pct=100
    )  # fmt: skip
    assert [f["properties"]["cell"] for f in found["features"]] == list(own["cell"]) and len(own)
    assert [f["properties"]["households_pct"] for f in found["features"]] == list(own["households_pct"])
    assert all(f["properties"]["sample"] for f in found["features"]), "invented cells say so"
    town = store.current(data).query("towns").set_index("ags").loc[MARL, "geometry_geojson"]
    near = shapely.buffer(shapely.from_geojson(town), 0.01)
    shapes = [shapely.geometry.shape(f["geometry"]) for f in found["features"]]
    assert all(shape.geom_type == "Polygon" and near.contains(shape) for shape in shapes)


def test_every_form_has_all_cells(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(
        store.current(data).query(
            "fibre/grid_now", ags=COUNTY_AGS, technology="fttbh", min_mbit_s=1000, as_of="2025-12-31", below_pct=101
        )
    )
    assert count == 3000
    assert made(monkeypatch, COUNTY_AGS, "csv_de").count(b"\r\n") == count + 1
    (tmp_path / "cells.parquet").write_bytes(made(monkeypatch, COUNTY_AGS, "parquet"))
    read = duckdb.sql(f"select count(*), count(distinct cell) from '{tmp_path / 'cells.parquet'}'").fetchone()
    assert read == (count, count)
    (tmp_path / "cells.xlsx").write_bytes(made(monkeypatch, COUNTY_AGS, "xlsx"))
    assert openpyxl.load_workbook(tmp_path / "cells.xlsx", read_only=True).worksheets[0].max_row == count + 1


@pytest.mark.parametrize(("ags", "there", "absent"), [(COUNTY_AGS, "Waltrop", "–"), (MARL, "Marl", "Waltrop")])
def test_the_picture(data: Path, monkeypatch: pytest.MonkeyPatch, ags: str, there: str, absent: str) -> None:
    """The cells of the county, or those of the town alone, in the classes of the screen, marked as invented."""
    svg = made(monkeypatch, ags, "svg").decode()
    drawn = re.sub(r"<[^>]+>", " ", svg)
    assert there in drawn and "Beispieldaten" in drawn and "100\u202f%" in drawn
    assert absent == "–" or absent not in drawn
    assert len(svg) < 2_000_000
    assert made(monkeypatch, ags, "png").startswith(b"\x89PNG")
