"""Übersicht: the county at a glance."""

from smartvest import formats, theme
from smartvest.maps import legend, towns
from smartvest.ui import blocks, figures, view
from smartvest.ui.matrix import town_matrix
from smartvest.ui.news import news
from smartvest.ui.scoreboard import card, scoreboard

v = view()
board = scoreboard(v)
headlines = [kpi for kpi in board.kpis if kpi.headline]
fibre = board.kpis[0]
shown = figures.latest_on_map(v, board, fibre)

blocks.title(v.t("overview.title_county") if v.is_county else v.t("overview.title_town", town=v.area))
blocks.lead(v.t("overview.intro"))
blocks.cards([card(kpi, board.result(kpi, v.ags), v) for kpi in headlines], v.t("overview.figures"))

blocks.heading(v.t("overview.map_title"))
when = formats.half_year(shown["as_of"].dropna().max(), v.lang)
blocks.note(v.t("overview.map_lead", date=when))
scale = theme.coverage_scale(v.mode)
deck = towns.choropleth(shown, scale=scale, selected=v.ags, mode=v.mode, lang=v.lang)
blocks.deck(v, deck, towns.summary(shown, measure=fibre.title[v.lang], unit="%", when=when, lang=v.lang), "overview_map")
blocks.markup(legend.legend(scale, v.t("fibre.legend"), "%", v.lang))
blocks.sources(v, "fibre_coverage")
blocks.link(v, v.t("overview.to_fibre"), "glasfaser")

blocks.heading(v.t("overview.matrix"))
blocks.note(v.t("overview.matrix_note"))
rows, columns = town_matrix(board, headlines, v)
blocks.table(v, rows, columns, v.t("overview.matrix_caption"), selected=v.ags)
blocks.sources(v, *dict.fromkeys(kpi.datasets[0] for kpi in headlines))
blocks.link(v, v.t("overview.to_kpis"), "kennzahlen")

blocks.heading(v.t("overview.news"))
blocks.bullets(news(v))
