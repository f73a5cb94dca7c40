"""The ten towns as a choropleth."""

from __future__ import annotations

import pandas as pd
import pydeck as pdk

from smartvest import formats, theme
from smartvest.maps import outlines
from smartvest.texts import text


def choropleth(
    df: pd.DataFrame,
    *,
    scale: theme.Scale,
    selected: str | None = None,
    mode: str = "light",
    sample: bool = False,
    lang: str = "de",
    basemap: str = "",
) -> pdk.Deck:
    """``df``: ags, name, value (number or missing), label (what hovering says), geometry_geojson, longitude_deg,
    latitude_deg. A town without a figure is hatched."""
    p = theme.palette(mode)
    shape_of = outlines.shapes(df)
    areas, hatched, fill_of = [], [], {}
    for row in df.itertuples():
        colour = scale.colour(None if formats.is_missing(row.value) else float(row.value))
        if colour is None:
            hatched += [{"path": line} for line in outlines.hatch(shape_of[row.ags])]
        fill_of[row.ags] = colour or p.background
        fill = theme.rgb(colour) if colour else theme.rgb(p.background, 1)  # 1, not 0: a clear area can't be picked
        areas += [
            {"polygon": ring, "ags": row.ags, "label": row.label, "fill": fill}
            for ring in outlines.rings(shape_of[row.ags])
        ]
    layers = [
        pdk.Layer(
            "PolygonLayer", id="towns", data=areas, get_polygon="polygon", get_fill_color="fill", filled=True,
            stroked=True, get_line_color=theme.rgb(p.border), line_width_min_pixels=1, pickable=True,
            auto_highlight=True, highlight_color=[*theme.rgb(p.accent)[:3], 60],
        ),
        pdk.Layer("PathLayer", id="missing", data=hatched, get_path="path", get_color=theme.rgb(p.muted),
                  width_min_pixels=1, width_max_pixels=1, pickable=False),
    ]  # fmt: skip
    if selected in shape_of:
        for name, colour, px in (("chosen-halo", p.halo, 7), ("chosen", p.accent, 4)):
            layers.append(
                pdk.Layer(
                    "PolygonLayer", id=f"{name}-{selected}", data=areas, get_polygon="polygon", filled=False, stroked=True,
                    pickable=False, get_line_color=theme.rgb(colour), line_joint_rounded=True,
                    get_line_width=f"ags == '{selected}' ? {px} : 0", line_width_units=pdk.types.String("pixels"),
                )
            )  # fmt: skip
    layers += outlines.name_layers(df, mode, fill_of)
    if sample:
        layers.append(outlines.sample_layer(list(shape_of.values()), text("charts.sample", lang), mode))
    return outlines.deck(layers, outlines.fitting_view(list(shape_of.values())), mode, basemap)


def summary(df: pd.DataFrame, *, measure: str, unit: str, when: str, lang: str = "de", digits: int = 1) -> str:
    """The map in a sentence: highest, lowest, and for how many towns there is no figure."""
    known = df[[not formats.is_missing(value) for value in df["value"]]]
    if known.empty:
        return text("maps.summary_none", lang, measure=measure, when=when)
    low, high = known.loc[known["value"].astype(float).idxmin()], known.loc[known["value"].astype(float).idxmax()]
    words = text(
        "maps.summary", lang, measure=measure, when=when, highest=high["name"], lowest=low["name"],
        high=formats.with_unit(high["value"], unit, lang, digits),
        low=formats.with_unit(low["value"], unit, lang, digits),
    )  # fmt: skip
    gaps = len(df) - len(known)
    return words + (" " + text("maps.summary_gaps", lang, count=gaps) if gaps else "")
