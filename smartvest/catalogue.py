"""The catalogue of datasets: contracts and manifest side by side (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from smartvest import formats
from smartvest.contracts import Source
from smartvest.manifest import Manifest
from smartvest.texts import text


def overview(sources: Mapping[str, Source], manifest: Manifest, today: date, lang: str) -> pd.DataFrame:
    """One row a dataset: id, title, publisher, licence, as_of, age (words), rows, quarantined."""
    rows = []
    for name, source in sources.items():
        entry = manifest.datasets.get(name)
        rows.append(
            {
                "id": name,
                "title": source.title[lang],
                "publisher": source.publisher,
                "licence": source.licence,
                "as_of": entry.as_of_max if entry else None,
                "age": age_words(source, entry.as_of_max if entry else None, today, lang, entry is not None),
                "rows": entry.rows if entry else None,
                "quarantined": entry.quarantined if entry else None,
            }
        )
    return pd.DataFrame(rows)


def age_words(source: Source, as_of: str | None, today: date, lang: str, present: bool) -> str:
    """ "aktuell", "veraltet (vor 5 Jahren)", "ohne Frist", "noch keine Daten"."""
    if not present:
        return text("catalogue.no_data_yet", lang)
    if as_of is None or source.max_age_days is None:
        return text("catalogue.age_none", lang)
    days = (today - date.fromisoformat(as_of)).days
    age = formats.age(date.fromisoformat(as_of), today, lang)
    state = text("catalogue.age_stale" if days > source.max_age_days else "catalogue.age_fresh", lang)
    return f"{state} ({age})"


def columns(source: Source, lang: str) -> pd.DataFrame:
    """One row a column: name, type, unit, meaning."""
    return pd.DataFrame(
        [
            {"name": name, "type": c.type, "unit": c.unit or "–", "meaning": c.meaning[lang]}
            for name, c in source.columns.items()
            if name not in source.private
        ]
    )


def facts(source: Source, manifest: Manifest, lang: str) -> list[tuple[str, str]]:
    """What to know of one dataset before using it, as term and words."""
    entry = manifest.datasets.get(source.id)
    pairs = [
        (text("catalogue.column_publisher", lang), source.publisher),
        (text("catalogue.column_licence", lang), source.licence),
        (text("catalogue.citation", lang), source.citation),
        (text("catalogue.rule", lang), source.as_of_rule[lang]),
    ]
    if source.change_note:
        pairs.append((text("catalogue.change", lang), source.change_note[lang]))
    if entry and entry.as_of_min:
        span = f"{formats.date(entry.as_of_min, lang)} – {formats.date(entry.as_of_max, lang)}"
        pairs.append((text("catalogue.span", lang), span))
    if entry and entry.fetched_at:
        pairs.append((text("catalogue.fetched", lang), formats.date(entry.fetched_at.date(), lang)))
    if source.url:
        pairs.append((text("catalogue.link", lang), source.url))
    if entry:
        pairs.append((text("catalogue.hash", lang), entry.sha256))
    return pairs


def attribution(source: Source, snapshot_id: str, lang: str) -> str:
    """The sentence that travels with every download."""
    change = source.change_note[lang] if source.change_note else ""
    words = text(
        "catalogue.attribution", lang, citation=source.citation, licence=source.licence, change=change,
        snapshot=snapshot_id,
    )  # fmt: skip
    return " ".join(words.split())
