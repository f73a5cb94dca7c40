"""Maps to take away: the county as a Vega-Lite chart, so that SVG, PNG and PDF come from the same hand as every chart.

The map on the screen is drawn by deck.gl into a canvas. A picture of that canvas would have the visitor's window size,
no text, no source, and would need a script of ours in the page; this one has the same towns, classes and colours.
"""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd
import shapely
from shapely import affinity

from smartvest import formats, theme
from smartvest.charts import frame
from smartvest.charts.frame import Picture
from smartvest.maps import cells as cell_areas
from smartvest.maps import outlines
from smartvest.texts import text

WIDTH, HEIGHT = 560, 480
SHAPES = {
    "■": "square", "●": "circle", "▲": "triangle-up", "◆": "diamond", "▼": "triangle-down",
    "✕": "M-1,-0.6L-0.6,-1L0,-0.4L0.6,-1L1,-0.6L0.4,0L1,0.6L0.6,1L0,0.4L-0.6,1L-1,0.6L-0.4,0Z",
    "○": "M0,-1A1,1,0,1,1,0,1A1,1,0,1,1,0,-1ZM0,-0.6A0.6,0.6,0,1,0,0,0.6A0.6,0.6,0,1,0,0,-0.6Z",
}  # fmt: skip
LATITUDE = 51.65  # the county's middle: a degree of longitude is cos(51.65°) of a degree of latitude


def towns(
    df: pd.DataFrame,
    *,
    scale: theme.Scale,
    title: str,
    when: str,
    unit: str,
    source: str,
    summary: str,
    measure: str = "",
    selected: str | None = None,
    lang: str = "de",
    mode: str = "light",
    digits: int = 1,
    signed: bool = False,
) -> Picture:
    """The towns in the classes of ``scale``. ``df``: ags, name, value (number or missing), geometry_geojson,
    longitude_deg, latitude_deg. Every town carries its name and figure; one without a figure is hatched. ``measure`` says under the
    title what the figures are where their unit does not."""
    p = theme.palette(mode)
    shape_of = _shapes(df)
    classes, missing = _class_labels(scale, unit, lang, signed), formats.missing(lang)
    areas, hatched = [], []
    for row in df.itertuples():
        index = scale.class_of(None if formats.is_missing(row.value) else float(row.value))
        areas.append(_feature(shape_of[row.ags], **{"class": missing if index is None else classes[index]}))
        if index is None:
            lines = [shapely.LineString(line) for line in outlines.hatch(shapely.from_geojson(row.geometry_geojson))]
            hatched.append(_feature(_flat(shapely.MultiLineString(lines))))
    figures = [
        formats.missing(lang, True)
        if formats.is_missing(value)
        else formats.with_unit(value, unit, lang, digits, signed=signed)
        for value in df["value"]
    ]
    colour = _class_colour(classes, scale, missing, p)
    layers: list[Any] = [
        alt.Chart(_collection(areas)).mark_geoshape(stroke=p.border, strokeWidth=1).encode(color=colour),
        *_lines(hatched, p.muted, 1),
    ]
    inks = [_ink(scale, value, p) for value in df["value"]]
    return _picture(
        df, shape_of, layers, figures, inks, selected, title=title, subtitle=" – ".join(part for part in (when, measure or unit) if part),
        foot=text("charts.foot", lang, source=source.rstrip("."), as_of=when), summary=summary, lang=lang, mode=mode,
    )  # fmt: skip


def places(
    df: pd.DataFrame,
    towns: pd.DataFrame,
    *,
    signs: dict[str, str],
    title: str,
    source: str,
    summary: str,
    selected: str | None = None,
    lang: str = "de",
    mode: str = "light",
) -> Picture:
    """Points over the towns' outlines. ``df``: kind, latitude_deg, longitude_deg; ``signs``: kind -> its sign."""
    p = theme.palette(mode)
    shape_of = _shapes(towns)
    areas = [_feature(shape_of[ags], fill=p.accent_soft if ags == selected else p.surface) for ags in towns["ags"]]
    layers: list[Any] = [
        alt.Chart(_collection(areas))
        .mark_geoshape(stroke=p.border, strokeWidth=1)
        .encode(fill=alt.Fill("properties.fill:N", scale=None))
    ]
    kinds = [kind for kind in signs if kind in set(df["kind"])]
    names = [text(f"units.{kind}", lang) for kind in kinds]
    if kinds:
        at = [
            (*_point(row.longitude_deg, row.latitude_deg), text(f"units.{row.kind}", lang)) for row in df.itertuples()
        ]
        marks = alt.Chart(pd.DataFrame(at, columns=["x", "y", "kind"])).mark_point(filled=True, size=90, opacity=1)
        legend = alt.Legend(title=None, orient="bottom", symbolSize=90, symbolOpacity=1, labelColor=p.text)
        layers.append(
            marks.encode(
                longitude="x:Q",
                latitude="y:Q",
                color=alt.Color(
                    "kind:N", scale=alt.Scale(domain=names, range=[p.place[k] for k in kinds]), legend=legend
                ),
                shape=alt.Shape(
                    "kind:N", scale=alt.Scale(domain=names, range=[SHAPES[signs[k]] for k in kinds]), legend=legend
                ),
            )
        )
    return _picture(
        towns, shape_of, layers, [""] * len(towns), [p.text] * len(towns), None, title=title, subtitle=summary,
        foot=text("frame.source_one", lang, source=source), summary=summary, lang=lang, mode=mode,
    )  # fmt: skip


def sensors(
    signs: list[dict[str, Any]],
    towns: pd.DataFrame,
    *,
    title: str,
    source: str,
    when: str,
    summary: str,
    lang: str = "de",
    mode: str = "light",
    sample: bool = False,
) -> Picture:
    """The signs of ``maps.sensors.placed`` over ``towns`` (all of them, or the one that is looked at): state by shape,
    colour and word, a number beside the shape where several stand together."""
    p = theme.palette(mode)
    shape_of = _shapes(towns)
    areas = [_feature(shape, fill=p.surface) for shape in shape_of.values()]
    bounds = shapely.GeometryCollection(list(shape_of.values())).bounds
    pixel = max((bounds[2] - bounds[0]) / WIDTH, (bounds[3] - bounds[1]) / HEIGHT)
    at = []
    for sign in signs:
        x, y = _point(*sign["position"])
        aside, down = sign["offset"]
        number = sign["sign"].partition(" ")[2]
        at.append((x + (aside - (9 if number else 0)) * pixel, y - down * pixel, x + (aside + 1) * pixel, number,
                   text(f"sensors.state_{sign['state']}", lang)))  # fmt: skip
    rows = pd.DataFrame(at, columns=["x", "y", "x_number", "number", "state"])
    there = {"current", "late", "silent", *(sign["state"] for sign in signs)}
    states = [state for state in theme.SENSOR_STATES if state in there]
    words = [text(f"sensors.state_{state}", lang) for state in states]
    colours = [p.status[theme.SENSOR_STATES[state][1]] for state in states]
    shapes = [SHAPES[theme.SENSOR_STATES[state][0]] for state in states]
    legend = alt.Legend(title=None, orient="bottom", symbolSize=110, symbolOpacity=1, labelColor=p.text)
    base = alt.Chart(rows)
    layers: list[Any] = [
        alt.Chart(_collection(areas))
        .mark_geoshape(stroke=p.border, strokeWidth=1)
        .encode(fill=alt.Fill("properties.fill:N", scale=None)),
        base.mark_point(filled=True, size=110, opacity=1).encode(
            longitude="x:Q",
            latitude="y:Q",
            color=alt.Color("state:N", scale=alt.Scale(domain=words, range=colours), legend=legend),
            shape=alt.Shape("state:N", scale=alt.Scale(domain=words, range=shapes), legend=legend),
        ),
        base.mark_text(align="left", fontSize=12, color=p.text).encode(
            longitude="x_number:Q", latitude="y:Q", text="number:N"
        ),
    ]
    none = [""] * len(towns)
    return _picture(
        towns, shape_of, layers, none, [p.text] * len(towns), None, title=title, subtitle=summary,
        foot=text("charts.foot", lang, source=source.rstrip("."), as_of=when), summary=summary, lang=lang, mode=mode,
        sample=sample,
    )  # fmt: skip


def cells(
    df: pd.DataFrame,
    towns: pd.DataFrame,
    *,
    scale: theme.Scale,
    title: str,
    when: str,
    measure: str,
    gone: str,
    unit: str,
    source: str,
    summary: str,
    lang: str = "de",
    mode: str = "light",
    sample: bool = False,
) -> Picture:
    """Grid cells over ``towns`` (all of them, or the one that is looked at). ``df``: epsg, x_m, y_m, households_pct. All
    cells of a class are one area: 80,000 squares are an SVG of 1 MB. Those without a figure are empty with a fine
    outline, called ``gone``."""
    p = theme.palette(mode)
    shape_of = _shapes(towns)
    classes = _class_labels(scale, unit, lang)
    index_of = df["households_pct"].map(
        lambda value: scale.class_of(None if formats.is_missing(value) else float(value))
    )
    areas = [
        _feature(_flat(cell_areas.merged(own)), **{"class": classes[int(index)]}) for index, own in df.groupby(index_of)
    ]
    empty = df[index_of.isna()]
    layers: list[Any] = [
        alt.Chart(_collection([_feature(shape) for shape in shape_of.values()]))
        .mark_geoshape(fill=p.surface, stroke=p.border, strokeWidth=1),
        alt.Chart(_collection(areas)).mark_geoshape().encode(color=_class_colour(classes, scale, gone, p)),
    ]  # fmt: skip
    if len(empty):
        layers += _lines([_feature(_flat(cell_areas.merged(empty)))], p.muted, 0.6)
    layers += _lines([_feature(shape.boundary) for shape in shape_of.values()], p.muted, 1)
    none = [""] * len(towns)
    return _picture(
        towns, shape_of, layers, none, [p.text] * len(towns), None, title=title, subtitle=f"{when} – {measure}",
        foot=text("charts.foot", lang, source=source.rstrip("."), as_of=when), summary=summary, lang=lang, mode=mode,
        sample=sample, on_top=True,
    )  # fmt: skip


def _picture(
    df, shape_of, layers, figures, inks, selected, *, mode, sample=False, on_top=False, **words: Any
) -> Picture:
    """``on_top``: what is drawn fills the towns, so the mark of sample data stands on it and names have a halo."""
    p = theme.palette(mode)
    if sample:
        layers.insert(len(layers) if on_top else 1, frame.watermark(words["lang"], mode))
    if selected in shape_of:
        edge = [_feature(shape_of[selected].boundary)]
        layers += _lines(edge, p.halo, 6) + _lines(edge, p.accent, 3)
    at = [_point(x, y) for x, y in zip(df["longitude_deg"], df["latitude_deg"], strict=True)]
    names = pd.DataFrame(at, columns=["x", "y"]).assign(name=list(df["name"]), figure=figures, ink=inks)
    for column, dy, weight in (("name", -7 if any(figures) else 0, 600), ("figure", 7, 400)):
        base = alt.Chart(names).encode(
            longitude="x:Q", latitude="y:Q", text=f"{column}:N", color=alt.Color("ink:N", scale=None, legend=None)
        )
        letters: dict[str, Any] = {"dy": dy, "fontSize": 11, "fontWeight": "bold" if weight > 400 else "normal"}
        if on_top:
            halo = base.mark_text(**letters, stroke=p.halo, strokeWidth=4, strokeJoin="round")
            layers.append(halo.encode(color=alt.value(p.halo)))
        layers.append(base.mark_text(**letters))
    plot = alt.layer(*layers).project(type="identity", reflectY=True).properties(width=WIDTH, height=HEIGHT)
    return Picture(frame.configured(plot, words["lang"], mode), *_said(words), mode=mode, sample=sample)


def _said(words: dict[str, Any]) -> tuple[str, str, str, str]:
    return words["title"], words["subtitle"], words["foot"], words["summary"]


def _class_labels(scale: theme.Scale, unit: str, lang: str, signed: bool = False) -> list[str]:
    last = len(scale.colours) - 1
    return [
        formats.class_label(scale.breaks[i], scale.breaks[i + 1], i == last, unit, lang, signed=signed)
        for i in range(last + 1)
    ]


def _class_colour(classes: list[str], scale: theme.Scale, missing: str, p: theme.Palette) -> alt.Color:
    """The classes' colours and their legend; what has no figure is as empty as the paper."""
    return alt.Color(
        "properties.class:N",
        scale=alt.Scale(domain=[*classes, missing], range=[*scale.colours, p.background]),
        legend=alt.Legend(
            title=None, orient="bottom", columns=4, labelColor=p.text, symbolType="square", symbolStrokeColor=p.border,
            symbolStrokeWidth=1,
        ),
    )  # fmt: skip


def _ink(scale: theme.Scale, value: Any, p: theme.Palette) -> str:
    """Dark or light letters, whichever stands out more from the area's colour."""
    colour = scale.colour(None if formats.is_missing(value) else float(value)) or p.background
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return "#FFFFFF" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else "#16211F"


def _shapes(df: pd.DataFrame) -> dict[str, Any]:
    return {
        ags: _flat(shapely.from_geojson(words)) for ags, words in zip(df["ags"], df["geometry_geojson"], strict=True)
    }


def _flat(shape: Any) -> Any:
    return affinity.scale(shape, math.cos(math.radians(LATITUDE)), 1, origin=(0, 0))


def _point(longitude: float, latitude: float) -> tuple[float, float]:
    return longitude * math.cos(math.radians(LATITUDE)), latitude


def _feature(shape: Any, **properties: str) -> dict[str, Any]:
    return {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}


def _collection(features: list[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=features)


def _lines(features: list[dict[str, Any]], colour: str, width: float) -> list[Any]:
    if not features:
        return []
    return [alt.Chart(_collection(features)).mark_geoshape(filled=False, stroke=colour, strokeWidth=width)]
