"""Cells of the 100 m grid as areas: where they lie, how large they are, and many of them as one."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod, Transformer

from smartvest.maps import cells

EARTH = Geod(ellps="WGS84")


@pytest.mark.parametrize(("epsg", "x", "y"), [(25832, 370_000, 5_734_000), (3035, 4_107_000, 3_188_000)])
def test_a_square_starts_at_its_corner_and_is_a_hectare(epsg, x, y):
    (words,) = cells.squares(np.array([epsg]), np.array([x]), np.array([y]))
    shape = shapely.from_geojson(words)
    corner = Transformer.from_crs(epsg, 4326, always_xy=True).transform(x, y)
    assert shape.exterior.coords[0] == pytest.approx(corner, abs=1e-6)
    area, around = EARTH.geometry_area_perimeter(shape)  # positive: counter-clockwise, as RFC 7946 wants
    assert area == pytest.approx(10_000, rel=0.01) and around == pytest.approx(400, rel=0.01)


def test_each_grid_by_its_own_system():
    both = cells.squares(np.array([25832, 3035]), np.array([370_000, 4_107_000]), np.array([5_734_000, 3_188_000]))
    alone = cells.squares(np.array([3035]), np.array([4_107_000]), np.array([3_188_000]))
    assert both[1] == alone[0] != both[0] and json.loads(both[0])["type"] == "Polygon"


def test_many_cells_are_one_area_with_few_corners_and_nothing_lost():
    x, y = (a.ravel() for a in np.meshgrid(np.arange(370_000, 375_000, 100), np.arange(5_734_000, 5_738_000, 100)))
    hole = (x == 371_000) & (y == 5_735_000)
    frame = pd.DataFrame({"epsg": 25832, "x_m": x[~hole], "y_m": y[~hole]})
    area = cells.merged(frame)
    assert EARTH.geometry_area_perimeter(shapely.orient_polygons(area))[0] == pytest.approx(1999 * 10_000, rel=0.002)
    assert shapely.get_num_coordinates(area) < 20
