"""A picture as a reader meets it: rendered to SVG, its words and marks read back."""

from __future__ import annotations

import html
import re
from pathlib import Path

import vl_convert

from smartvest.charts.frame import Picture

vl_convert.register_font_directory(str(Path(__file__).resolve().parents[2] / "smartvest" / "static" / "fonts"))


def svg(picture: Picture, width: int = 720) -> str:
    return vl_convert.vegalite_to_svg(picture.printed(width).to_json())


def words(drawn: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r"<text[^>]*>([^<]*)</text>", drawn)]


def marks(drawn: str, colour: str, role: str) -> int:
    """Marks of one ``role`` ("point", "rule mark", "line mark") painted in ``colour``, by outline or filling."""
    found = re.findall(rf'<(?:path|line)[^>]*aria-roledescription="{role}"[^>]*>', drawn)
    return sum(colour.lower() in mark.lower() for mark in found)


def width(drawn: str) -> float:
    found = re.search(r'<svg[^>]* width="([\d.]+)"', drawn)
    assert found
    return float(found[1])
