"""What a query's header says of its parameters, and text from outside turned into typed values (pure).

    -- params: ags (text), min_mbit_s (integer), as_of (date)      a list: ags_list (text list)
    -- example: ags=05562016, min_mbit_s=1000, as_of=2021-06-30

The SQL file is the only list of a query's parameters; the contracts of the datasets it reads say which values make
sense. Nothing a visitor sends ever becomes SQL: it becomes a bound value of a declared type or an error that says what
is allowed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from smartvest.contracts import Source
from smartvest.towns import AREAS

DECLARED = re.compile(r"([a-z][a-z0-9_]*)\s*\(\s*([a-z]+)(\s+list)?\s*\)")
KINDS = ("text", "integer", "number", "date", "timestamp", "boolean")
MAX_TEXT = 200  # characters; the longest value any query here compares with is a station's name
MAX_LIST = 100
MAX_WHOLE = 10**15  # beyond any figure; a browser's numbers are exact to 9 * 10**15
INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
NUMBER = re.compile(r"-?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,3})?", re.ASCII)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


class ParameterError(Exception):
    """A value can't be used; ``name`` is the parameter's, ``allowed`` says in words what is."""

    def __init__(self, name: str, reason: str, allowed: str):
        super().__init__(f"{name}: {reason}; allowed: {allowed}")
        self.name, self.reason, self.allowed = name, reason, allowed


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query. ``values`` are all that make sense, where that is known."""

    name: str
    kind: str
    many: bool = False
    values: tuple[str, ...] = ()
    meaning: str = ""

    @property
    def allowed(self) -> str:
        """In words, for an error and for documentation."""
        if self.values:
            words = "one of " + ", ".join(self.values)
        else:
            words = {
                "text": f"text of up to {MAX_TEXT} characters",
                "integer": "a whole number",
                "number": "a number with a decimal point",
                "date": "a date such as 2021-06-30",
                "timestamp": "a time such as 2021-06-30T12:00:00Z",
                "boolean": "true or false",
            }[self.kind]
        return f"{words}; several separated by commas" if self.many else words


def declared(header: Mapping[str, str], sources: Iterable[Source] = ()) -> list[Parameter]:
    """The parameters of a query's header, with the values its datasets' contracts allow."""
    text = header.get("params", "none")
    contracts = list(sources)
    found = []
    for name, kind, many in DECLARED.findall(text):
        if kind in KINDS:
            found.append(_with_contract(name, kind, bool(many) or name.endswith("_list"), contracts))
    return found


def examples(header: Mapping[str, str]) -> dict[str, str]:
    """The values of the header's ``example`` line as text."""
    text = header.get("example", "")
    pairs = (part.partition("=") for part in re.split(r",\s*(?=[a-z][a-z0-9_]*=)", text) if "=" in part)
    return {key.strip(): value.strip() for key, _, value in pairs}


def typed(parameters: Sequence[Parameter], given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Text from a URL as typed values, one for each parameter. Raises ParameterError."""
    known = {p.name: p for p in parameters}
    names = ", ".join(known) or "none"
    for name in given:
        if name not in known:
            raise ParameterError(name[:80], "there is no such parameter", names)
    values: dict[str, Any] = {}
    for name, parameter in known.items():
        texts = list(given.get(name, ()))
        if not texts:
            raise ParameterError(name, "is missing", parameter.allowed)
        if parameter.many:
            parts = [part for text in texts for part in text.split(",")]
            if len(parts) > MAX_LIST:
                raise ParameterError(name, f"more than {MAX_LIST} values", parameter.allowed)
            values[name] = [_one(parameter, part) for part in parts]
        elif len(texts) > 1:
            raise ParameterError(name, "is given more than once", parameter.allowed)
        else:
            values[name] = _one(parameter, texts[0])
    return values


def example_values(parameters: Sequence[Parameter], header: Mapping[str, str]) -> dict[str, Any]:
    """The header's example as typed values (tests and documentation run every query with them)."""
    return typed(parameters, {name: [text] for name, text in examples(header).items()})


def plain(value: Any) -> Any:
    """A bound value as JSON knows it: dates as ISO text."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _one(parameter: Parameter, text: str) -> Any:
    def wrong(reason: str) -> ParameterError:
        return ParameterError(parameter.name, reason, parameter.allowed)

    kind = parameter.kind
    if len(text) > MAX_TEXT and kind == "text" or len(text) > 1_000:
        raise wrong("is too long")
    if "\x00" in text:
        raise wrong("holds a character that is not allowed")
    if parameter.values and text not in parameter.values:
        raise wrong("is not among the known values")
    try:
        if kind == "integer" and INTEGER.fullmatch(text):
            if abs(int(text)) > MAX_WHOLE:
                raise wrong("is too large")
            return int(text)
        if kind == "number" and NUMBER.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        if kind == "date" and DATE.fullmatch(text):
            return date.fromisoformat(text)
        if kind == "timestamp" and TIMESTAMP.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise wrong("does not exist in the calendar") from None
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "text":
        return text
    raise wrong(f"is no {kind}")


def _with_contract(name: str, kind: str, many: bool, sources: list[Source]) -> Parameter:
    column = name.removesuffix("_list") if many else name
    meaning = ""
    for source in sources:
        about = source.columns.get(column)
        if about is None or about.type != kind:
            continue
        meaning = meaning or about.meaning.en
        if about.values and kind == "text":
            return Parameter(name, kind, many, tuple(about.values), meaning)
    values = tuple(AREAS) if column == "ags" and kind == "text" else ()
    return Parameter(name, kind, many, values, meaning or ("Official municipality key" if column == "ags" else ""))
