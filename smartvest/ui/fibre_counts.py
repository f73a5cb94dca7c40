"""Counted instead of shared: households still without, businesses and schools, and what public money has built."""

from __future__ import annotations

import pandas as pd

from smartvest import drawn, formats
from smartvest.tables import Col, Figure
from smartvest.towns import COUNTY_AGS
from smartvest.ui import blocks
from smartvest.ui.figures import area_name
from smartvest.ui.view import View

FIBRE = {"technology": "fttbh", "min_mbit_s": 1000}
WHERE = {"companies": "fibre_businesses", "business_parks": "fibre_businesses", "schools": "fibre_schools"}
FUNDED = ("subsidy_eur", "trench_km", "households_connected_subsidised", "schools_connected_subsidised",
          "businesses_connected_subsidised")  # fmt: skip


def without(view: View) -> None:
    """How many households can't get fibre yet: estimates, always with their range."""
    blocks.heading(view.t("fibre.without_title"), anchor="ohne")
    blocks.note(view.t("fibre.without_note"))
    blocks.markup(without_table(view))
    blocks.sources(view, "fibre_coverage", "households")


@drawn.once
def without_table(view: View) -> str:
    latest = view.query("fibre/latest", ags=COUNTY_AGS)
    if latest.empty:
        return blocks.table_words(view, latest, [], "")
    as_of = latest["as_of"].iloc[0]
    rows = view.query("fibre/without", as_of=as_of, **FIBRE)
    rows = rows.assign(
        name=rows["ags"].map(area_name),
        number=[view.t("fibre.about", n=view.number(round(n, -2))) for n in rows["without_households"]],
        span=[formats.span(round(low, -1), round(high, -1), view.lang, 0)
              for low, high in zip(rows["without_low"], rows["without_high"], strict=True)],
    )  # fmt: skip
    columns = [
        Col("name", view.t("fibre.column_town")),
        Col("without_pct", view.t("fibre.column_without"), "number", 1, "%"),
        Col("number", view.t("fibre.column_number")),
        Col("span", view.t("fibre.column_span")),
    ]
    caption = view.t("fibre.without_caption", date=formats.half_year(as_of, view.lang))
    return blocks.table_words(view, rows, columns, caption, view.ags)


def premises(view: View) -> None:
    """Businesses and schools, once a file with them has been imported."""
    blocks.heading(view.t("fibre.premises_title"), anchor="betriebe")
    rows = view.query("fibre/other_premises", **FIBRE)
    for kind, dataset in WHERE.items():
        of_kind = rows[rows["premises"] == kind]
        if of_kind.empty:
            continue
        columns = [
            Col("name", view.t("fibre.column_town")),
            Col("premises_pct", view.t(f"fibre.column_{kind}"), "number", 2, "%"),
        ]
        when = formats.half_year(of_kind["as_of"].iloc[0], view.lang)
        blocks.table(view, of_kind, columns, view.t(f"fibre.{kind}_caption", date=when), selected=view.ags)
        blocks.sources(view, dataset, as_of=of_kind["as_of"].iloc[0])
    missing = [view.t(f"fibre.column_{kind}") for kind in WHERE if kind not in set(rows["premises"])]
    if missing:
        blocks.note(view.t("fibre.premises_missing", kinds=", ".join(missing)))


def funded(view: View) -> None:
    """The funded rollout as it was reported: facts with their source, no shares."""
    rows: pd.DataFrame = view.query("fibre/funding").set_index("measure")
    if rows.empty:
        return
    blocks.heading(view.t("fibre.funded_title"), anchor="gefoerdert")
    cards = []
    for measure in (m for m in FUNDED if m in rows.index):
        row = rows.loc[measure]
        value, unit = row["value"], view.t(f"fibre.{measure}_unit")
        shown = view.number(value / 1e6, 2) if measure == "subsidy_eur" else view.number(value)
        cards.append(Figure(view.t(f"fibre.{measure}"), shown, unit))
    blocks.cards(cards, view.t("fibre.funded_title"))
    first = rows.iloc[0]
    blocks.note(view.t("fibre.funded_source", date=formats.date(first["as_of_text"], view.lang), source=first["source"]))
