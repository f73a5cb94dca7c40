"""Barrierefreiheit: the statement after the EU model (Implementing Decision (EU) 2018/1523), honest about the audit."""

from smartvest.tables import definition_list
from smartvest.ui import blocks, view
from smartvest.ui.operator_fields import fields

v = view()
t = v.t

blocks.title(t("accessibility.title"))
blocks.markup(
    blocks.prose_words(t("accessibility.scope")),
    blocks.heading_words(t("accessibility.state_title"), "stand"),
    blocks.prose_words(t("accessibility.state")),
    blocks.heading_words(t("accessibility.barriers_title"), "barrieren"),
    blocks.prose_words(t("accessibility.barriers")),
    blocks.heading_words(t("accessibility.made_title"), "erstellung"),
    blocks.prose_words(t("accessibility.made")),
    blocks.heading_words(t("accessibility.feedback_title"), "rueckmeldung"),
    blocks.prose_words(t("accessibility.feedback")),
    definition_list(fields(v, "accessibility_form", "accessibility_contact", "email", "phone")),
    blocks.heading_words(t("accessibility.enforcement_title"), "durchsetzung"),
    blocks.prose_words(t("accessibility.enforcement")),
    definition_list(fields(v, "enforcement_body")),
)
