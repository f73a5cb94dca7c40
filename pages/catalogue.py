"""Daten: every dataset with publisher, licence, age, checks, columns and download."""

import streamlit as st

from smartvest import catalogue
from smartvest.ui import address, blocks, dataset, view

v = view()
t = v.t
sources, manifest = v.store.sources, v.store.manifest


blocks.title(t("catalogue.title"))
blocks.markup(dataset.every_dataset(v))
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
blocks.markup(dataset.about(v, chosen))
if entry and entry.kept_from:
    st.warning(t("catalogue.kept", id=entry.kept_from))
if entry:
    blocks.origin(v, "dataset", v.dataset(chosen), title=source.title[v.lang])

if refused := dataset.held_back(v, chosen):
    blocks.markup(refused)
    title = f"{source.title[v.lang]}: {t('catalogue.column_quarantined')}"
    blocks.origin(v, "quarantine", v.ask("quarantine", dataset=chosen), title=title)

blocks.markup(dataset.columns_of(v, chosen))
blocks.origin(v, "columns", v.columns(chosen), title=f"{source.title[v.lang]}: {t('catalogue.columns')}")
