"""data/sensors.toml -> Config: which device is which public sensor, and what its payload means.

The file is the stewards'. It holds no secrets: tokens and passwords are named by environment variable.
"""

from __future__ import annotations

import os
import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from smartvest.paths import ROOT, data_dir
from smartvest.towns import TOWNS

LOADERS = ("chirpstack", "dwd", "opensensemap", "pegelonline", "sensor_community", "sensorthings", "tts", "uba")


class SensorConfigError(Exception):
    """sensors.toml can't be used; the message names file, block and field, never a value that could be a secret."""


class Text(BaseModel):
    model_config = ConfigDict(extra="forbid")
    de: str
    en: str


class Metric(BaseModel):
    """One measured quantity: unit, plausible range, and how its readings are summed up."""

    model_config = ConfigDict(extra="forbid")
    name: Text
    unit: str
    minimum: float
    maximum: float
    bin: float = Field(gt=0)  # width of a histogram bar, in the unit; the error of a p95 is at most half of it
    decimals: int = Field(default=1, ge=0, le=3)  # totals are kept in thousandths of the unit
    min_coverage_pct: float = Field(default=75, ge=0, le=100)
    stuck_hours: float = Field(default=0, ge=0)  # the same value for so long is a broken sensor; 0: never
    sentinels: list[float] = Field(default_factory=list)  # "no value" written as a number
    aggregate: Literal["mean", "sum"] = "mean"
    people: bool = False  # counts persons: bins of an hour, counts below 10 are never given away

    @model_validator(mode="after")
    def _sane(self) -> Metric:
        if self.minimum >= self.maximum:
            raise ValueError("minimum must be below maximum")
        if not -32768 <= self.minimum / self.bin <= self.maximum / self.bin <= 32767:
            raise ValueError("bin is too fine for the range (at most 32767 bars either side of zero)")
        if self.people and self.aggregate != "sum":
            raise ValueError('a metric that counts people needs aggregate = "sum"')
        return self


class FieldMap(BaseModel):
    """Which payload field is which metric: value = payload × factor + offset."""

    model_config = ConfigDict(extra="forbid")
    payload: str = Field(min_length=1)  # dots step into nested objects: "air.temperature"
    metric: str
    factor: float = 1.0
    offset: float = 0.0
    minimum: float | None = None  # narrower than the metric's range, after factor and offset
    maximum: float | None = None
    zero_if_missing: bool = False  # The Things Stack leaves out fields that are 0


class Sensor(BaseModel):
    """One device or station as the public may know it. ``device`` is private and never leaves the loaders."""

    model_config = ConfigDict(extra="forbid")
    device: str = Field(min_length=1)
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")]
    name: str = Field(min_length=1)
    ags: str
    place: str = ""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    position: Literal["public", "town", "none"] = "none"
    kind: Literal["climate", "official", "water", "parking", "soil", "person_counter", "other"] = "climate"
    interval_min: float = Field(default=10, gt=0, le=1440)
    since: date | None = None  # expected from this day on, so that an outage lowers the town's coverage
    until: date | None = None
    fields: list[FieldMap] | None = None  # instead of the deployment's

    @model_validator(mode="after")
    def _sane(self) -> Sensor:
        if self.ags not in TOWNS:
            raise ValueError(f"ags {self.ags!r} is none of the ten towns")
        if self.position == "public" and (self.latitude is None or self.longitude is None):
            raise ValueError('position = "public" needs latitude and longitude')
        if self.id == self.device.lower():
            raise ValueError("the public id must not be the device id")
        return self


class Deployment(BaseModel):
    """Sensors that come by the same road: one application, one portal, one archive."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")]
    loader: Literal[LOADERS]  # type: ignore[valid-type]
    name: Text
    operator: str
    licence: str = ""
    url: str = ""  # https://… of the server; its host is the only one `update` asks
    application: str = ""  # The Things Stack application id
    token_env: Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9_]*)?$")] = ""
    lookback_days: int = Field(default=2, ge=1, le=31)
    fields: list[FieldMap] = Field(default_factory=list)
    sensors: list[Sensor] = Field(default_factory=list, alias="sensor")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def token(self) -> str:
        """The secret itself, from the environment. The error names the variable, never its content."""
        if not self.token_env:
            return ""
        value = os.environ.get(self.token_env, "").strip()
        if not value:
            raise SensorConfigError(f"deployment {self.id}: set the environment variable {self.token_env}")
        if not value.isascii() or not value.isprintable():
            raise SensorConfigError(f"deployment {self.id}: {self.token_env} holds characters no token has")
        return value


class Publish(BaseModel):
    """How much of the rollups goes into a snapshot."""

    model_config = ConfigDict(extra="forbid")
    hours_days: int = Field(default=35, ge=1, le=400)
    days_days: int = Field(default=1100, ge=31, le=4000)


class Listen(BaseModel):
    """The MQTT broker of `python -m smartvest listen`; user and password come from the named variables."""

    model_config = ConfigDict(extra="forbid")
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "smartvest-listen"
    topics: list[str] = ["v3/+/devices/+/up", "application/+/device/+/event/up"]
    batch: int = Field(default=5000, ge=1, le=1_000_000)  # messages in a landing file
    batch_seconds: float = Field(default=60, gt=0, le=86400)  # after so long a started file is closed


class Config(BaseModel):
    """All of sensors.toml."""

    model_config = ConfigDict(extra="forbid")
    publish: Publish = Publish()
    listen: Listen = Listen()
    metrics: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")], Metric] = Field(alias="metric")
    deployments: list[Deployment] = Field(default_factory=list, alias="deployment")

    @model_validator(mode="after")
    def _joined_up(self) -> Config:
        ids: set[str] = set()
        devices: set[tuple[str, str]] = set()
        for deployment in self.deployments:
            for fields in [deployment.fields, *(s.fields for s in deployment.sensors if s.fields)]:
                unknown = sorted({f.metric for f in fields} - set(self.metrics))
                if unknown:
                    raise ValueError(f"deployment {deployment.id}: no [metric.{unknown[0]}] block")
            for sensor in deployment.sensors:
                if sensor.id in ids:
                    raise ValueError(f"sensor id {sensor.id!r} is given twice")
                ids.add(sensor.id)
                device = (deployment.loader, sensor.device.lower())
                if device in devices:
                    raise ValueError(f"sensor {sensor.id!r}: its device is configured twice")
                devices.add(device)
                fields = sensor.fields if sensor.fields is not None else deployment.fields
                if not fields:
                    raise ValueError(f"sensor {sensor.id!r}: no fields, neither its own nor its deployment's")
                metrics = [f.metric for f in fields]
                if len(set(metrics)) != len(metrics):
                    raise ValueError(f"sensor {sensor.id!r}: two fields feed the same metric")
                counts_people = any(self.metrics[m].people for m in metrics)
                if counts_people != (sensor.kind == "person_counter"):
                    raise ValueError(
                        f"sensor {sensor.id!r}: kind person_counter and metrics with people = true belong together"
                    )
        return self

    def of(self, loader: str) -> list[Deployment]:
        return [d for d in self.deployments if d.loader == loader]

    def sensors(self) -> list[Sensor]:
        return [s for d in self.deployments for s in d.sensors]


def load(path: Path) -> Config:
    """Read sensors.toml. Raises SensorConfigError."""
    try:
        stat = path.stat()
    except OSError:
        raise SensorConfigError(f"{path} does not exist or can't be read") from None
    return _load(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _load(path: Path, _mtime: int, _size: int) -> Config:
    try:
        return Config(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SensorConfigError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SensorConfigError(f"{path}: {where}: {first['msg']}") from None
    except TypeError as error:
        raise SensorConfigError(f"{path}: {error}") from None


def path_in(data: Path) -> Path:
    """A moved data directory may bring its own sensors.toml; otherwise the repository's one holds."""
    own = data / "sensors.toml"
    return own if own.exists() else ROOT / "data" / "sensors.toml"


def current() -> Config:
    """The configuration of the data directory in use (SMARTVEST_DATA moves it)."""
    return load(path_in(data_dir()))
