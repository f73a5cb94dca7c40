"""Herkunft und Download: the panel beside every chart, map and table.

    origin(view, "curve", view.ask("population_curve", ags=view.ags), title=…, picture=chart)

Closed it is one line and costs about a millisecond; opening it runs this fragment alone, and a file is made when its
button is clicked.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from smartvest import formats
from smartvest.citation import cite
from smartvest.export.xlsx import MAX_ROWS, TooManyRows
from smartvest.parameters import plain
from smartvest.provenance import DatasetNote, Provenance, together
from smartvest.questions import Asked
from smartvest.tables import definition_list
from smartvest.ui import address, files
from smartvest.ui.files import Drawn, File, Shown
from smartvest.ui.view import View, today


def origin(
    view: View,
    key: str,
    *asked: Asked,
    title: str,
    picture: Drawn | Callable[[], Drawn] | None = None,
    rows: Callable[[], pd.DataFrame] | None = None,
    places: bool = False,
) -> None:
    """The panel of one chart, map or table; ``key`` once a page. See files.Shown for the parameters."""
    _panel(view, Shown(key, title, asked, picture, rows, places))


@st.fragment
def _panel(view: View, shown: Shown) -> None:
    label = view.t("export.panel", title=shown.title)
    with st.expander(label, key=f"origin_{shown.key}", on_change="rerun") as panel:
        if panel.open:
            _opened(view, shown)


def _opened(view: View, shown: Shown) -> None:
    base, link = address.permanent(view)
    told = together([asked.told(base, link) for asked in shown.asked])
    download, where, quote = st.tabs([view.t(f"export.tab_{name}") for name in ("download", "origin", "cite")])
    with download:
        _downloads(view, shown, told)
    with where:
        _origin(view, shown, told)
    with quote:
        _citation(view, shown, told)


def _downloads(view: View, shown: Shown, told: Provenance) -> None:
    pictures = files.images(view, shown, told)
    if pictures:
        st.html(f'<p class="sv-note">{view.t("export.of_map" if shown.places else "export.of_chart")}</p>')
        _buttons(view, shown, pictures)
    count = shown.count()
    words = view.t("export.of_table", rows=view.number(count))
    if count > files.SLOW_ROWS:
        words += " " + view.t("export.slow")
    if count > MAX_ROWS:
        words += " " + str(TooManyRows(count, view.lang))
    st.html(f'<p class="sv-note">{words}</p>')
    _buttons(view, shown, files.tables(view, shown, told, count))


def _buttons(view: View, shown: Shown, offered: list[File]) -> None:
    """A click makes the file; meanwhile the button turns and is disabled. A slow one is made under a progress bar."""
    wanted = None
    with st.container(horizontal=True, gap="small"):
        for file in offered:
            label, key = view.t(f"export.form_{file.form}"), f"{shown.key}_{file.form}"
            if file.address:
                st.link_button(label, file.address, key=key)
            elif file.make_telling:
                wanted = file if st.button(label, key=key) else wanted
            else:
                st.download_button(label, file.make, file.name, file.mime, key=key, on_click="ignore")
    if wanted and wanted.make_telling:
        bar = st.progress(0.0, view.t("export.slow"))

        def tell(done: int, total: int | None) -> None:
            words = view.t("export.preparing", done=view.number(done), total=view.number(total or done))
            bar.progress(min(done / (total or done), 1.0), words)

        content = wanted.make_telling(tell)
        bar.empty()
        st.download_button(
            view.t("export.ready", name=wanted.name), content, wanted.name, wanted.mime, key=f"{shown.key}_ready",
            type="primary", on_click="ignore",
        )  # fmt: skip


def _origin(view: View, shown: Shown, told: Provenance) -> None:
    part = told
    if told.parts:
        names = [part.query for part in told.parts]
        chosen = st.selectbox(view.t("export.which_query"), names, key=f"{shown.key}_query")
        part = told.parts[names.index(chosen)]
    pairs = [(view.t("export.snapshot"), f"{told.snapshot_id} ({view.date(told.published_at.date())})")]
    if part.query:
        params = ", ".join(f"{name} = {plain(value)}" for name, value in part.params.items())
        pairs += [
            (view.t("export.query"), part.query),
            (view.t("export.params"), params or view.t("export.no_params")),
        ]
    st.html(definition_list(pairs))
    for note in part.datasets:  # before the SQL, which has up to 60 lines; in a box of its own no key could scroll it
        st.html(definition_list(_about(view, note)))
    if part.query:
        st.code(part.sql.strip(), language="sql", wrap_lines=True)
    st.html(f'<p class="sv-note">{view.t("export.recompute")}</p>')
    st.code(part.recompute.strip(), language="python", wrap_lines=True)


def _about(view: View, note: DatasetNote) -> list[tuple[str, str]]:
    span = [formats.date(day, view.lang) for day in dict.fromkeys([note.as_of_min, note.as_of_max]) if day]
    fetched = f"{view.date(note.fetched_at.date())}, {note.fetched_at:%H:%M} UTC" if note.fetched_at else ""
    pairs = {
        "dataset": f"{note.title[view.lang]} ({note.id})",
        "publisher": note.publisher,
        "licence": note.licence,
        "citation": note.citation,
        "change": note.change_note[view.lang] if note.change_note else "",
        "url": note.url,
        "as_of": " – ".join(span),
        "fetched": fetched,
        "rows": view.number(note.rows),
        "checksum": note.sha256,
        "file": note.parquet,
    }
    return [(view.t(f"export.{key}"), words) for key, words in pairs.items() if words]


def _citation(view: View, shown: Shown, told: Provenance) -> None:
    citation = cite(told, f"{shown.title} ({view.area})", accessed=today(), lang=view.lang)
    st.html(f'<p class="sv-note">{view.t("export.cite_note")}</p>')
    for key, words in (
        ("permanent", told.link),
        ("cite_text", citation.as_text()),
        ("cite_bibtex", citation.as_bibtex()),
        ("cite_ris", citation.as_ris()),
    ):
        st.html(f'<p class="sv-label">{view.t(f"export.{key}")}</p>')
        st.code(words.strip(), language=None, wrap_lines=True)
    _buttons(view, shown, files.citations(view, shown, citation))
