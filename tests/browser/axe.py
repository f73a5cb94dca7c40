"""axe-core in a page: what it finds against WCAG 2.2 A and AA and its own best practice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

from tests.browser.looking import settled

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN = """tags => axe.run(document, { runOnly: tags, resultTypes: ['violations', 'incomplete'] }).then(found => {
  const said = rules => rules.flatMap(rule => rule.nodes.map(node =>
    `${rule.id} (${rule.impact}): ${node.html.slice(0, 200)} – ${(node.failureSummary || '').slice(0, 300)}`));
  return { violations: said(found.violations),
           undecided: said(found.incomplete.filter(rule => rule.id !== 'color-contrast')) }; })"""


def findings(page: Page) -> dict[str, Any]:
    """{} if all is well. What axe can't decide counts too, but for contrast on canvas and SVG: tests/test_theme.py does that.

    A page that moved while axe read it (a map that came late) leaves rules undecided: it is read once more, at rest.
    """
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE)
    found = page.evaluate(RUN, TAGS)
    if found["undecided"]:
        found = settled(page).evaluate(RUN, TAGS)
    return {kind: nodes for kind, nodes in found.items() if nodes}
