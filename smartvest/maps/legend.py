"""The classes of a choropleth in words, with their colours."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from smartvest import formats, theme
from smartvest.texts import text


def legend(
    scale: theme.Scale, title: str, unit: str, lang: str = "de", missing: str | None = "missing", signed: bool = False
) -> str:
    """An HTML list: one class an entry, and how a place without a figure looks: a ``missing`` area is hatched, a ``gone``
    cell an empty circle (the names are those of the swatches in smartvest.css)."""
    last = len(scale.colours) - 1

    def sign(bounds: tuple[float, float]) -> str:
        found = scale.direction(sum(bounds) / 2) if signed else ""
        return f'<span aria-hidden="true">{found}</span>' if found else ""

    items = [
        f'<li><span class="sv-swatch" style="background:{colour}"></span>'
        f"{sign(bounds)}{escape(formats.class_label(*bounds, i == last, unit, lang, signed=signed))}</li>"
        for i, (colour, bounds) in enumerate(zip(scale.colours, pairwise(scale.breaks), strict=True))
    ]
    if missing:
        items.append(f'<li><span class="sv-swatch sv-swatch-{missing}"></span>{escape(formats.missing(lang))}</li>')
    return (
        f'<p class="sv-subtitle">{escape(title)}</p>'
        f'<ul class="sv-legend" aria-label="{escape(text("maps.legend", lang), quote=True)}">{"".join(items)}</ul>'
    )
