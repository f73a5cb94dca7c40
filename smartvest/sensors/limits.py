"""data/limits.toml -> Limits: what air values and climatological days are compared with, and by whom."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from smartvest.paths import ROOT
from smartvest.sensors.config import Text


class Limit(BaseModel):
    model_config = ConfigDict(extra="forbid")
    metric: str
    averaging: Literal["hour", "day", "year"]
    value: float
    allowed: int | None = None  # exceedances in a calendar year; none: the mean itself must not exceed the value
    kind: Literal["eu_limit", "eu_limit_2030", "who_guideline"]
    valid_from: date | None = None
    valid_until: date | None = None
    source: str


class ClimateDay(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    column: Literal["maximum", "minimum", "night_minimum"]
    compare: Literal[">=", "<"]
    value: float
    name: Text
    definition: Text
    source: str


class Limits(BaseModel):
    model_config = ConfigDict(extra="forbid")
    limit: list[Limit]
    climate_day: list[ClimateDay]


@lru_cache(maxsize=2)
def load(path: Path | None = None) -> Limits:
    """The limits of the repository (or of another file). Raises pydantic.ValidationError."""
    path = path or ROOT / "data" / "limits.toml"
    return Limits(**tomllib.loads(path.read_text(encoding="utf-8")))


def table(path: Path | None = None) -> pa.Table:
    """The dataset ``air_limits``."""
    schema = pa.schema(
        [
            ("metric", pa.string()),
            ("averaging", pa.string()),
            ("kind", pa.string()),
            ("value", pa.float64()),
            ("allowed", pa.int64()),
            ("valid_from", pa.date32()),
            ("valid_until", pa.date32()),
            ("source", pa.string()),
        ]
    )
    rows = [limit.model_dump(include=set(schema.names)) for limit in load(path).limit]
    return pa.Table.from_pylist(sorted(rows, key=lambda r: (r["metric"], r["averaging"], r["kind"])), schema)
