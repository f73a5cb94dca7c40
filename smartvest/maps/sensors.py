"""Sensors on the map: their state by sign and colour, their last value by hovering.

For the county each town shows how many sensors are in which state: its ten towns are 7 px a kilometre on a phone, ten
sensors in a town centre would lie on one another. A town shows each sensor, above `MANY` how many there are in a
square of about a kilometre. A sensor without a public position is counted at the town's label point.
"""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import pydeck as pdk

from smartvest import formats, theme
from smartvest.maps import outlines
from smartvest.texts import text

MANY = 200  # sensors in one town; above it the signs would be a carpet
CELL = (0.01, 0.016)  # degrees of latitude and longitude: about 1.1 km each way
SIGN, COUNT = 18, 15  # px
BELOW = 17  # px from the town's name down to the first count


def sensors(
    df: pd.DataFrame,
    towns: pd.DataFrame,
    *,
    selected: str | None = None,
    mode: str = "light",
    lang: str = "de",
    sample: bool = False,
    basemap: str = "",
) -> pdk.Deck:
    """``df``: ags, state, label (what hovering says), latitude_deg and longitude_deg (missing where not public).
    ``towns``: ags, name, geometry_geojson and label points."""
    p = theme.palette(mode)
    shape_of = outlines.shapes(towns)
    areas = [
        {"polygon": ring, "ags": ags, "label": name}
        for ags, name in zip(towns["ags"], towns["name"], strict=True)
        for ring in outlines.rings(shape_of[ags])
    ]
    signs = [
        {
            **sign,
            "colour": theme.rgb(p.status[theme.SENSOR_STATES[sign["state"]][1]]),
        }
        for sign in placed(df, towns, selected if selected in shape_of else None, lang)
    ]
    letters = "".join(sign for sign, _ in theme.SENSOR_STATES.values()) + "0123456789.,\u202f "
    layers = [
        pdk.Layer(
            "PolygonLayer", id="towns", data=areas, get_polygon="polygon", stroked=True, pickable=True,
            get_line_color=theme.rgb(p.border), line_width_min_pixels=1, **outlines.filled(p, selected, basemap),
        ),
        *outlines.name_layers(towns, mode, size=12),
        pdk.Layer(
            "TextLayer", id="sensors", data=signs, get_position="position", get_text="sign", get_size="size",
            get_pixel_offset="offset", get_color="colour", outline_color=theme.rgb(p.halo), outline_width=3,
            **outlines.lettering(letters, "sans-serif"), pickable=True,
        ),
    ]  # fmt: skip
    shown = [shape_of[selected]] if selected in shape_of else list(shape_of.values())
    if sample:  # under names and signs, which it must not cover
        layers.insert(1, outlines.sample_layer(shown, text("charts.sample", lang), mode))
    return outlines.deck(layers, outlines.fitting_view(shown), mode, basemap)


def placed(df: pd.DataFrame, towns: pd.DataFrame, selected: str | None, lang: str) -> list[dict[str, Any]]:
    """The signs: single sensors, or counts by state where they are grouped."""
    middle = towns.set_index("ags")[["name", "longitude_deg", "latitude_deg"]]
    if selected is None:
        return [
            sign
            for ags, own in df.groupby("ags", sort=True)
            for sign in _counts(own, middle.loc[ags], str(middle.at[ags, "name"]), ags, lang)
        ]
    own = df[df["ags"] == selected]
    public = own.dropna(subset=["latitude_deg", "longitude_deg"])
    private = own.drop(public.index)
    signs: list[dict[str, Any]] = []
    if len(public) > MANY:
        cells = public.assign(
            latitude_deg=(public["latitude_deg"] / CELL[0]).round() * CELL[0],
            longitude_deg=(public["longitude_deg"] / CELL[1]).round() * CELL[1],
        )
        for _, cell in cells.groupby(["latitude_deg", "longitude_deg"]):
            signs += _counts(cell, cell.iloc[0], text("sensors.map_cell", lang), selected, lang, below=0)
    else:
        signs += [
            {
                "sign": theme.SENSOR_STATES[row.state][0],
                "state": row.state,
                "position": [round(row.longitude_deg, 5), round(row.latitude_deg, 5)],
                "offset": [0, 0],
                "size": SIGN,
                "label": row.label,
                "ags": row.ags,
            }
            for row in public.itertuples()
        ]
    place = f"{middle.at[selected, 'name']}, {text('sensors.map_private', lang)}"
    return signs + _counts(private, middle.loc[selected], place, selected, lang)


def _counts(own: pd.DataFrame, at: Any, place: str, ags: Any, lang: str, below: int = BELOW) -> list[dict[str, Any]]:
    """One line a state, one below the other: "● 9", "✕ 1"."""
    found = own["state"].value_counts()
    aside, down = outlines.NUDGES.get(ags, [0, 0]) if below else [0, 0]
    states = [state for state in theme.SENSOR_STATES if state in found]
    return [
        {
            "sign": f"{theme.SENSOR_STATES[state][0]} {formats.number(found[state], lang)}",
            "state": state,
            "position": [round(float(at["longitude_deg"]), 5), round(float(at["latitude_deg"]), 5)],
            "offset": [aside, down + below + COUNT * line],
            "size": COUNT,
            "label": text(
                "sensors.map_group_one" if found[state] == 1 else "sensors.map_group", lang, place=place,
                count=formats.number(found[state], lang), state=text(f"sensors.state_{state}", lang),
            ),
            "ags": ags,
        }
        for line, state in enumerate(states)
    ]  # fmt: skip


def summary(df: pd.DataFrame, lang: str = "de") -> str:
    """How many sensors are in which state, in one sentence."""
    found = df["state"].value_counts()
    states = [
        text("sensors.map_state", lang, count=formats.number(found[s], lang), state=text(f"sensors.state_{s}", lang))
        for s in theme.SENSOR_STATES
        if s in found
    ]
    return text("sensors.map_summary", lang, states=", ".join(states)) if states else text("sensors.map_none", lang)


def legend(df: pd.DataFrame, lang: str = "de", mode: str = "light") -> str:
    """All states but "never", which stands only where it occurs: sign, word, colour."""
    p = theme.palette(mode)
    there = {"current", "late", "silent", *df["state"]}
    items = "".join(
        f'<li><span aria-hidden="true" style="color:{p.status[colour]}">{sign}</span>'
        f"{escape(text(f'sensors.state_{state}', lang))}</li>"
        for state, (sign, colour) in theme.SENSOR_STATES.items()
        if state in there
    )
    return f'<ul class="sv-legend" aria-label="{escape(text("maps.legend", lang), quote=True)}">{items}</ul>'
