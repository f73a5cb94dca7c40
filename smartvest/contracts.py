"""data/sources.toml -> Source; check(table, source) -> findings.

A contract says what a dataset is, who published it and which rows may be shown. A row that breaks it is quarantined
with a reason; a table that breaks it as a whole (a town is missing, half of it is gone) is blocked and the version
published before stays.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from smartvest.towns import TOWNS

NAME = r"[a-z][a-z0-9_]*"  # datasets and columns: they become file names and SQL names
FILE_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
RESERVED = ("quarantine",)  # every snapshot has it: the rows held back

Kind = Literal["text", "integer", "number", "date", "timestamp", "boolean"]

ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ms"),  # UTC without a zone: Parquet v2 milliseconds, as every query expects
    "boolean": pa.bool_(),
}


class ContractError(Exception):
    """sources.toml itself can't be used; the message names file, block and field."""


class Words(BaseModel):
    """The same text in both languages of the screen."""

    model_config = ConfigDict(extra="forbid")
    de: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return self.en if lang == "en" else self.de


class Column(BaseModel):
    """One column: its type, unit and meaning, and what a value must satisfy."""

    model_config = ConfigDict(extra="forbid")
    type: Kind
    unit: str = ""
    meaning: Words
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    values: list[str] | None = None
    pattern: str | None = None
    future: bool = False  # dates in the future are allowed (targets)

    @model_validator(mode="after")
    def _checks_suit_the_type(self) -> Column:
        """A check the type can't have would only fail at the first update, in front of the wrong person."""
        for name in ("minimum", "maximum"):
            limit = getattr(self, name)
            if limit is not None and self.type not in ("integer", "number"):
                raise ValueError(f"{name} is for integer and number only")
            if limit is not None and self.type == "integer" and limit != int(limit):
                raise ValueError(f"{name} of an integer column must be a whole number")
        for name in ("values", "pattern"):
            if getattr(self, name) is not None and self.type != "text":
                raise ValueError(f"{name} is for text only")
        if self.pattern is not None:
            try:
                pc.match_substring_regex(pa.array([""]), f"^(?:{self.pattern})$")
            except pa.ArrowInvalid as error:
                raise ValueError(f"pattern: {error}") from None
        return self


class Source(BaseModel):
    """One dataset as the administration answers for it (a block of sources.toml)."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=f"^{NAME}$")
    title: Words
    description: Words
    publisher: str
    publisher_url: str
    licence: str
    licence_url: str = ""
    citation: str
    url: str = ""  # where a person reads it
    fetch_url: str = ""  # where `update` gets it; empty: by hand or by `import` only
    index_url: str = ""  # a page on which `update` looks for the newest file
    hosts: list[str] = Field(default_factory=list)  # the only hosts `update` may ask
    loader: str = ""  # the module in smartvest/ingest/ that fills it
    facts: str = Field("", pattern=f"^({FILE_NAME})?$")  # the hand-written file in data/facts/ that fills it
    accessed: date | None = None  # when the facts were taken from the publication
    as_of_rule: Words
    change_note: Words | None = None  # what we did to the publisher's data (a duty under dl-de/by and CC BY)
    theme: str = ""  # EU data theme code for the catalogue, e.g. TECH, ENVI
    grain: list[str]
    columns: dict[str, Column]
    all_towns: bool = False
    max_age_days: int | None = None
    max_change_pct: float | None = None  # revision of an already published number that is called suspicious
    keep_min_share: float = Field(0.5, ge=0, le=1)  # a new version with less of the last one's rows is blocked
    estimated: bool = False  # the whole dataset is our estimate
    sample: bool = False  # the figures are not measured: Beispieldaten
    private: list[str] = Field(default_factory=list)  # columns that never leave the data layer

    @model_validator(mode="after")
    def _names_fit(self) -> Source:
        if self.id in RESERVED:
            raise ValueError(f"the name {self.id} is taken")
        wrong = [name for name in self.columns if not re.fullmatch(NAME, name)]
        if wrong:
            raise ValueError(f"columns: {wrong[0]!r} must be lower-case letters, digits and _")
        if not self.grain:
            raise ValueError("grain must name the columns that identify a row")
        for setting, names in (("grain", self.grain), ("private", self.private)):
            unknown = [name for name in names if name not in self.columns]
            if unknown:
                raise ValueError(f"{setting} names unknown columns: {', '.join(unknown)}")
        if self.all_towns and "ags" not in self.columns:
            raise ValueError("all_towns needs a column ags")
        return self

    def as_sample(self) -> Source:
        """The same dataset filled by our model: nobody else may be named as its source, and no one's licence holds."""
        citation = "Beispieldaten aus einem Modell von smartVEST, keine Messung"
        return self.model_copy(
            update={
                "publisher": "smartVEST",
                "publisher_url": "",
                "citation": citation,
                "licence": "CC0 1.0",
                "licence_url": "",
                "sample": True,
            }
        )

    def as_published(self, block: dict[str, Any]) -> Source:
        """The same dataset as its block of sources.toml described it in a snapshot: whose it is, its licence, when it is
        old, what its columns mean. Today's columns stay (the queries are today's), and what was ever private.

        A block that today's program can't read (another version's) changes nothing.
        """
        try:
            then = Source.model_validate(block | {"id": self.id})
        except ValidationError:
            return self
        kept = {
            name: then.columns[name] if name in then.columns and then.columns[name].type == column.type else column
            for name, column in self.columns.items()
        }
        private = [name for name in kept if name in {*self.private, *then.private}]
        return then.model_copy(update={"columns": kept, "grain": self.grain, "private": private})

    def arrow_schema(self) -> pa.Schema:  # type: ignore[override]  # pydantic's old name for its JSON schema
        """The dataset's Arrow schema, columns in the order of the contract."""
        return pa.schema([(name, ARROW[column.type]) for name, column in self.columns.items()])


@dataclass(frozen=True)
class Finding:
    """One thing the check saw. ``row`` is the row's index in the checked table, -1 for the table as a whole.

    severity: ``reject`` (the row is quarantined), ``block`` (the table is not published), ``warn`` (published, shown).
    """

    dataset: str
    severity: Literal["reject", "block", "warn"]
    reason: str
    column: str = ""
    row: int = -1
    detail: str = ""


def load_sources(path: Path) -> dict[str, Source]:
    """Read sources.toml: dataset id -> Source. Raises ContractError naming the block and the field that is wrong."""
    try:
        blocks = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ContractError(f"{path} does not exist") from None
    except OSError as error:
        raise ContractError(f"{path} can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: not valid TOML: {error}") from None
    sources: dict[str, Source] = {}
    for name, block in blocks.items():
        if not isinstance(block, dict):
            raise ContractError(f"{path}: [{name}] must be a block of settings")
        if "id" in block:
            raise ContractError(f"{path}: [{name}] id: the block's name is the id")
        try:
            sources[name] = Source(id=name, **block)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            message = first["msg"].removeprefix("Value error, ")
            raise ContractError(f"{path}: [{name}] {where}{': ' if where else ''}{message}") from None
    return sources


def check(table: pa.Table, source: Source, today: date, previous: pa.Table | None = None) -> list[Finding]:
    """Everything in ``table`` that breaks the contract of ``source``, with ``today`` as the date nothing may exceed.

    ``previous`` is the version published last: a revised number that moved by more than ``max_change_pct`` per cent is
    reported. What only shows in the whole of a dataset is ``check_whole``'s. A row may get several findings.
    """
    missing = [name for name in source.columns if name not in table.column_names]
    if missing:
        return [Finding(source.id, "block", "column_missing", column=name) for name in missing]
    findings: list[Finding] = []
    for name, column in source.columns.items():
        values = table.column(name).combine_chunks()
        if values.type != ARROW[column.type]:
            detail = f"{values.type} instead of {ARROW[column.type]}"
            findings.append(Finding(source.id, "block", "column_type", column=name, detail=detail))
            continue
        for reason, bad in _broken(values, column, name in source.grain, today):
            findings += [
                Finding(source.id, "reject", reason, name, row, _excerpt(values[row].as_py()))
                for row in pc.indices_nonzero(pc.fill_null(bad, False)).to_pylist()
            ]
    if not any(f.severity == "block" for f in findings):
        findings += _duplicate_keys(table, source, {f.row for f in findings})
        if previous is not None:
            findings += _against_previous(table, source, previous)
    return findings


def check_whole(table: pa.Table, source: Source, previous: pa.Table | None = None) -> list[Finding]:
    """What only shows in the finished table of a dataset: missing towns, a version that lost most of its rows (both
    blocked), and one whose newest figures are older than those published (reported: it may be a correction).
    """
    findings: list[Finding] = []
    if source.all_towns:
        present = set(table.column("ags").to_pylist())
        findings += [
            Finding(source.id, "block", "town_missing", "ags", detail=ags) for ags in TOWNS if ags not in present
        ]
    if previous is not None and table.num_rows < source.keep_min_share * previous.num_rows:
        detail = f"{table.num_rows} rows instead of {previous.num_rows}"
        findings.append(Finding(source.id, "block", "rows_lost", detail=detail))
    before, after = (newest(t) if t is not None else None for t in (previous, table))
    if before is not None and (after is None or after < before):
        findings.append(Finding(source.id, "warn", "older_than_published", "as_of", detail=f"{before} -> {after}"))
    return findings


def newest(table: pa.Table) -> date | None:
    """The last date of the ``as_of`` column, None where there is none."""
    return pc.max(table.column("as_of")).as_py() if "as_of" in table.column_names else None


def _broken(values: pa.Array, column: Column, is_key: bool, today: date):
    """Pairs of (reason, boolean mask of the rows it holds for)."""
    if column.required or is_key:
        blank = pc.equal(pc.utf8_trim_whitespace(values), "") if column.type == "text" else pa.scalar(False)
        yield "missing_value", pc.or_kleene(pc.is_null(values), blank)
    if column.type == "number":
        yield "not_finite", pc.invert(pc.is_finite(values))
    if column.minimum is not None:
        yield "below_minimum", pc.less(values, pa.scalar(column.minimum, values.type))
    if column.maximum is not None:
        yield "above_maximum", pc.greater(values, pa.scalar(column.maximum, values.type))
    if column.values is not None:
        known = pc.is_in(values, value_set=pa.array(column.values, pa.string()))
        yield "unknown_value", pc.and_(pc.is_valid(values), pc.invert(known))
    if column.pattern is not None:
        yield "wrong_form", pc.invert(pc.match_substring_regex(values, f"^(?:{column.pattern})$"))
    if column.type == "date" and not column.future:
        yield "in_the_future", pc.greater(values, pa.scalar(today, values.type))
    if column.type == "timestamp" and not column.future:
        midnight = datetime.combine(today + timedelta(days=1), time())
        yield "in_the_future", pc.greater_equal(values, pa.scalar(midnight, values.type))


def _duplicate_keys(table: pa.Table, source: Source, rejected: set[int]) -> list[Finding]:
    """The second and later good rows of a key: the first stays, because dropping all would lose a published figure."""
    keys = table.select(source.grain)
    if keys.group_by(source.grain).aggregate([]).num_rows == table.num_rows:
        return []
    seen: set[tuple] = set()
    findings = []
    for row, key in enumerate(zip(*(keys.column(name).to_pylist() for name in source.grain), strict=True)):
        if row in rejected:
            continue
        if key in seen:
            detail = _excerpt(" ".join(str(part) for part in key))
            findings.append(Finding(source.id, "reject", "duplicate_key", ",".join(source.grain), row, detail))
        seen.add(key)
    return findings


def _against_previous(table: pa.Table, source: Source, previous: pa.Table) -> list[Finding]:
    """Numbers already published that a new version moves by more than ``max_change_pct`` (reported, not refused)."""
    if source.max_change_pct is None:
        return []
    numbers = [
        name
        for name, column in source.columns.items()
        if column.type in ("number", "integer") and name not in source.grain and name in previous.column_names
    ]
    if not all(name in previous.column_names for name in source.grain):
        return []
    before = {key: row for key, row in _keyed(previous, source.grain, numbers)}
    findings = []
    for row, (key, values) in enumerate(_keyed(table, source.grain, numbers)):
        for name, old, new in zip(numbers, before.get(key, ()), values, strict=False):
            if old and new is not None and abs(new - old) > abs(old) * source.max_change_pct / 100:
                findings.append(Finding(source.id, "warn", "revised_strongly", name, row, f"{old} -> {new}"))
    return findings


def _keyed(table: pa.Table, grain: list[str], columns: list[str]):
    keys = zip(*(table.column(name).to_pylist() for name in grain), strict=True)
    values = zip(*(table.column(name).to_pylist() for name in columns), strict=True) if columns else iter(())
    return zip(keys, values, strict=False)


def _excerpt(value: Any) -> str:
    """A short, one-line picture of a bad value, safe to print in a terminal and to show on a page."""
    return re.sub(r"[^\x20-\x7e\u00a0-\u024f]", "?", str(value))[:80]
