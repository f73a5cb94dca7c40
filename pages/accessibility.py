"""Barrierefreiheit: the statement after the EU model (Implementing Decision (EU) 2018/1523), honest about the audit."""

from smartvest.ui import blocks, view
from smartvest.ui.operator_fields import fields

v = view()
t = v.t

blocks.title(t("accessibility.title"))
blocks.prose(t("accessibility.scope"))

blocks.heading(t("accessibility.state_title"), "stand")
blocks.prose(t("accessibility.state"))

blocks.heading(t("accessibility.barriers_title"), "barrieren")
blocks.prose(t("accessibility.barriers"))

blocks.heading(t("accessibility.made_title"), "erstellung")
blocks.prose(t("accessibility.made"))

blocks.heading(t("accessibility.feedback_title"), "rueckmeldung")
blocks.prose(t("accessibility.feedback"))
blocks.facts(fields(v, "accessibility_form", "accessibility_contact", "email", "phone"))

blocks.heading(t("accessibility.enforcement_title"), "durchsetzung")
blocks.prose(t("accessibility.enforcement"))
blocks.facts(fields(v, "enforcement_body"))
