"""Über: how the figures are made, the status rule, legal notice, privacy, accessibility."""

from smartvest.operator import load_operator
from smartvest.paths import data_dir
from smartvest.ui import blocks, view

IMPRINT = ("name", "street", "town", "represented_by", "phone", "email")

v = view()
operator = load_operator(data_dir() / "operator.toml").model_dump()


def fields(*names: str) -> list[tuple[str, str]]:
    return [(v.t(f"about.field_{name}"), operator[name] or v.t("about.unfilled")) for name in names]


blocks.title(v.t("about.title"))

blocks.heading(v.t("about.method_title"), "methode")
blocks.prose(v.t("about.method"))

blocks.heading(v.t("about.rules_title"), "status")
blocks.prose(v.t("about.rules"))

blocks.heading(v.t("about.imprint_title"), "impressum")
blocks.facts(fields(*IMPRINT))

blocks.heading(v.t("about.privacy_title"), "datenschutz")
blocks.prose(v.t("about.privacy"))
blocks.facts(fields("data_protection_officer"))

blocks.heading(v.t("about.accessibility_title"), "barrierefreiheit")
blocks.prose(v.t("about.accessibility"))
blocks.facts(fields("accessibility_contact", "enforcement_body"))
