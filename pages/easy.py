"""Leichte Sprache: what smartVEST is, how to use it, and three figures of the chosen town, in short sentences."""

from smartvest.ui import blocks, easy_figures, view

v = view()
t = v.t

blocks.title(t("easy.title"))
blocks.lines(t("easy.what"))

blocks.heading(t("easy.figures_title", area=v.area))
blocks.lines(easy_figures.sentences(v))
blocks.lines(t("easy.figures_note"))

blocks.heading(t("easy.use_title"))
blocks.lines(t("easy.use"))
blocks.link(v, t("easy.to_overview"), "")
blocks.link(v, t("easy.to_fibre"), "glasfaser")
blocks.link(v, t("easy.to_town"), "stadt")

blocks.heading(t("easy.words_title"))
blocks.lines(t("easy.words"))

blocks.heading(t("easy.help_title"))
blocks.lines(t("easy.help"))
blocks.link(v, t("easy.to_accessibility"), "barrierefreiheit")
blocks.sources(v, "population", "fibre_coverage", "sensor_deployments")
