"""Daten: every dataset with publisher, licence, age, checks, columns and download."""

from smartvest import catalogue
from smartvest.tables import Col
from smartvest.ui import address, blocks, view

v = view()
t = v.t
sources, manifest = v.store.sources, v.store.manifest

blocks.title(t("catalogue.title"))
blocks.lead(t("catalogue.intro"))

OVERVIEW = [
    Col("title", t("catalogue.column_dataset")),
    Col("publisher", t("catalogue.column_publisher")),
    Col("licence", t("catalogue.column_licence")),
    Col("as_of", t("catalogue.column_as_of"), "date", short=True),
    Col("age", t("catalogue.column_age")),
    Col("rows", t("catalogue.column_rows"), "number", 0, short=True),
    Col("quarantined", t("catalogue.column_quarantined"), "number", 0, short=True),
]
overview = catalogue.overview(sources, manifest, v.today, v.lang)
blocks.table(v, overview, OVERVIEW, t("catalogue.overview"))
blocks.origin(v, "overview", v.listing(), title=t("catalogue.overview"), rows=lambda: overview)

chosen = address.choice(
    t("catalogue.choose"),
    "datensatz",
    list(sources),
    next(iter(sources)),
    lambda name: sources[name].title[v.lang],
)
source, entry = sources[chosen], manifest.datasets.get(chosen)
blocks.heading(source.title[v.lang])
blocks.lead(source.description[v.lang])
blocks.dataset_marks(v, source, entry)
blocks.facts(catalogue.facts(source, manifest, v.lang))
if entry:
    blocks.origin(v, "dataset", v.dataset(chosen), title=source.title[v.lang])

held_back = v.query("quarantine", dataset=chosen)
if not held_back.empty:
    blocks.note(t("catalogue.quarantined_note", count=v.number(held_back["records"].sum())))
    REASONS = [Col("reason", t("catalogue.column_reason")), Col("column", t("catalogue.column_name"))]
    blocks.table(
        v,
        held_back,
        [*REASONS, Col("records", t("catalogue.column_count"), "number", 0)],
        t("catalogue.column_quarantined"),
    )
    title = f"{source.title[v.lang]}: {t('catalogue.column_quarantined')}"
    blocks.origin(v, "quarantine", v.ask("quarantine", dataset=chosen), title=title)

COLUMNS = [
    Col("name", t("catalogue.column_name")),
    Col("type", t("catalogue.column_type"), "key", words="catalogue", prefix="type_"),
    Col("unit", t("catalogue.column_unit")),
    Col("meaning", t("catalogue.column_meaning")),
]
blocks.table(v, catalogue.columns(source, v.lang), COLUMNS, t("catalogue.columns"))
