"""Taking it away, as a visitor does: every format is downloaded, reopened, and holds the figures of the page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import openpyxl
import pypdf
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import findings
from tests.browser.keyboard import tab_to
from tests.browser.looking import settled, sideways

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
TABLES = ("CSV (deutsches Excel)", "CSV (international)", "Excel", "Parquet", "JSON")


def opened(page: Page, key: str) -> Locator:
    """The panel of that key, open."""
    panel = page.locator(f".st-key-origin_{key}")
    panel.locator("summary").click()
    expect(panel.get_by_role("tab").first).to_be_visible()
    settled(page)
    return panel


def taken(page: Page, panel: Locator, into: Path, *labels: str) -> dict[str, Path]:
    """Each of the files by its button's label."""
    files = {}
    for label in labels:
        with page.expect_download(timeout=30_000) as download:
            panel.get_by_role("button", name=label, exact=True).click()
        assert download.value.failure() is None
        files[label] = into / download.value.suggested_filename
        download.value.save_as(files[label])
    assert page.context.cookies() == []  # and `visit` fails where another host was asked
    return files


def words_of(svg: Path) -> str:
    """All text of an SVG document, in the order it is drawn."""
    return " ".join(node.text or "" for node in ElementTree.parse(svg).iter() if node.tag.endswith("text"))


def test_a_chart_and_its_table(visit: Visit, tmp_path: Path) -> None:
    page = visit("/stadt?ags=05562016")
    shown = page.locator(".sv-table", has_text="Männlich").inner_text()
    people = re.search(r"31\.12\.2023\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)", shown)
    assert people, shown
    total, male, female = people.groups()
    panel = opened(page, "curve")
    assert sideways(page) == []
    files = taken(page, panel, tmp_path, "SVG", "PNG", "PDF", *TABLES)
    assert {path.stem for path in files.values()} == {
        "smartvest_stadt_curve_haltern-am-see_2023-12-31",
        "smartvest_stadt_curve-plain_haltern-am-see_2023-12-31",
    }
    svg = words_of(files["SVG"])
    assert total in svg and "Destatis" in svg and "snapshot=" in svg and "Lizenz" in svg
    assert "@font-face" in files["SVG"].read_text()
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(files["PDF"]).pages)
    assert total in text and "Destatis" in text
    png = files["PNG"].read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and int.from_bytes(png[16:20]) >= 2 * 720

    plain = [figure.replace(".", "") for figure in (total, male, female)]
    german = files["CSV (deutsches Excel)"].read_bytes()
    assert german.startswith(b"\xef\xbb\xbf") and f"{';'.join(plain)}" in german.decode("utf-8-sig")
    assert "31.12.2023" in german.decode()
    path = str(files["CSV (international)"])
    expected = [tuple(map(int, plain))]
    wanted = "select population, male, female from {} where as_of::date = date '2023-12-31'"
    assert duckdb.sql(wanted.format("read_csv($path)"), params={"path": path}).fetchall() == expected
    path = str(files["Parquet"])
    assert duckdb.sql(wanted.format("read_parquet($path)"), params={"path": path}).fetchall() == expected
    rows = json.loads(files["JSON"].read_text())["rows"]
    assert [(r["population"], r["male"], r["female"]) for r in rows if r["as_of"] == "2023-12-31"] == expected
    book = openpyxl.load_workbook(files["Excel"])
    heads = [cell.value for cell in book.worksheets[0][1]]
    last = dict(zip(heads, [cell.value for cell in list(book.worksheets[0].rows)[-1]], strict=True))
    assert (last["population"], last["male"], last["female"]) == expected[0] and f"{last['as_of']:%Y}" == "2023"
    source = {row[0].value: row[1].value for row in book["Quelle"].rows}
    assert source["Abfrage"] == "population_curve" and source["Parameter ags"] == "05562016"


def test_a_map(visit: Visit, tmp_path: Path) -> None:
    page = visit("/")
    cell = page.locator(".sv-table tr", has_text="Haltern am See").inner_text()
    found = re.search(r"([\d,]+)\s*%", cell)
    assert found, cell
    files = taken(page, opened(page, "stadtkarte"), tmp_path, "SVG", "PNG", "GeoJSON")
    words = words_of(files["SVG"])
    assert "Haltern am See" in words and found[1] in words and "GeoBasis-DE" in words
    assert pixels(files["PNG"].read_bytes()) > 3  # colours: more than paper, text and border
    places = json.loads(files["GeoJSON"].read_text())
    haltern = next(f for f in places["features"] if f["properties"]["ags"] == "05562016")
    assert len(places["features"]) == 10 and haltern["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert f"{haltern['properties']['value']:.2f}".replace(".", ",") == found[1]


def test_the_snippet_of_a_page_gives_its_figure(visit: Visit, tmp_path: Path) -> None:
    """Copied from the screen, run in a bare Python, from this server's own public files. Everything by keyboard alone:
    the panel is opened, a file taken, the origin read; axe has nothing to say against the opened panel.
    """
    page = visit("/stadt?ags=05562016", width=375)
    panel = page.locator(".st-key-origin_curve")
    panel.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("tab").first).to_be_visible()
    settled(page)
    tab_to(page, lambda stop: stop["words"].strip() == "PNG")
    with page.expect_download(timeout=30_000) as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "smartvest_stadt_curve_haltern-am-see_2023-12-31.png"
    settled(page)
    assert findings(page) == {}
    panel.get_by_role("tab", name="Herunterladen").focus()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("tab", name="Herkunft")).to_have_attribute("aria-selected", "true")
    assert findings(page) == {}
    snippet = panel.locator("code.language-python").inner_text()
    assert sideways(page) == []
    script = f"{snippet}\nprint(result.order('as_of').fetchall()[-1])"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-1000:]
    figure = page.locator(".sv-card", has_text="Bevölkerung").locator(".sv-value").inner_text()
    assert figure.replace(".", "") in done.stdout.splitlines()[-1]


def pixels(png: bytes) -> int:
    """How many different byte values the picture's data has, without an image library."""
    data, at = b"", 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    return len(set(zlib.decompress(data)))
