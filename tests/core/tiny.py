"""Two small datasets: their contract, facts, queries and tables."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from smartvest import snapshots
from smartvest.towns import TOWNS

TODAY = date(2026, 11, 23)
WORDS = '{ de = "Müll & Größe", en = "x" }'

SOURCES_TOML = f"""
[people]
title = {WORDS}
description = {WORDS}
publisher = "Amt"
publisher_url = "https://example.org"
licence = "CC0"
citation = "Amt"
as_of_rule = {WORDS}
facts = "people.csv"
loader = "people"
grain = ["ags", "as_of"]
all_towns = true
max_change_pct = 10

[people.columns]
ags = {{ type = "text", pattern = "05562[0-9]{{3}}", required = true, meaning = {WORDS} }}
as_of = {{ type = "date", required = true, meaning = {WORDS} }}
people = {{ type = "integer", minimum = 0, maximum = 200000, required = true, meaning = {WORDS} }}
note = {{ type = "text", values = ["Größe", "klein"], meaning = {WORDS} }}

[sensors]
title = {WORDS}
description = {WORDS}
publisher = "Amt"
publisher_url = "https://example.org"
licence = "CC0"
citation = "Amt"
as_of_rule = {WORDS}
loader = "sensors"
grain = ["sensor", "read_at"]

[sensors.columns]
sensor = {{ type = "text", required = true, meaning = {WORDS} }}
read_at = {{ type = "timestamp", required = true, meaning = {WORDS} }}
temperature_c = {{ type = "number", unit = "°C", minimum = -40, maximum = 60, meaning = {WORDS} }}
"""

QUERIES = {
    "people/by_town": """-- purpose: people of one town on one day
-- params: ags (text), as_of (date)
-- grain: ags
select ags, as_of, people, note from people where ags = $ags and as_of = $as_of order by ags""",
    "people/some": """-- purpose: people of some towns
-- params: ags_list (text list)
-- grain: ags, as_of
select ags, as_of, people from people where ags = any($ags_list) order by ags, as_of""",
    "all_people": """-- purpose: everybody
-- params: none
-- grain: ags, as_of
select * from people order by ags, as_of""",
    "readings": """-- purpose: all readings
-- params: none
-- grain: sensor, read_at
select sensor, read_at, read_at::date as day, temperature_c from sensors order by sensor, read_at""",
    "echo": "-- purpose: x\n-- params: x\n-- grain: t\nselect typeof($x) as t",
}


def people_csv(value: int = 1000, **changes: str) -> str:
    """A facts file with one line a town; ``changes`` replaces whole lines by AGS (t05562004="…")."""
    lines = [changes.get(f"t{ags}", f"{ags},2025-12-31,{value + i},Größe") for i, ags in enumerate(TOWNS)]
    return "\n".join(["ags,as_of,people,note", *lines]) + "\n"


def people_table(value: int, rows: int = 10) -> pa.Table:
    schema = pa.schema([("ags", pa.string()), ("as_of", pa.date32()), ("people", pa.int64()), ("note", pa.string())])
    return pa.table(
        {
            "ags": list(TOWNS)[:rows],
            "as_of": [date(2025, 12, 31)] * rows,
            "people": [value] * rows,
            "note": (["Größe"] + [None] * rows)[:rows],
        },
        schema=schema,
    )


def sensors_table(value: float, rows: int = 3) -> pa.Table:
    return pa.table(
        {
            "sensor": [f"s{i}" for i in range(rows)],
            "read_at": pa.array([datetime(2026, 1, 1, 12)] * rows, pa.timestamp("ms")),
            "temperature_c": [float(value)] * rows,
        }
    )


def publish(data: Path, value: int, minute: int = 0) -> str:
    """A snapshot whose two tables hold ``value`` in every row: a mixture would show."""
    prepared = {
        "people": snapshots.Prepared(people_table(value), {}),
        "sensors": snapshots.Prepared(sensors_table(value), {}),
    }
    now = datetime(2026, 11, 23, 8, minute, value % 60, tzinfo=UTC)
    return snapshots.publish(data, prepared, "test", now)[0]


def value_of(opened: snapshots.Opened) -> int:
    """The one value all rows of both tables hold. Fails when a snapshot is a mixture of two."""
    held = {*opened.tables["people"]["people"].to_pylist(), *opened.tables["sensors"]["temperature_c"].to_pylist()}
    assert len(held) == 1, held
    return int(held.pop())


def leftovers(data: Path) -> list[str]:
    """Whatever lies in the snapshots folder that is neither a listed snapshot, nor the pointer, nor the lock."""
    known = {*snapshots.ids(data), "CURRENT", ".lock"}
    folder = snapshots.folder(data)
    return sorted(p.name for p in folder.iterdir() if p.name not in known) if folder.exists() else []
