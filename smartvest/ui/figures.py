"""Query results made ready for a chart, map or table: words beside the numbers, nothing computed."""

from __future__ import annotations

import pandas as pd

from smartvest import formats
from smartvest.tables import Col
from smartvest.towns import AREAS
from smartvest.ui.view import View


def places_on_map(view: View, stations: pd.DataFrame, deployments: pd.DataFrame) -> pd.DataFrame:
    """Stations at their place, towns' deployments at the town's label point: kind, label, ags, latitude, longitude."""
    points = view.query("towns").set_index("ags")[["latitude_deg", "longitude_deg"]]
    known = deployments[deployments["ags"].isin(points.index)]
    rows = [
        {
            "kind": "deployment",
            "ags": row.ags,
            "label": f"{row.name_}: {view.t('units.deployment')} ({_count(view, row.sensors)})",
            "latitude_deg": points.at[row.ags, "latitude_deg"] - 0.012,  # below the name, not on it
            "longitude_deg": points.at[row.ags, "longitude_deg"],
        }
        for row in known.rename(columns={"name": "name_"}).itertuples()
    ]
    at_place = stations.assign(
        label=[f"{name} ({view.t(f'units.{kind}')}, {operator})"
               for name, kind, operator in zip(stations["name"], stations["kind"], stations["operator"], strict=True)]
    )  # fmt: skip
    columns = ["kind", "ags", "label", "latitude_deg", "longitude_deg"]
    return pd.concat([at_place[columns], pd.DataFrame(rows, columns=columns)], ignore_index=True)


def _count(view: View, sensors: float | None) -> str:
    return view.t("sensors.not_published") if formats.is_missing(sensors) else view.number(sensors)


def area_name(ags: str) -> str:
    """Town or county by its key."""
    return AREAS[ags]


def with_metric_words(view: View, deployments: pd.DataFrame) -> pd.DataFrame:
    """The same rows with ``metrics_words``: "Temperatur, Luftfeuchte"."""
    words = [
        ", ".join(view.t(f"units.{metric}") for metric in metrics.split(";")) if isinstance(metrics, str) else ""
        for metrics in deployments["metrics"]
    ]
    return deployments.assign(metrics_words=words)


def people_columns(view: View) -> list[Col]:
    """Population in all, men and women."""
    return [
        Col(name, view.store.sources["population"].columns[name].meaning[view.lang], "number", 0)
        for name in ("population", "male", "female")
    ]
