"""Glasfaser: which share of households can get what, town by town."""

import streamlit as st

from smartvest import formats, theme
from smartvest.charts import county
from smartvest.charts import fibre as charts
from smartvest.maps import legend, towns
from smartvest.tables import Col
from smartvest.ui import blocks, figures, view
from smartvest.ui.fibre_choice import choose_coverage

v = view()
t = v.t

blocks.title(t("fibre.title", area=v.area))
blocks.lead(t("fibre.intro"))
technology, speed, as_of = choose_coverage(v)
when = formats.half_year(as_of, v.lang)
coverage = v.query("fibre_by_town", technology=technology, min_mbit_s=speed, as_of=as_of)
measure = t("fibre.map_title", technology=t(f"units.{technology}"), speed=v.number(speed))

shown = figures.coverage_on_map(v, coverage, when)
scale = theme.coverage_scale(v.mode)
deck = towns.choropleth(shown, scale=scale, selected=v.ags, mode=v.mode, lang=v.lang)
SHARES = [
    Col("name", t("fibre.column_town")),
    Col("households_pct", t("fibre.column_share"), "number", 2, "%", quality="status"),
]
words = towns.summary(shown, measure=measure, unit="%", when=when, lang=v.lang)
caption = t("fibre.table_caption", speed=v.number(speed), technology=t(f"units.{technology}"), date=when)

blocks.heading(f"{measure} – {when}")
left, right = st.columns([2, 3], gap="large")
with left:
    blocks.map_that_selects_town(v, deck, words, "fibre_map")
    blocks.markup(legend.legend(scale, t("fibre.legend"), "%", v.lang))
with right:
    blocks.table(v, coverage.assign(name=coverage["ags"].map(figures.area_name)), SHARES, caption, selected=v.ags)
blocks.sources(v, "fibre_coverage", "households", as_of=as_of)


def picture() -> county.Picture:
    return county.towns(
        shown, scale=scale, title=measure, when=when, unit="%", source=v.cite("fibre_coverage"), summary=words,
        selected=v.ags, lang=v.lang, mode=v.mode,
    )  # fmt: skip


asked = v.ask("fibre_by_town", technology=technology, min_mbit_s=speed, as_of=as_of)
blocks.origin(v, "karte", asked, title=f"{measure} – {when}", picture=picture, places=True)

profile = v.query("fibre_town_profile", ags=v.ags)
blocks.picture(
    v, charts.profile(profile, area=v.area, source=v.cite("fibre_coverage"), lang=v.lang, mode=v.mode), "profile",
    v.ask("fibre_town_profile", ags=v.ags),
)  # fmt: skip
