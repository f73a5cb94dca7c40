"""A 100 m grid of invented figures in a data directory of its own: for measuring and for tests, never shipped.

    python -m bench.synthetic_grid FOLDER [CELLS]     then: SMARTVEST_DATA=FOLDER streamlit run app.py

The cells are where real ones would be (EPSG:25832, inside the ten towns; the county holds 76,000, more lie beside it).
Figures are patchy as real ones are: most cells have all or nothing, a fifth something between.
"""

from __future__ import annotations

import shutil
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely

from smartvest import __version__, snapshots
from smartvest.contracts import load_sources
from smartvest.maps.files import GRID_SPEEDS, GRID_TECHNOLOGIES
from smartvest.paths import data_dir

STEP = 100  # m


def cells(towns: pd.DataFrame, count: int, days: tuple[date, ...], seed: int = 1) -> pd.DataFrame:
    """``count`` cells a date as rows of the contract fibre_grid. ``towns``: ags, geometry_geojson."""
    random = np.random.default_rng(seed)
    to_metres = pyproj.Transformer.from_crs(4326, 25832, always_xy=True)
    shapes = [
        shapely.transform(shapely.from_geojson(words), lambda c: np.column_stack(to_metres.transform(*c.T)))
        for words in towns["geometry_geojson"]
    ]
    west, south, east, north = shapely.total_bounds(shapes) // STEP * STEP
    x, y = (a.ravel() for a in np.meshgrid(np.arange(west, east, STEP), np.arange(south, north, STEP)))
    centres = shapely.points(x + STEP / 2, y + STEP / 2)
    distance = np.array([shapely.distance(shape, centres) for shape in shapes])
    nearest = distance.argmin(axis=0)
    chosen = np.sort(np.argsort(distance.min(axis=0) + random.random(len(x)), kind="stable")[:count])
    x, y, nearest = x[chosen], y[chosen], nearest[chosen]
    longitude, latitude = to_metres.transform(x, y, direction="INVERSE")
    rows = {
        "cell": [f"{int(a)}_{int(b)}" for a, b in zip(x, y, strict=True)],
        "ags": towns["ags"].to_numpy()[nearest],
        "epsg": 25832,
        "x_m": x.astype(int),
        "y_m": y.astype(int),
        "longitude_deg": longitude,
        "latitude_deg": latitude,
    }
    tables = []
    for n, day in enumerate(days):
        table = pd.DataFrame({**rows, "as_of": day})
        for technology in GRID_TECHNOLOGIES:
            patch = (
                np.sin(x / 900 + len(technology))
                + np.sin(y / 700 - len(technology))
                + random.normal(0, 0.25, len(x))
                + 0.3 * n
            )
            for speed in GRID_SPEEDS:
                value = np.clip(100 * (patch - np.log10(speed) / 3 + 0.9), 0, 100).round(2)
                table[f"{technology}_{speed}_pct"] = np.where(random.random(len(x)) < 0.8, (value > 50) * 100.0, value)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def publish(
    folder: Path, count: int, days: tuple[date, ...] = (date(2024, 12, 31), date(2025, 12, 31)), ags: str = ""
) -> str:
    """A data directory with the published snapshot and the invented grid in a new one (of one town with ``ags``); returns
    its id."""
    source = data_dir()
    folder.mkdir(parents=True, exist_ok=True)
    for path in source.glob("*.toml"):
        shutil.copy(path, folder / path.name)
    opened = snapshots.open_newest_good(source)[0]
    sources = load_sources(source / "sources.toml")
    gone = {"file", "sha256", "bytes", "rows"}
    prepared = {
        name: snapshots.Prepared(table, opened.manifest.datasets[name].model_dump(exclude=gone))
        for name, table in opened.tables.items()
    }
    towns = opened.tables["towns"].to_pandas()
    made = cells(towns[towns["ags"] == ags] if ags else towns, count, days)
    schema = sources["fibre_grid"].arrow_schema()
    about = {"sample": True, "as_of_min": str(days[0]), "as_of_max": str(days[-1])}
    prepared["fibre_grid"] = snapshots.Prepared(
        pa.Table.from_pandas(made[schema.names], schema, preserve_index=False), about
    )
    return snapshots.publish(folder, prepared, __version__)[0]


if __name__ == "__main__":
    print(publish(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 80_000))
