"""The fibre map: towns coloured by class, or the 100 m grid; geometry and labels come by address, never inline.

What travels over the websocket at a change is this deck's JSON: colours by town, the label to show, addresses. Colours
are expressions over a feature's properties. Streamlit's own colouring of a selection (it fades what was not clicked)
is passed by, because the selected town is drawn by us.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd
import pydeck as pdk

from smartvest import formats, theme
from smartvest.maps import outlines

CELL_M = 100
METRES_A_DEGREE = 111_320  # of latitude
MERIDIAN_DEG = {25832: 9.0, 3035: 10.0}  # of the grid's projection
CONE = {25832: None, 3035: 52.0}  # LAEA turns by sin of its centre's latitude, UTM by that of the place
FADED = 60  # alpha of the towns under the grid


@dataclass(frozen=True)
class Addresses:
    """Where the browser finds the files (smartvest.layers)."""

    towns: str
    hatching: str
    grid: str = ""


def towns(
    places: pd.DataFrame,
    value_of: dict[str, float | None],
    *,
    addresses: Addresses,
    tooltip: str,
    scale: theme.Scale,
    selected: str | None = None,
    mode: str = "light",
    said_of: dict[str, str] | None = None,
    basemap: str = "",
    signed: bool = False,
) -> pdk.Deck:
    """``places``: ags, name, longitude_deg, latitude_deg, geometry_geojson (for the view only). ``value_of``: ags ->
    figure or None; a town without one is hatched. ``tooltip``: what hovering says, with {labels} of the towns' file;
    ``said_of``: ags -> what it says besides that is in no file (a change between any two dates). ``signed``: the scale
    diverges, so each name says by a sign to which side its town lies."""
    p = theme.palette(mode)
    colour_of = {ags: scale.colour(None if formats.is_missing(v) else float(v)) for ags, v in value_of.items()}  # type: ignore[arg-type]
    fill_of = {ags: colour or p.background for ags, colour in colour_of.items()}
    clear = theme.rgb(p.background, 1)  # 1, not 0: a clear area can't be picked
    fill = {ags: theme.rgb(colour) if colour else clear for ags, colour in colour_of.items()}
    layers = [_areas(addresses, fill, clear, selected, p)]
    gone = [ags for ags, colour in colour_of.items() if colour is None]
    if gone:
        layers.append(_hatched(addresses, gone, p))
    if selected in value_of:
        layers += _chosen(addresses, selected, p)
    signs = {ags: scale.direction(value_of[ags]) for ags in value_of} if signed else None
    layers += [layer for layer in outlines.name_layers(places, mode, fill_of, sign_of=signs) if layer.data]
    return _sheet(
        layers, outlines.fitting_view(list(outlines.shapes(places).values())), mode, _tip(tooltip, said_of), basemap
    )


def grid(
    places: pd.DataFrame,
    *,
    column: int,
    epsg: int,
    addresses: Addresses,
    tooltip: str,
    gone: str,
    scale: theme.Scale,
    gaps: bool = False,
    below: float | None = None,
    selected: str | None = None,
    mode: str = "light",
    basemap: str = "",
) -> pdk.Deck:
    """The grid cells over the towns' outlines; ``column`` is files.grid_column. With ``below`` only cells in which
    fewer than that share of households have the speed are drawn. With a selected town the view fits it. A cell without
    a figure is an empty circle, drawn only where ``gaps`` says there are any: they are a second layer of all cells.
    ``tooltip`` holds {value}; ``gone`` is said instead where there is none."""
    p = theme.palette(mode)
    paper = outlines.ground(p, address=basemap)
    shapes = outlines.shapes(places)
    shown = [shapes[selected]] if selected in shapes else list(shapes.values())
    view = outlines.fitting_view(shown)
    cells = pdk.Layer(
        "GridCellLayer",
        id="grid",
        data=addresses.grid,
        get_position="[this[0],this[1]]",
        cell_size=CELL_M,
        extruded=False,
        pickable=True,
        auto_highlight=True,
        angle=_turn(view.longitude, view.latitude, epsg),
        get_fill_color=_classes(f"this[{column}]", scale, theme.rgb(p.background, 1), below),
        update_triggers={"getFillColor": [column, scale.colours[0], below]},
    )
    layers = [_areas(addresses, {}, paper, selected, p, pickable=False), cells]  # its features have no field 3 to show
    if gaps:
        layers.append(_circles(addresses.grid, column, view.latitude, p))
    if selected in shapes:
        layers += _chosen(addresses, selected, p)
    layers += outlines.name_layers(places, mode)
    said = escape(tooltip).replace("{value}", f"{{{column}}}")
    tip = f'<div class="sv-tip sv-cell-{{{column}}}">{{3}}: <i>{said}</i><span>{escape(gone)}</span></div>'
    return _sheet(layers, view, mode, {"html": tip}, basemap)


def _circles(address: str, column: int, latitude: float, p: theme.Palette) -> pdk.Layer:
    """An empty circle in every cell without a figure: missing is no colour of the scale."""
    up = CELL_M / 2 / METRES_A_DEGREE
    across = up / math.cos(math.radians(latitude))
    return pdk.Layer(
        "ScatterplotLayer",
        id="gone",
        data=address,
        get_position=f"[this[0]+{across:.5f},this[1]+{up:.5f}]",
        get_radius=f"this[{column}] == null ? {CELL_M * 0.3:g} : 0",
        filled=False,
        stroked=True,
        get_line_color=theme.rgb(p.muted),
        line_width_min_pixels=1,
        pickable=False,
        update_triggers={"getRadius": [column]},
    )


def _areas(
    addresses: Addresses,
    fill: dict[str, list[int]],
    other: list[int],
    selected: str | None,
    p: theme.Palette,
    pickable: bool = True,
) -> pdk.Layer:
    """The towns as areas to point at. The layer's name holds the selected town: Streamlit forgets a click on a layer
    that is gone, so the same town can be clicked again after another one was chosen from the list."""
    colour = {"getFillColor": "@@=" + _by_town(fill, other), "updateTriggers": {"getFillColor": _trigger(fill, other)}}
    return pdk.Layer(
        "GeoJsonLayer",
        id=f"towns-{selected or 'all'}",
        data=addresses.towns,
        filled=True,
        stroked=True,
        pickable=pickable,
        auto_highlight=pickable,
        highlight_color=[*theme.rgb(p.accent)[:3], 60],
        get_line_color=theme.rgb(p.border),
        get_line_width=1,
        line_width_units=pdk.types.String("pixels"),
        _sub_layer_props={"polygons-fill": colour},
    )


def _hatched(addresses: Addresses, gone: list[str], p: theme.Palette) -> pdk.Layer:
    shown, hidden = theme.rgb(p.muted), theme.rgb(p.muted, 0)
    return pdk.Layer(
        "GeoJsonLayer",
        id="missing-" + "-".join(ags[-3:] for ags in gone),
        data=addresses.hatching,
        stroked=True,
        pickable=False,
        get_line_color=_by_town(dict.fromkeys(gone, shown), hidden),
        get_line_width=1,
        line_width_units=pdk.types.String("pixels"),
    )


def _chosen(addresses: Addresses, selected: str | None, p: theme.Palette) -> list[pdk.Layer]:
    """The outline of the selected town, with a halo that keeps it apart from dark neighbours."""
    return [
        pdk.Layer(
            "GeoJsonLayer",
            id=f"{name}-{selected}",
            data=addresses.towns,
            filled=False,
            stroked=True,
            pickable=False,
            get_line_color=theme.rgb(colour),
            get_line_width=f"properties.ags == '{selected}' ? {px} : 0",
            line_width_units=pdk.types.String("pixels"),
            line_joint_rounded=True,
        )
        for name, colour, px in (("chosen-halo", p.halo, 7), ("chosen", p.accent, 4))
    ]


def _by_town(colour_of: dict[str, list[int]], other: list[int]) -> str:
    """Towns of one colour share a question; this travels at each change."""
    towns_of: dict[str, list[str]] = {}
    for ags, colour in colour_of.items():
        towns_of.setdefault(_list(colour), []).append(f"properties.ags=='{ags}'")
    return "".join(f"{'||'.join(towns)} ? {colour} : " for colour, towns in towns_of.items()) + _list(other)


def _classes(value: str, scale: theme.Scale, missing: list[int], below: float | None) -> str:
    """The classes of ``scale`` as one expression, asked in this order: missing, then from the top down."""
    words = f"{value} == null ? {_list(missing)} : "
    if below is not None:
        words += f"{value} >= {below:g} ? [0,0,0,0] : "
    for start, colour in list(zip(scale.breaks, scale.colours, strict=False))[:0:-1]:
        words += f"{value} >= {start:g} ? {_list(theme.rgb(colour))} : "
    return words + _list(theme.rgb(scale.colours[0]))


def _trigger(fill: dict[str, list[int]], other: list[int]) -> str:
    """What deck.gl compares to see that colours have changed; short, because it travels."""
    return hashlib.sha256(repr((fill, other)).encode()).hexdigest()[:12]


def _list(colour: list[int]) -> str:
    """Opaque is what deck.gl takes a colour without alpha for."""
    return "[" + ",".join(map(str, colour[:3] if colour[3:] == [255] else colour)) + "]"


def _turn(longitude: float, latitude: float, epsg: int) -> float:
    """Degrees by which the grid's north lies beside true north here (1.5 in UTM 32, 2.3 in LAEA), for the cells."""
    cone = CONE.get(epsg) or latitude
    return round((MERIDIAN_DEG.get(epsg, 9.0) - longitude) * math.sin(math.radians(cone)), 2)


def _tip(words: str, said_of: dict[str, str] | None = None) -> dict[str, str]:
    """What hovering says, for Streamlit, which fills in {fields} and can neither compute nor choose. Words that differ by
    town are therefore all in it, and smartvest.css shows those of the town whose key the field {ags} is."""
    if not said_of:
        return {"text": words}
    own = "".join(f'<span class="sv-of-{ags}">{escape(said)}</span>' for ags, said in said_of.items())
    return {"html": f'<div class="sv-tip sv-tip-{{ags}}">{escape(words)}{own}</div>'}


def _sheet(layers: list[Any], view: pdk.ViewState, mode: str, tip: dict[str, str], basemap: str) -> pdk.Deck:
    drawn = outlines.deck(layers, view, mode, basemap)
    style = drawn._tooltip["style"]
    return pdk.Deck(
        layers=drawn.layers,
        initial_view_state=view,
        map_provider=None,
        views=drawn.views,
        tooltip={**tip, "style": style},
    )  # type: ignore[arg-type]
