"""Über: how the figures are made, the status rule, legal notice and privacy."""

from smartvest.tables import definition_list
from smartvest.ui import blocks, view
from smartvest.ui.operator_fields import fields

IMPRINT = ("name", "street", "town", "represented_by", "phone", "email")

v = view()
t = v.t

blocks.title(t("about.title"))
blocks.markup(
    blocks.heading_words(t("about.method_title"), "methode"),
    blocks.prose_words(t("about.method")),
    blocks.heading_words(t("about.rules_title"), "status"),
    blocks.prose_words(t("about.rules")),
    blocks.heading_words(t("about.imprint_title"), "impressum"),
    definition_list(fields(v, *IMPRINT)),
    blocks.heading_words(t("about.privacy_title"), "datenschutz"),
    blocks.prose_words(t("about.privacy")),
    blocks.prose_words(t("about.basemap" if v.basemap else "about.no_basemap")),
    definition_list(fields(v, "data_protection_officer")),
)
