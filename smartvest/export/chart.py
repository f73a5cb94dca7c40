"""A chart or drawing as SVG, PNG (2x) or PDF with title, unit, date, source, licence and link inside the picture.

vl-convert draws the Vega-Lite spec (a drawing is SVG already); the words are set around it here, so that any chart
gets them and no spec has to be rebuilt. An SVG carries our font itself (two subsets, 45 kB); PNG and PDF get it from
the registered TTF files. No spec can make the server fetch anything: every address is refused.
"""

from __future__ import annotations

import base64
import copy
import re
import textwrap
from functools import cache
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

from smartvest import formats, theme
from smartvest.export.rows import ExportError
from smartvest.provenance import Provenance
from smartvest.texts import text

Format = Literal["svg", "png", "pdf"]
FONTS = Path(__file__).resolve().parent.parent / "static" / "fonts"
FAMILY = "IBM Plex Sans"
EMBEDDED = {400: "IBMPlexSans-Regular-Latin1.woff2", 600: "IBMPlexSans-SemiBold-Latin1.woff2"}
WIDTH = 720  # px of the plot where a spec says "container"
MARGIN = 20
LOCALE: dict[str, Literal["de-DE", "en-GB"]] = {"de": "de-DE", "en": "en-GB"}
SCALE = 2  # of a PNG
SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"')

# (font size in px, line height, weight); a letter of Plex Sans is 0.53 em wide on average, 0.56 leaves room
TITLE = (17, 22, 600)
SUBTITLE = (13, 18, 400)
NOTE = (11, 14, 400)
LETTER = 0.56


@cache
def prepare_fonts(folder: Path = FONTS) -> None:
    """Make the TTF files of ``folder`` known to vl-convert; once a process (it scans the folder)."""
    import vl_convert

    if folder.is_dir():
        vl_convert.register_font_directory(str(folder))


def chart_image(
    spec: dict[str, Any] | str,
    fmt: Format,
    told: Provenance | None = None,
    *,
    title: str = "",
    subtitle: str = "",
    lang: str = "de",
    mode: str = "light",
    width: int = WIDTH,
    fonts: Path = FONTS,
) -> bytes:
    """The picture of a Vega-Lite ``spec`` (``chart.to_dict()``), or of a drawing (an SVG document).

    ``title`` and ``subtitle`` (what is measured, unit, date) stand above, the attribution of ``told`` with licence,
    snapshot and link below. Leave title and subtitle empty for a spec that has its own. CPU-bound (50 to 300 ms): call
    it in a thread. Raises ExportError for a spec that can't be drawn.
    """
    import vl_convert

    prepare_fonts(fonts)
    locale = LOCALE["en" if lang == "en" else "de"]
    try:
        plot = (
            spec
            if isinstance(spec, str)
            else vl_convert.vegalite_to_svg(
                _fixed(spec, width), allowed_base_urls=[], format_locale=locale, time_format_locale=locale
            )
        )
        picture = framed(
            plot, title, subtitle, notes(told, lang) if told else [], mode, fonts if fmt == "svg" else None
        )
        if fmt == "svg":
            return picture.encode()
        return vl_convert.svg_to_png(picture, scale=SCALE) if fmt == "png" else vl_convert.svg_to_pdf(picture)
    except ValueError as error:  # vl-convert raises nothing else, with a JavaScript trace behind the first line
        raise ExportError(f"the chart can't be drawn: {str(error).splitlines()[0][:200]}") from None


def notes(told: Provenance, lang: str) -> list[str]:
    """The lines below a picture: every source with licence and date, then snapshot and link."""
    lines = []
    for dataset in told.datasets:
        line = f"{text('export.source', lang)}: {dataset.attribution(lang)}"
        day = told.params.get("as_of") or dataset.as_of_max
        lines.append(f"{line} {text('export.as_of', lang)}: {formats.date(day, lang)}." if day else line)
    lines.append(f"{text('export.snapshot', lang)} {told.snapshot_id}" + (f", {told.link}" if told.link else ""))
    return lines


def framed(plot: str, title: str, subtitle: str, below: list[str], mode: str, embed: Path | None) -> str:
    """``plot`` (an SVG document) on paper colour with words above and below, as one SVG document."""
    found = SIZE.search(plot)
    if not found:
        raise ExportError("the chart can't be drawn: vl-convert gave no SVG")
    plot_width, plot_height = float(found[1]), float(found[2])
    palette = theme.palette(mode)
    wide = max(plot_width, 320.0)
    parts: list[str] = []
    y = float(MARGIN)
    for words, (size, leading, weight), colour in (
        (title, TITLE, palette.text),
        (subtitle, SUBTITLE, palette.muted),
    ):
        for line in textwrap.wrap(words, int(wide / (size * LETTER))):
            parts.append(_line(line, y + size, size, weight, colour))
            y += leading
    y += 8 if parts else 0
    inner = plot[plot.index("<svg") :].replace("<svg", f'<svg x="{MARGIN}" y="{y:g}"', 1)
    parts.append(inner)
    y += plot_height + 10
    size, leading, weight = NOTE
    for note in below:
        for line in textwrap.wrap(note, int(wide / (size * LETTER)), break_long_words=True, break_on_hyphens=False):
            parts.append(_line(line, y + size, size, weight, palette.muted))
            y += leading
        y += 2
    width, height = wide + 2 * MARGIN, y + MARGIN - 8
    style = f"<style>{_faces(embed)}</style>" if embed else ""
    label = f" aria-label={quoteattr(title)}" if title else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img"{label} '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">{style}'
        f'<rect width="100%" height="100%" fill="{palette.background}"/>{"".join(parts)}</svg>'
    )


def _line(words: str, y: float, size: float, weight: int, colour: str) -> str:
    return (
        f'<text x="{MARGIN}" y="{y:g}" font-family="{FAMILY}, sans-serif" font-size="{size:g}" '
        f'font-weight="{weight}" fill="{colour}">{escape(words)}</text>'
    )


def _fixed(spec: dict[str, Any], width: int) -> dict[str, Any]:
    """The spec with a width: "container" has no meaning without a page."""
    if spec.get("width") != "container":
        return spec
    return copy.copy(spec) | {"width": width}


@cache
def _faces(folder: Path) -> str:
    """@font-face rules with the fonts inside, as far as ``folder`` has them."""
    rules = []
    for weight, name in EMBEDDED.items():
        path = folder / name
        if path.is_file():
            data = base64.b64encode(path.read_bytes()).decode()
            rules.append(
                f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};'
                f'src:url(data:font/woff2;base64,{data}) format("woff2")}}'
            )
    return "".join(rules)
