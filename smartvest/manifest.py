"""What a snapshot says of itself: manifest.json, and how each dataset in it came to be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Input(BaseModel):
    """One file that went into a dataset."""

    model_config = ConfigDict(extra="forbid")
    name: str
    sha256: str
    url: str = ""
    fetched_at: datetime | None = None
    rows: int


class Entry(BaseModel):
    """What the manifest says of one dataset. ``source`` is its block of sources.toml at the time of publishing."""

    model_config = ConfigDict(extra="forbid")
    file: str
    sha256: str
    bytes: int
    rows: int
    quarantined: int = 0
    sample: bool = False
    licence: str = ""
    as_of_min: str | None = None
    as_of_max: str | None = None
    fetched_at: datetime | None = None
    kept_from: str | None = None  # the new version was blocked by the check; this is the one published before
    inputs: list[Input] = []
    findings: list[dict[str, Any]] = []
    source: dict[str, Any] = {}


class Manifest(BaseModel):
    """manifest.json"""

    model_config = ConfigDict(extra="forbid")
    format: int = 1
    created_at: datetime
    smartvest: str
    previous: str | None = None
    datasets: dict[str, Entry]
    kpis: str = ""  # kpis.toml as it stood: indicators, targets and their sources
    # query -> mark of its SQL; this and kpis are empty in snapshots from before they were kept (smartvest/definitions.py)
    queries: dict[str, str] = {}
