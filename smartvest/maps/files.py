"""The map's large parts as files a browser fetches once: outlines with every label, hatching, grid cells. Pure.

deck.gl takes an address instead of data, and an expression (``@@=…``, parsed, never evaluated as code) that picks what
is shown. So one file holds the geometry and every figure, and a change of date or technology sends neither.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from smartvest import coverage, formats
from smartvest.maps import outlines
from smartvest.texts import text

GRID_TECHNOLOGIES = ("any", "fttbh", "hfc", "dsl")
GRID_SPEEDS = (30, 100, 1000)
FIRST_FIGURE = 4  # a grid row is [longitude, latitude, ags, town, figures …]
PLACES = 5  # decimals of a degree: 1 m, for cells of 100 m


def label_key(figure: str, technology: str, min_mbit_s: int, as_of: Any) -> str:
    """The name under which a town's label stands in the file: ``coverage_fttbh_1000_20210630``."""
    day = formats.as_date(as_of)
    assert day is not None
    return f"{figure}_{technology}_{min_mbit_s}_{day:%Y%m%d}"


def towns(places: pd.DataFrame, figures: pd.DataFrame, lang: str) -> bytes:
    """GeoJSON of the towns with a label in ``lang`` for every figure: what hovering says.

    ``places``: ags, name, geometry_geojson. ``figures``: figure, ags, technology, min_mbit_s, as_of, value in %.
    """
    labels: dict[str, dict[str, str]] = {ags: {} for ags in places["ags"]}
    for row in figures.itertuples():
        if row.ags in labels and not formats.is_missing(row.value):
            key = label_key(row.figure, row.technology, row.min_mbit_s, row.as_of)
            labels[row.ags][key] = _words(row.figure, row.value, row.as_of, lang)
    keys = sorted({key for words in labels.values() for key in words})
    missing = formats.missing(lang)
    shapes = outlines.shapes(places)
    features = [
        {
            "type": "Feature",
            "properties": {"ags": ags, "name": name, **{key: labels[ags].get(key, missing) for key in keys}},
            "geometry": shapely.geometry.mapping(shapes[ags]),
        }
        for ags, name in zip(places["ags"], places["name"], strict=True)
    ]
    return _json({"type": "FeatureCollection", "features": features})


def _words(figure: str, value: float, as_of: Any, lang: str) -> str:
    """A share as published; a distance in percentage points."""
    if figure == "distance":
        return formats.with_unit(value, text("charts.points", lang), lang, coverage.digits(as_of))
    return coverage.words(value, as_of, lang)


def hatching(places: pd.DataFrame) -> bytes:
    """GeoJSON of diagonal lines inside each town, for the towns without a figure."""
    features = [
        {
            "type": "Feature",
            "properties": {"ags": ags},
            "geometry": {"type": "MultiLineString", "coordinates": outlines.hatch(shape)},
        }
        for ags, shape in outlines.shapes(places).items()
    ]
    return _json({"type": "FeatureCollection", "features": features})


def grid(cells: pd.DataFrame) -> bytes:
    """Grid cells as rows ``[longitude, latitude, ags, town, figure, …]``: twelve figures a date, dates in rising order.

    Figures are whole percents for colours and hovering; 0 and 100 mean exactly none and all, 0.2 is 1 and 99.7 is 99.
    A cell that is not in a date's file has null there. 80,000 cells with two dates are 1 MB zipped, for all choices.
    """
    if cells.empty:
        return b"[]"
    names = [f"{technology}_{speed}_pct" for technology in GRID_TECHNOLOGIES for speed in GRID_SPEEDS]
    place = ["epsg", "y_m", "x_m"]
    head = cells.drop_duplicates(place, keep="last").set_index(place)
    parts = [
        [
            [round(float(x), PLACES), round(float(y), PLACES), ags, name]
            for x, y, ags, name in zip(
                head["longitude_deg"], head["latitude_deg"], head["ags"], head["name"], strict=True
            )
        ]
    ]
    for _, of_date in cells.groupby("as_of", sort=True):
        values = of_date.set_index(place)[names].reindex(head.index)
        parts.append([[None if v != v else int(v) for v in row] for row in _whole(values.to_numpy(float)).tolist()])
    return _json([sum(pieces, []) for pieces in zip(*parts, strict=True)])


def grid_column(technology: str, min_mbit_s: int, date_index: int) -> int:
    """Where in a grid row the figure stands."""
    per_date = len(GRID_TECHNOLOGIES) * len(GRID_SPEEDS)
    within = GRID_TECHNOLOGIES.index(technology) * len(GRID_SPEEDS) + GRID_SPEEDS.index(min_mbit_s)
    return FIRST_FIGURE + date_index * per_date + within


def _whole(values: np.ndarray) -> np.ndarray:
    """Whole percents, NaN where missing; not quite none is 1 and not quite all is 99."""
    ends = np.where((values > 0) & (values < 1), 1, np.where((values > 99) & (values < 100), 99, values))
    return np.floor(ends + 0.5)


def _json(thing: Sequence[Any] | dict[str, Any]) -> bytes:
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
