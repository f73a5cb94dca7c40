from __future__ import annotations

import io
import struct
from typing import Any
from xml.etree import ElementTree as ET

import pypdf
import pytest

from smartvest.export import ExportError, chart_image

SPEC: dict[str, Any] = {
    "data": {"values": [{"d": "2021-03-01", "v": 1234.5}, {"d": "2022-06-30", "v": 5.25}]},
    "mark": {"type": "bar"},
    "width": "container",
    "height": 120,
    "encoding": {
        "x": {"field": "d", "type": "ordinal"},
        "y": {"field": "v", "type": "quantitative", "axis": {"format": ",.1f", "values": [0, 1000]}},
    },
}
WORDS: dict[str, Any] = {"title": "Glasfaser in Häusern & Höfen", "subtitle": "Anteil in %, Mitte 2021"}


@pytest.fixture(scope="module")
def svg(told) -> str:
    return chart_image(SPEC, "svg", told, **WORDS).decode()


def test_svg_says_everything_inside(svg, told):
    root = ET.fromstring(svg)
    words = "\n".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))
    for expected in (WORDS["title"], WORDS["subtitle"], "1.000,0", "Gigabit-Grundbuch", told.snapshot_id, "Lizenz"):
        assert expected in words
    assert told.link in words.replace("\n", "")
    assert svg.count("@font-face") == 2 and "http://" not in svg.replace("http://www.w3.org", "")
    assert root.get("aria-label") == WORDS["title"]


def test_a_drawing_of_our_own_gets_the_same_words(told):
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="80"><circle cx="9" cy="9" r="7"/></svg>'
    svg = chart_image(drawing, "svg", told, **WORDS).decode()
    assert "<circle" in svg and told.snapshot_id in svg and "Stand: 30.06.2021." in svg and svg.count("@font-face") == 2
    assert chart_image(drawing, "png", told, **WORDS)[:8] == b"\x89PNG\r\n\x1a\n"


def test_english(told):
    words = chart_image(SPEC, "svg", told, lang="en").decode()
    assert "1,000.0" in words and "Licence" in words


def test_pdf_has_text(told):
    pages = pypdf.PdfReader(io.BytesIO(chart_image(SPEC, "pdf", told, **WORDS))).pages
    text = pages[0].extract_text()
    assert "Glasfaser in Häusern & Höfen" in text and "1.000,0" in text and told.snapshot_id in text


def test_png_is_twice_the_size(svg, told):
    png = chart_image(SPEC, "png", told, **WORDS)
    width, height = struct.unpack(">II", png[16:24])
    root = ET.fromstring(svg)
    assert (width, height) == pytest.approx((2 * float(root.get("width", 0)), 2 * float(root.get("height", 0))), abs=2)


def test_no_spec_makes_us_fetch(told):
    with pytest.raises(ExportError):
        chart_image(SPEC | {"data": {"url": "http://127.0.0.1:9/x.json"}}, "svg", told)
    with pytest.raises(ExportError):
        chart_image({"mark": 3}, "svg", told)
