"""One line a measurement, the same in every benchmark, so that `python -m bench` can make a table of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

LINE = re.compile(
    r"^(?P<what>.+): (?P<value>\d+(?:\.\d+)?) (?P<unit>.*?) ?\(limit (?P<limit>\d+(?:\.\d+)?)\)(?P<more>.*)$"
)


@dataclass(frozen=True)
class Line:
    """What was measured; `value` may be at most `limit`."""

    what: str
    value: float
    unit: str
    limit: float
    more: str = ""

    @property
    def ok(self) -> bool:
        return self.value <= self.limit

    def __str__(self) -> str:
        more = f" [{self.more}]" if self.more else ""
        return f"{self.what}: {number(self.value)} {self.unit} (limit {number(self.limit)}){more}"


def number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


def read(text: str) -> Line | None:
    """A line that was printed, or None for any other text."""
    found = LINE.match(text.strip())
    if not found:
        return None
    return Line(
        found["what"], float(found["value"]), found["unit"], float(found["limit"]), found["more"].strip().strip("[]")
    )


def finish(lines: list[Line]) -> int:
    """The exit status of a benchmark: 1 when a limit is exceeded."""
    return 0 if all(line.ok for line in lines) else 1
