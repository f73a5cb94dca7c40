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
ways = {"": "easy.to_overview", "glasfaser": "easy.to_fibre", "stadt": "easy.to_town"}
blocks.markup(*(blocks.link_words(v, t(words), path) for path, words in ways.items()))

blocks.heading(t("easy.words_title"))
blocks.lines(t("easy.words"))

blocks.heading(t("easy.help_title"))
blocks.lines(t("easy.help"))
blocks.markup(
    blocks.link_words(v, t("easy.to_accessibility"), "barrierefreiheit"),
    blocks.source_words(v, "population", "fibre_coverage", "sensor_deployments"),
)
