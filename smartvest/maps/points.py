"""Stations and deployments as points over the towns' outlines; each kind has a colour and a letter of its own."""

from __future__ import annotations

from html import escape

import pandas as pd
import pydeck as pdk

from smartvest import theme
from smartvest.maps import outlines
from smartvest.texts import text

# A sign beside the colour, so that kinds differ in print and for colour-blind readers.
SIGNS = {"deployment": "■", "air_quality": "●", "dwd": "▲", "precipitation": "◆", "river_gauge": "▼"}


def places(
    df: pd.DataFrame,
    towns: pd.DataFrame,
    *,
    selected: str | None = None,
    mode: str = "light",
    lang: str = "de",
    sample: bool = False,
    basemap: str = "",
) -> pdk.Deck:
    """``df``: kind, label (what hovering says), ags, latitude_deg, longitude_deg. ``towns``: ags, name,
    geometry_geojson and label points. With a selected town the view fits it."""
    p = theme.palette(mode)
    shape_of = outlines.shapes(towns)
    areas = [
        {"polygon": ring, "ags": ags, "label": name}
        for ags, name in zip(towns["ags"], towns["name"], strict=True)
        for ring in outlines.rings(shape_of[ags])
    ]
    signs = [
        {
            "sign": SIGNS[row.kind],
            "position": [round(row.longitude_deg, 5), round(row.latitude_deg, 5)],
            "label": row.label,
            "ags": row.ags,
            "colour": theme.rgb(p.place[row.kind]),
            "size": 22 if row.kind == "deployment" else 17,
        }
        for row in df.itertuples()
    ]
    layers = [
        pdk.Layer(
            "PolygonLayer", id="towns", data=areas, get_polygon="polygon", stroked=True, pickable=True,
            get_line_color=theme.rgb(p.border), line_width_min_pixels=1, **outlines.filled(p, selected, basemap),
        ),
        *outlines.name_layers(towns, mode, size=12),
        pdk.Layer(
            "TextLayer", id="places", data=signs, get_position="position", get_text="sign", get_size="size",
            get_color="colour", outline_color=theme.rgb(p.halo), outline_width=3,
            **outlines.lettering("".join(SIGNS.values()), "sans-serif"), pickable=True,
        ),
    ]  # fmt: skip
    if sample:
        layers.append(outlines.sample_layer(list(shape_of.values()), text("charts.sample", lang), mode))
    shown = [shape_of[selected]] if selected in shape_of else list(shape_of.values())
    return outlines.deck(layers, outlines.fitting_view(shown), mode, basemap)


def summary(df: pd.DataFrame, lang: str = "de") -> str:
    """How many places of each kind, in one sentence."""
    counts = [f"{count} × {text(f'units.{kind}', lang)}" for kind, count in df["kind"].value_counts(sort=False).items()]
    return text("maps.places", lang, places=", ".join(counts)) if counts else text("maps.places_none", lang)


def legend(df: pd.DataFrame, lang: str = "de", mode: str = "light") -> str:
    """The kinds that are on the map, sign and word."""
    p = theme.palette(mode)
    items = "".join(
        f'<li><span aria-hidden="true" style="color:{p.place[kind]}">{SIGNS[kind]}</span>'
        f"{escape(text(f'units.{kind}', lang))}</li>"
        for kind in SIGNS
        if kind in set(df["kind"])
    )
    return f'<ul class="sv-legend" aria-label="{escape(text("maps.legend", lang), quote=True)}">{items}</ul>'
