"""One KPI as a card: what, why, goal, status and rule; then its path, the ten towns and the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from smartvest import drawn, formats, tables
from smartvest.charts import multiples, path
from smartvest.kpis import Kpi, series
from smartvest.status import Status
from smartvest.tables import Col
from smartvest.towns import AREAS, COUNTY_AGS, TOWNS
from smartvest.ui import blocks, finished
from smartvest.ui.scoreboard import Scoreboard, card, question, rule_words, scoreboard
from smartvest.ui.view import View


@dataclass(frozen=True)
class Content:
    """What a card says and shows, ready to be sent."""

    figure: str
    about: str
    charts: tuple[tuple[str, finished.Chart], ...]
    table: str  # empty where nothing is published


def kpi_card(view: View, board: Scoreboard, kpi: Kpi) -> None:
    blocks.subheading(kpi.title[view.lang])
    content = draw(view, kpi.id)
    left, right = st.columns([1, 2], gap="large")
    with left:
        blocks.markup(content.figure)
    with right:
        blocks.markup(content.about)
    if not content.table:
        blocks.note(view.t("kpis.no_data_card"))
        return
    for key, chart in content.charts:
        blocks.picture(view, chart, key, question(view, kpi))
        if kpi.break_note and key.startswith("path_"):
            blocks.note(kpi.break_note[view.lang])
    with st.expander(view.t("kpis.table", title=kpi.short[view.lang])):
        blocks.markup(content.table)
    blocks.sources(view, *kpi.datasets)
    blocks.origin(view, kpi.id, question(view, kpi), title=kpi.short[view.lang])


@drawn.once
def draw(view: View, kpi_id: str) -> Content:
    """The card ready to be sent, drawn once."""
    board = scoreboard(view)
    kpi = next(kpi for kpi in board.kpis if kpi.id == kpi_id)
    result = board.result(kpi, view.ags)
    headline = replace(card(kpi, result, view), label=f"{kpi.short[view.lang]}, {view.area}", href="")
    figure = tables.figure_cards([headline], kpi.title[view.lang])
    about = tables.definition_list(_about(view, kpi, result))
    frame = series(kpi, view.store)
    if frame["value"].isna().all():
        return Content(figure, about, (), "")
    words = blocks.table_words(
        view, _rows(view, kpi, frame), _columns(view, kpi), kpi.title[view.lang], selected=view.ags
    )
    return Content(figure, about, tuple(_charts(view, board, kpi, frame)), words)


def _about(view: View, kpi: Kpi, result) -> list[tuple[str, str]]:
    if kpi.target is None or kpi.target_set_by is None:
        goal = view.t("kpis.goal_none")
    else:
        value = formats.with_unit(kpi.target, kpi.unit[view.lang], view.lang)
        goal = (
            view.t("kpis.goal_value", value=value, date=view.date(kpi.target_date), who=kpi.target_set_by[view.lang])
            + f" ({kpi.target_source})"
        )
    pairs = [
        (view.t("kpis.what"), kpi.measures[view.lang]),
        (view.t("kpis.why"), kpi.why[view.lang]),
        (view.t("kpis.goal"), goal),
        (view.t("kpis.computed"), kpi.weighting[view.lang]),
    ]
    if result.status is not Status.no_data:
        pairs.insert(3, (view.t("kpis.status"), " ".join(rule_words(kpi, result, view.lang))))
    return pairs


def _charts(view: View, board: Scoreboard, kpi: Kpi, frame: pd.DataFrame) -> Iterator[tuple[str, finished.Chart]]:
    dated = frame[frame["as_of"].notna()]
    if dated["as_of"].nunique() < 2:
        return  # one date is no course; the table says it all
    result = board.result(kpi, view.ags)
    source = view.cite(*kpi.datasets)
    own = dated[dated["ags"] == view.ags].sort_values("as_of")
    if not own["value"].isna().all():
        own = own.assign(break_before=[day in kpi.breaks for day in own["as_of"]])
        yield f"path_{kpi.id}", finished.chart(
            path.path(
                own, area=view.area, measure=kpi.measures[view.lang], unit=kpi.unit[view.lang], source=source,
                target=kpi.target, target_date=kpi.target_date, projected=result.assessment.projection,
                breaks=[(day, view.t("kpis.method_break")) for day in kpi.breaks],
                higher_is_better=kpi.direction != "down",
                title=view.t("kpis.path_title", title=kpi.title[view.lang], area=view.area),
                digits=kpi.digits, lang=view.lang, mode=view.mode,
            ),
        )  # fmt: skip
    towns = dated[dated["ags"].isin(TOWNS)].assign(name=lambda d: d["ags"].map(AREAS))
    if towns.groupby("ags")["as_of"].nunique().max() > 1:
        yield f"multiples_{kpi.id}", finished.chart(
            multiples.multiples(
                towns, measure=kpi.measures[view.lang], unit=kpi.unit[view.lang], source=source,
                title=view.t("kpis.multiples_title", title=kpi.title[view.lang]), selected=view.ags,
                reference=dated[dated["ags"] == COUNTY_AGS], target=kpi.target, digits=kpi.digits, lang=view.lang,
                mode=view.mode, columns=3,  # three panels are readable on a phone, and the server can't know the width
            ),
        )  # fmt: skip


def _rows(view: View, kpi: Kpi, frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame.assign(
        name=frame["ags"].map(AREAS),
        order=frame["ags"].map(list(AREAS).index),
        decimals=[kpi.digits(day) for day in frame["as_of"]],
    )
    return rows.sort_values(["order", "as_of"], na_position="first")


def _columns(view: View, kpi: Kpi) -> list[Col]:
    unit = kpi.unit[view.lang]
    title = f"{view.t('kpis.column_value')} ({unit})"
    return [
        Col("name", view.t("kpis.column_area")),
        Col("as_of", view.t("kpis.column_as_of"), "date"),
        Col("value", title, "number", quality="status", digits_of="decimals"),
        Col("status", view.t("kpis.column_quality"), "key", words="kpis", prefix="quality_"),
    ]
