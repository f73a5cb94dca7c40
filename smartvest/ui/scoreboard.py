"""KPI results for pages: loaded once a snapshot and day, then shared by every visitor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pandas as pd

from smartvest import definitions, formats, tables
from smartvest.contracts import Source
from smartvest.kpis import Grouping, Kpi, KpiResult, assess_all
from smartvest.paths import data_dir
from smartvest.questions import Question
from smartvest.status import Status
from smartvest.store import Store
from smartvest.texts import text
from smartvest.towns import AREAS
from smartvest.ui.origin import origin
from smartvest.ui.view import View


@dataclass(frozen=True)
class Scoreboard:
    """Every KPI, its grouping, and where each stands in every town and the county."""

    kpis: list[Kpi]
    grouping: Grouping
    results: dict[tuple[str, str], KpiResult]
    sources: dict[str, Source]

    def result(self, kpi: Kpi, ags: str) -> KpiResult:
        return self.results[kpi.id, ags]


def scoreboard(view: View) -> Scoreboard:
    return _scoreboard(view.store, view.today)


@lru_cache(maxsize=2)  # each keeps its snapshot in memory: the one served and the one before
def _scoreboard(store: Store, today: date) -> Scoreboard:
    found = definitions.of_snapshot(store.manifest, data_dir(), store.sources)
    results = {(r.kpi, r.ags): r for r in assess_all(store, found.kpis, store.sources, today)}
    return Scoreboard(found.kpis, found.grouping, results, store.sources)


def question(view: View, kpi: Kpi) -> Question:
    """What the indicator asks of the data."""
    return view.ask(kpi.query, **kpi.params)


def standings(view: View, kpis: Sequence[Kpi], areas: Iterable[str]) -> pd.DataFrame:
    """The latest figure of every indicator and area as it stands on cards and in the matrix, one row each."""
    board = scoreboard(view)
    rows = []
    for ags in areas:
        for kpi in kpis:
            found = board.result(kpi, ags)
            rows.append(
                {
                    "ags": ags,
                    "name": AREAS[ags],
                    "kpi": kpi.id,
                    "title": kpi.title[view.lang],
                    "value": found.value,
                    "unit": kpi.unit[view.lang],
                    "as_of": found.as_of,
                    "value_status": found.value_status,
                    "kpi_status": str(found.status.value),
                    "out_of_date": bool(found.stale),
                    "target": kpi.target,
                    "target_date": kpi.target_date,
                    "query": kpi.query,
                }
            )
    return pd.DataFrame(rows)


def standings_origin(view: View, key: str, kpis: Sequence[Kpi], areas: Iterable[str], title: str) -> None:
    """The panel of cards, matrix or a table of indicators: every indicator's own query, and the figures as shown."""
    asked = [question(view, kpi) for kpi in kpis]
    origin(view, key, *asked, title=title, rows=lambda: standings(view, kpis, areas))


def short_words(kpi: Kpi, result: KpiResult, lang: str) -> str:
    """ "28,3 %", "•" (confidential) or a dash, for cards and cells."""
    if result.value is None and result.value_status != "confidential":
        return formats.DASH
    return value_words(kpi, result, lang)


def value_words(kpi: Kpi, result: KpiResult, lang: str) -> str:
    """ "28,3 %", "keine Angabe", "nicht veröffentlicht", "•" where the figure is confidential."""
    if result.value is None and result.value_status == "confidential":
        return "•"
    if result.value is None:
        key = "kpis.quality_not_reported" if result.value_status == "not_reported" else "formats.missing"
        return text(key, lang)
    return formats.with_unit(
        result.value, kpi.unit[lang] if kpi.unit[lang] == "%" else "", lang, kpi.digits(result.as_of)
    )


def date_words(result: KpiResult, lang: str) -> str:
    """ "Stand: 30.06.2021", or that the figure has no date."""
    if result.value is None:
        return ""
    if result.undated or result.as_of is None:
        return text("frame.as_of_undated", lang)
    return text("frame.as_of", lang, date=formats.date(result.as_of, lang))


def badge(result: KpiResult, lang: str, with_reason: bool = True) -> str:
    """Status in word, symbol and colour; the reason where no status could be given."""
    say_why = with_reason and result.status in (Status.not_assessable, Status.no_data) and result.value is not None
    reason = text(f"status.reason_{result.reason}", lang) if say_why else ""
    return tables.badge(result.status, lang, reason, result.stale)


def card(kpi: Kpi, result: KpiResult, view: View) -> tables.Figure:
    """A headline figure: value with its unit, status, date and source."""
    unit = "" if result.value is None or kpi.unit[view.lang] == "%" else kpi.unit[view.lang]
    citation = view.store.sources[kpi.datasets[0]].publisher
    feet = [date_words(result, view.lang)] if result.value is not None else []
    if result.value is None and result.value_status == "confidential":
        feet.append(view.t("kpis.quality_confidential"))
    if result.value is not None and result.value_status == "estimated":
        feet[0] += f" ({view.t('frame.estimated')})"
    feet.append(view.t("frame.source_one", source=citation))
    return tables.Figure(
        kpi.title[view.lang],
        short_words(kpi, result, view.lang),
        unit,
        tuple(feet),
        badge(result, view.lang),
        view.link("kennzahlen", feld=kpi.field),
    )


def rule_words(kpi: Kpi, result: KpiResult, lang: str) -> list[str]:
    """The status in sentences: what was observed, what is needed, where it leads, and how old the figure is."""
    found = result.assessment
    unit = kpi.unit[lang]

    def signed(value: float | None) -> str:
        return formats.number(value, lang, kpi.pace_decimals, signed=True)

    values = {
        "value": formats.number(result.value, lang, kpi.digits(result.as_of)),
        "as_of": formats.date(result.as_of, lang),
        "target": formats.number(kpi.target, lang),
        "target_date": formats.date(kpi.target_date, lang),
        "pace": signed(found.pace_per_year),
        "required": signed(found.required_per_year),
        "unit": unit,
        "pace_unit": text("charts.points", lang) if unit == "%" else unit,  # % a year would be a share of the share
    }
    if result.status is Status.not_assessable:
        sentences = [text(f"status.reason_{result.reason}", lang).capitalize() + "."]
    else:
        sentences = [text(f"status.{result.status}_rule", lang, **values)]
    if found.projection:
        reach = formats.span(*found.projection, lang, kpi.pace_decimals if unit == "%" else kpi.decimals, unit)
        sentences.append(text("status.projection", lang, range=reach, target_date=values["target_date"]))
    if result.stale:
        sentences.append(text("status.stale_rule", lang, as_of=values["as_of"]))
    return sentences
