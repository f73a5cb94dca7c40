"""Counted instead of shared: households still without, businesses and schools, and what public money has built."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from smartvest import coverage, drawn, formats, tables
from smartvest.tables import Col, Figure
from smartvest.towns import COUNTY_AGS
from smartvest.ui import blocks
from smartvest.ui.figures import area_name
from smartvest.ui.view import View

FIBRE = {"technology": "fttbh", "min_mbit_s": 1000}
WHERE = {"companies": "fibre_businesses", "business_parks": "fibre_businesses", "schools": "fibre_schools"}
FUNDED = (
    "subsidy_eur",
    "trench_km",
    "households_connected_subsidised",
    "schools_connected_subsidised",
    "businesses_connected_subsidised",
)


def without(view: View) -> None:
    """How many households can't get fibre yet."""
    blocks.markup(without_words(replace(view, ags=COUNTY_AGS)))
    latest = view.query("fibre/latest", ags=COUNTY_AGS)
    if not latest.empty:
        asked = view.ask("fibre/without", as_of=latest["as_of"].iloc[0], **FIBRE)
        blocks.origin(view, "ohne", asked, title=view.t("fibre.without_title"))


def ranges(frame: pd.DataFrame, lang: str) -> list[str]:
    """ "2.130 bis 2.150": an estimate is its range, in tens because nothing finer is known."""
    ends = zip(frame["without_low"], frame["without_high"], strict=True)
    return [formats.span(round(low, -1), round(high, -1), lang, 0) for low, high in ends]


@drawn.once
def without_words(view: View) -> str:
    """The ten towns and the county; the same for every visitor."""
    latest = view.query("fibre/latest", ags=COUNTY_AGS)
    if latest.empty:
        return blocks.table_words(view, latest, [], "")
    as_of = latest["as_of"].iloc[0]
    rows = view.query("fibre/without", as_of=as_of, **FIBRE)
    rows = rows.assign(name=rows["ags"].map(area_name), number=ranges(rows, view.lang))
    columns = [
        Col("name", view.t("fibre.column_town")),
        Col("without_pct", view.t("fibre.column_without"), "number", coverage.digits(as_of), "%"),
        Col("number", view.t("fibre.column_number")),
    ]
    caption = view.t("fibre.without_caption", date=formats.half_year(as_of, view.lang))
    return "".join(
        [
            blocks.heading_words(view.t("fibre.without_title"), "ohne"),
            blocks.note_words(view.t("fibre.without_note")),
            blocks.table_words(view, rows, columns, caption),
            blocks.source_words(view, "fibre_coverage", "households"),
        ]
    )


def premises(view: View) -> None:
    """Businesses and schools, once a file with them has been imported."""
    blocks.markup(premises_words(replace(view, ags=COUNTY_AGS)))
    if view.query("fibre/other_premises", **FIBRE).empty:
        return  # nothing yet whose origin could be shown
    blocks.origin(view, "betriebe", view.ask("fibre/other_premises", **FIBRE), title=view.t("fibre.premises_title"))


@drawn.once
def premises_words(view: View) -> str:
    found = view.query("fibre/other_premises", **FIBRE)
    parts = [blocks.heading_words(view.t("fibre.premises_title"), "betriebe")]
    for kind, dataset in WHERE.items():
        rows = found[found["premises"] == kind]
        if rows.empty:
            continue
        columns = [
            Col("name", view.t("fibre.column_town")),
            Col("premises_pct", view.t(f"fibre.column_{kind}"), "number", 2, "%"),
        ]
        as_of = rows["as_of"].iloc[0]
        caption = view.t(f"fibre.{kind}_caption", date=formats.half_year(as_of, view.lang))
        parts += [blocks.table_words(view, rows, columns, caption), blocks.source_words(view, dataset, as_of=as_of)]
    missing = [view.t(f"fibre.column_{kind}") for kind in WHERE if kind not in set(found["premises"])]
    if missing:
        parts.append(blocks.note_words(view.t("fibre.premises_missing", kinds=", ".join(missing))))
    return "".join(parts)


def funded(view: View) -> None:
    """The funded rollout as it was reported: facts with their source, no shares."""
    words = funded_words(replace(view, ags=COUNTY_AGS))
    if words:
        blocks.markup(words)
        blocks.origin(view, "foerderung", view.ask("fibre/funding"), title=view.t("fibre.funded_title"))


@drawn.once
def funded_words(view: View) -> str:
    rows = view.query("fibre/funding").set_index("measure")
    if rows.empty:
        return ""
    cards = []
    for measure in (m for m in FUNDED if m in rows.index):
        value = rows.loc[measure, "value"]
        shown = view.number(value / 1e6, 2) if measure == "subsidy_eur" else view.number(value)
        cards.append(Figure(view.t(f"fibre.{measure}"), shown, view.t(f"fibre.{measure}_unit")))
    first = rows.iloc[0]
    note = view.t("fibre.funded_source", date=formats.date(first["as_of_text"], view.lang), source=first["source"])
    heading = blocks.heading_words(view.t("fibre.funded_title"), "gefoerdert")
    return heading + tables.figure_cards(cards, view.t("fibre.funded_title")) + blocks.note_words(note)
