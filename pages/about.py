"""Über: how the figures are made, the status rule, legal notice and privacy."""

from smartvest.ui import blocks, view
from smartvest.ui.operator_fields import fields

IMPRINT = ("name", "street", "town", "represented_by", "phone", "email")

v = view()

blocks.title(v.t("about.title"))

blocks.heading(v.t("about.method_title"), "methode")
blocks.prose(v.t("about.method"))

blocks.heading(v.t("about.rules_title"), "status")
blocks.prose(v.t("about.rules"))

blocks.heading(v.t("about.imprint_title"), "impressum")
blocks.facts(fields(v, *IMPRINT))

blocks.heading(v.t("about.privacy_title"), "datenschutz")
blocks.prose(v.t("about.privacy"))
blocks.prose(v.t("about.basemap") if v.basemap else v.t("about.no_basemap"))
blocks.facts(fields(v, "data_protection_officer"))
