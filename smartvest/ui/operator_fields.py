"""What the operator filled in (data/operator.toml), and what is still to be filled in."""

from __future__ import annotations

from smartvest.operator import load_operator
from smartvest.paths import data_dir
from smartvest.ui.view import View


def fields(view: View, *names: str) -> list[tuple[str, str]]:
    """Term and value a field; an empty one says that the operator has to fill it in."""
    known = load_operator(data_dir() / "operator.toml").model_dump()
    return [(view.t(f"about.field_{name}"), known[name] or view.t("about.unfilled")) for name in names]
