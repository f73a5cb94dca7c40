"""The shapes of the API's JSON answers; the OpenAPI document is made from these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from smartvest.contracts import Words


class ParameterInfo(BaseModel):
    """A parameter of a query."""

    name: str
    type: str = Field(description="text, integer, number, date, timestamp or boolean")
    many: bool = Field(description="several values, separated by commas")
    allowed: str = Field(description="in words")
    values: list[str] = Field(description="all values that make sense, where that is known")
    meaning: str = ""
    example: str = ""


class ColumnType(BaseModel):
    name: str
    type: str


class QueryInfo(BaseModel):
    """A named query: one question the data can answer."""

    name: str
    purpose: str
    note: str = ""
    grain: list[str] = Field(description="the columns that make a row unique; answers are sorted by them")
    units: str
    params: list[ParameterInfo]
    columns: list[ColumnType]
    datasets: list[str]
    formats: list[str]
    url: str
    example: str = Field(description="address of an answer to try")


class QueryList(BaseModel):
    """All named queries."""

    snapshot: str
    queries: list[QueryInfo]


class SourceInfo(BaseModel):
    """A dataset that was read, as it was published."""

    dataset: str
    title: Words
    publisher: str
    publisher_url: str
    licence: str
    licence_url: str
    citation: str
    change_note: Words | None
    as_of: str
    fetched_at: datetime | None
    rows: int
    sha256: str
    sample: bool
    estimated: bool
    parquet: str


class Told(BaseModel):
    """Where the rows come from."""

    snapshot: str
    published_at: datetime
    query: str
    params: dict[str, Any]
    units: str
    grain: str
    link: str
    sources: list[SourceInfo]


class QueryAnswer(BaseModel):
    """A page of a query's rows, with where they come from."""

    smartvest: Told
    total: int = Field(description="rows in all")
    limit: int
    offset: int
    next: str | None = Field(description="address of the next page")
    columns: list[ColumnType]
    rows: list[dict[str, Any]]


class ColumnInfo(BaseModel):
    """A column of a dataset."""

    name: str
    type: str
    unit: str
    meaning: Words
    required: bool


class DatasetInfo(BaseModel):
    """A dataset with its licence and files."""

    id: str
    title: Words
    description: Words
    publisher: str
    publisher_url: str
    licence: str
    licence_url: str
    citation: str
    change_note: Words | None
    url: str
    grain: list[str]
    columns: list[ColumnInfo]
    as_of: str
    fetched_at: datetime | None
    rows: int
    quarantined: int = Field(default=0, description="Records held back because they broke the dataset's contract.")
    sample: bool
    estimated: bool
    sha256: str = Field(description="of the Parquet file; empty where there is no data yet")
    parquet: str
    csv: str


class DatasetList(BaseModel):
    """All datasets of a snapshot."""

    snapshot: str
    published_at: datetime
    datasets: list[DatasetInfo]


class KpiFigure(BaseModel):
    """The latest figure of an indicator in one area."""

    ags: str
    name: str
    value: float | None
    as_of: date | None
    value_status: str = Field(description="measured, estimated, confidential, not_reported, sample; empty without data")
    undated: bool
    status: str = Field(description="where it stands on the way to its target")
    reason: str
    stale: bool


class KpiInfo(BaseModel):
    """An indicator of the strategy and where it stands."""

    id: str
    field: str
    title: Words
    measures: Words
    why: Words
    unit: Words
    direction: str
    target: float | None
    target_date: date | None
    target_set_by: Words | None
    target_source: str
    weighting: Words
    datasets: list[str]
    series: str = Field(description="address of all its figures")
    figures: list[KpiFigure]


class KpiList(BaseModel):
    """All indicators."""

    snapshot: str
    fields: dict[str, Words]
    note: Words
    kpis: list[KpiInfo]
