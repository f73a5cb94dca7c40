"""kpis.toml -> Kpi; the series of an indicator, and its status in every town and the county.

An indicator is one [[kpi]] block and one query. The query gives one row an area and date with the columns

    ags, as_of (DATE, NULL where undated), value (NULL where not published), status ('measured', 'estimated', …)

and may carry ``numerator``, ``denominator`` and whatever else its header explains. What the figures mean for the
target is decided in smartvest/status.py.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from smartvest.contracts import Source, Words
from smartvest.status import Assessment, Direction, Status, assess, is_stale
from smartvest.towns import AREAS

SERIES_COLUMNS = ("ags", "as_of", "value", "status")


class KpiError(Exception):
    """kpis.toml, or the result of an indicator's query, can't be used; the message names file, block and field."""


class Store(Protocol):
    """What an indicator needs of the store."""

    def query(self, name: str, **params: Any) -> pd.DataFrame: ...


class Kpi(BaseModel):
    """One indicator of the strategy (a [[kpi]] block of kpis.toml)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern="^[a-z][a-z0-9_]*$")
    field: str  # the field of action, a key of [fields]
    title: Words
    short: Words  # for the matrix: about 15 characters
    measures: Words  # was wir messen
    why: Words  # warum es wichtig ist
    unit: Words  # a plain text stands for both languages
    decimals: int = Field(ge=0, le=6)  # as published; see digits()
    whole_until: date | None = None  # figures up to this date were published as whole numbers
    direction: Direction  # where better lies; context: neither is better
    target: float | None = None
    target_date: date | None = None
    target_area: str = ""  # the area the target was set for (05 = NRW, DE), a reference for town and county
    target_set_by: Words | None = None
    target_source: str = ""
    lower: float | None = None  # no projection goes below
    upper: float | None = None  # nor above
    breaks: tuple[date, ...] = ()  # first dates of a new method
    break_note: Words | None = None
    query: str  # name of a file below queries/, without .sql
    params: dict[str, str | int | float | date] = Field(default_factory=dict)  # the query's parameters
    datasets: tuple[str, ...] = Field(min_length=1)  # every table the query reads; the first one carries the date
    weighting: Words  # how the county's value is made
    headline: bool = False  # one of the six on the overview

    @field_validator("unit", mode="before")
    @classmethod
    def _same_unit_in_both_languages(cls, unit: Any) -> Any:
        return {"de": unit, "en": unit} if isinstance(unit, str) else unit

    @field_validator("target", "lower", "upper")
    @classmethod
    def _finite(cls, number: float | None) -> float | None:
        if number is not None and not math.isfinite(number):
            raise ValueError("must be a finite number")
        return number

    @model_validator(mode="after")
    def _complete(self) -> Kpi:
        if self.target is not None and self.direction == "context":
            raise ValueError("target: an indicator for context has none")
        if self.target is not None and not (self.target_set_by and self.target_source):
            raise ValueError("target_set_by and target_source: a target needs both")
        if self.target is None and (self.target_date or self.target_set_by or self.target_source or self.target_area):
            raise ValueError("target: is missing, but other target_ fields are set")
        if bool(self.breaks) != bool(self.break_note):
            raise ValueError("breaks and break_note: give both or none")
        if self.lower is not None and self.upper is not None and self.lower >= self.upper:
            raise ValueError("lower: must be below upper")
        return self

    def digits(self, as_of: Any) -> int:
        """Decimals of a figure of that date (None: undated), as published."""
        day = _day(as_of)
        return 0 if self.whole_until and day and day <= self.whole_until else self.decimals

    @property
    def pace_decimals(self) -> int:
        """Decimals of what is computed from several figures: pace and projection of a share have one."""
        return 1 if self.unit.de == "%" else max(self.decimals, 1)


class Grouping(BaseModel):
    """The fields of action in their order, and the note that says whose grouping it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    note: Words
    fields: dict[str, Words]


@dataclass(frozen=True)
class KpiResult:
    """The latest figure of one indicator in one area (a town or the county) and where it stands.

    ``value`` is None where nothing, or no number, is published. ``value_status`` is the figure's own kind: measured,
    estimated, not_reported, confidential or sample; empty without any row. ``undated``: shown, but not assessed.
    ``status`` and ``reason`` repeat the assessment's.
    """

    kpi: str
    ags: str
    value: float | None
    as_of: date | None
    value_status: str
    undated: bool
    status: Status
    reason: str
    stale: bool
    assessment: Assessment


def load_kpis(path: Path, sources: Mapping[str, Source], queries: Path) -> list[Kpi]:
    """Read kpis.toml in the order of the file. ``queries`` is the folder the SQL files are in.

    Raises KpiError naming file, block and field for anything that can't be used: also a query that does not exist,
    a dataset that sources.toml does not know, a field of action without a title, an id used twice.
    """
    return kpis_in(_read(path), path, sources, queries)


def kpis_in(document: Mapping[str, Any], path: Path | str, sources: Mapping[str, Source], queries: Path) -> list[Kpi]:
    """The indicators of a document already parsed; ``path`` is what an error calls it. Raises as `load_kpis`."""
    fields = grouping_in(document, path).fields
    blocks = document.get("kpi", [])
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise KpiError(f"{path}: kpi: write each indicator as a [[kpi]] block")
    kpis: list[Kpi] = []
    for number, block in enumerate(blocks, start=1):
        where = f"{path}: [[kpi]] {block.get('id', f'number {number}')}"
        try:
            kpi = Kpi(**block)
        except ValidationError as error:
            raise KpiError(f"{where}: {_first(error)}") from None
        if any(kpi.id == other.id for other in kpis):
            raise KpiError(f"{where}: id: used twice")
        if kpi.field not in fields:
            raise KpiError(f"{where}: field: {kpi.field!r} is not one of [fields]: {', '.join(fields)}")
        unknown = [name for name in kpi.datasets if name not in sources]
        if unknown:
            raise KpiError(f"{where}: datasets: not in sources.toml: {', '.join(unknown)}")
        file = queries / f"{kpi.query}.sql"
        if not file.resolve().is_relative_to(queries.resolve()) or not file.is_file():
            raise KpiError(f"{where}: query: there is no {kpi.query}.sql in {queries}")
        kpis.append(kpi)
    return kpis


def load_grouping(path: Path) -> Grouping:
    """The fields of action of kpis.toml. Raises KpiError."""
    return grouping_in(_read(path), path)


def grouping_in(document: Mapping[str, Any], path: Path | str) -> Grouping:
    """The fields of action of a document already parsed. Raises KpiError."""
    unknown = sorted(set(document) - {"grouping", "fields", "kpi"})
    if unknown:
        raise KpiError(f"{path}: unknown block: {', '.join(unknown)} (known: grouping, fields, kpi)")
    grouping = document.get("grouping", {})
    try:
        return Grouping.model_validate({"note": grouping.get("note"), "fields": document.get("fields")})
    except ValidationError as error:
        raise KpiError(f"{path}: [grouping] and [fields]: {_first(error)}") from None
    except AttributeError:
        raise KpiError(f"{path}: [grouping] must be a block with a note") from None


def series(kpi: Kpi, store: Store) -> pd.DataFrame:
    """All figures of an indicator, one row an area and date: ags, as_of (date or None), value (float or NaN), status,
    and the query's further columns.

    Raises KpiError for a missing column, an area outside the county, an infinite value, a key that comes twice.
    """
    frame = store.query(kpi.query, **kpi.params).copy()
    missing = [name for name in SERIES_COLUMNS if name not in frame.columns]
    if missing:
        raise KpiError(f"{kpi.id}: query {kpi.query} gives no column {', '.join(missing)}")
    frame["as_of"] = pd.Series([_day(value) for value in frame["as_of"]], index=frame.index, dtype=object)
    frame["value"] = frame["value"].astype("float64")
    if frame["value"].isin([math.inf, -math.inf]).any():
        raise KpiError(f"{kpi.id}: query {kpi.query} gives an infinite value")
    foreign = sorted(set(frame["ags"]) - set(AREAS))
    if foreign:
        raise KpiError(f"{kpi.id}: query {kpi.query} gives areas outside the county: {', '.join(foreign[:3])}")
    if frame.duplicated(["ags", "as_of"]).any():
        raise KpiError(f"{kpi.id}: query {kpi.query} gives an area and date twice")
    return frame


def assess_series(kpi: Kpi, frame: pd.DataFrame, max_age_days: int | None, today: date) -> list[KpiResult]:
    """The result of an indicator in every town and the county, in the order of AREAS. ``frame`` is that of series()."""
    rows: dict[str, list[tuple[date | None, float, str]]] = {ags: [] for ags in AREAS}
    for ags, as_of, value, status in zip(*(frame[name] for name in SERIES_COLUMNS), strict=True):
        rows[ags].append((as_of, value, status))
    return [_result(kpi, ags, points, max_age_days, today) for ags, points in rows.items()]


def assess_all(store: Store, kpis: Iterable[Kpi], sources: Mapping[str, Source], today: date) -> list[KpiResult]:
    """The result of every indicator in every town and the county: one query an indicator."""
    results: list[KpiResult] = []
    for kpi in kpis:
        results += assess_series(kpi, series(kpi, store), max_age_days(kpi, sources), today)
    return results


def max_age_days(kpi: Kpi, sources: Mapping[str, Source]) -> int | None:
    """When a figure of this indicator is old: the limit of the dataset whose date it carries, the first one named."""
    return sources[kpi.datasets[0]].max_age_days


def _result(
    kpi: Kpi, ags: str, points: list[tuple[date | None, float, str]], max_age: int | None, today: date
) -> KpiResult:
    dated = [(as_of, value) for as_of, value, _ in points if as_of is not None and not math.isnan(value)]
    found = assess(
        dated,
        target=kpi.target,
        target_date=kpi.target_date,
        direction=kpi.direction,
        breaks=kpi.breaks,
        lower=kpi.lower,
        upper=kpi.upper,
    )
    undated = [(value, status) for as_of, value, status in points if as_of is None and not math.isnan(value)]
    unreported = [(as_of, status) for as_of, value, status in points if math.isnan(value)]
    value: float | None = None
    as_of: date | None = None
    kind = ""
    if found.latest is not None:
        as_of, value = found.latest
        kind = next(status for day, _, status in points if day == as_of)
    elif undated:
        value, kind = undated[0]
        if kpi.target is None:  # that there is no target, or none makes sense, is the stronger reason
            found = replace(found, status=Status.not_assessable, reason=_without_target(kpi))
        else:
            found = replace(found, status=Status.not_assessable, reason="undated")
    elif unreported:
        as_of, kind = max(unreported, key=lambda row: row[0] or date.min)
        found = replace(found, reason="not_reported")
    return KpiResult(
        kpi=kpi.id,
        ags=ags,
        value=value,
        as_of=as_of,
        value_status=kind,
        undated=bool(undated) and found.latest is None,
        status=found.status,
        reason=found.reason,
        stale=value is not None and as_of is not None and is_stale(as_of, max_age, today),
        assessment=found,
    )


def _without_target(kpi: Kpi) -> str:
    return "context" if kpi.direction == "context" else "no_target"


def _day(value: Any) -> date | None:
    """A DATE as pandas gives it (Timestamp, NaT) as a plain date."""
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, datetime) else value


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KpiError(f"{path} does not exist") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KpiError(f"{path}: not valid TOML: {error}") from None


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" if field else message
