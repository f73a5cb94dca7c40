"""Beteiligung: the strategy's steps as a timeline, and how to take part."""

from smartvest import drawn
from smartvest.charts import events
from smartvest.operator import load_operator
from smartvest.paths import data_dir
from smartvest.tables import Col
from smartvest.ui import View, blocks, finished, view

v = view()
t = v.t
steps = v.query("events")
contact = load_operator(data_dir() / "operator.toml").email


@drawn.once
def timeline(v: View) -> finished.Chart:
    return finished.chart(events.timeline(steps, source=v.cite("events"), lang=v.lang, mode=v.mode))


blocks.title(t("participation.title"))
blocks.lead(t("participation.intro"))
blocks.picture(v, timeline(v), "events", v.ask("events"), level=2)

blocks.table(
    v,
    steps,
    [
        Col("date_text", t("participation.column_date"), "date"),
        Col("title_de", t("participation.column_what")),
        Col("name", t("participation.column_where")),
        Col("participants", t("participation.column_participants"), "number", 0),
        Col("sessions", t("participation.column_sessions"), "number", 0),
        Col("source", t("participation.column_source")),
    ],
    t("participation.timeline"),
)
blocks.sources(v, "events")
blocks.note(t("participation.not_found"))

blocks.heading(t("participation.take_part"))
blocks.markup(
    blocks.prose_words(t("participation.take_part_text")),
    blocks.prose_words(t("participation.contact", contact=contact or t("about.unfilled"))),
)
