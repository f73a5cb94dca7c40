"""One KPI as a card: what, why, goal, status and rule; then its path, the ten towns and the table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from smartvest import formats
from smartvest.charts import multiples, path
from smartvest.kpis import Kpi, series
from smartvest.status import Status
from smartvest.tables import Col
from smartvest.towns import AREAS, COUNTY_AGS, TOWNS
from smartvest.ui import blocks
from smartvest.ui.scoreboard import Scoreboard, card, rule_words
from smartvest.ui.view import View


def kpi_card(view: View, board: Scoreboard, kpi: Kpi) -> None:
    result = board.result(kpi, view.ags)
    blocks.subheading(kpi.title[view.lang])
    left, right = st.columns([1, 2], gap="large")
    with left:
        blocks.cards([card(kpi, result, view)], kpi.title[view.lang])
    with right:
        blocks.facts(_about(view, kpi, result))
    frame = series(kpi, view.store)
    if frame["value"].isna().all():
        blocks.note(view.t("kpis.no_data_card"))
        return
    _pictures(view, board, kpi, frame)
    with st.expander(view.t("kpis.table", title=kpi.short[view.lang])):
        blocks.table(view, _rows(view, kpi, frame), _columns(view, kpi), kpi.title[view.lang], selected=view.ags)
    blocks.sources(view, *kpi.datasets)


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


def _pictures(view: View, board: Scoreboard, kpi: Kpi, frame: pd.DataFrame) -> None:
    dated = frame[frame["as_of"].notna()]
    if dated["as_of"].nunique() < 2:
        return  # one date is no course; the table says it all
    result = board.result(kpi, view.ags)
    note = kpi.break_note[view.lang] if kpi.break_note else ""
    source = view.cite(*kpi.datasets)
    own = dated[dated["ags"] == view.ags].sort_values("as_of")
    if not own["value"].isna().all():
        own = own.assign(break_before=[day in kpi.breaks for day in own["as_of"]])
        blocks.picture(
            view,
            path.path(
                own, area=view.area, measure=kpi.measures[view.lang], unit=kpi.unit[view.lang], source=source,
                target=kpi.target, target_date=kpi.target_date, projected=result.assessment.projection,
                breaks=[(day, view.t("kpis.method_break")) for day in kpi.breaks],
                title=view.t("kpis.path_title", title=kpi.title[view.lang], area=view.area),
                digits=kpi.decimals, lang=view.lang, mode=view.mode,
            ),
            f"path_{kpi.id}",
        )  # fmt: skip
        if note:
            blocks.note(note)
    towns = dated[dated["ags"].isin(TOWNS)].assign(name=lambda d: d["ags"].map(AREAS))
    if towns.groupby("ags")["as_of"].nunique().max() > 1:
        blocks.picture(
            view,
            multiples.multiples(
                towns, measure=kpi.measures[view.lang], unit=kpi.unit[view.lang], source=source,
                title=view.t("kpis.multiples_title", title=kpi.title[view.lang]), selected=view.ags,
                reference=dated[dated["ags"] == COUNTY_AGS], target=kpi.target, digits=kpi.decimals, lang=view.lang,
                mode=view.mode,
            ),
            f"multiples_{kpi.id}",
        )  # fmt: skip


def _rows(view: View, kpi: Kpi, frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame.assign(name=frame["ags"].map(AREAS), order=frame["ags"].map(list(AREAS).index))
    return rows.sort_values(["order", "as_of"], na_position="first")


def _columns(view: View, kpi: Kpi) -> list[Col]:
    unit = kpi.unit[view.lang]
    title = f"{view.t('kpis.column_value')} ({unit})"
    return [
        Col("name", view.t("kpis.column_area")),
        Col("as_of", view.t("kpis.column_as_of"), "date"),
        Col("value", title, "number", kpi.decimals, quality="status"),
        Col("status", view.t("kpis.column_quality"), "key", words="kpis", prefix="quality_"),
    ]
