"""The page's first words: how many households can get fibre here, as one sentence, and how old that is."""

from __future__ import annotations

from html import escape

from smartvest import drawn, formats, sentences
from smartvest.ui import blocks
from smartvest.ui.view import View

DATASET = "fibre_coverage"


def now(view: View) -> None:
    blocks.markup(words(view))


@drawn.once
def words(view: View) -> str:
    """The sentence on the chosen town or the county, and what must be known to read it."""
    found = view.query("fibre/latest", ags=view.ags)
    if found.empty:
        return _lead(sentences.coverage(view.ags, None, None, view.lang))
    note = []
    row = found.iloc[0]
    said = [sentences.coverage(view.ags, row["households_pct"], row["as_of"], view.lang)]
    if not formats.is_missing(row["before_pct"]):
        said.append(sentences.before(row["before_pct"], row["before_as_of"], view.lang))
    if row["status"] == "estimated":
        note.append(view.t("fibre.county_estimated"))
    limit = view.store.sources[DATASET].max_age_days
    day = formats.as_date(row["as_of"])
    if limit is not None and day is not None and (view.today - day).days > limit:
        note.append(view.t("fibre.old", age=formats.age(day, view.today, view.lang)))
    return _lead(" ".join(said)) + blocks.note_words(" ".join(note))


def _lead(words: str) -> str:
    return f'<p class="sv-lead">{escape(words)}</p>'
