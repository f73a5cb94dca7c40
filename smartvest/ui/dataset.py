"""The page Daten in parts: the table of all datasets, and what is to be said of one."""

from __future__ import annotations

from smartvest import catalogue, drawn
from smartvest.tables import Col, definition_list
from smartvest.ui import blocks
from smartvest.ui.view import View


@drawn.once
def every_dataset(view: View) -> str:
    columns = [
        Col("title", view.t("catalogue.column_dataset")),
        Col("publisher", view.t("catalogue.column_publisher")),
        Col("licence", view.t("catalogue.column_licence")),
        Col("as_of", view.t("catalogue.column_as_of"), "date", short=True),
        Col("age", view.t("catalogue.column_age")),
        Col("rows", view.t("catalogue.column_rows"), "number", 0, short=True),
        Col("quarantined", view.t("catalogue.column_quarantined"), "number", 0, short=True),
    ]
    rows = catalogue.overview(view.store.sources, view.store.manifest, view.today, view.lang)
    return blocks.lead_words(view.t("catalogue.intro")) + blocks.table_words(
        view, rows, columns, view.t("catalogue.overview")
    )


@drawn.once
def about(view: View, name: str) -> str:
    """One dataset in words."""
    source = view.store.sources[name]
    return "".join(
        [
            blocks.heading_words(source.title[view.lang], "datensatz"),
            blocks.lead_words(source.description[view.lang]),
            blocks.dataset_marks(view, source, view.store.manifest.datasets.get(name)),
            definition_list(catalogue.facts(source, view.store.manifest, view.lang)),
        ]
    )


@drawn.once
def held_back(view: View, name: str) -> str:
    """Records that broke the contract, by reason; empty where there are none."""
    rows = view.query("quarantine", dataset=name)
    if rows.empty:
        return ""
    columns = [
        Col("reason", view.t("catalogue.column_reason")),
        Col("column", view.t("catalogue.column_name")),
        Col("records", view.t("catalogue.column_count"), "number", 0),
    ]
    note = view.t("catalogue.quarantined_note", count=view.number(rows["records"].sum()))
    return blocks.note_words(note) + blocks.table_words(view, rows, columns, view.t("catalogue.column_quarantined"))


@drawn.once
def columns_of(view: View, name: str) -> str:
    columns = [
        Col("name", view.t("catalogue.column_name")),
        Col("type", view.t("catalogue.column_type"), "key", words="catalogue", prefix="type_"),
        Col("unit", view.t("catalogue.column_unit")),
        Col("meaning", view.t("catalogue.column_meaning")),
    ]
    return blocks.table_words(
        view, catalogue.columns(view.store.sources[name], view.lang), columns, view.t("catalogue.columns")
    )
