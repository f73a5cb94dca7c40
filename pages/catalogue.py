"""Daten: every dataset with publisher, licence, age, checks, columns and download."""

import streamlit as st

from smartvest import catalogue, drawn
from smartvest.tables import Col, definition_list
from smartvest.ui import View, address, blocks, view

v = view()
t = v.t
sources, manifest = v.store.sources, v.store.manifest


@drawn.once
def every_dataset(v: View) -> str:
    columns = [
        Col("title", t("catalogue.column_dataset")),
        Col("publisher", t("catalogue.column_publisher")),
        Col("licence", t("catalogue.column_licence")),
        Col("as_of", t("catalogue.column_as_of"), "date", short=True),
        Col("age", t("catalogue.column_age")),
        Col("rows", t("catalogue.column_rows"), "number", 0, short=True),
        Col("quarantined", t("catalogue.column_quarantined"), "number", 0, short=True),
    ]
    rows = catalogue.overview(sources, manifest, v.today, v.lang)
    return blocks.lead_words(t("catalogue.intro")) + blocks.table_words(v, rows, columns, t("catalogue.overview"))


@drawn.once
def about(v: View, name: str) -> str:
    """One dataset in words."""
    source = sources[name]
    return "".join(
        [
            blocks.heading_words(source.title[v.lang], "datensatz"),
            blocks.lead_words(source.description[v.lang]),
            blocks.dataset_marks(v, source, manifest.datasets.get(name)),
            definition_list(catalogue.facts(source, manifest, v.lang)),
        ]
    )


@drawn.once
def held_back(v: View, name: str) -> str:
    """Records that broke the contract, by reason; empty where there are none."""
    rows = v.query("quarantine", dataset=name)
    if rows.empty:
        return ""
    columns = [
        Col("reason", t("catalogue.column_reason")),
        Col("column", t("catalogue.column_name")),
        Col("records", t("catalogue.column_count"), "number", 0),
    ]
    note = t("catalogue.quarantined_note", count=v.number(rows["records"].sum()))
    return blocks.note_words(note) + blocks.table_words(v, rows, columns, t("catalogue.column_quarantined"))


@drawn.once
def columns_of(v: View, name: str) -> str:
    columns = [
        Col("name", t("catalogue.column_name")),
        Col("type", t("catalogue.column_type"), "key", words="catalogue", prefix="type_"),
        Col("unit", t("catalogue.column_unit")),
        Col("meaning", t("catalogue.column_meaning")),
    ]
    return blocks.table_words(v, catalogue.columns(sources[name], v.lang), columns, t("catalogue.columns"))


blocks.title(t("catalogue.title"))
blocks.markup(every_dataset(v))
blocks.origin(v, "overview", v.listing(), title=t("catalogue.overview"),
              rows=lambda: catalogue.overview(sources, manifest, v.today, v.lang))  # fmt: skip

chosen = address.choice(
    t("catalogue.choose"),
    "datensatz",
    list(sources),
    next(iter(sources)),
    lambda name: sources[name].title[v.lang],
)
source, entry = sources[chosen], manifest.datasets.get(chosen)
blocks.markup(about(v, chosen))
if entry and entry.kept_from:
    st.warning(t("catalogue.kept", id=entry.kept_from))
if entry:
    blocks.origin(v, "dataset", v.dataset(chosen), title=source.title[v.lang])

if refused := held_back(v, chosen):
    blocks.markup(refused)
    title = f"{source.title[v.lang]}: {t('catalogue.column_quarantined')}"
    blocks.origin(v, "quarantine", v.ask("quarantine", dataset=chosen), title=title)

blocks.markup(columns_of(v, chosen))
blocks.origin(v, "columns", v.columns(chosen), title=f"{source.title[v.lang]}: {t('catalogue.columns')}")
